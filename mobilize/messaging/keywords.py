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
_NOT_LETTERS: Final = re.compile(r"[^A-Z]+")


def keyword_of(text: str) -> Keyword | None:
    """The keyword that a text is, or begins with; None where it is something else.

    A text that begins with a word for stopping stops: "stop please", "Arrêt.", "STOP 🙏". All else
    is meant only where the word stands alone but for a thank-you, since `oui` begins many
    sentences; and a please before it makes no other word of a word for stopping. « Arrêtez pas »
    asks for the reverse, and is for a person to read.
    """
    words = _words(text)
    if not words:
        return None
    found = _WORDS.get(words[0])
    if found == "stop" and words[0] in _ORDERS and words[1:2] == ["PAS"]:
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
        or not _ASKS_TO_STOP.isdisjoint(words)
        or any(f" {phrase} " in sentence for phrase in _SAYS_TO_STOP)
    )


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text).upper()
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    words = [word for word in _NOT_LETTERS.split(plain) if word]
    # "Opt-out" is one word, and so is "S.T.O.P".
    if words[:2] == ["OPT", "OUT"]:
        return ["OPTOUT", *words[2:]]
    spelled = len(words) > 1 and all(len(word) == 1 for word in words)
    return ["".join(words)] if spelled else words
