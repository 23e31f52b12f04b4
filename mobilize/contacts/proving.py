"""What the ledger proves of one person: every event with its words, and what holds today, and why.

The burden of proof is the sender's (CASL s. 13). All records that were found to be the person's
are read together, as the gate reads them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mobilize.contacts.channels import CHANNELS
from mobilize.contacts.consent import effective
from mobilize.contacts.consent_models import (
    EVERY_TOPIC,
    OUR_ORGANIZATION,
    ConsentEvent,
    ConsentWording,
    OptIn,
    Suppression,
)
from mobilize.contacts.histories import history_of, records_of
from mobilize.contacts.identity import masked_email, masked_phone
from mobilize.contacts.models import Contact
from mobilize.contacts.proof_words import ACTIONS, ANSWERS, GROUNDS, how_long
from mobilize.core.i18n import Label


def person(session: Session, contact: Contact, *, opened: bool) -> dict[str, Any]:
    """Who it is about: the record that stands for them, and those that were merged into it."""
    records = records_of(session, contact.id)
    refs = session.scalars(
        select(Contact.public_id).where(Contact.id.in_(records)).order_by(Contact.id)
    ).all()
    return {
        "id": contact.public_id,
        "records": list(refs),
        "state": contact.state,
        "given_name": contact.given_name,
        "family_name": contact.family_name,
        "email": contact.email if opened else masked_email(contact.email),
        "phone": contact.phone if opened else masked_phone(contact.phone),
        "phone_confirmed_at": instant(contact.sms_confirmed_at),
        "language": contact.language,
        "since": instant(contact.created_at),
        "source": contact.source,
        "do_not_contact": contact.do_not_contact,
        "paused_until": instant(contact.paused_until),
        "safe_channel": contact.safe_channel,
    }


def events(session: Session, contact: Contact) -> list[dict[str, Any]]:
    """Every row of the ledger, in order, as it was written down."""
    rows = session.execute(
        select(ConsentEvent, ConsentWording, Contact.public_id)
        .join(Contact, Contact.id == ConsentEvent.contact_id)
        .outerjoin(ConsentWording, ConsentWording.id == ConsentEvent.wording_id)
        .where(ConsentEvent.contact_id.in_(records_of(session, contact.id)))
        .order_by(ConsentEvent.occurred_at, ConsentEvent.id)
    )
    return [
        {
            "id": event.id,
            "record": record,
            "at": instant(event.occurred_at),
            "written_at": instant(event.recorded_at),
            "channel": event.channel,
            "organization": event.organization,
            "topic": event.topic,
            "action": event.action,
            "action_words": _both(ACTIONS.get(event.action)),
            "basis": event.basis,
            "basis_words": _both(GROUNDS.get(event.basis or "")),
            "basis_date": str(event.basis_date) if event.basis_date else None,
            "ends_at": instant(event.expires_at),
            "ends_how": _both(how_long(event.basis, event.basis_date, event.expires_at)),
            "words": _words(wording),
            "source": event.source,
            "evidence": event.evidence,
            "actor": event.actor,
            "strikes_out": event.retracts_id,
            "address": which_address(contact, event.channel, event.address_hash),
        }
        for event, wording, record in rows
    ]


def today(
    session: Session, contact: Contact, known: Sequence[Mapping[str, Any]], *, now: datetime
) -> list[dict[str, Any]]:
    """What holds at this moment, for every channel, organization and topic that was ever named."""
    history = history_of(session, contact.id)
    lists = {(OUR_ORGANIZATION, EVERY_TOPIC)} | {
        (one["organization"], topic) for one in known for topic in (EVERY_TOPIC, one["topic"])
    }
    ends = {one["id"]: one["ends_at"] for one in known}
    answers = []
    for channel in CHANNELS:
        for organization, topic in sorted(lists):
            decided = effective(
                history, channel=channel, organization=organization, topic=topic, at=now
            )
            answers.append(
                {
                    "channel": channel,
                    "organization": organization,
                    "topic": topic,
                    "allowed": decided.granted,
                    "reason": decided.reason,
                    "reason_words": _both(ANSWERS[decided.reason]),
                    "event": decided.event_id,
                    "ends_at": ends.get(decided.event_id) if decided.granted else None,
                }
            )
    return answers


def sign_ups(session: Session, contact: Contact) -> list[dict[str, Any]]:
    """The forms that the person confirmed, with what each asked for."""
    rows = session.scalars(
        select(OptIn)
        .where(OptIn.contact_id.in_(records_of(session, contact.id)))
        .order_by(OptIn.id)
    )
    return [
        {
            "id": row.public_id,
            "channel": row.channel,
            "state": row.state,
            "source": row.source,
            "asked_at": instant(row.created_at),
            "confirmed_at": instant(row.confirmed_at),
            "asked_for": [
                {"organization": one["organization"], "topic": one["topic"]} for one in row.grants
            ],
        }
        for row in rows
    ]


def closed_addresses(session: Session, contact: Contact) -> list[dict[str, Any]]:
    """What must not reach the person's addresses, earlier ones too, and what was lifted."""
    records = records_of(session, contact.id)
    named = session.execute(
        select(ConsentEvent.channel, ConsentEvent.address_hash)
        .where(ConsentEvent.contact_id.in_(records), ConsentEvent.address_hash.is_not(None))
        .distinct()
    )
    addresses = {(channel, bytes(one)) for channel, one in named if one is not None}
    if contact.email_hash is not None:
        addresses.add(("email", contact.email_hash))
    if contact.phone_hash is not None:
        addresses |= {("sms", contact.phone_hash), ("voice", contact.phone_hash)}
    rows = session.scalars(
        select(Suppression)
        .where(Suppression.address_hash.in_({one for _, one in addresses}))
        .order_by(Suppression.since)
    )
    return [
        {
            "channel": one.channel,
            "address": which_address(contact, one.channel, one.address_hash),
            "reason": one.reason,
            "since": instant(one.since),
            "lifted_at": instant(one.lifted_at),
        }
        for one in rows
        if (one.channel, bytes(one.address_hash)) in addresses
    ]


def which_address(contact: Contact, channel: str, address_hash: bytes | None) -> str | None:
    """Whether a keyed hash is of the address on file: `present` or `earlier`; none is not known."""
    if address_hash is None:
        return None
    present = contact.email_hash if channel == "email" else contact.phone_hash
    return "present" if present is not None and bytes(address_hash) == present else "earlier"


def instant(moment: datetime | None) -> str | None:
    """A moment as it stands in a proof."""
    return moment.isoformat() if moment else None


def _both(label: Label | None) -> dict[str, str] | None:
    return label._asdict() if label is not None else None


def _words(wording: ConsentWording | None) -> dict[str, str] | None:
    if wording is None:
        return None
    return {
        "name": wording.name,
        "language": wording.language,
        "text": wording.text,
        "sha256": wording.sha256,
    }
