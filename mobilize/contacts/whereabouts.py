"""Where a person lives, as far as it is kept: riding, area, province, time zone."""

from functools import lru_cache
from typing import Final, NamedTuple

from mobilize.core.errors import InvalidInput
from mobilize.mps.lookup import Answer, resolve, resolve_plain
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


NOWHERE: Final = Whereabouts(None, None, None, None, None)


def whereabouts(postal_code: str) -> Whereabouts:
    """What follows from a postal code as typed; nothing from an empty one.

    Raises:
        InvalidInput: It is no Canadian postal code.
    """
    if not postal_code:
        return NOWHERE
    # In its plain form a code is found without the careful reading.
    answer = resolve_plain(postal_code.replace(" ", "").upper()) or resolve(postal_code)
    if answer.fsa is None:
        raise _no_postal_code(answer)
    best = answer.best
    return _place(answer.fsa, best.code if best else None, answer.certainty)


@lru_cache(maxsize=8192)
def _place(fsa: str, riding: str | None, certainty: str) -> Whereabouts:
    province = province_of_riding(riding) if riding else _province_of_area(fsa)
    zone = zone_of(province=province, riding=riding, fsa=fsa)
    return Whereabouts(fsa, riding, certainty if riding else None, province, zone)


def _province_of_area(fsa: str) -> str | None:
    possible = [code for code, province in PROVINCES.items() if fsa[0] in province.postal]
    return possible[0] if len(possible) == 1 else None


def _no_postal_code(answer: Answer) -> InvalidInput:
    return InvalidInput(
        f"This is no Canadian postal code ({answer.reason.replace('_', ' ')}).",
        hint="Write it like K1A 0A6.",
        fields={"postal_code": answer.reason},
    )
