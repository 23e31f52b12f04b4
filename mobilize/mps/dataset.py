"""The project's own tables of ridings and MPs in `data/`, read as they stand there.

Their sources and licences are in `data/NOTICE.md`; `scripts/make_mps_data.py` makes them.
"""

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final, NamedTuple

_FOLDER = Path(__file__).with_name("data")

RENAMED_ON: Final = date(2026, 6, 18)
"""Royal assent of Bill C-25, whose Part 2 renames ridings."""
ELECTED_ON: Final = date(2025, 4, 28)
"""The general election of the 45th Parliament. The House's list of 2025-07-11, which the person
numbers come from, was made before the first by-election: whoever is on it was elected that day."""
ROSTER_AS_OF: Final = date(2026, 1, 22)
OFFICES_AS_OF: Final = date(2023, 11, 19)
CHANGES_AS_OF: Final = date(2026, 11, 22)
ROLES_AS_OF: Final = date(2026, 11, 22)
"""The committees and ministers are undated lists of mid or late 2026: by this day they held."""
MINISTRY_FROM: Final = date(2025, 3, 14)
"""The 30th ministry was sworn in: nobody in it holds a title from before."""
SESSION: Final = "45-1"
"""The session that the committees' members were named in; it began when Parliament opened."""


class ParliamentFact(NamedTuple):
    """A Parliament: its election, first sitting and dissolution; whether its members are here."""

    number: int
    elected_on: date
    opened_on: date
    dissolved_on: date | None
    on_file: bool


PARLIAMENTS: Final = (
    ParliamentFact(44, date(2021, 9, 20), date(2021, 11, 22), date(2025, 3, 23), False),
    ParliamentFact(45, ELECTED_ON, date(2025, 5, 26), None, True),
)


class OrderFact(NamedTuple):
    """A representation order: SI/2013-102 and SI/2023-57, in force at the next dissolution."""

    code: str
    seats: int
    proclaimed_on: date
    in_force_from: date
    in_force_to: date | None


ORDERS: Final = (
    OrderFact("2013", 338, date(2013, 10, 5), date(2015, 8, 2), date(2025, 3, 23)),
    OrderFact("2023", 343, date(2023, 9, 27), date(2025, 3, 23), None),
)


class RidingFact(NamedTuple):
    """A riding as its order named it."""

    order: str
    code: str
    province: str
    name_en: str
    name_fr: str


class RenameFact(NamedTuple):
    """A new name of `RENAMED_ON` for a riding of the 2023 order; `fr` may be empty."""

    code: str
    agreed: bool
    name_en: str
    name_fr: str


class MemberFact(NamedTuple):
    """An MP of the roster."""

    code: str
    hoc_person_id: int | None
    honorific: str
    given_name: str
    family_name: str
    party: str
    email: str


class OfficeFact(NamedTuple):
    """An office of the MP of a riding; no `tel` or `fax` is an empty text."""

    code: str
    kind: str
    is_main: bool
    address: str
    city: str
    province: str
    postal_code: str
    tel: str
    fax: str


class ChangeFact(NamedTuple):
    """Something that happened to a seat between two days: a `crossing` or a `by_election`."""

    code: str
    kind: str
    given_name: str
    family_name: str
    party: str
    not_before: date
    not_after: date


class CommitteeFact(NamedTuple):
    """A committee's name in both languages."""

    acronym: str
    name_en: str
    name_fr: str


class CommitteeSeatFact(NamedTuple):
    """Somebody on a committee, named by riding and family name."""

    acronym: str
    role: str
    code: str
    family_name: str


class RoleFact(NamedTuple):
    """A role in the government; `title_fr` may be empty."""

    kind: str
    title_en: str
    title_fr: str
    code: str
    family_name: str


def ridings() -> list[RidingFact]:
    """The ridings of both orders."""
    return [RidingFact(*row) for row in _rows("ridings.csv")]


def renames() -> list[RenameFact]:
    """The new names of 2026, agreed and disputed."""
    return [
        RenameFact(code, status == "agreed", english, french)
        for code, status, english, french in _rows("riding_renames.csv")
    ]


def members() -> list[MemberFact]:
    """The roster, one MP for each riding of the 2023 order."""
    return [
        MemberFact(code, int(person) if person else None, *rest)
        for code, person, *rest in _rows("mps.csv")
    ]


def offices() -> list[OfficeFact]:
    """The offices, in the source's order."""
    return [
        OfficeFact(code, kind, main == "1", *rest)
        for code, kind, main, *rest in _rows("offices.csv")
    ]


def changes() -> list[ChangeFact]:
    """What later sources show to have changed, its dates only bounded."""
    return [
        ChangeFact(
            code, kind, given, family, party, date.fromisoformat(first), date.fromisoformat(last)
        )
        for code, kind, given, family, party, first, last in _rows("roster_changes.csv")
    ]


def committees() -> list[CommitteeFact]:
    """The standing committees on file; the source lacks nine, FEWO among them."""
    return [CommitteeFact(*row) for row in _rows("committees.csv")]


def committee_seats() -> list[CommitteeSeatFact]:
    """Who sits on them."""
    return [CommitteeSeatFact(*row) for row in _rows("committee_seats.csv")]


def government_roles() -> list[RoleFact]:
    """The ministers and secretaries of state."""
    return [RoleFact(*row) for row in _rows("government_roles.csv")]


def _rows(name: str) -> Iterator[list[str]]:
    with (_FOLDER / name).open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        yield from rows
