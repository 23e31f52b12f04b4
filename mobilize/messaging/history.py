"""All that is known of one message, in order: for an organizer who is asked "did she get it?".

When it was queued and by what, each call to the provider and how it ended, every word of the
provider's with its time, and what the person said of their consent since. Entries are those of a
timeline, in codes and facts without addresses; the edge makes words of them.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Function, LargeBinary, literal, select
from sqlalchemy.orm import Session
from sqlalchemy.sql import quoted_name

from mobilize.contacts.consent import GRANTS
from mobilize.contacts.consent_models import ConsentEvent
from mobilize.contacts.histories import records_of
from mobilize.contacts.models import Contact
from mobilize.contacts.proving import which_address
from mobilize.contacts.timeline import of_ledger
from mobilize.core.columns import keyring_of_session
from mobilize.core.errors import NotFound
from mobilize.core.timeline import Entry
from mobilize.core.tokens import Links
from mobilize.messaging.claims import Claimed, unpack
from mobilize.messaging.models import (
    Mailing,
    Message,
    ProviderEvent,
    Submission,
    Template,
    TemplateText,
)
from mobilize.messaging.progress import Hold, holds_of

PURPOSE: Final = "message"
_ENDED_WITH_US: Final = frozenset({"skipped", "refused", "failed", "cancelled"})
_SAID_SINCE: Final = 50


@dataclass(frozen=True)
class History:
    """One message and what happened to it.

    Attributes:
        ref: What it is called in addresses.
        channel: How it went, or was to go.
        template: The name of what it says.
        language: In which language.
        state: Where it stands.
        reason: Why, where it did not go.
        holds: Why it waits still, where it does.
        entries: What happened, the earliest first.
    """

    ref: str
    channel: str
    template: str
    language: str
    state: str
    reason: str | None
    holds: Sequence[Hold]
    entries: Sequence[Entry]


def ref_of(session: Session, message_id: int) -> str:
    """What a message is called in an address: its number tells nobody anything."""
    return Links(keyring_of_session(session)).seal(PURPOSE, message_id)


def history_of(
    session: Session, *, contact: Contact, ref: str, now: datetime, real_now: datetime
) -> History:
    """What happened to one message to a person.

    Args:
        session: The session.
        contact: The person.
        ref: What their timeline calls the message.
        now: The moment by the installation's clock.
        real_now: The moment by the machine's.

    Raises:
        NotFound: No such message was ever meant for them.
    """
    records = records_of(session, contact.id)
    message_id = Links(keyring_of_session(session)).open(PURPOSE, ref, now=now)
    row = session.execute(
        select(Message, Mailing, Template.name, TemplateText.version)
        .join(Mailing, Mailing.id == Message.mailing_id)
        .join(Template, Template.id == Mailing.template_id)
        .outerjoin(TemplateText, TemplateText.id == Message.template_text_id)
        .where(Message.id == message_id, Message.contact_id.in_(records))
    ).one_or_none()
    if row is None:
        raise NotFound("This person was sent no such message.", hint="Find it on their timeline.")
    message, mailing, template, version = row
    entries = [
        _queued(message, mailing, template, version),
        *_attempts(session, message, mailing, contact),
        *_told_by_provider(session, message.id),
        *_ended(message),
        *_said_since(session, records, message, mailing),
    ]
    waits = message.state == "queued"
    return History(
        ref=ref,
        channel=mailing.channel,
        template=template,
        language=message.language,
        state=message.state,
        reason=message.reason,
        holds=holds_of(session, message, mailing, real_now=real_now) if waits else (),
        entries=sorted(entries, key=lambda entry: entry.at),
    )


def _queued(message: Message, mailing: Mailing, template: str, version: int | None) -> Entry:
    return Entry(
        at=message.created_at,
        id=message.id,
        kind="sending.queued",
        facts={
            "kind": mailing.kind,
            "topic": mailing.topic,
            "template": template,
            "version": version,
            "language": message.language,
        },
    )


def _attempts(
    session: Session, message: Message, mailing: Mailing, contact: Contact
) -> list[Entry]:
    """Each call to the provider that the message was part of, on which consent, and its end."""
    calls = session.scalars(
        select(Submission)
        .where(
            Submission.mailing_id == message.mailing_id,
            Submission.language == message.language,
            _names(session, message.id),
        )
        .order_by(Submission.id)
    )
    found = []
    for call in calls:
        claim = _claim_in(call, message.id)
        if claim is None:
            continue
        found.append(
            Entry(
                at=call.started_at,
                id=call.id,
                kind="sending.attempt",
                facts={
                    "provider": call.provider,
                    "people": call.size,
                    "state": call.state,
                    "error": call.error,
                    "ended_at": call.finished_at.isoformat() if call.finished_at else None,
                    "provider_ref": message.provider_ref or call.provider_ref,
                    "consent_event": claim.consent_event_id,
                    "address": which_address(contact, mailing.channel, claim.address_hash),
                },
            )
        )
    return found


def _names(session: Session, message_id: int) -> ColumnElement[bool]:
    """That a request's claim may name a message; looked for where the claims are, not fetched.

    A message that was put off or sent again has been in several chunks, and says only the last.
    """
    number = literal(struct.pack(">Q", message_id), LargeBinary)
    # PostgreSQL knows it for bytes by this name alone, which is a word of its grammar.
    is_postgres = session.get_bind().dialect.name == "postgresql"
    name = quoted_name("position", quote=True) if is_postgres else quoted_name("instr", quote=False)
    place: Function[int] = Function(name, Submission.claim, number)
    return place > 0


def _claim_in(call: Submission, message_id: int) -> Claimed | None:
    return next((one for one in unpack(call.claim) if one.message_id == message_id), None)


def _told_by_provider(session: Session, message_id: int) -> list[Entry]:
    rows = session.scalars(
        select(ProviderEvent)
        .where(ProviderEvent.message_id == message_id)
        .order_by(ProviderEvent.occurred_at, ProviderEvent.id)
    )
    return [
        Entry(
            at=event.occurred_at,
            id=event.id,
            kind="sending.event",
            facts={
                "provider": event.provider,
                "event": event.kind,
                "received_at": event.received_at.isoformat(),
                **_plain(event.facts),
            },
        )
        for event in rows
    ]


def _plain(facts: dict[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in facts.items()}


def _ended(message: Message) -> list[Entry]:
    """That it ended with us: refused at the gate, given up, taken back."""
    if message.state not in _ENDED_WITH_US:
        return []
    facts = {"state": message.state, "reason": message.reason}
    return [Entry(at=message.state_at, id=message.id, kind="sending.ended", facts=facts)]


def _said_since(
    session: Session, records: Sequence[int], message: Message, mailing: Mailing
) -> list[Entry]:
    """What the person, or the provider for them, took back on this channel since."""
    rows = session.scalars(
        select(ConsentEvent)
        .where(
            ConsentEvent.contact_id.in_(records),
            ConsentEvent.channel == mailing.channel,
            ConsentEvent.action.not_in(GRANTS),
            ConsentEvent.occurred_at >= message.created_at,
        )
        .order_by(ConsentEvent.occurred_at, ConsentEvent.id)
        .limit(_SAID_SINCE)
    )
    return [of_ledger(event) for event in rows]
