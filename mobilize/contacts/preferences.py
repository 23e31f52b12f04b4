"""What a supporter chose to get, and how: read for their own page, changed by them alone."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Final, Literal

from sqlalchemy.orm import Session

from mobilize.accounts import audit
from mobilize.contacts.consent import GRANTS, holds, project
from mobilize.contacts.consent_models import EVERY_TOPIC, OUR_ORGANIZATION
from mobilize.contacts.histories import history_of
from mobilize.contacts.ledger import NewConsent, record
from mobilize.contacts.models import Contact
from mobilize.contacts.suppression import (
    LEFT,
    Closing,
    barred_by,
    open_again,
    suppress_all,
)
from mobilize.contacts.wishes import SafeReach, set_safe_reach
from mobilize.contacts.wordings import wording_id
from mobilize.core.errors import InvalidInput
from mobilize.core.i18n import Language

Channel = Literal["email", "sms"]
SUPPORTER: Final = "supporter"
SOURCE: Final = "preferences page"


@dataclass(frozen=True)
class ChannelChoice:
    """What goes over one channel.

    Attributes:
        on: Whether anything does.
        topics: The demands that it may be about.
        closed: Why nothing reaches the address whatever is chosen, where that is so.
    """

    on: bool
    topics: frozenset[str]
    closed: str | None = None


@dataclass(frozen=True)
class Words:
    """What the page said beside a choice, exactly."""

    name: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What a person sent in; what is None stays as it is.

    Attributes:
        channels: For each channel that the page showed, what is wanted now.
        safe_channel: `any` for no wish.
        safe_hours: From and until; a pair of None for any hour.
    """

    channels: Mapping[Channel, ChannelChoice] = field(default_factory=dict)
    language: Language | None = None
    discreet: bool | None = None
    no_voicemail: bool | None = None
    safe_channel: Literal["any", "email", "sms"] | None = None
    safe_hours: tuple[time | None, time | None] | None = None


@dataclass(frozen=True)
class Proof:
    """How a wish came in: over which channel its link had gone out, and in which message."""

    channel: Channel
    evidence: str


def choice_of(
    session: Session, contact: Contact, channel: Channel, topics: Collection[str], *, now: datetime
) -> ChannelChoice:
    """What goes to a person over a channel today."""
    standings = project(history_of(session, contact.id))

    def agrees(topic: str) -> bool:
        return holds(standings, channel=channel, organization=OUR_ORGANIZATION, topic=topic, at=now)

    wanted = frozenset(topic for topic in topics if agrees(topic))
    closed = _closed(session, contact, channel)
    # Somebody who left every topic one by one has switched the channel off, as far as they see.
    on = bool(wanted) if topics else agrees(EVERY_TOPIC)
    return ChannelChoice(closed is None and on, wanted, closed)


def change(
    session: Session,
    *,
    contact: Contact,
    wishes: Wishes,
    topics: Sequence[str],
    words: Mapping[tuple[Channel, str], Words],
    shown_in: Language,
    proof: Proof,
    now: datetime,
) -> None:
    """Do what a person wishes; the same again changes nothing.

    Args:
        session: The session of the transaction.
        contact: The person.
        wishes: What they want.
        topics: The demands that the page named; what it did not name stays as it is.
        words: What the page said, by channel and topic; the empty topic stands for the channel.
        shown_in: The language in which it said so.
        proof: How the wish came in: what makes a new yes provable.
        now: When.

    Raises:
        InvalidInput: A yes for a channel that the link does not prove, a safe channel that leads
            nowhere, or hours that never open; `fields` says which.
    """
    _check(contact, wishes)
    changed: list[str] = []
    for channel, wanted in wishes.channels.items():
        present = choice_of(session, contact, channel, topics, now=now)
        said = _Ledger(session, contact, channel, words, shown_in, proof, now)
        if said.follow(present, wanted, topics):
            changed.append(channel)
    if wishes.language is not None and wishes.language != contact.language:
        contact.language = wishes.language
        changed.append("language")
    if changed:
        contact.updated_at = now
        note(session, contact, changed, now)
    set_safe_reach(
        session, contact=contact, wanted=_reach(contact, wishes), actor=SUPPORTER, now=now
    )


def pause(session: Session, *, contact: Contact, days: int, now: datetime) -> None:
    """Let nothing go to a person for a while, at their own wish."""
    contact.paused_until = now + timedelta(days=days)
    contact.updated_at = now
    note(session, contact, ["pause"], now)


def resume(session: Session, *, contact: Contact, now: datetime) -> None:
    """End a person's pause."""
    if contact.paused_until is not None:
        contact.paused_until, contact.updated_at = None, now
        note(session, contact, ["resume"], now)


