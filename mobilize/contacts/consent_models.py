"""The consent ledger, what follows from it now, and the suppressions that outlive a person."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    text,
)
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

OUR_ORGANIZATION = "us"
EVERY_TOPIC = ""
_LEFT = "organization = 'us' and not granted"


class ConsentWording(Base):
    """The exact words that a person agreed to, in the language shown."""

    __tablename__ = "consent_wordings"
    __table_args__ = (Index(None, "name", "language", "sha256", unique=True),)

    id: Mapped[int] = id_column()
    name: Mapped[str] = mapped_column(String(60))
    language: Mapped[str] = mapped_column(String(2))
    text: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)


class ConsentEvent(Base):
    """One thing that happened to a consent: a row is added, never changed.

    The burden of proof is the sender's (CASL s. 13).
    """

    __tablename__ = "consent_events"
    __table_args__ = (CheckConstraint("channel in ('email', 'sms', 'voice')", name="channel"),)

    id: Mapped[int] = id_column()
    contact_id: Mapped[int] = mapped_column(BigKey, index=True)
    channel: Mapped[str] = mapped_column(String(5))
    organization: Mapped[str] = mapped_column(String(20), default=OUR_ORGANIZATION)
    """`us`, or a partner's public id: consent to one is never consent to the other."""
    topic: Mapped[str] = mapped_column(String(40), default=EVERY_TOPIC)
    """A demand's slug, or empty for all."""
    action: Mapped[str] = mapped_column(String(12))
    """granted, renewed, withdrawn, retracted, expired, bounced, complaint."""
    basis: Mapped[str | None] = mapped_column(String(24))
    basis_date: Mapped[date | None]
    expires_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    wording_id: Mapped[int | None] = mapped_column(BigKey)
    retracts_id: Mapped[int | None] = mapped_column(BigKey)
    """For `retracted`: the grant that was written down by mistake, such as by an import undone. It
    counts no more from then on, and unlike a withdrawal it says nothing of the person's will."""
    source: Mapped[str] = mapped_column(String(100))
    evidence: Mapped[str] = mapped_column(String(300), default="")
    actor: Mapped[str] = mapped_column(String(60))
    address_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    occurred_at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Consent(Base):
    """What the ledger says now, per person, channel, organization and topic.

    A projection for set-based questions; `consent.effective` over the ledger is the truth, and a
    test holds the two together.
    """

    __tablename__ = "consents"
    __table_args__ = (
        # Topics that were left: audiences are counted from it.
        Index(
            "ix_consents_left",
            "topic",
            "contact_id",
            postgresql_where=text(_LEFT),
            sqlite_where=text(_LEFT),
        ),
        Index(
            None,
            "expires_at",
            postgresql_where=text("granted and expires_at is not null"),
            sqlite_where=text("granted and expires_at is not null"),
        ),
        {"sqlite_with_rowid": False},
    )

    contact_id: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=False)
    channel: Mapped[str] = mapped_column(String(5), primary_key=True)
    organization: Mapped[str] = mapped_column(String(20), primary_key=True)
    topic: Mapped[str] = mapped_column(String(40), primary_key=True)
    granted: Mapped[bool]
    expires_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    event_id: Mapped[int] = mapped_column(BigKey)
    """The ledger's row that decides."""


class Suppression(Base):
    """An address that must not be written to, known only by its keyed hash; it outlives erasure."""

    __tablename__ = "suppressions"

    channel: Mapped[str] = mapped_column(String(5), primary_key=True)
    address_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    reason: Mapped[str] = mapped_column(String(20))
    """unsubscribed, stop, replaced, bounced, complaint, invalid, erased, organizer."""
    since: Mapped[datetime] = mapped_column(UTCDateTime)
    lifted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """START lifts what STOP closed; an own yes from that address, by their page or a confirmed
    sign-up, what its owner closed; nothing else lifts anything."""


class JournalMark(Base):
    """Up to where the noes that are kept beside the database were read into it.

    It goes back with a database that is brought back, so that all since is read again.
    """

    __tablename__ = "journal_marks"

    journal: Mapped[str] = mapped_column(String(40), primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger)
    """In bytes."""


class OptIn(Base):
    """Somebody said yes on a form; it becomes consent when they confirm from that address.

    Double opt-in: nobody can put another person on the list, and the proof is in the confirming.
    """

    __tablename__ = "opt_ins"
    __table_args__ = (
        CheckConstraint("channel in ('email', 'sms')", name="channel"),
        CheckConstraint("state in ('asked', 'confirmed', 'lapsed', 'known')", name="state"),
        Index(None, "channel", "address_hash"),
        Index(None, "created_at"),
    )

    id: Mapped[int] = id_column()
    public_id: Mapped[str] = public_id_column()
    form_ref: Mapped[str] = mapped_column(String(16), default="", index=True)
    """The same for the email and the number that came with one form."""
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"), index=True)
    """The person, once known: a stranger has no record before they confirm."""
    channel: Mapped[str] = mapped_column(String(5))
    address: Mapped[str | None] = mapped_column(EncryptedText("opt_ins.address"))
    """Gone again once it is confirmed or lapsed."""
    address_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    language: Mapped[str] = mapped_column(String(2))
    answers: Mapped[str | None] = mapped_column(EncryptedText("opt_ins.answers"))
    """JSON of what else the form said (name, postal area, topics); sealed, gone with the address.
    """
    grants: Mapped[list[dict[str, Any]]] = mapped_column(JsonDocument, default=list)
    """What was asked and answered yes, one entry per organization and topic, each with the id of
    its exact wording: `[{"organization": "us", "topic": "", "wording_id": 7}]`."""
    source: Mapped[str] = mapped_column(String(100))
    state: Mapped[str] = mapped_column(String(10), default="asked")
    """asked, confirmed, lapsed; known: the person had agreed to all of it before."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
