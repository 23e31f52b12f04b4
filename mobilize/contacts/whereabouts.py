"""Where a person lives, as far as it is kept: riding, area, province, time zone."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from mobilize.core.errors import InvalidInput
from mobilize.mps.lookup import Answer, Spot, answer_at, resolve, spot_of
from mobilize.mps.provinces import PROVINCES, province_of_riding
from mobilize.mps.timezones import zone_of


class Whereabouts(NamedTuple):
    """What is kept of where a person lives; never the postal code itself.

    Attributes:
        riding_code: In the order of `mps.lookup.ORDER`.
        certainty: How far the riding can be trusted.
    """

    fsa: str | None
    riding_code: str | None
    certainty: str | None
    province: str | None
    time_zone: str | None


FAULTS: Final[Mapping[str, str]] = {
    "empty": "nothing is written",
    "length": "it has other than six characters",
    "letter_expected": "a letter is missing in it",
    "digit_expected": "a digit is missing in it",
    "letter_not_used": "it has a letter that no postal code has there",
}
"""Why a text is none, by `mps.postal.Reason`; `reject_words` has them in both languages."""
NOWHERE: Final = Whereabouts(None, None, None, None, None)


def whereabouts(postal_code: str) -> Whereabouts:
    """What follows from a postal code as typed; nothing from an empty one.

    Raises:
        InvalidInput: It is no Canadian postal code.
    """
    if not postal_code:
        return NOWHERE
    # In its plain form a code is found without the careful reading.
    spot = spot_of(postal_code.replace(" ", "").upper())
    return _at(spot) if spot else _follows_from(resolve(postal_code))


@lru_cache(maxsize=16_384)
def _at(spot: Spot) -> Whereabouts:
    return _follows_from(answer_at(spot))


def _follows_from(answer: Answer) -> Whereabouts:
    fsa, riding = answer.fsa, answer.best.code if answer.best else None
    if fsa is None:
        raise _no_postal_code(answer)
    province = province_of_riding(riding) if riding else _province_of_area(fsa)
    zone = zone_of(province=province, riding=riding, fsa=fsa)
    return Whereabouts(fsa, riding, answer.certainty if riding else None, province, zone)


def _province_of_area(fsa: str) -> str | None:
    possible = [code for code, province in PROVINCES.items() if fsa[0] in province.postal]
    return possible[0] if len(possible) == 1 else None


def _no_postal_code(answer: Answer) -> InvalidInput:
    return InvalidInput(
        f"This is no Canadian postal code ({FAULTS[answer.reason]}).",
        hint="Write it like K1A 0A6.",
        fields={"postal_code": answer.reason},
    )
