"""Which features hold something of a person, and how each shows and erases it.

A feature registers when its `personal` module is imported (`mobilize.holdings` imports them all).
Nothing else knows all the places where a person leaves traces, so nothing is forgotten when they
ask for a copy or to be erased.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session


@dataclass(frozen=True, kw_only=True)
class Holding:
    """What one feature holds of persons.

    Attributes:
        name: A word for it, the key in a person's copy.
        tables: The tables that it covers; a test finds those that nobody covers.
        show: Given a session and the person's id, all that is held, as JSON values.
        erase: Given a session, the person's id, who does it and the time, removes what may be
            removed; what must stay (proof of consent, counts) stays without name or address.
    """

    name: str
    tables: frozenset[str]
    show: Callable[[Session, int], Any]
    erase: Callable[[Session, int, str, datetime], None]


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
