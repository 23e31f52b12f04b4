"""What a text back to us asks for: to stop, to start again, or for help, in both languages.

The providers know the English words only, and only when they stand alone; people write what they
write. Sources: Twilio's list of opt-out words, and the French ones that carriers in Canada expect.
"""

import re
import unicodedata
from typing import Final, Literal

Keyword = Literal["stop", "start", "yes", "help"]

_WORDS: Final[dict[str, Keyword]] = {
    **dict.fromkeys(
        (
            "STOP", "STOPALL", "STOPP", "UNSUBSCRIBE", "UNSUBSCRIBED", "UNSUB", "END", "QUIT",
            "CANCEL", "OPTOUT", "REVOKE", "ARRET", "ARRETE", "ARRETER", "ARRETEZ", "ARRETT",
            "ARETE", "ARET", "DESABONNER", "DESABONNE", "DESABONNEZ", "DESABONNEMENT",
            "DESINSCRIRE", "DESINSCRIVEZ", "DESINSCRIPTION", "FIN", "CESSER", "CESSEZ",
            "ANNULER", "TD",
        ),
        "stop",
    ),
    **dict.fromkeys(("START", "UNSTOP", "COMMENCER", "REPRENDRE"), "start"),
    **dict.fromkeys(("OUI", "YES"), "yes"),
    **dict.fromkeys(("HELP", "INFO", "AIDE"), "help"),
}  # fmt: skip

_ALONE: Final[dict[str, Keyword]] = dict.fromkeys(
    ("STP", "REMOVE", "RETIRER", "RETIREZ", "ENLEVEZ", "STOPPER", "STOPPEZ"), "stop"
)
"""What is meant so only where nothing follows: in French `stp` is a please."""
_ORDERS: Final = frozenset({"ARRETE", "ARRETEZ", "CESSEZ", "DESABONNEZ", "DESINSCRIVEZ"})
"""What `pas` turns round where people leave out the `ne`: « Arrêtez pas! »"""
_WEAK: Final = frozenset({"END", "QUIT", "CANCEL", "FIN", "CESSER", "ANNULER", "TD"})
"""What begins many sentences about other things: « Fin de semaine », "Cancel my visit"."""
_ABOUT_TEXTS: Final = frozenset(
    {
        "ME", "MOI", "TEXT", "TEXTS", "TEXTING", "TEXTO", "TEXTOS", "TEXTER", "TXT", "TXTS", "SMS",
        "MESSAGE", "MESSAGES", "MESSAGING", "MSG", "MSGS", "SENDING", "SPAM", "SPAMMING", "CONTACT",
        "CONTACTING", "CONTACTER", "CALLING", "ECRIRE", "ENVOI", "ENVOIS", "ENVOYER", "NUMBER",
        "NUMERO", "PHONE", "LIST", "LISTE", "SUBSCRIPTION", "SUBSCRIPTIONS", "ABONNEMENT",
        "ABONNEMENTS", "INSCRIPTION", "SERVICE", "ALERT", "ALERTS", "ALERTE", "ALERTES", "UPDATES",
        "COMMUNICATION", "COMMUNICATIONS", "NOTIFICATION", "NOTIFICATIONS", "ALL", "EVERYTHING",
        "TOUT",
    }
)  # fmt: skip
"""With one of these a sentence that begins with a word for stopping is about our texts."""
_THIS: Final = frozenset(
    {
        "IT", "THIS", "THAT", "THESE", "THOSE", "NOW", "TODAY", "CA", "CELA", "CECI", "MAINTENANT",
        "STOP", "ARRET", "FIN", "END", "THE", "LE", "LA", "LES", "TO", "DE", "I", "SAID", "AND",
        "ET", "IMMEDIATELY", "OK", "OUI", "YES", "NOT", "NO", "NON", "MORE", "PLUS", "JE",
        "STP",
    }
)  # fmt: skip
"""Where nothing else stands beside the word, nobody knows of anything else that should end."""
_CAUSES: Final = frozenset(
    {
        "TRAFFICKING", "TRAFFICKERS", "TRAFFICKER", "TRAITE", "TRAFIC", "TRAFIQUANTS", "SLAVERY",
        "ESCLAVAGE", "EXPLOITATION", "EXPLOITING", "EXPLOITER", "DEPORTATION", "DEPORTATIONS",
        "DEPORTING", "DEPORTER", "EXPULSION", "EXPULSIONS", "EXPULSER", "VIOLENCE", "VIOLENCES",
        "RACISM", "RACISME", "INJUSTICE", "INJUSTICES",
    }
)  # fmt: skip
"""What people want ended who write to us because of it."""
_STOP_SIGN: Final = "\N{OCTAGONAL SIGN}"
_ASKS_TO_STOP: Final = frozenset(
    {
        "STOP", "STOPALL", "UNSUBSCRIBE", "OPTOUT", "ARRET", "ARRETE", "ARRETER", "ARRETEZ",
        "ARRETT", "DESABONNER", "DESABONNEZ", "DESINSCRIRE", "DESINSCRIVEZ", "UNSUB",
        "STOPPER", "STOPPEZ",
    }
)  # fmt: skip
"""The words for stopping that hold a number back wherever they stand. `end`, `fin`, `cancel` and
their like stand in too many sentences about other things."""
_SAYS_TO_STOP: Final = (
    "NO MORE TEXTS", "NO MORE TEXTING", "NO MORE MESSAGES", "WRONG NUMBER",
    "TAKE ME OFF", "REMOVE ME", "REMOVE MY NUMBER",
    "LEAVE ME ALONE", "DO NOT TEXT", "DON T TEXT", "DONT TEXT", "DO NOT CONTACT", "OPT OUT",
    "OPT ME OUT", "LOSE MY NUMBER", "NE M ECRIVEZ PLUS", "NE M ECRIS PLUS",
    "M ECRIVEZ PLUS", "NE ME TEXTEZ PLUS", "NE ME TEXTE PLUS", "NE M ENVOYEZ PLUS",
    "M ENVOYEZ PLUS", "NE ME CONTACTEZ PLUS", "NE ME CONTACTE PLUS", "NE PLUS RECEVOIR",
    "MAUVAIS NUMERO", "PLUS DE TEXTO", "PLUS DE TEXTOS", "PLUS DE MESSAGES",
    "ENLEVEZ MOI", "RETIREZ MOI", "OTEZ MOI", "ENLEVEZ MON NUMERO", "RETIREZ MON NUMERO",
    "LAISSEZ MOI TRANQUILLE",
)  # fmt: skip
_POLITE: Final = frozenset(
    {
        "PLEASE", "PLS", "PLZ", "THANKS", "THANK", "THX", "YOU", "MERCI", "BEAUCOUP", "SVP",
        "S", "IL", "VOUS", "TE", "PLAIT",
    }
)  # fmt: skip
_GOES_ON: Final = re.compile(r"[^\W\d_]+[ \u00a0]+[^\W\d_]")
"""A word, and another behind it in the same sentence."""
_NOT_LETTERS: Final = re.compile(r"[^A-Z]+")


