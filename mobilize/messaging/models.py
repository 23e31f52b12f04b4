"""Templates, mailings, their chunks, and the message to each recipient."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
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

TRANSACTIONAL_LANE = 0
CODE = "code"
OPT_IN = "opt_in"
REPLY = "reply"
"""An organizer's answer to somebody who texted us."""
TEST = "test"
"""An alert's draft, to the address of the account that asked for it."""
STANDING_KINDS = ("transactional", CODE, OPT_IN, REPLY, TEST)
"""Mailings that messages are added to as they arise; they are never done."""
BULK_LANE = 1


class Template(Base):
    """What a message says, in both languages; its texts are versioned below it."""

    __tablename__ = "templates"

    id: Mapped[int] = id_column()
    public_id: Mapped[str] = public_id_column()
    key: Mapped[str | None] = mapped_column(String(60), unique=True)
    """The name by which the software itself asks for a template, such as `thank-you`."""
    name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)


class TemplateText(Base):
    """A template in one language for one channel; a change makes a new version."""

    __tablename__ = "template_texts"
    __table_args__ = (
        CheckConstraint("channel in ('email', 'sms')", name="channel"),
        CheckConstraint("language in ('en', 'fr')", name="language"),
        Index(None, "template_id", "channel", "language", "version", unique=True),
    )

    id: Mapped[int] = id_column()
    template_id: Mapped[int] = mapped_column(ForeignKey("templates.id"))
    channel: Mapped[str] = mapped_column(String(5))
    language: Mapped[str] = mapped_column(String(2))
    version: Mapped[int]
    subject: Mapped[str] = mapped_column(String(200), default="")
    body: Mapped[str] = mapped_column(Text)
    """Markdown for email, plain text for SMS, with Liquid's output, `default` and `if`."""
    discreet: Mapped[str] = mapped_column(Text, default="")
    """For people who asked for discretion: an email's other subject, a text message's other words.
    Empty where what everybody gets tells nothing of the topic."""
    sha256: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    reviewed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    reviewed_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))


class Mailing(Base):
    """Messages of one template, channel and purpose; it can be paused and counted as a whole.

    A transactional template has one standing mailing, to which messages are added as they arise.
    """

    __tablename__ = "mailings"
    __table_args__ = (
        CheckConstraint(
            "kind in ('alert', 'followup', 'transactional', 'letter', 'code', 'opt_in', 'reply', "
            "'test')",
            name="kind",
        ),
        CheckConstraint("channel in ('email', 'sms')", name="channel"),
        CheckConstraint(
            "state in ('ready', 'sending', 'paused', 'done', 'cancelled')", name="state"
        ),
    )

    id: Mapped[int] = id_column()
    public_id: Mapped[str] = public_id_column()
    kind: Mapped[str] = mapped_column(String(13))
    channel: Mapped[str] = mapped_column(String(5))
    template_id: Mapped[int] = mapped_column(ForeignKey("templates.id"))
    lane: Mapped[int]
    topic: Mapped[str] = mapped_column(String(40), default="")
    """The demand that it is about, for people who left one topic."""
    campaign_ref: Mapped[str | None] = mapped_column(String(16))
    milestone: Mapped[str | None] = mapped_column(String(60))
    """The slug of the milestone that it follows up, where a plan around one sent it."""
    """The public id of the campaign that its personal links lead to."""
    facts: Mapped[dict[str, Any]] = mapped_column(JsonDocument, default=dict)
    """What the template says that is the same for all: `{"en": {...}, "fr": {...}}`."""
    state: Mapped[str] = mapped_column(String(10), default="ready")
    pause_reason: Mapped[str | None] = mapped_column(String(200))
    judged: Mapped[dict[str, int]] = mapped_column(JsonDocument, default=dict)
    """What was counted when it was last stopped for bounces or complaints: whoever lets it go on
    has seen that much."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When the last of its messages had an answer: none was accepted later."""


class TextBudget(Base):
    """What the text messages of a mailing may cost, and have: counted before each call is made."""

    __tablename__ = "text_budgets"

    mailing_id: Mapped[int] = mapped_column(
        ForeignKey("mailings.id"), primary_key=True, autoincrement=False
    )
    price_micros: Mapped[int] = mapped_column(BigKey)
    """What a segment costs, in millionths of a Canadian dollar; 0 where no price is set."""
    most: Mapped[int | None] = mapped_column(BigKey)
    """How many segments there may be; none where there is no cap."""
    segments: Mapped[int] = mapped_column(BigKey, default=0)


