"""What time takes away: each feature registers what it lets go of, and which setting says when.

A feature registers when its `retention` module is imported (`mobilize.holdings` imports them all).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import ColumnElement, CursorResult, delete, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from mobilize.core.i18n import Label


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One thing that is not kept for good.

    Attributes:
        name: A word for it, in the audit log and in `mobilize retention`.
        setting: The setting of the section `retention` that says after how many days; 0 keeps it.
        what: What goes.
        stays: What stays of it.
        count: Given a session and an instant, how much from before it would go.
        remove: Given a session, that instant, the present and a number, lets go of at most about
            that much, and says of how much.
        by_machine: Counted on the machine's clock, also where the campaign's clock is virtual.
        is_private: That there is any of it is nothing for everybody who may see the console.
    """

    name: str
    setting: str
    what: Label
    stays: Label
    count: Callable[[Session, datetime], int]
    remove: Callable[[Session, datetime, datetime, int], int]
    by_machine: bool = False
    is_private: bool = False


_RULES: Final[dict[str, Rule]] = {}


def register(rule: Rule) -> None:
    """Take a rule up; the same name again replaces it."""
    _RULES[rule.name] = rule


def rules() -> tuple[Rule, ...]:
    """All rules, in the order in which they were registered."""
    return tuple(_RULES.values())


def counting(
    key: InstrumentedAttribute[Any], *where: Callable[[datetime], ColumnElement[bool]]
) -> Callable[[Session, datetime], int]:
    """A rule's count: the rows for which all of these hold at an instant."""

    def count(session: Session, before: datetime) -> int:
        statement = select(func.count(key)).where(*(one(before) for one in where))
        return session.scalar(statement) or 0

    return count


def deleting(
    key: InstrumentedAttribute[Any], *where: Callable[[datetime], ColumnElement[bool]]
) -> Callable[[Session, datetime, datetime, int], int]:
    """A rule's removal: the rows for which all of these hold are deleted."""

    def remove(session: Session, before: datetime, _now: datetime, limit: int) -> int:
        past = select(key).where(*(one(before) for one in where)).limit(limit)
        statement = delete(key.class_).where(key.in_(past.scalar_subquery()))
        return removed(session, statement)

    return remove


def removed(session: Session, statement: Any) -> int:
    """Carry a change out; how many rows it touched."""
    done = session.execute(statement, execution_options={"synchronize_session": False})
    return cast("CursorResult[Any]", done).rowcount
