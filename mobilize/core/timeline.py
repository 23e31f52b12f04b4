"""One timeline of a person, newest first: each feature registers how it shows its part.

A page asks every part once, whatever its length, and begins after the last entry of the page
before: no row is counted off. A part says what happened in codes and facts; the words are made at
the edge, in the language of whoever reads. It leaves out what must not be seen by all who work with
people.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from heapq import merge
from itertools import islice
from typing import Any, Final

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, or_
from sqlalchemy.orm import Session
from typing_extensions import override

from mobilize.core.errors import InvalidInput
from mobilize.core.paging import LARGEST_PAGE, PAGE_SIZE

_STAMP: Final = "%Y%m%dT%H%M%S%f"
_PLACE: Final = re.compile(r"(\d{8}T\d{12})\.([a-z_]{1,30})\.(\d{1,18})")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One thing that happened.

    Attributes:
        id: The row's key in its part.
        kind: What it was, as a code.
        facts: More about it, as JSON values: codes, dates, names of ours; never an address.
        actor: Who did it, as the audit log names them; empty where that goes without saying.
    """

    at: datetime
    id: int
    kind: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    actor: str = ""


@dataclass(frozen=True)
class Place:
    """Where a page begins: after this entry of this part."""

    at: datetime
    part: str
    id: int

    @override
    def __str__(self) -> str:
        """The place as it stands in an address."""
        return f"{self.at.astimezone(UTC):{_STAMP}}.{self.part}.{self.id}"


@dataclass(frozen=True)
class Window:
    """What a part is asked for: so many entries after a place, the newest first."""

    part: str
    after: Place | None
    limit: int

    def older(
        self, at: SQLColumnExpression[datetime], row_id: SQLColumnExpression[int]
    ) -> tuple[ColumnElement[bool], ...]:
        """That an entry stands after the place: by time, then by the part's name, then by key."""
        if self.after is None:
            return ()
        if self.part < self.after.part:
            return (at < self.after.at,)
        if self.part > self.after.part:
            return (at <= self.after.at,)
        return (or_(at < self.after.at, and_(at == self.after.at, row_id < self.after.id)),)


@dataclass(frozen=True, kw_only=True)
class Part:
    """What one feature shows.

    Attributes:
        name: A word for it in small letters.
        kinds: The kinds of its entries; a test sees to it that each has words.
        read: Given a session, the ids of the person's records and a window, its entries, the newest
            first, in one statement.
    """

    name: str
    kinds: frozenset[str]
    read: Callable[[Session, Sequence[int], Window], Iterable[Entry]]


@dataclass(frozen=True)
class TimelinePage:
    """Some entries, and where the next page begins; nowhere where this was the end."""

    items: Sequence[Entry]
    after: str | None


_PARTS: Final[dict[str, Part]] = {}


def register(part: Part) -> None:
    """Take a part up; the same name again replaces it."""
    _PARTS[part.name] = part


def parts() -> tuple[Part, ...]:
    """All parts."""
    return tuple(_PARTS.values())


def timeline(
    session: Session, records: Sequence[int], *, after: str = "", limit: int = PAGE_SIZE
) -> TimelinePage:
    """A page of what happened to a person and what they did, the newest first.

    Args:
        session: The session.
        records: The ids of the person's records.
        after: Where the page before ended, as it said; empty for the first.
        limit: How many entries at most.

    Raises:
        InvalidInput: `after` is not what a page said.
    """
    size = max(1, min(limit, LARGEST_PAGE))
    place = _place(after) if after else None
    read = [
        _named(part, part.read(session, records, Window(part.name, place, size + 1)))
        for part in _PARTS.values()
    ]
    found = list(islice(merge(*read, key=_order), size + 1))
    shown = found[:size]
    if len(found) <= size:
        return TimelinePage([entry for _, entry in shown], None)
    name, last = shown[-1]
    return TimelinePage([entry for _, entry in shown], str(Place(last.at, name, last.id)))


def _named(part: Part, entries: Iterable[Entry]) -> Iterable[tuple[str, Entry]]:
    return ((part.name, entry) for entry in entries)


def _order(named: tuple[str, Entry]) -> tuple[float, str, int]:
    name, entry = named
    return -entry.at.timestamp(), name, -entry.id


def _place(text: str) -> Place:
    found = _PLACE.fullmatch(text)
    try:
        if found is not None:
            at = datetime.strptime(found[1], _STAMP).replace(tzinfo=UTC)
            return Place(at, found[2], int(found[3]))
    except ValueError:
        pass
    raise InvalidInput("This is no page of the timeline.", hint="Begin at the first page.")
