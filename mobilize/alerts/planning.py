"""How PostgreSQL is to plan a count over a whole list, and the parts that it is counted in.

A count touches most people once. Left to itself the planner thinks of it as of any question: it
compiles the statement to machine code for longer than the count takes, and joins a million keys
through hash tables that fit into no processor's cache. In parts of some ten thousand people each
they do, and the parts go to several processes at once.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mobilize.alerts.resolving import Part
from mobilize.contacts.models import Contact

_SETTINGS: Final[Mapping[str, str]] = {
    "jit": "off",
    # A million keys fit into memory at once; the usual 4 MB would send them through files.
    "work_mem": "64MB",
    # Which index serves depends on the values, and the statement differs each time anyway.
    "plan_cache_mode": "force_custom_plan",
    # The indexes that are read for a count are narrow and in memory.
    "random_page_cost": "1.1",
}
_LARGE: Final[Mapping[str, str]] = {
    # Where the planner guesses too few it would look people up one by one, a million times.
    "enable_nestloop": "off",
}
_SETS: Final[Mapping[str, str]] = {
    # Of a block's number the planner thinks that it is another for each person, and would sort.
    "enable_sort": "off",
}
_PARTS: Final = 12
_SMALLEST: Final = 10_000
"""Fewer people than this to a part are not worth the planning."""


def parts_of(session: Session) -> list[Part]:
    """The parts in which a list is counted: one where it is small, or where nothing is gained."""
    last = session.scalar(select(func.max(Contact.id))) or 0
    if session.get_bind().dialect.name != "postgresql":
        return [(0, last)]
    number = min(_PARTS, max(1, last // _SMALLEST))
    return [(last * each // number, last * (each + 1) // number) for each in range(number)]


@contextmanager
def planned_for_counting(session: Session, *, large: bool = False) -> Iterator[None]:
    """Within the block PostgreSQL plans for few, large questions; after it as before."""
    with _planned(session, {**_SETTINGS, **(_LARGE if large else {})}):
        yield


@contextmanager
def planned_for_sets(session: Session) -> Iterator[None]:
    """The same for questions of sets of people, which are asked block by block (`set_models`)."""
    with _planned(session, {**_SETTINGS, **_SETS}):
        yield


@contextmanager
def _planned(session: Session, wanted: Mapping[str, str]) -> Iterator[None]:
    if session.get_bind().dialect.name != "postgresql":
        yield
        return
    before = session.execute(select(*(func.current_setting(name) for name in wanted))).one()
    _set(session, wanted)
    yield
    _set(session, dict(zip(wanted, before, strict=True)))


def _set(session: Session, values: Mapping[str, str]) -> None:
    until_the_end = True
    session.execute(
        select(*(func.set_config(name, text, until_the_end) for name, text in values.items()))
    )
