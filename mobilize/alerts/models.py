"""Alerts, their steps, and saved audiences."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from mobilize.core.columns import JsonDocument, UTCDateTime, id_column, public_id_column
from mobilize.core.db import Base


class Audience(Base):
    """Rules that say who is meant, saved under a name."""

    __tablename__ = "audiences"

    id: Mapped[int] = id_column()
    public_id: Mapped[str] = public_id_column()
    name: Mapped[str] = mapped_column(String(200), unique=True)
    rules: Mapped[dict[str, Any]] = mapped_column(JsonDocument)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    updated_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    archived_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Alert(Base):
    """A call to action on its way: drafted, approved by a second person, launched (`lifecycle`)."""

    __tablename__ = "alerts"
    __table_args__ = (
        CheckConstraint(
            "state in ('draft', 'in_review', 'approved', 'sending', 'paused', 'done', 'cancelled')",
            name="state",
        ),
    )

    id: Mapped[int] = id_column()
    public_id: Mapped[str] = public_id_column()
    name: Mapped[str] = mapped_column(String(200))
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"), index=True)
    rules: Mapped[dict[str, Any]] = mapped_column(JsonDocument)
    """The audience as it was chosen for this alert."""
    audience_id: Mapped[int | None] = mapped_column(ForeignKey("audiences.id"), index=True)
    """The saved audience that they were taken from; a change to it does not change them."""
    state: Mapped[str] = mapped_column(String(10), default="draft")
    pause_reason: Mapped[str | None] = mapped_column(String(200))
    text_cap_cents: Mapped[int | None]
    """What its text messages may cost at most, where that is less than the installation's cap."""
    content_hash: Mapped[str | None] = mapped_column(String(64))
    """What was approved: another text, audience or step needs a new approval."""
    created_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    approved_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    launched_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    launched_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)


class AlertStep(Base):
    """One channel of an alert: at most one message per person."""

    __tablename__ = "alert_steps"
    __table_args__ = (Index(None, "alert_id", "position", unique=True),)

    id: Mapped[int] = id_column()
    alert_id: Mapped[int] = mapped_column(ForeignKey("alerts.id"))
    position: Mapped[int]
    channel: Mapped[str] = mapped_column(String(5))
    template_id: Mapped[int] = mapped_column(ForeignKey("templates.id"))
    mailing_id: Mapped[int | None] = mapped_column(ForeignKey("mailings.id"), unique=True)