class Chunk(Base):
    """Up to a thousand messages of one mailing and language: what a worker takes at a time."""

    __tablename__ = "chunks"
    __table_args__ = (
        CheckConstraint("state in ('ready', 'leased', 'done')", name="state"),
        Index(
            None,
            "lane",
            "not_before",
            postgresql_where=text("state <> 'done'"),
            sqlite_where=text("state <> 'done'"),
        ),
    )

    mailing_id: Mapped[int] = mapped_column(
        ForeignKey("mailings.id"), primary_key=True, autoincrement=False
    )
    language: Mapped[str] = mapped_column(String(2), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    lane: Mapped[int]
    size: Mapped[int]
    state: Mapped[str] = mapped_column(String(6), default="ready")
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime] = mapped_column(UTCDateTime)
    lease_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    leased_by: Mapped[str | None] = mapped_column(String(60))
    last_error: Mapped[str | None] = mapped_column(String(200))


class Submission(Base):
    """One call to a provider, committed before it is made: what was meant, and how it ended."""

    __tablename__ = "submissions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["mailing_id", "language", "chunk_no"],
            ["chunks.mailing_id", "chunks.language", "chunks.number"],
        ),
        CheckConstraint(
            "state in ('submitting', 'accepted', 'refused', 'not_sent', 'unknown', 'settled')",
            name="state",
        ),
        Index(None, "mailing_id", "language", "chunk_no"),
        Index(
            None,
            "state",
            postgresql_where=text("state in ('submitting', 'unknown')"),
            sqlite_where=text("state in ('submitting', 'unknown')"),
        ),
    )

    id: Mapped[int] = id_column()
    mailing_id: Mapped[int] = mapped_column(BigKey)
    language: Mapped[str] = mapped_column(String(2))
    chunk_no: Mapped[int]
    claim: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    """Who it is for, on which consent, at which address (`claims`)."""
    provider: Mapped[str] = mapped_column(String(10))
    size: Mapped[int]
    state: Mapped[str] = mapped_column(String(10), default="submitting")
    provider_ref: Mapped[str | None] = mapped_column(String(100))
    error: Mapped[str | None] = mapped_column(String(200))
    started_at: Mapped[datetime] = mapped_column(UTCDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    asked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When the provider was last asked about those of its texts that have no answer."""


_ONCE: Final = ("mailing_id", "contact_id", "dedupe_key")


class Message(Base):
    """One message to one recipient, and where it stands (`states.py`).

    Exactly one of contact, account, office or bare address says to whom.

    Millions of rows that change state once or twice, so no index looks at a state: PostgreSQL then
    writes the new row into the room left on its page and touches no index. Nor is what a row refers
    to checked anew for each: people, mailings, texts and requests are never deleted, and the checks
    cost as much as the row. Messages without an answer are found through their requests.
    """

    __tablename__ = "messages"
    __table_args__ = (
        Index(
            "ix_messages_mailing_id_messages_dedupe_key",
            "mailing_id",
            "dedupe_key",
            unique=True,
            postgresql_where=text("dedupe_key <> ''"),
            sqlite_where=text("dedupe_key <> ''"),
        ),
        # Who was sent a mailing, in the order of people, and nobody twice.
        Index("ix_messages_mailing_id_messages_contact_id", *_ONCE, unique=True),
        Index(None, "mailing_id", "language", "chunk_no"),
        Index(
            "ix_messages_ungrouped",
            "mailing_id",
            "language",
            postgresql_where=text("chunk_no is null"),
            sqlite_where=text("chunk_no is null"),
        ),
        # Asked every second; what is launched has a chunk, and does not stand in it.
        Index(
            "ix_messages_put_off",
            "not_before",
            postgresql_where=text("chunk_no is null"),
            sqlite_where=text("chunk_no is null"),
        ),
        Index(
            "ix_messages_address_hash",
            "address_hash",
            postgresql_where=text("address_hash is not null"),
            sqlite_where=text("address_hash is not null"),
        ),
        Index(
            "ix_messages_with_details",
            "created_at",
            postgresql_where=text("variables <> '{}' or address is not null"),
            sqlite_where=text("variables <> '{}' or address is not null"),
        ),
        {"postgresql_with": {"fillfactor": 45}},
    )

    id: Mapped[int] = id_column()
    mailing_id: Mapped[int] = mapped_column(BigKey)
    dedupe_key: Mapped[str] = mapped_column(String(60), default="")
    """What makes it one and the same message in its mailing. Empty in a mailing to many, where the
    person does; once the person's record was merged with another, the record that it was for."""
    language: Mapped[str] = mapped_column(String(2))
    chunk_no: Mapped[int | None]
    """The chunk it goes out with; none yet, or no longer, where it waits to be grouped; 0 where it
    never goes."""
    contact_id: Mapped[int | None] = mapped_column(BigKey, index=True)
    account_id: Mapped[int | None] = mapped_column(BigKey)
    office_id: Mapped[int | None] = mapped_column(BigKey)
    address: Mapped[str | None] = mapped_column(EncryptedText("messages.address"))
    """An address that is only being confirmed, or an office's; a contact's stands with them."""
    address_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    """Of that address; where a contact's message went stands in its request's claim."""
    template_text_id: Mapped[int | None] = mapped_column(BigKey)
    variables: Mapped[dict[str, Any]] = mapped_column(JsonDocument, default=dict)
    """Values of this message alone, without personal data."""
    state: Mapped[str] = mapped_column(String(10), default="queued")
    reason: Mapped[str | None] = mapped_column(String(40))
    not_before: Mapped[datetime | None] = mapped_column(UTCDateTime)
    submission_id: Mapped[int | None] = mapped_column(BigKey)
    """The request that it went with; the consent that it went on stands there."""
    provider_ref: Mapped[str | None] = mapped_column(String(100))
    """The provider's name of a text; an email's is its request's."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    state_at: Mapped[datetime] = mapped_column(UTCDateTime)
    accepted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    delivered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class ProviderEvent(Base):
    """What a provider told us, once, without addresses."""

    __tablename__ = "provider_events"

    id: Mapped[int] = id_column()
    provider: Mapped[str] = mapped_column(String(10))
    event_key: Mapped[str] = mapped_column(String(160), unique=True)
    message_id: Mapped[int | None] = mapped_column(BigKey, index=True)
    kind: Mapped[str] = mapped_column(String(20))
    facts: Mapped[dict[str, Any]] = mapped_column(JsonDocument, default=dict)
    occurred_at: Mapped[datetime] = mapped_column(UTCDateTime)
    received_at: Mapped[datetime] = mapped_column(UTCDateTime)


class InboundText(Base):
    """A text that somebody sent us: sealed, and answered at most once."""

    __tablename__ = "inbound_texts"

    id: Mapped[int] = id_column()
    provider_ref: Mapped[str] = mapped_column(String(100), unique=True)
    sender: Mapped[str] = mapped_column(EncryptedText("inbound_texts.sender"))
    sender_hash: Mapped[bytes] = mapped_column(LargeBinary(32), index=True)
    body: Mapped[str] = mapped_column(EncryptedText("inbound_texts.body"))
    keyword: Mapped[str | None] = mapped_column(String(10))
    """stop, start, yes or help, where it was one."""
    thread_id: Mapped[int | None] = mapped_column(BigKey, index=True)
    """The conversation that it belongs to; a keyword alone begins none."""
    retry_token: Mapped[str | None] = mapped_column(String(100), unique=True)
    """What Twilio names a call of its webhook by, however often it makes it."""
    received_at: Mapped[datetime] = mapped_column(UTCDateTime)


class TextThread(Base):
    """What was texted between a number and us, and who looks after it.

    One for each number: of a number that several people share nobody knows who texts.
    """

    __tablename__ = "text_threads"
    __table_args__ = (
        CheckConstraint("state in ('unread', 'open', 'answered', 'closed')", name="state"),
    )

    id: Mapped[int] = id_column()
    public_id: Mapped[str] = public_id_column()
    sender_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    contact_id: Mapped[int | None] = mapped_column(BigKey, index=True)
    """Whose number it is, where it is one person's alone."""
    state: Mapped[str] = mapped_column(String(8), default="unread")
    assigned_to: Mapped[int | None] = mapped_column(BigKey)
    """The account that looks after it."""
    last_text_id: Mapped[int] = mapped_column(BigKey, index=True)
    """The latest text from there: the order of the inbox."""
    last_text_at: Mapped[datetime] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)


