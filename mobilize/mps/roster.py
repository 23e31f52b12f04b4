"""Who sat where and with whom: the dated roster joined with what later sources show.

A source that is silent about a date still bounds it: an MP who was replaced left, and the new one
came, on unknown days between the last list with the old name and the first source with the new one.
The roster's own source is known to run months late, so it proves no more than who was elected.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from mobilize.mps import dataset
from mobilize.mps.dataset import ChangeFact, MemberFact, OfficeFact

ROSTER_SOURCE = "roster-2026-01-22"
CHANGES_SOURCE = "changes-2026-11-22"


class Days(NamedTuple):
    """The bounds of a span, as `spans.Span` keeps them."""

    start_not_before: date
    start_not_after: date
    end_not_before: date | None = None
    end_not_after: date | None = None


class Person(NamedTuple):
    """Who somebody is: by the House's number, or by name where no source gave it."""

    hoc_person_id: int | None
    honorific: str
    given_name: str
    family_name: str


class Spell(NamedTuple):
    """Sitting with a party, and which source says so."""

    party: str
    days: Days
    source: str


class Seating(NamedTuple):
    """One person in one riding of the 2023 order, with all that the sources say of it."""

    code: str
    person: Person
    days: Days
    email: str | None
    source: str
    spells: tuple[Spell, ...]
    offices: tuple[OfficeFact, ...] = ()


def seatings(
    members: Sequence[MemberFact],
    changes: Sequence[ChangeFact],
    offices: Sequence[OfficeFact],
) -> list[Seating]:
    """Every seating of the 45th Parliament that the sources know of, by riding."""
    change_of = {change.code: change for change in changes}
    offices_of: dict[str, list[OfficeFact]] = defaultdict(list)
    for office in offices:
        offices_of[office.code].append(office)
    result: list[Seating] = []
    for member in members:
        change = change_of.get(member.code)
        days = _days_of_member(member, change)
        elected_as = Spell(member.party, days, ROSTER_SOURCE)
        spells = _spells(elected_as, change)
        person = Person(
            member.hoc_person_id, member.honorific, member.given_name, member.family_name
        )
        theirs = tuple(offices_of[member.code])
        result.append(
            Seating(member.code, person, days, member.email, ROSTER_SOURCE, spells, theirs)
        )
        if change and _is_successor(member, change):
            result.append(_successor(change))
    return result


def vacancies(
    members: Sequence[MemberFact], changes: Sequence[ChangeFact]
) -> list[tuple[str, Days]]:
    """By riding, the days between a member who left and the winner of the by-election.

    Where the roster still lists who left, the seat fell vacant and was filled within the bounds of
    the change. Where it lists the winner, no list has the one who left: the seat was empty on the
    day before the bounds, and had a member on the day of the general election.
    """
    member_of = {member.code: member for member in members}
    found: list[tuple[str, Days]] = []
    for change in changes:
        if change.kind != "by_election":
            continue
        days = Days(change.not_before, change.not_after, change.not_before, change.not_after)
        if not _is_successor(member_of[change.code], change):
            a_day = timedelta(days=1)
            days = days._replace(
                start_not_before=dataset.ELECTED_ON + a_day,
                start_not_after=change.not_before - a_day,
            )
        found.append((change.code, days))
    return found


def _days_of_member(member: MemberFact, change: ChangeFact | None) -> Days:
    if change is None or change.kind != "by_election":
        return Days(dataset.ELECTED_ON, dataset.ELECTED_ON)
    if _is_successor(member, change):
        return Days(dataset.ELECTED_ON, dataset.ELECTED_ON, change.not_before, change.not_after)
    # The roster already lists the winner of the by-election.
    return Days(change.not_before, change.not_after)


def _is_successor(member: MemberFact, change: ChangeFact) -> bool:
    """Whether a change puts somebody else in the seat of a member of the roster."""
    return (change.given_name, change.family_name) != (member.given_name, member.family_name)


def _successor(change: ChangeFact) -> Seating:
    days = Days(change.not_before, change.not_after)
    return Seating(
        code=change.code,
        person=Person(None, "", change.given_name, change.family_name),
        days=days,
        email=None,
        source=CHANGES_SOURCE,
        spells=(Spell(change.party, days, CHANGES_SOURCE),),
    )


def _spells(elected_as: Spell, change: ChangeFact | None) -> tuple[Spell, ...]:
    if change is None or change.kind != "crossing":
        return (elected_as,)
    left = elected_as.days._replace(
        end_not_before=change.not_before, end_not_after=change.not_after
    )
    joined = Days(change.not_before, change.not_after)
    return (elected_as._replace(days=left), Spell(change.party, joined, CHANGES_SOURCE))
