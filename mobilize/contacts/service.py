"""What happens to a person on file: they choose, leave, come back, are erased."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from mobilize.contacts.consent_models import EVERY_TOPIC
from mobilize.contacts.ledger import NewConsent, record
from mobilize.contacts.models import Contact
from mobilize.contacts.queries import by_id
from mobilize.contacts.suppression import STOP, Closing, suppress_all
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