class TextHold(Base):
    """A number to which no text goes for now but an answer.

    A sentence that came from there holds a word for stopping, and nobody yet said what was meant.
    """

    __tablename__ = "text_holds"

    sender_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    since: Mapped[datetime] = mapped_column(UTCDateTime)


class ProviderPause(Base):
    """A provider that fails: how often in a row, and whether and how long it is left alone.

    All workers go by this row (`breaker`); when the provider takes something again, it is gone.
    """

    __tablename__ = "provider_pauses"

    provider: Mapped[str] = mapped_column(String(10), primary_key=True)
    reason: Mapped[str] = mapped_column(String(200))
    """A name of `reasons.PAUSES`, a blank, and more of it, such as the answer's number."""
    since: Mapped[datetime] = mapped_column(UTCDateTime)
    until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """None until a person looked: a revoked key does not heal by waiting."""
    failures: Mapped[int] = mapped_column(default=0)
    probing_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """While somebody tries with a single message whether it works again."""


class SenderPace(Base):
    """When the next message of a sender may go, so that all workers together keep to its rate.

    Instants are seconds since 1970 on the database's clock, which is one for all machines.
    """

    __tablename__ = "sender_paces"

    sender: Mapped[str] = mapped_column(String(100), primary_key=True)
    """A provider, or one of our own addresses or numbers at it."""
    bulk_free_at: Mapped[float]
    urgent_free_at: Mapped[float]
