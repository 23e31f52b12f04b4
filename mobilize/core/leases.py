"""One process at a time does a thing: whoever holds the lease, until they stop renewing it.

The lease runs on the machine's clock. What it guards must be harmless when done twice all the same:
a process may lose its lease while it works.
"""

import os
import secrets
import socket
from datetime import datetime, timedelta

from sqlalchemy import CursorResult, String, Table, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from mobilize.core.clock import SystemClock, is_over
from mobilize.core.columns import UTCDateTime
from mobilize.core.db import Base, Database, upsert


class Lease(Base):
    """Who holds what, and until when."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    holder: Mapped[str] = mapped_column(String(80))
    until: Mapped[datetime] = mapped_column(UTCDateTime)


def own_name() -> str:
    """A name for this process to hold leases by, unlike that of any other on any machine.

    The host and the process say where to look; containers share both, so some chance is added.
    """
    return f"{socket.gethostname()[:30]}-{os.getpid()}-{secrets.token_hex(3)}"


def hold(
    db: Database, name: str, *, holder: str, seconds: int, now: datetime | None = None
) -> bool:
    """Take or renew a lease.

    Args:
        db: The database that all processes share.
        name: What is leased.
        holder: Who asks; the same name renews.
        seconds: For how long.
        now: The machine's moment; by its own clock where not given.

    Returns:
        Whether the holder has it now.
    """
    now = now or SystemClock().now()
    free = is_over(Lease.until, now, longest=timedelta(seconds=seconds))
    table = Lease.__table__
    assert isinstance(table, Table)
    until = now + timedelta(seconds=seconds)
    with db.transaction() as session:
        taken = session.execute(
            update(Lease)
            .where(Lease.name == name, or_(Lease.holder == holder, free))
            .values(holder=holder, until=until)
        )
        if isinstance(taken, CursorResult) and taken.rowcount:
            return True
        row = {"name": name, "holder": holder, "until": until}
        upsert(session, table, [row], key=["name"])
        standing = session.scalar(select(Lease.holder).where(Lease.name == name))
        return standing == holder


def release(db: Database, name: str, *, holder: str) -> None:
    """Give a lease back at once, so that another process need not wait."""
    with db.transaction() as session:
        session.execute(
            update(Lease)
            .where(Lease.name == name, Lease.holder == holder)
            .values(until=SystemClock().now() - timedelta(seconds=1))
        )