def note(session: Session, contact: Contact, changed: Sequence[str], now: datetime) -> None:
    """Audit what a person changed about themselves: which parts, never into what."""
    audit.record(
        session,
        now=now,
        actor=SUPPORTER,
        action="contact.preferences",
        subject_kind="contact",
        subject_id=contact.public_id,
        facts={"changed": list(changed)},
    )


@dataclass(frozen=True)
class _Ledger:
    """Writes what one person chose for one channel."""

    session: Session
    contact: Contact
    channel: Channel
    words: Mapping[tuple[Channel, str], Words]
    language: Language
    proof: Proof
    now: datetime

    def follow(self, present: ChannelChoice, wanted: ChannelChoice, topics: Sequence[str]) -> bool:
        """Bring the ledger to what is wanted; whether that took anything."""
        events: list[NewConsent] = []
        if not wanted.on:
            if not present.on:
                return False
            events.append(self._event("withdrawn", EVERY_TOPIC))
            closing = Closing(self.channel, self._address(), LEFT)
            suppress_all(self.session, closings=[closing], now=self.now)
        else:
            if not present.on:
                self._open()
                events.append(self._event("granted", EVERY_TOPIC))
            left = self._left_topics()
            has = present.topics if present.on else frozenset(topics) - left
            events += [self._event("granted", one) for one in topics if one in wanted.topics - has]
            events += [
                self._event("withdrawn", one) for one in topics if one in has - wanted.topics
            ]
        record(self.session, events=events, now=self.now)
        return bool(events)

    def _open(self) -> None:
        is_open = open_again(
            self.session, channel=self.channel, address_hash=self._address(), now=self.now
        )
        if not is_open:
            raise InvalidInput(
                "Nothing can reach this address any more.",
                hint="Write to us.",
                fields={self.channel: "closed"},
            )

    def _left_topics(self) -> frozenset[str]:
        standings = project(history_of(self.session, self.contact.id))
        return frozenset(
            topic
            for (channel, organization, topic), standing in standings.items()
            if (channel, organization) == (self.channel, OUR_ORGANIZATION)
            and topic != EVERY_TOPIC
            and not standing.granted
        )

    def _event(self, action: str, topic: str) -> NewConsent:
        said = self.words[self.channel, topic]
        is_grant = action in GRANTS
        if is_grant:
            self._check_proof()
        return NewConsent(
            contact_id=self.contact.id,
            channel=self.channel,
            topic=topic,
            action=action,
            basis="express" if is_grant else None,
            wording_id=wording_id(
                self.session, name=said.name, language=self.language, text=said.text, now=self.now
            ),
            source=SOURCE,
            evidence=self._evidence(),
            actor=SUPPORTER,
            address_hash=self._address(),
            occurred_at=self.now,
        )

    def _evidence(self) -> str:
        confirmed = self.contact.sms_confirmed_at
        if self.channel == "sms" and confirmed is not None:
            return f"{self.proof.evidence}; number confirmed by text on {confirmed:%Y-%m-%d}"
        return self.proof.evidence

    def _check_proof(self) -> None:
        """An email's link came to that mailbox; a number must have answered by itself before."""
        if self.channel == "email":
            proven = self.proof.channel == "email"
        else:
            proven = self.contact.sms_confirmed_at is not None
        if not proven:
            raise InvalidInput(
                "This needs a link that came to the address itself.",
                fields={self.channel: "not_proven"},
            )

    def _address(self) -> bytes:
        by_email = self.channel == "email"
        address = self.contact.email_hash if by_email else self.contact.phone_hash
        if address is None:
            raise InvalidInput("There is no address for this.", fields={self.channel: "no_address"})
        return address


def _check(contact: Contact, wishes: Wishes) -> None:
    if wishes.safe_channel == "sms" and (contact.phone is None or contact.sms_confirmed_at is None):
        raise InvalidInput(
            "There is no number that was confirmed by text.", fields={"safe_channel": "no_address"}
        )
    if wishes.safe_channel == "email" and contact.email is None:
        raise InvalidInput("There is no email address.", fields={"safe_channel": "no_address"})


def _reach(contact: Contact, wishes: Wishes) -> SafeReach:
    """How the person can safely be reached, once what is wished is done."""
    begin, end = wishes.safe_hours or (contact.safe_from, contact.safe_until)
    channel = contact.safe_channel
    if wishes.safe_channel is not None:
        channel = None if wishes.safe_channel == "any" else wishes.safe_channel
    return SafeReach(
        discreet=contact.discreet if wishes.discreet is None else wishes.discreet,
        no_voicemail=(contact.no_voicemail if wishes.no_voicemail is None else wishes.no_voicemail),
        safe_channel=channel,
        safe_from=begin,
        safe_until=end,
    )


def _closed(session: Session, contact: Contact, channel: Channel) -> str | None:
    address = contact.email_hash if channel == "email" else contact.phone_hash
    if address is None:
        return "no_address"
    return barred_by(session, channel=channel, address_hash=address)
