"""Codes that prove an address, and lists that were taken out."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from mobilize.core.columns import (
    EncryptedText,
    JsonDocument,
    UTCDateTime,
    id_column,
    public_id_column,
)
from mobilize.core.db import Base


class AddressCode(Base):
    """A fresh code sent to a confirmed channel: what a forwarded link alone must not do."""

    __tablename__ = "address_codes"
    __table_args__ = (
        CheckConstraint("purpose in ('copy', 'erase', 'change', 'confirm')", name="purpose"),
        CheckConstraint("channel in ('email', 'sms')", name="channel"),
    )

    id: Mapped[int] = id_column()
    public_id: Mapped[str] = public_id_column()
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(10))
    """A copy of the data, erasure, a change of address; `confirm` goes to the new address."""
    channel: Mapped[str] = mapped_column(String(5))
    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    new_address: Mapped[str | None] = mapped_column(EncryptedText("address_codes.new_address"))
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Export(Base):
    """People who were taken out, or are asked to be: by whom, which, with whose word."""

    __tablename__ = "exports"
    __table_args__ = (
        CheckConstraint("state in ('asked', 'approved', 'refused', 'taken')", name="state"),
        CheckConstraint("format in ('csv', 'xlsx')", name="format"),
    )

    id: Mapped[int] = id_column()
    public_id: Mapped[str] = public_id_column()
    rules: Mapped[dict[str, Any]] = mapped_column(JsonDocument)
    """The audience, as it was chosen."""
    columns: Mapped[list[str]] = mapped_column(JsonDocument)
    format: Mapped[str] = mapped_column(String(4))
    purpose: Mapped[str] = mapped_column(String(200))
    """What for, in the organizer's words: the audit log keeps it."""
    state: Mapped[str] = mapped_column(String(10), default="asked")
    people: Mapped[int]
    """How many it held when it was asked for, then how many were really taken."""
    asked_by: Mapped[str] = mapped_column(String(60))
    decided_by: Mapped[str | None] = mapped_column(String(60))
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    taken_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
