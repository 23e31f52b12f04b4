"""What an organizer adds to a person's record: custom fields and notes."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from mobilize.core.columns import (
    EncryptedText,
    JsonDocument,
    UTCDateTime,
    id_column,
    public_id_column,
)
from mobilize.core.db import Base


class CustomField(Base):
    """A question that this installation keeps the answers to; never one on status or a case."""

    __tablename__ = "custom_fields"
    __table_args__ = (
        CheckConstraint("kind in ('text', 'number', 'date', 'yes_no', 'choice')", name="kind"),
    )

    id: Mapped[int] = id_column()
    public_id: Mapped[str] = public_id_column()
    key: Mapped[str] = mapped_column(String(40), unique=True)
    """The name in files, rules and the API."""
    label_en: Mapped[str] = mapped_column(String(100))
    label_fr: Mapped[str] = mapped_column(String(100))
    kind: Mapped[str] = mapped_column(String(10))
    choices: Mapped[list[dict[str, str]]] = mapped_column(JsonDocument, default=list)
    """For `choice`: `[{"key": "yes", "en": "Yes", "fr": "Oui"}]`."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    archived_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class CustomValue(Base):
    """A person's answer to a custom field, in the one form that its kind has."""

    __tablename__ = "custom_values"
    __table_args__ = (Index(None, "field_id", "value"),)

    contact_id: Mapped[int] = mapped_column(
        ForeignKey("contacts.id"), primary_key=True, autoincrement=False
    )
    field_id: Mapped[int] = mapped_column(
        ForeignKey("custom_fields.id"), primary_key=True, autoincrement=False
    )
    value: Mapped[str] = mapped_column(String(200))
    """Text as it is; a number plain; a date as 2026-11-22; yes or no; a choice's key."""
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime)


class ContactNote(Base):
    """What an organizer wrote down about a person: sealed, seen by few, purged in time."""

    __tablename__ = "contact_notes"

    id: Mapped[int] = id_column()
    public_id: Mapped[str] = public_id_column()
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"), index=True)
    text: Mapped[str] = mapped_column(EncryptedText("contact_notes.text"))
    actor: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
