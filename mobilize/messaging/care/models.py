"""Texts that need care, in tables that nothing else reads.

No column joins them to people: a number is found under a keyed hash that stands nowhere else, so
that no list, export or report can hold them against the people on file.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from mobilize.core.columns import (
    EncryptedText,
    UTCDateTime,
    id_column,
    public_id_column,
)
from mobilize.core.db import Base


class CareCase(Base):
    """A number from which such a text came."""

    __tablename__ = "care_cases"

    id: Mapped[int] = id_column()
    public_id: Mapped[str] = public_id_column()
    mark: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    """A keyed hash of the number that is used for this alone."""
    sender: Mapped[str] = mapped_column(EncryptedText("care_cases.sender"))
    outcome: Mapped[str] = mapped_column(String(20))
    """Whether the hotline's number went out, or why not."""
    seen_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When one of those named last read it; None where something new came since."""
    last_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)


class CareText(Base):
    """One text of such a number, or what we had answered it before."""

    __tablename__ = "care_texts"
    __table_args__ = (CheckConstraint("direction in ('in', 'out')", name="direction"),)

    id: Mapped[int] = id_column()
    case_id: Mapped[int] = mapped_column(ForeignKey("care_cases.id"), index=True)
    provider_ref: Mapped[str | None] = mapped_column(String(100), unique=True)
    retry_token: Mapped[str | None] = mapped_column(String(100), unique=True)
    direction: Mapped[str] = mapped_column(String(3))
    body: Mapped[str] = mapped_column(EncryptedText("care_texts.body"))
    at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)


class CareMark(Base):
    """A number to which the hotline's number went once: a keyed hash, and nothing else."""

    __tablename__ = "care_marks"

    mark: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
