"""Words by which a column, tag or field would hold what we must never hold.

Whoever looks for a person may get at this database by theft, court order or pressure. What is not
in it cannot be handed over, so a column for it is refused by its name, in English and in French.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from mobilize.core.errors import InvalidInput
from mobilize.mps.names import normalise

_WORDS: Final[Mapping[str, str]] = {
    "immigration status": (
        r"immigra\w*|citizenship|citizen|citoyen\w*|visas?|work permits?|study permits?"
        r"|permis de (?:travail|sejour|etudes?)|permanent residen\w*|residen\w* permanen\w*"
        r"|undocumented|sans papiers?|sans statut|no status|non status"
        r"|^refugees?$|refugee (?:status|claim\w*)|^refugie\w*$|statut de refugie\w*"
        r"|asylum\w*|demandeu\w+ d asile|asile|deport\w*|removal order|expulsion|uci|ircc|cbsa|asfc"
    ),
    "whether somebody is a survivor": (
        r"survivors?|survivant\w*|victim\w*|trafficked|traffiquee?s?|exploited|exploitee?s?"
    ),
    "the employer": (
        r"employers?|employeu\w+|workplaces?|work place|lieu de travail|milieu de travail"
        r"|recruiters?|recruteu\w+"
    ),
    "the facts of a case": (
        r"case|cases|case (?:notes?|facts?|number|no|id|file)|file (?:number|no)|dossiers?|police"
        r"|court|tribuna\w+|complaints?|plaintes?|incidents?|abuse\w*|abus|violence\w*|trauma\w*"
        r"|testimony|temoignages?|perpetrators?|agresseu\w+|traffickers?|trafiquants?"
    ),
}
_PATTERNS: Final = {what: re.compile(rf"\b(?:{words})\b") for what, words in _WORDS.items()}


@lru_cache(maxsize=4096)
def names_sensitive(text: str) -> str | None:
    """What a name would hold that we must not, in words, or None where nothing speaks for it."""
    plain = normalise(text)
    for what, pattern in _PATTERNS.items():
        if pattern.search(plain):
            return what
    return None


def refuse_sensitive(text: str, *, kind: str) -> None:
    """Refuse a name that speaks of status, survival, employer or a case.

    Args:
        text: The name of a column, tag or field.
        kind: What it names, as a word for the sentence.

    Raises:
        InvalidInput: It does.
    """
    what = names_sensitive(text)
    if what is not None:
        raise InvalidInput(
            f"The {kind} “{text[:60]}” names {what}. Mobilize does not keep this about anybody.",
            hint=f"Remove the {kind}. What is not kept cannot be stolen, ordered out or misused.",
            fields={kind: "sensitive"},
        )
