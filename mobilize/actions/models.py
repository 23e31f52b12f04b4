"""Campaigns and their texts, participations, and the one log of contacts with MPs."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from mobilize.core.columns import (
    BigKey,
    EncryptedText,
    UTCDateTime,
    id_column,
    public_id_column,
)
from mobilize.core.db import Base


class Campaign(Base):
    """Something we ask people to do for one version of one demand."""

    __tablename__ = "campaigns"
    __table_args__ = (CheckConstraint("state in ('draft', 'published', 'closed')", name="state"),)

    id: Mapped[int] = id_column()
    public_id: Mapped[str] = public_id_column()
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    demand_version_id: Mapped[int] = mapped_column(ForeignKey("demand_versions.id"), index=True)
    state: Mapped[str] = mapped_column(String(10), default="draft")
    goal: Mapped[int | None]
    opens_on: Mapped[date | None]
    closes_on: Mapped[date | None]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class CampaignText(Base):
    """A campaign in one language: what the page says, and what a supporter may say to the MP.

    No script assumes citizenship, a vote or a status.
    """

    __tablename__ = "campaign_texts"

    campaign_id: Mapped[int] = mapped_column(
        ForeignKey("campaigns.id"), primary_key=True, autoincrement=False
    )
    language: Mapped[str] = mapped_column(String(2), primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    intro: Mapped[str] = mapped_column(Text)
    content_note: Mapped[str] = mapped_column(Text, default="")
    """A plain line before the content, for people whom it may touch."""
    call_script: Mapped[str] = mapped_column(Text)
    letter_subject: Mapped[str] = mapped_column(String(200))
    letter_body: Mapped[str] = mapped_column(Text)
    visit_brief: Mapped[str] = mapped_column(Text)
    thanks: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    reviewed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    reviewed_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))


class Participation(Base):
    """A contact's part in a campaign: begun when they first report, completed once.

    It outlives the contact as a count.
    """

    __tablename__ = "participations"
    __table_args__ = (
        Index(None, "campaign_id", "contact_id", unique=True),
        Index(None, "contact_id", "completed_at"),
    )

    id: Mapped[int] = id_column()
    public_id: Mapped[str] = public_id_column()
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"))
    """Who; nobody any more where they were erased, or did nothing more for a long time."""
    message_id: Mapped[int | None] = mapped_column(BigKey)
    """The message whose link brought them."""
    mailing_id: Mapped[int | None] = mapped_column(BigKey)
    """The mailing of that message: what it brought is counted also after the contact is gone."""
    language: Mapped[str] = mapped_column(String(2))
    completed_at: Mapped[datetime] = mapped_column(UTCDateTime)


class MpContact(Base):
    """One contact of one supporter with one MP's office, as the supporter told it."""

    __tablename__ = "mp_contacts"
    __table_args__ = (
        CheckConstraint("channel in ('call', 'write', 'visit')", name="channel"),
        CheckConstraint(
            "outcome in ('spoke_mp', 'spoke_staff', 'voicemail', 'no_answer', 'sent', 'met_mp', "
            "'met_staff', 'booked')",
            name="outcome",
        ),
        CheckConstraint(
            "heard is null or heard in ('supportive', 'undecided', 'opposed', 'no_position')",
            name="heard",
        ),
        Index(None, "campaign_id", "riding_id"),
        Index(
            None,
            "reply_due_on",
            postgresql_where=text("reply_due_on is not null"),
            sqlite_where=text("reply_due_on is not null"),
        ),
    )

    id: Mapped[int] = id_column()
    public_id: Mapped[str] = public_id_column()
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"))
    demand_version_id: Mapped[int] = mapped_column(ForeignKey("demand_versions.id"))
    participation_id: Mapped[int | None] = mapped_column(ForeignKey("participations.id"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"), index=True)
    riding_id: Mapped[int] = mapped_column(ForeignKey("ridings.id"))
    mandate_id: Mapped[int | None] = mapped_column(ForeignKey("mandates.id"), index=True)
    """Who held the seat at that moment; none where it was vacant."""
    channel: Mapped[str] = mapped_column(String(5))
    outcome: Mapped[str] = mapped_column(String(12))
    heard: Mapped[str | None] = mapped_column(String(12))
    """What the office said on the demand, as the supporter understood it."""
    reply_promised: Mapped[bool] = mapped_column(default=False)
    followup_wanted: Mapped[bool] = mapped_column(default=False)
    reply_due_on: Mapped[date | None]
    note: Mapped[str | None] = mapped_column(EncryptedText("mp_contacts.note"))
    """Optional, warned about on the page, seen by few, purged after `retention.notes_days`."""
    form_key: Mapped[str] = mapped_column(String(40), unique=True)
    """One filled form is one contact, however often it is sent."""
    language: Mapped[str] = mapped_column(String(2))
    happened_at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
