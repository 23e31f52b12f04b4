"""People who may be the same, and records that became one."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from mobilize.core.columns import (
    BigKey,
    EncryptedText,
    JsonDocument,
    UTCDateTime,
    id_column,
    public_id_column,
)
from mobilize.core.db import Base


class DuplicatePair(Base):
    """Two records that may be one person, with the reasons; an organizer decides."""

    __tablename__ = "duplicate_pairs"
    __table_args__ = (
        CheckConstraint("state in ('open', 'different', 'merged')", name="state"),
        CheckConstraint("first_id < second_id", name="order"),
        Index(None, "first_id", "second_id", unique=True),
        Index(None, "state", "score"),
    )

    id: Mapped[int] = id_column()
    public_id: Mapped[str] = public_id_column()
    first_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"))
    second_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"), index=True)
    reasons: Mapped[list[str]] = mapped_column(JsonDocument, default=list)
    """Why, as keys such as same_phone and same_name; never the values themselves."""
    score: Mapped[int]
    """How alike they are, from 0 to 100."""
    state: Mapped[str] = mapped_column(String(10), default="open")
    found_at: Mapped[datetime] = mapped_column(UTCDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    decided_by: Mapped[str | None] = mapped_column(String(60))


class MatchKey(Base):
    """A keyed digest of what two records of one person would have in common: where to look."""

    __tablename__ = "match_keys"

    key: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=False)
    contact_id: Mapped[int] = mapped_column(
        ForeignKey("contacts.id"), primary_key=True, autoincrement=False, index=True
    )


class MatchScan(Base):
    """How far the search for duplicates is: one row."""

    __tablename__ = "match_scans"

    id: Mapped[int] = id_column()
    after_id: Mapped[int] = mapped_column(BigKey, default=0)
    """The last person of this round who was looked at."""
    since: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """Who did not change since then need not be looked at; none: everybody is."""
    began_at: Mapped[datetime] = mapped_column(UTCDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Merge(Base):
    """Two records that became one, with all that it takes to part them again."""

    __tablename__ = "contact_merges"
    __table_args__ = (
        CheckConstraint("email_side in ('kept', 'merged', 'both')", name="email_side"),
        CheckConstraint("phone_side in ('kept', 'merged', 'both')", name="phone_side"),
        CheckConstraint("kept_id <> merged_id", name="two"),
    )

    id: Mapped[int] = id_column()
    public_id: Mapped[str] = public_id_column()
    kept_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"), index=True)
    merged_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"), index=True)
    email_side: Mapped[str] = mapped_column(String(6), default="both")
    """Whose email address stands since: kept or merged."""
    phone_side: Mapped[str] = mapped_column(String(6), default="both")
    """Whose number stands since: kept, merged, or both where it is the same."""
    ledger_cut: Mapped[int] = mapped_column(BigKey, default=0)
    """The last row of the consent ledger that was there then."""
    before: Mapped[str | None] = mapped_column(EncryptedText("contact_merges.before"))
    """JSON of what each feature moved or changed; sealed, and erased with the person."""
    actor: Mapped[str] = mapped_column(String(60))
    merged_at: Mapped[datetime] = mapped_column(UTCDateTime)
    undone_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    undone_by: Mapped[str | None] = mapped_column(String(60))
