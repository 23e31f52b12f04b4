"""Which features hold something of a person, and how each shows and erases it.

A feature registers when its `personal` module is imported (`mobilize.holdings` imports them all).
Nothing else knows all the places where a person leaves traces, so nothing is forgotten when they
ask for a copy or to be erased.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from mobilize.core.i18n import Label


@dataclass(frozen=True, kw_only=True)
class Holding:
    """What one feature holds of persons.

    Attributes:
        name: A word for it, the key in a person's copy.
        tables: The tables that it covers; a test finds those that nobody covers.
        show: Given a session and the person's id, all that is held, as JSON values.
        erase: Given a session, the person's id, who does it and the time, removes what may be
            removed; what must stay (proof of consent, counts) stays without name or address.
        merge: Given a session, the record that stands for a person and one that is merged into it,
            hands over what is held; returns, as JSON values, what it takes to give it back. A
            feature without it leaves things where they are, and reads the records as one.
        part: Given a session, the same two records and what `merge` returned, gives it back. What
            came since stays, except what came by the merged record's own links.
        words: What the keys of a copy are called, in both languages; a test misses none.
        codes: What the codes among its values mean.
    """

    name: str
    tables: frozenset[str]
    show: Callable[[Session, int], Any]
    erase: Callable[[Session, int, str, datetime], None]
    merge: Callable[[Session, int, int], Any] | None = None
    part: Callable[[Session, int, int, Any], None] | None = None
    words: Mapping[str, Label] = field(default_factory=dict)
    codes: Mapping[str, Label] = field(default_factory=dict)


_HOLDINGS: Final[dict[str, Holding]] = {}


def register(holding: Holding) -> None:
    """Take a feature's holding up; the same name again replaces it."""
    _HOLDINGS[holding.name] = holding


def registered() -> tuple[Holding, ...]:
    """All holdings, in the order in which they were registered."""
    return tuple(_HOLDINGS.values())


def show_person(session: Session, person_id: int) -> dict[str, Any]:
    """Everything that is held of a person, by feature."""
    return {name: holding.show(session, person_id) for name, holding in _HOLDINGS.items()}


def erase_person(session: Session, person_id: int, *, actor: str, now: datetime) -> None:
    """Let every feature erase what it holds, the latest registered first.

    A later feature may look things up by what an earlier one holds, never the reverse.

    Args:
        session: The session of the transaction.
        person_id: Whom.
        actor: Who does it: `supporter` for the person themself, else as the audit log names them.
        now: When.
    """
    for holding in reversed(_HOLDINGS.values()):
        holding.erase(session, person_id, actor, now)


def merge_people(session: Session, kept_id: int, merged_id: int) -> dict[str, Any]:
    """Let every feature hand over what it holds of a record that is merged into another.

    Returns:
        By feature what it takes to give it back: ids and values, to be kept sealed.
    """
    return {
        name: holding.merge(session, kept_id, merged_id)
        for name, holding in _HOLDINGS.items()
        if holding.merge is not None
    }


def part_people(session: Session, kept_id: int, merged_id: int, memos: Mapping[str, Any]) -> None:
    """Let every feature give back what it handed over, in the order in which they registered.

    A later feature may look things up by what an earlier one has given back.
    """
    for name, holding in _HOLDINGS.items():
        if holding.part is not None and name in memos:
            holding.part(session, kept_id, merged_id, memos[name])
