"""Demands in their versions, the principles, and the milestones with their dates."""

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from mobilize.core.columns import JsonDocument, UTCDateTime, id_column, public_id_column
from mobilize.core.db import Base


class Demand(Base):
    """One of the five things that we demand, whatever its present words."""

    __tablename__ = "demands"

    id: Mapped[int] = id_column()
    public_id: Mapped[str] = public_id_column()
    slug: Mapped[str] = mapped_column(String(40), unique=True)
    position: Mapped[int]


class DemandVersion(Base):
    """A demand's words at one time: a draft until adopted; what was adopted is never edited."""

    __tablename__ = "demand_versions"
    __table_args__ = (
        CheckConstraint("state in ('draft', 'adopted', 'superseded')", name="state"),
        Index(None, "demand_id", "number", unique=True),
        Index(
            "ix_demand_versions_adopted",
            "demand_id",
            unique=True,
            postgresql_where=text("state = 'adopted'"),
            sqlite_where=text("state = 'adopted'"),
        ),
    )

    id: Mapped[int] = id_column()
    public_id: Mapped[str] = public_id_column()
    demand_id: Mapped[int] = mapped_column(ForeignKey("demands.id"))
    number: Mapped[int]
    state: Mapped[str] = mapped_column(String(10), default="draft")
    title_en: Mapped[str] = mapped_column(String(100))
    title_fr: Mapped[str] = mapped_column(String(100))
    ask_en: Mapped[str] = mapped_column(Text)
    ask_fr: Mapped[str] = mapped_column(Text)
    summary_en: Mapped[str] = mapped_column(Text)
    summary_fr: Mapped[str] = mapped_column(Text)
    content_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    reviewed_en_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    reviewed_en_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    reviewed_fr_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    reviewed_fr_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    adopted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    adopted_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))


class DemandElement(Base):
    """A goal, a condition, a systemic change or an outcome of one version of a demand."""

    __tablename__ = "demand_elements"
    __table_args__ = (
        CheckConstraint("kind in ('goal', 'condition', 'change', 'outcome')", name="kind"),
        Index(None, "demand_version_id", "kind", "position", unique=True),
        Index(None, "demand_version_id", "key", unique=True),
    )

    id: Mapped[int] = id_column()
    demand_version_id: Mapped[int] = mapped_column(ForeignKey("demand_versions.id"))
    kind: Mapped[str] = mapped_column(String(10))
    position: Mapped[int]
    key: Mapped[str] = mapped_column(String(60))
    """The same element in the next version has the same key."""
    text_en: Mapped[str] = mapped_column(Text)
    text_fr: Mapped[str] = mapped_column(Text)


class Principle(Base):
    """One of the six principles, in one version of its words."""

    __tablename__ = "principles"
    __table_args__ = (Index(None, "slug", "number", unique=True),)

    id: Mapped[int] = id_column()
    slug: Mapped[str] = mapped_column(String(40))
    number: Mapped[int]
    position: Mapped[int]
    title_en: Mapped[str] = mapped_column(String(100))
    title_fr: Mapped[str] = mapped_column(String(100))
    text_en: Mapped[str] = mapped_column(Text)
    text_fr: Mapped[str] = mapped_column(Text)
    content_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Milestone(Base):
    """Something in the calendar that the campaigns strike around."""

    __tablename__ = "milestones"
    __table_args__ = (
        CheckConstraint(
            "kind in ('fixed', 'yearly', 'one_off', 'estimated', 'awaited')", name="kind"
        ),
    )

    id: Mapped[int] = id_column()
    public_id: Mapped[str] = public_id_column()
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    kind: Mapped[str] = mapped_column(String(10))
    title_en: Mapped[str] = mapped_column(String(200))
    title_fr: Mapped[str] = mapped_column(String(200))
    rule: Mapped[dict[str, Any]] = mapped_column(JsonDocument)
    """How its dates are found: `strategy.calendar` reads it."""
    time_zone: Mapped[str] = mapped_column(String(40))
    local_time: Mapped[time]
    source: Mapped[str] = mapped_column(Text)
    note_en: Mapped[str] = mapped_column(Text, default="")
    note_fr: Mapped[str] = mapped_column(Text, default="")
    """How far the date can be trusted."""
    followups: Mapped[list[dict[str, Any]]] = mapped_column(JsonDocument, default=list)
    """The steps that are proposed around it: days from the date, and what happens."""
    content_hash: Mapped[str] = mapped_column(String(64))
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime)


class MilestoneOccurrence(Base):
    """A milestone on one date; nothing is sent for a date that nobody confirmed."""

    __tablename__ = "milestone_occurrences"
    __table_args__ = (
        CheckConstraint(
            "state in ('confirmed', 'estimated', 'awaited', 'cancelled')", name="state"
        ),
        Index(None, "milestone_id", "key", unique=True),
        Index(None, "on_date"),
    )

    id: Mapped[int] = id_column()
    public_id: Mapped[str] = public_id_column()
    milestone_id: Mapped[int] = mapped_column(ForeignKey("milestones.id"))
    key: Mapped[str] = mapped_column(String(40))
    """Which one: the year of a yearly milestone, `once` of any other."""
    on_date: Mapped[date | None]
    """The local day; none while a milestone is only awaited."""
    until_on: Mapped[date | None]
    """The last local day of a milestone that lasts, such as a consultation."""
    at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    state: Mapped[str] = mapped_column(String(10))
    confirmed_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
