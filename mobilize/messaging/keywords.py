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
            "STOP", "STOPALL", "UNSUBSCRIBE", "END", "QUIT", "CANCEL", "OPTOUT", "REVOKE", "STP",
            "ARRET", "ARRETE", "ARRETER", "ARRETEZ", "ARRETT", "ARETE", "ARET", "DESABONNER",
            "DESABONNEZ", "DESINSCRIRE", "FIN", "CESSER", "CESSEZ", "ANNULER", "TD",
        ),
        "stop",
    ),
    **dict.fromkeys(("START", "UNSTOP", "COMMENCER", "REPRENDRE"), "start"),
    **dict.fromkeys(("OUI", "YES"), "yes"),
    **dict.fromkeys(("HELP", "INFO", "AIDE"), "help"),
}  # fmt: skip

_POLITE: Final = frozenset({"PLEASE", "THANKS", "THANK", "YOU", "MERCI", "BEAUCOUP", "SVP"})
_NOT_LETTERS: Final = re.compile(r"[^A-Z]+")


def keyword_of(text: str) -> Keyword | None:
    """The keyword that a text is, or begins with; None where it is something else.

    A text that begins with a word for stopping stops: "stop please", "Arrêt.", "STOP 🙏". All else
    is meant only where the word stands alone but for a thank-you, since `oui` begins many
    sentences.
    """
    plain = unicodedata.normalize("NFKD", text).upper()
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    words = [word for word in _NOT_LETTERS.split(plain) if word]
    if not words:
        return None
    found = _WORDS.get(words[0])
    if found == "stop" or _POLITE.issuperset(words[1:]):
        return found
    return None
