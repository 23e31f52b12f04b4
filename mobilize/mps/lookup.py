"""From a postal code to a riding of the 2023 order, offline, and honest about doubt.

The table has one point per code (GeoNames, March 2022), so a code that straddles a border looks
sure when it is not. Hence the rules: the table alone never *confirms*. It is *likely* right where
the whole area (FSA) lies in one riding; anything else is *tentative*, and the supporter is asked.
*Confirmed* is kept for a supporter's own choice or a licensed table's unique link.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from mobilize.mps import postal_table
from mobilize.mps.postal import PostalProblem, Reason, is_rural, read_postal_code
from mobilize.mps.provinces import PROVINCES, province_of_riding

ORDER: Final = "2023"
"""The representation order that the postal table was made for."""

Certainty = Literal["confirmed", "likely", "tentative", "unknown"]
Because = Literal[
    "one_riding",
    "several_ridings",
    "rural",
    "code_not_listed",
    "area_not_listed",
    "own_choice",
    "licensed",
    "second_source",
    "sources_differ",
    Reason,
]

_LEAST_SHARE = 0.01
# Areas that Canada Post runs across a provincial border: federal offices in Gatineau, Lloydminster,
# Flin Flon. In all others a point beyond the border is an error of the source (0.03 % of codes).
_ACROSS_BORDERS: Final = frozenset({"K1A", "R8A", "S9V", "T9V"})


class Candidate(NamedTuple):
    """A riding that a postal code may lie in.

    Attributes:
        code: The riding's code in the 2023 order.
        share: Its share of the known codes of the area, 0 to 1.
        inferred: Whether the code itself is not known and only lies between known codes of it.
    """

    code: str
    share: float
    inferred: bool = False


class Answer(NamedTuple):
    """What is known of where a postal code lies.

    Attributes:
        certainty: How far the first candidate can be trusted; all but *confirmed* must ask or
            offer "not my riding".
        candidates: The ridings, the best guess first; none when *unknown*.
        fsa: The area, or None where the text is no postal code.
        reason: Why it is no surer, as a word for a program.
    """

    certainty: Certainty
    candidates: tuple[Candidate, ...]
    fsa: str | None
    reason: Because

    @property
    def best(self) -> Candidate | None:
        """The best guess, if there is any."""
        return self.candidates[0] if self.candidates else None


def resolve(text: str) -> Answer:
    """Say in which riding a postal code lies, from the offline table alone.

    Args:
        text: The code as typed.
    """
    code = read_postal_code(text)
    if isinstance(code, PostalProblem):
        return Answer("unknown", (), None, code.reason)
    spot = spot_of(code.code)
    return answer_at(spot) if spot else _no_area(code.fsa)


def resolve_area(fsa: str) -> Answer:
    """Say in which ridings an area lies, where no more than the area is known.

    Args:
        fsa: The first three characters of a postal code, upper case.
    """
    area = postal_table.area(fsa) if fsa.isascii() else None
    return _weighed(fsa, area, (), is_listed=True) if area else _no_area(fsa)


def resolve_many(codes: Iterable[str]) -> Iterator[Answer]:
    """Resolve many codes, in their order; codes of the same area and riding share one answer."""
    for text in codes:
        yield resolve_plain(text) or resolve(text)


def resolve_plain(code: str) -> Answer | None:
    """The answer for a code written plainly (`A1A1A1`, `A1A 1A1`), without the careful reading.

    Nearly every code of a file is; None where this one is not, or its area not listed.
    """
    if code[3:4] == " ":
        code = code[:3] + code[4:]
    spot = spot_of(code)
    return answer_at(spot) if spot else None


Spot = tuple[str, int]
"""All codes of one area of which the table says the same, so that they share an answer: the area,
and a byte of `postal_table.Area.places`."""


def spot_of(code: str) -> Spot | None:
    """Where a code in its plain form lies; None where it is not in it, or its area not listed."""
    slot = postal_table.SLOTS.get(code[3:])
    fsa = code[:3]
    if slot is None or not fsa.isascii():
        return None
    area = postal_table.area(fsa)
    return (fsa, area.places[slot]) if area else None


@lru_cache(maxsize=16_384)
def answer_at(spot: Spot) -> Answer:
    """The answer for all codes of a spot."""
    fsa, place = spot
    area = postal_table.area(fsa)
    assert area is not None
    return _answer(fsa, area, place)


def _answer(fsa: str, area: postal_table.Area, place: int) -> Answer:
    index = area.riding_of(place)
    if index is None:
        return _weighed(fsa, area, (), is_listed=False)
    own = Candidate(*area.ridings[index], area.is_inferred(place))
    return _weighed(fsa, area, (own,), is_listed=True)


def _weighed(
    fsa: str, area: postal_table.Area, own: tuple[Candidate, ...], *, is_listed: bool
) -> Answer:
    """Join the code's own riding, if any, with those of its area, and say how sure that is."""
    others = (
        Candidate(code, share)
        for code, share in area.ridings
        if share >= _LEAST_SHARE and code not in {one.code for one in own}
    )
    candidates = tuple(one for one in (*own, *others) if is_possible(fsa, one.code))
    if not candidates:
        return _no_area(fsa)
    reason = _reason(fsa, area, is_listed=is_listed)
    certainty: Certainty = "likely" if reason == "one_riding" else "tentative"
    return Answer(certainty, candidates, fsa, reason)


def _reason(fsa: str, area: postal_table.Area, *, is_listed: bool) -> Because:
    if is_rural(fsa):
        return "rural"
    if len(area.ridings) > 1:
        return "several_ridings"
    return "one_riding" if is_listed else "code_not_listed"


def is_possible(fsa: str, riding: str) -> bool:
    """Whether an area may have a point in a riding: not where a provincial border lies between."""
    return fsa in _ACROSS_BORDERS or fsa[0] in PROVINCES[province_of_riding(riding)].postal


def _no_area(fsa: str) -> Answer:
    return Answer("unknown", (), fsa, "area_not_listed")
