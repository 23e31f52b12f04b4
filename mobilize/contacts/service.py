"""What happens to a person on file: they choose, leave, come back, are erased."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from mobilize.contacts.consent import project
from mobilize.contacts.consent_models import EVERY_TOPIC, ConsentEvent, Suppression
from mobilize.contacts.ledger import NewConsent, record
from mobilize.contacts.models import Contact
from mobilize.contacts.queries import by_id
from mobilize.contacts.suppression import CARRIER, STOP, Closing, suppress_all
from mobilize.core.errors import InvalidInput
from mobilize.core.i18n import Language
from mobilize.mps.models import Riding
from mobilize.mps.timezones import zone_of


def withdraw(
    session: Session,
    *,
    contact_id: int,
    channel: str,
    topic: str = EVERY_TOPIC,
    source: str,
    actor: str,
    now: datetime,
) -> None:
    """Take a person's consent back: for one topic, or for all that goes over a channel.

    Leaving everything also suppresses the address, so that no later import reaches it.
    """
    contact = by_id(session, contact_id)
    address = _address(contact, channel)
    if topic == EVERY_TOPIC and address is not None:
        reason = STOP if source == STOP else "unsubscribed"
        suppress(session, channel=channel, address_hash=address, reason=reason, now=now)
    event = NewConsent(
        contact_id=contact_id,
        channel=channel,
        topic=topic,
        action="withdrawn",
        source=source,
        actor=actor,
        address_hash=address,
        occurred_at=now,
    )
    record(session, events=[event], now=now)


def suppress(
    session: Session, *, channel: str, address_hash: bytes, reason: str, now: datetime
) -> None:
    """Let nothing reach an address on a channel any more (`suppression.suppress_all`)."""
    suppress_all(session, closings=[Closing(channel, address_hash, reason)], now=now)


def lift_stop(session: Session, *, address_hash: bytes, now: datetime) -> bool:
    """Open again what a STOP closed: the consents that stood before it, and nothing else.

    Returns:
        Whether there was a STOP to lift.
    """
    lifted = session.execute(
        update(Suppression)
        .where(
            Suppression.channel.in_(("sms", CARRIER)),
            Suppression.address_hash == address_hash,
            Suppression.reason == STOP,
            Suppression.lifted_at.is_(None),
        )
        .values(lifted_at=now)
        .returning(Suppression.channel, Suppression.since)
    ).all()
    # Where the number was left in another way besides, START lifts what the carrier keeps alone.
    since = dict(lifted).get("sms")
    if since is None:
        return False
    events = session.scalars(
        select(ConsentEvent)
        .join(Contact, Contact.id == ConsentEvent.contact_id)
        .where(Contact.phone_hash == address_hash, ConsentEvent.channel == "sms")
    ).all()
    stopped = {event.contact_id for event in events if event.occurred_at >= since}
    renewed = [
        _renewal(event, now)
        for contact_id in sorted(stopped)
        for event in _standing_grants(events, contact_id, since)
    ]
    record(session, events=renewed, now=now)
    return True


def confirm_sms(session: Session, *, contact_id: int, now: datetime) -> None:
    """Note that the person answered a text from their number."""
    _set(session, contact_id, now, sms_confirmed_at=now)


def set_language(session: Session, *, contact_id: int, language: Language, now: datetime) -> None:
    """Note the language that a person wants to be written to in."""
    _set(session, contact_id, now, language=language)


def choose_riding(session: Session, *, contact_id: int, riding_id: int, now: datetime) -> None:
    """Note the riding that a person says they live in; no postal code overrules it.

    Raises:
        InvalidInput: There is no such riding.
    """
    riding = session.get(Riding, riding_id)
    if riding is None:
        raise InvalidInput("There is no such riding.", hint="Pick one from the list.")
    zone = zone_of(province=riding.province, riding=riding.code, fsa=None)
    _set(
        session,
        contact_id,
        now,
        riding_id=riding.id,
        riding_certainty="confirmed",
        riding_source="chosen",
        province=riding.province,
        time_zone=zone,
    )


def _address(contact: Contact, channel: str) -> bytes | None:
    return contact.email_hash if channel == "email" else contact.phone_hash


def _set(session: Session, contact_id: int, now: datetime, **values: object) -> None:
    session.execute(
        update(Contact).where(Contact.id == contact_id).values(**values, updated_at=now)
    )


def _standing_grants(
    events: Sequence[ConsentEvent], contact_id: int, since: datetime
) -> list[ConsentEvent]:
    """The grants of a person that stood just before an instant."""
    before = [
        event for event in events if event.contact_id == contact_id and event.occurred_at < since
    ]
    deciding = {one.event_id for one in project(before).values() if one.granted}
    return [event for event in before if event.id in deciding]


def _renewal(event: ConsentEvent, now: datetime) -> NewConsent:
    return NewConsent(
        contact_id=event.contact_id,
        channel=event.channel,
        organization=event.organization,
        topic=event.topic,
        action="renewed",
        basis=event.basis,
        basis_date=event.basis_date,
        wording_id=event.wording_id,
        evidence=f"START by text; before: {event.evidence}"[:300],
        source="start",
        actor="supporter",
        address_hash=event.address_hash,
        occurred_at=now,
    )
