"""Demands in versions, their elements, the principles, and milestones with their occurrences."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, validates

from mobilize.core.columns import JsonDocument, UTCDateTime, id_column, public_id_column
from mobilize.core.db import Base

DRAFT = "draft"
ADOPTED = "adopted"
SUPERSEDED = "superseded"

CONFIRMED = "confirmed"
ESTIMATED = "estimated"
AWAITED = "awaited"
PASSED = "passed"


class Demand(Base):
    """One of the campaign's demands; its texts are in its versions."""

    __tablename__ = "demands"

    id: Mapped[int] = id_column()
    public_id: Mapped[str] = public_id_column()
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    position: Mapped[int]


class DemandVersion(Base):
    """A demand as it was worded at one time; once adopted, its texts never change."""

    __tablename__ = "demand_versions"
    __table_args__ = (
        UniqueConstraint("demand_id", "number"),
        CheckConstraint("status in ('draft', 'adopted', 'superseded')", name="status"),
    )

    id: Mapped[int] = id_column()
    public_id: Mapped[str] = public_id_column()
    demand_id: Mapped[int] = mapped_column(ForeignKey("demands.id"))
    number: Mapped[int]
    status: Mapped[str] = mapped_column(String(12), default=DRAFT)
    content_hash: Mapped[str] = mapped_column(String(64))
    title_en: Mapped[str] = mapped_column(String(120))
    title_fr: Mapped[str] = mapped_column(String(120))
    ask_en: Mapped[str] = mapped_column(String(300))
    ask_fr: Mapped[str] = mapped_column(String(300))
    summary_en: Mapped[str] = mapped_column(Text)
    summary_fr: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    reviewed_en_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    reviewed_en_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    reviewed_fr_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    reviewed_fr_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    adopted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    adopted_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))

    @validates("title_en", "title_fr", "ask_en", "ask_fr", "summary_en", "summary_fr")
    def _keep_adopted_text(self, _name: str, text: str) -> str:
        # Partners signed these words: a correction is a new version.
        if self.adopted_at is not None:
            raise ValueError("an adopted version is never edited; load a new draft")
        return text


Index(
    "uq_demand_versions_adopted",
    DemandVersion.demand_id,
    unique=True,
    sqlite_where=DemandVersion.status == ADOPTED,
    postgresql_where=DemandVersion.status == ADOPTED,
)


class DemandElement(Base):
    """A goal, condition, change or outcome within one version of a demand."""

    __tablename__ = "demand_elements"
    __table_args__ = (
        UniqueConstraint("version_id", "key"),
        CheckConstraint("kind in ('goal', 'condition', 'change', 'outcome')", name="kind"),
    )

    id: Mapped[int] = id_column()
    version_id: Mapped[int] = mapped_column(ForeignKey("demand_versions.id"))
    kind: Mapped[str] = mapped_column(String(12))
    position: Mapped[int]
    key: Mapped[str] = mapped_column(String(60))
    text_en: Mapped[str] = mapped_column(Text)
    text_fr: Mapped[str] = mapped_column(Text)


class Principle(Base):
    """One wording of a principle; its hash tells wordings apart."""

    __tablename__ = "principles"
    __table_args__ = (
        UniqueConstraint("key", "content_hash"),
        CheckConstraint("status in ('draft', 'adopted', 'superseded')", name="status"),
    )

    id: Mapped[int] = id_column()
    public_id: Mapped[str] = public_id_column()
    key: Mapped[str] = mapped_column(String(60))
    position: Mapped[int]
    status: Mapped[str] = mapped_column(String(12), default=DRAFT)
    content_hash: Mapped[str] = mapped_column(String(64))
    name_en: Mapped[str] = mapped_column(String(120))
    name_fr: Mapped[str] = mapped_column(String(120))
    text_en: Mapped[str] = mapped_column(Text)
    text_fr: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    adopted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    adopted_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))


class Milestone(Base):
    """Something with a date that the campaign acts around."""

    __tablename__ = "milestones"
    __table_args__ = (
        CheckConstraint(
            "kind in ('fixed', 'yearly', 'one-off', 'estimated', 'awaited')", name="kind"
        ),
    )

    id: Mapped[int] = id_column()
    public_id: Mapped[str] = public_id_column()
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(String(12))
    rule: Mapped[str] = mapped_column(String(80))
    time_zone: Mapped[str] = mapped_column(String(40))
    local_time: Mapped[str] = mapped_column(String(5))
    needs_confirmation: Mapped[bool]
    title_en: Mapped[str] = mapped_column(String(200))
    title_fr: Mapped[str] = mapped_column(String(200))
    source: Mapped[str] = mapped_column(String(300))
    certainty_en: Mapped[str] = mapped_column(Text)
    certainty_fr: Mapped[str] = mapped_column(Text)
    demands: Mapped[list[str]] = mapped_column(JsonDocument)
    steps: Mapped[list[dict[str, Any]]] = mapped_column(JsonDocument)
    """Suggested steps, as `config/strategy/milestones.toml` describes them."""
    retired_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When it left the calendar's file; its occurrences stay for the record."""


class MilestoneOccurrence(Base):
    """One date of a milestone, or its place while no date is known."""

    __tablename__ = "milestone_occurrences"
    __table_args__ = (
        UniqueConstraint("milestone_id", "key"),
        CheckConstraint("status in ('confirmed', 'estimated', 'awaited', 'passed')", name="status"),
        CheckConstraint("status = 'awaited' or at is not null", name="dated"),
    )

    id: Mapped[int] = id_column()
    public_id: Mapped[str] = public_id_column()
    milestone_id: Mapped[int] = mapped_column(ForeignKey("milestones.id"))
    key: Mapped[str] = mapped_column(String(60))
    """The year of a yearly rule, `once` for a single day, `next` while nothing is known."""
    status: Mapped[str] = mapped_column(String(12))
    local_date: Mapped[date | None] = mapped_column(Date)
    local_end: Mapped[date | None] = mapped_column(Date)
    """The last day of a window."""
    at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    ends_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    confirmed_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
