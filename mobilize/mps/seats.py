"""What each seat of the House is on any day: who sits, that nobody does, or what is not known.

Sources often bound a change between two days. Up to the last sure day and again from the next one
the answer is one; in between it is *uncertain*, and what may have been is named in order of time.
A seat's facts end with its Parliament: whoever is re-elected gets a new mandate.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Final, Literal, NamedTuple, Self

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from mobilize.mps.models import Mandate, Mp, RepresentationOrder, Riding
from mobilize.mps.seat_models import Parliament, Vacancy
from mobilize.mps.spans import Span

State = Literal[
    "sitting", "member_elect", "vacant", "by_election_called", "dissolved", "not_on_file"
]
"""`not_on_file`: a Parliament lived whose members this installation does not hold."""
Status = State | Literal["uncertain"]
_A_DAY: Final = timedelta(days=1)


class Possibility(NamedTuple):
    """What a seat may have been on a day.

    Attributes:
        mandate: By whom it was held; None where nobody did, or nobody whose name is on file.
        mp: The same person.
    """

    state: State
    mandate: Mandate | None = None
    mp: Mp | None = None


class Seat(NamedTuple):
    """A seat on a day.

    Attributes:
        possible: What it may have been, in order of time; one where it is sure.
        sure_until: Where uncertain: the last day before it that is sure.
        sure_from: Where uncertain: the first day after it that is sure.
    """

    riding_id: int
    possible: tuple[Possibility, ...]
    sure_until: date | None = None
    sure_from: date | None = None

    @property
    def status(self) -> Status:
        """What the seat is, or that it is uncertain."""
        return self.possible[0].state if len(self.possible) == 1 else "uncertain"


class _Phase(NamedTuple):
    """A time in the life of a seat, its ends as bounded as those of the row behind it."""

    first: date
    first_surely: date
    last: date | None
    last_surely: date | None
    what: Possibility

    @classmethod
    def of(cls, row: Span, what: Possibility) -> Self:
        return cls(
            row.start_not_before, row.start_not_after, row.end_not_before, row.end_not_after, what
        )

    @property
    def doubts(self) -> Iterator[tuple[date, date]]:
        """The times in which nobody knows whether it began, or whether it ended."""
        yield self.first, self.first_surely
        if self.last is not None and self.last_surely is not None:
            yield self.last, self.last_surely

    def begins_in_doubt(self, on: date) -> bool:
        return self.first_surely > on

    def ends_in_doubt(self, on: date) -> bool:
        return self.last is not None and self.last <= on

    def is_possible(self, on: date) -> bool:
        return self.first <= on and (self.last_surely is None or on < self.last_surely)


def seat_as_of(session: Session, riding_id: int, on: date) -> Seat | None:
    """What one seat is on a day; None where its representation order is not in force then."""
    return _seats(session, Riding.id == riding_id, on).get(riding_id)


def seats_as_of(session: Session, order: str, on: date) -> dict[int, Seat]:
    """What every seat of an order is on a day, by riding; none where it is not in force then.

    Two statements, whatever the number of seats.
    """
    return _seats(session, RepresentationOrder.code == order, on)


def _seats(session: Session, which: ColumnElement[bool], on: date) -> dict[int, Seat]:
    parliament = session.scalar(
        select(Parliament)
        .where(Parliament.elected_on <= on)
        .order_by(Parliament.elected_on.desc())
        .limit(1)
    )
    elected_on = parliament.elected_on if parliament else on
    rows = session.execute(
        select(Riding.id, Mandate, Mp, Vacancy)
        .join(RepresentationOrder, RepresentationOrder.id == Riding.order_id)
        .outerjoin(
            Mandate,
            and_(
                Mandate.riding_id == Riding.id,
                Mandate.start_not_before >= elected_on,
            ),
        )
        .outerjoin(Mp, Mp.id == Mandate.mp_id)
        .outerjoin(
            Vacancy,
            and_(Vacancy.riding_id == Riding.id, Vacancy.start_not_before >= elected_on),
        )
        .where(
            which,
            RepresentationOrder.in_force_from <= on,
            or_(RepresentationOrder.in_force_to.is_(None), RepresentationOrder.in_force_to > on),
        )
        .order_by(Riding.id)
    )
    held: dict[int, dict[int, tuple[Mandate, Mp]]] = defaultdict(dict)
    empty: dict[int, dict[int, Vacancy]] = defaultdict(dict)
    for riding_id, mandate, mp, vacancy in rows:
        mine, gaps = held[riding_id], empty[riding_id]
        if mandate is not None:
            mine[mandate.id] = (mandate, mp)
        if vacancy is not None:
            gaps[vacancy.id] = vacancy
    without = _without_members(parliament, on)
    if without is not None:
        return {riding_id: Seat(riding_id, (Possibility(without),)) for riding_id in held}
    sits = _sits(parliament, on)
    return {
        riding_id: _seat(riding_id, mine.values(), empty[riding_id].values(), sits, on)
        for riding_id, mine in held.items()
    }


def _without_members(parliament: Parliament | None, on: date) -> State | None:
    """What all seats are at once, where there is no Parliament or none on file."""
    if parliament is None:
        return "not_on_file"
    if parliament.dissolved_on is not None and parliament.dissolved_on <= on:
        return "dissolved"
    return None if parliament.on_file else "not_on_file"


def _sits(parliament: Parliament | None, on: date) -> State:
    """What somebody is who holds a seat: a member once Parliament has met."""
    has_met = parliament and parliament.opened_on and parliament.opened_on <= on
    return "sitting" if has_met else "member_elect"


def _seat(
    riding_id: int,
    held: Iterable[tuple[Mandate, Mp]],
    empty: Iterable[Vacancy],
    sits: State,
    on: date,
) -> Seat:
    phases = [_Phase.of(mandate, Possibility(sits, mandate, mp)) for mandate, mp in held]
    for vacancy in empty:
        phases += _phases_of(vacancy)
    phases.sort(key=lambda phase: (phase.first, phase.first_surely, phase.what.mp is not None))
    possible = [phase for phase in phases if phase.is_possible(on)]
    if not possible:
        # A seat that fell vacant later was held before, by somebody who is not on file.
        later = next((phase for phase in phases if phase.first > on), None)
        return Seat(riding_id, (_opposite(later, sits) if later else Possibility("vacant"),))
    sure = [
        phase for phase in possible if not (phase.begins_in_doubt(on) or phase.ends_in_doubt(on))
    ]
    if sure:
        return Seat(riding_id, (sure[-1].what,))
    first, last = _doubt_about((doubt for phase in phases for doubt in phase.doubts), on)
    return Seat(riding_id, _with_neighbours(possible, sits, on), first - _A_DAY, last)


def _phases_of(vacancy: Vacancy) -> list[_Phase]:
    """A vacancy before its by-election was called, and after."""
    whole = _Phase.of(vacancy, Possibility("vacant"))
    first, surely = vacancy.called_not_before, vacancy.called_not_after
    if first is None or surely is None:
        return [whole]
    called = Possibility("by_election_called")
    return [
        whole._replace(last=first, last_surely=surely),
        whole._replace(first=first, first_surely=surely, what=called),
    ]


def _doubt_about(doubts: Iterable[tuple[date, date]], on: date) -> tuple[date, date]:
    """The time without a sure day around one; doubts that touch or overlap are one.

    Returns:
        Its first day, and the first day after it.
    """
    spells: list[tuple[date, date]] = []
    for first, last in sorted(doubt for doubt in doubts if doubt[0] < doubt[1]):
        if spells and first <= spells[-1][1]:
            begun, ended = spells.pop()
            spells.append((begun, max(ended, last)))
        else:
            spells.append((first, last))
    return next((first, last) for first, last in spells if first <= on < last)


def _with_neighbours(possible: Sequence[_Phase], sits: State, on: date) -> tuple[Possibility, ...]:
    """What may have been, with what stood before or after it where no row tells of that."""
    found = [phase.what for phase in possible]
    if all(phase.begins_in_doubt(on) for phase in possible):
        found.insert(0, _opposite(possible[0], sits))
    if all(phase.ends_in_doubt(on) for phase in possible):
        found.append(_opposite(possible[-1], sits))
    return tuple(found)


def _opposite(phase: _Phase, sits: State) -> Possibility:
    """What stood beside a phase that no row tells of: a held seat's is vacant, a vacant one's held.

    Whoever held it is not on file.
    """
    return Possibility("vacant" if phase.what.mp is not None else sits)
