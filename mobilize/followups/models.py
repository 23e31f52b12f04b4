"""Plans, their steps, and the dated rows that the worker's tick finds."""

from datetime import datetime, time
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from mobilize.core.columns import JsonDocument, UTCDateTime, id_column, public_id_column
from mobilize.core.db import Base


class Plan(Base):
    """What is to happen around a milestone or after an alert."""

    __tablename__ = "plans"
    __table_args__ = (
        CheckConstraint("anchor in ('milestone', 'alert', 'completion')", name="anchor"),
        CheckConstraint("state in ('draft', 'active', 'paused', 'done')", name="state"),
    )

    id: Mapped[int] = id_column()
    public_id: Mapped[str] = public_id_column()
    name: Mapped[str] = mapped_column(String(200))
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"), index=True)
    anchor: Mapped[str] = mapped_column(String(10))
    milestone_id: Mapped[int | None] = mapped_column(ForeignKey("milestones.id"))
    alert_id: Mapped[int | None] = mapped_column(ForeignKey("alerts.id"))
    state: Mapped[str] = mapped_column(String(6), default="draft")
    created_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    activated_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """Nothing fires that was due before."""


class PlanStep(Base):
    """One step: so many days from the anchor, to whom, by which channel, saying what."""

    __tablename__ = "plan_steps"
    __table_args__ = (Index(None, "plan_id", "position", unique=True),)

    id: Mapped[int] = id_column()
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"))
    position: Mapped[int]
    offset_days: Mapped[int]
    local_time: Mapped[time]
    rules: Mapped[dict[str, Any]] = mapped_column(JsonDocument)
    """The audience, computed when the step fires."""
    audience_id: Mapped[int | None] = mapped_column(ForeignKey("audiences.id"), index=True)
    """The saved audience that they were taken from; a change to it does not change them."""
    channel: Mapped[str] = mapped_column(String(5))
    template_id: Mapped[int] = mapped_column(ForeignKey("templates.id"))
    max_lateness_hours: Mapped[int] = mapped_column(default=24)


class PlannedStep(Base):
    """A step on its date: fires once, or is skipped with the reason."""

    __tablename__ = "planned_steps"
    __table_args__ = (
        CheckConstraint(
            "state in ('planned', 'awaiting', 'fired', 'skipped', 'cancelled')", name="state"
        ),
        Index(None, "plan_step_id", "occurrence", unique=True),
        Index(None, "state", "due_at"),
    )

    id: Mapped[int] = id_column()
    plan_step_id: Mapped[int] = mapped_column(ForeignKey("plan_steps.id"))
    occurrence: Mapped[str] = mapped_column(String(60))
    """Which date of the milestone, or which alert: what makes it this one."""
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    state: Mapped[str] = mapped_column(String(10), default="planned")
    reason: Mapped[str | None] = mapped_column(String(200))
    mailing_id: Mapped[int | None] = mapped_column(ForeignKey("mailings.id"), unique=True)
    acted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
