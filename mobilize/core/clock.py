"""The one place that time comes from: the machine's clock, or a virtual one in the database."""

from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from sqlalchemy import ColumnElement, SQLColumnExpression, insert, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from mobilize.core.columns import UTCDateTime
from mobilize.core.db import Base, Database
from mobilize.core.errors import InvalidInput

_APART: Final = timedelta(minutes=1)
"""How far the clocks of several machines may be from each other."""


class Clock(Protocol):
    """Says what time it is."""

    def now(self) -> datetime:
        """The present instant, aware and in UTC."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The present instant, aware and in UTC."""
        return datetime.now(UTC)  # noqa: TID251 - the one place


class VirtualInstant(Base):
    """The single row that every process of a demo, rehearsal or test reads its time from."""

    __tablename__ = "virtual_clock"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    instant: Mapped[datetime] = mapped_column(UTCDateTime)


class VirtualClock:
    """A clock that stands still until it is moved, shared by all processes on one database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def now(self) -> datetime:
        """The instant in the database's row."""
        with self._db.read() as session:
            instant: datetime | None = session.scalar(select(VirtualInstant.instant))
        if instant is None:
            raise InvalidInput("The virtual clock was never set.", hint="Run `mobilize init`.")
        return instant

    def set(self, instant: datetime) -> None:
        """Put the clock to an instant; going back is refused, since what was sent stays sent."""
        with self._db.transaction() as session:
            set_virtual_clock(session, instant)

    def advance(self, span: timedelta) -> datetime:
        """Move the clock on and return the new instant."""
        instant = self.now() + span
        self.set(instant)
        return instant


def set_virtual_clock(session: Session, instant: datetime) -> None:
    """Write the virtual instant, creating its row the first time."""
    standing: datetime | None = session.scalar(select(VirtualInstant.instant))
    if standing is None:
        session.execute(insert(VirtualInstant).values(id=1, instant=instant))
    elif instant < standing:
        raise InvalidInput(
            "The virtual clock cannot go back.", hint="Start again with a new database."
        )
    else:
        session.execute(update(VirtualInstant).values(instant=instant))


def is_over(
    until: SQLColumnExpression[datetime] | SQLColumnExpression[datetime | None],
    now: datetime,
    *,
    longest: timedelta,
) -> ColumnElement[bool]:
    """Whether a wait by the machine's clock is over, as SQL.

    So is one that ends later than any that begins now could: it began before the clock was put
    back, and nobody can say how much of it is left.

    Args:
        until: When it ends.
        now: The machine's moment.
        longest: How long such a wait lasts at most.
    """
    return or_(until <= now, until > latest(now, longest))


def latest(now: datetime, longest: timedelta) -> datetime:
    """The last instant at which a wait that begins now, on whichever machine, can end."""
    return now + longest + _APART
