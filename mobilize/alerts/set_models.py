"""Sets of people kept as bits, so that a long list is counted without looking at each person."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Index, LargeBinary, String
from sqlalchemy.dialects.postgresql import BIT
from sqlalchemy.orm import Mapped, mapped_column

from mobilize.core.columns import BigKey, UTCDateTime, id_column
from mobilize.core.db import Base

SHIFT: Final = 12
BLOCK: Final = 1 << SHIFT
"""How many keys of contacts a block spans: each is one bit of each of the block's sets."""

Bits = LargeBinary().with_variant(BIT(BLOCK), "postgresql")


class PeopleSet(Base):
    """The people of one block who are in a set, such as those who read French; a bit for each.

    On PostgreSQL alone; SQLite counts as it is, and its tables of sets stay empty. Bits say nothing
    of anybody without the record that their place names, and follow it: an erasure marks its block.
    """

    __tablename__ = "people_sets"

    family: Mapped[str] = mapped_column(String(30), primary_key=True)
    """What goes stale together: `people`, `consents`, or one mailing."""
    name: Mapped[str] = mapped_column(String(30), primary_key=True)
    block: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """The key of a contact, shifted."""
    bits: Mapped[Any] = mapped_column(Bits)
    """A set that nobody of the block is in has no row."""


class PeopleBlock(Base):
    """A block whose sets of one family were made, and between which instants they are true."""

    __tablename__ = "people_blocks"

    family: Mapped[str] = mapped_column(String(30), primary_key=True)
    block: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    mailing_id: Mapped[int | None] = mapped_column(BigKey)
    since: Mapped[datetime] = mapped_column(UTCDateTime)
    """When they were made; of a mailing, when it had finished: one that went on is another."""
    until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When the first consent in it ends that stood then."""


class PeopleMark(Base):
    """Something was written in a block since its sets were made: they do not count any more.

    The database itself adds one in the transaction that writes, whoever writes
    (migrations/versions/0020_people_sets.py). Rows are only added, so that no writer waits for
    another.
    """

    __tablename__ = "people_marks"
    __table_args__ = (Index(None, "family", "block"),)

    id: Mapped[int] = id_column()
    family: Mapped[str] = mapped_column(String(30))
    block: Mapped[int]