def keyword_of(text: str) -> Keyword | None:
    """The keyword that a text is, or begins with; None where it is something else.

    A text that begins with a word for stopping stops: "stop please", "Arrêt.", "STOP 🙏", "Stop
    texting me". One that plainly is a sentence about something else is none ("Stop human
    trafficking now!", « Fin de semaine ? »): a person reads what was meant, and until then texts to
    the number are held back (`may_ask_to_stop`). All else is meant only where the word stands alone
    but for a thank-you, since `oui` begins many sentences; and a please before it makes no other
    word of a word for stopping. « Arrêtez pas » asks for the reverse, and is for a person to read.
    """
    words = _words(text)
    if not words:
        return None
    found = _WORDS.get(words[0])
    if found == "stop" and words[0] in _ORDERS and words[1:2] == ["PAS"]:
        return None
    if found == "stop" and _is_about_something_else(text, words):
        return None
    if found == "stop" or _POLITE.issuperset(words[1:]):
        return found or _ALONE.get(words[0])
    meant = [word for word in words if word not in _POLITE]
    return "stop" if len(meant) == 1 and {**_WORDS, **_ALONE}.get(meant[0]) == "stop" else None


def word_of(keyword: Keyword | str) -> str:
    """What is kept of a text of which nothing but the keyword may stay."""
    return keyword.upper()


def says_more(text: str) -> bool:
    """Whether there is more in a text than one word and a thank-you: something for a person."""
    return len([word for word in _words(text) if word not in _POLITE]) > 1


def may_ask_to_stop(text: str) -> bool:
    """Whether a sentence holds words for stopping, so that texts wait until a person read it."""
    words = _words(text)
    sentence = f" {' '.join(words)} "
    return (
        _STOP_SIGN in text
        or _WORDS.get(next(iter(words), "")) == "stop"
        or not _ASKS_TO_STOP.isdisjoint(words)
        or any(f" {phrase} " in sentence for phrase in _SAYS_TO_STOP)
    )


def _is_about_something_else(text: str, words: list[str]) -> bool:
    """Whether a sentence that begins with a word for stopping plainly wants something else to end.

    In doubt it does not: a word that stands for itself (« STOP. », "stop, …") ends the texts, and
    so does one of the clear words unless a cause of ours is named and nothing of our texts is.
    """
    if not _GOES_ON.match(unicodedata.normalize("NFC", text).strip()):
        return False
    rest = [word for word in words[1:] if word not in _POLITE]
    if not _ABOUT_TEXTS.isdisjoint(rest) or _THIS.issuperset(rest):
        return False
    return words[0] in _WEAK or not _CAUSES.isdisjoint(rest)


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text).upper()
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    words = [word for word in _NOT_LETTERS.split(plain) if word]
    # "Opt-out" is one word, and so is "S.T.O.P".
    if words[:2] == ["OPT", "OUT"]:
        return ["OPTOUT", *words[2:]]
    spelled = len(words) > 1 and all(len(word) == 1 for word in words)
    return ["".join(words)] if spelled else words
