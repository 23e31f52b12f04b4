"""Somebody whose consent was only implied says yes expressly: from then on it has no end."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from mobilize.contacts.consent_models import (
    EVERY_TOPIC,
    OUR_ORGANIZATION,
    Consent,
    ConsentEvent,
)
from mobilize.contacts.ledger import NewConsent, record
from mobilize.contacts.models import Contact
from mobilize.contacts.suppression import is_closed
from mobilize.core.errors import Conflict


def person_behind(session: Session, contact_id: int) -> Contact | None:
    """The record that stands for somebody today; none where it stands for nobody any more."""
    contact = session.get(Contact, contact_id)
    while contact is not None and contact.state == "merged" and contact.merged_into_id is not None:
        contact = session.get(Contact, contact.merged_into_id)
    return contact if contact is not None and contact.state == "active" else None


def topics_to_renew(session: Session, *, contact: Contact, channel: str) -> Sequence[str]:
    """What a yes would be about: the lists that end or have ended, else everything.

    Nothing where the person took their consent back, or nothing may go to their address: whoever
    left comes back by signing up, not by an old link.
    """
    standing = session.scalars(
        select(Consent).where(
            Consent.contact_id == contact.id,
            Consent.channel == channel,
            Consent.organization == OUR_ORGANIZATION,
        )
    ).all()
    has_left = any(one.topic == EVERY_TOPIC and not one.granted for one in standing)
    address = contact.email_hash if channel == "email" else contact.phone_hash
    if has_left or address is None or is_closed(session, channel=channel, address_hash=address):
        return ()
    return [one.topic for one in standing if one.granted] or [EVERY_TOPIC]


def renew(
    session: Session,
    *,
    contact: Contact,
    channel: str,
    wording_id: int,
    source: str,
    proof: str,
    now: datetime,
) -> None:
    """Write down that a person said yes expressly; again changes nothing.

    Raises:
        Conflict: They took their consent back, or nothing may go to their address.
    """
    topics = topics_to_renew(session, contact=contact, channel=channel)
    if not topics:
        raise Conflict("You left this list.", hint="Sign up again, or write to us.")
    standing = session.execute(
        select(Consent.topic, ConsentEvent.basis)
        .join(ConsentEvent, ConsentEvent.id == Consent.event_id)
        .where(
            Consent.contact_id == contact.id,
            Consent.channel == channel,
            Consent.organization == OUR_ORGANIZATION,
            Consent.granted,
        )
    )
    bases = dict(standing.all())
    address = contact.email_hash if channel == "email" else contact.phone_hash
    record(
        session,
        events=[
            NewConsent(
                contact_id=contact.id,
                channel=channel,
                topic=topic,
                action="renewed" if topic in bases else "granted",
                basis="express",
                wording_id=wording_id,
                source=source,
                evidence=proof,
                actor="supporter",
                address_hash=address,
                occurred_at=now,
            )
            for topic in topics
            if bases.get(topic) != "express"
        ],
        now=now,
    )
