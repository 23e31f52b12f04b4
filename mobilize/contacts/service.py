"""What happens to a person on file: they come, choose, leave, are erased."""

from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Final, cast

from sqlalchemy import Table, case, delete, false, or_, select, update
from sqlalchemy.orm import Session

from mobilize.accounts import audit
from mobilize.contacts.consent import CHANNELS, project
from mobilize.contacts.consent_models import EVERY_TOPIC, ConsentEvent, Suppression
from mobilize.contacts.identity import (
    clean_name,
    email_hash,
    normalise_email,
    normalise_phone,
    phone_hash,
)
from mobilize.contacts.ledger import NewConsent, record
from mobilize.contacts.models import Contact, ContactTag, Tag
from mobilize.contacts.queries import by_id
from mobilize.contacts.rows import Claim, read_tag
from mobilize.contacts.tags import ensure_tags
from mobilize.contacts.whereabouts import whereabouts
from mobilize.core.columns import keyring_of_session
from mobilize.core.db import upsert
from mobilize.core.errors import Conflict, InvalidInput
from mobilize.core.i18n import Language
from mobilize.mps.lookup import ORDER
from mobilize.mps.models import Riding
from mobilize.mps.queries import riding_by_code
from mobilize.mps.timezones import zone_of

STOP: Final = "stop"
ERASED: Final = "erased"


def create(
    session: Session,
    *,
    actor: str,
    now: datetime,
    email: str = "",
    phone: str = "",
    given_name: str = "",
    family_name: str = "",
    postal_code: str = "",
    language: Language | None = None,
    tags: Sequence[str] = (),
    source: str = "",
    consents: Sequence[Claim] = (),
) -> Contact:
    """Take up a supporter.

    Args:
        session: The session of the transaction.
        actor: Who does it.
        now: When.
        email: As typed.
        phone: As typed.
        given_name: As typed.
        family_name: As typed.
        postal_code: As typed; only riding and area are kept of it.
        language: None where it is not known; nothing is sent then.
        tags: Words to sort by.
        source: Where the person comes from.
        consents: What they agreed to, each with its evidence.

    Raises:
        InvalidInput: Something cannot be used, or there is no address at all.
        Conflict: Somebody with that email is on file.
    """
    keyring = keyring_of_session(session)
    mail = normalise_email(email) if email else None
    number = normalise_phone(phone) if phone else None
    if mail is None and number is None:
        raise InvalidInput("A supporter needs an email address or a phone number.")
    mail_hash = email_hash(keyring, mail) if mail else None
    if mail_hash and session.scalar(select(Contact.id).where(Contact.email_hash == mail_hash)):
        raise Conflict("Somebody with this email address is on file.", hint="Change that record.")
    place = whereabouts(postal_code)
    riding = riding_by_code(session, ORDER, place.riding_code) if place.riding_code else None
    contact = Contact(
        given_name=clean_name(given_name),
        family_name=clean_name(family_name),
        email=mail,
        email_hash=mail_hash,
        phone=number,
        phone_hash=phone_hash(keyring, number) if number else None,
        language=language,
        fsa=place.fsa,
        province=place.province,
        riding_id=riding.id if riding else None,
        riding_certainty=place.certainty if riding else None,
        riding_source="postal" if riding else None,
        time_zone=place.time_zone,
        source=source[:100],
        created_at=now,
        updated_at=now,
    )
    session.add(contact)
    session.flush()
    _grant(session, contact, consents, source=source or actor, actor=actor, now=now)
    add_tags(session, contact_id=contact.id, tags=tags)
    return contact


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
    """Let nothing reach an address on a channel any more.

    A suppression that stands keeps its reason, except that a STOP gives way to any other: only
    what STOP alone closed may be opened again by START.
    """
    row = {
        "channel": channel,
        "address_hash": address_hash,
        "reason": reason,
        "since": now,
        "lifted_at": None,
    }
    key = ("channel", "address_hash")
    upsert(session, cast("Table", Suppression.__table__), [row], key=key)
    closes_more = Suppression.reason == STOP if reason != STOP else false()
    is_lifted = Suppression.lifted_at.is_not(None)
    session.execute(
        update(Suppression)
        .where(
            Suppression.channel == channel,
            Suppression.address_hash == address_hash,
            or_(is_lifted, closes_more),
        )
        .values(
            reason=reason, since=case((is_lifted, now), else_=Suppression.since), lifted_at=None
        )
    )


def lift_stop(session: Session, *, address_hash: bytes, now: datetime) -> bool:
    """Open again what a STOP closed: the consents that stood before it, and nothing else.

    Returns:
        Whether there was a STOP to lift.
    """
    stands = (
        Suppression.channel == "sms",
        Suppression.address_hash == address_hash,
        Suppression.reason == STOP,
        Suppression.lifted_at.is_(None),
    )
    since = session.scalar(select(Suppression.since).where(*stands))
    if since is None:
        return False
    session.execute(update(Suppression).where(*stands).values(lifted_at=now))
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


def add_tags(session: Session, *, contact_id: int, tags: Sequence[str]) -> None:
    """Let a person wear tags; one that names a status or a case is refused."""
    names = {read_tag(tag) for tag in tags if tag.strip()}
    if names:
        rows = [
            {"contact_id": contact_id, "tag_id": tag_id}
            for tag_id in ensure_tags(session, names).values()
        ]
        table = cast("Table", ContactTag.__table__)
        upsert(session, table, rows, key=("contact_id", "tag_id"))


def remove_tag(session: Session, *, contact_id: int, tag: str) -> None:
    """Take a tag off a person."""
    tag_id = select(Tag.id).where(Tag.name == tag.strip().lower()).scalar_subquery()
    session.execute(
        delete(ContactTag).where(ContactTag.contact_id == contact_id, ContactTag.tag_id == tag_id)
    )


def tombstone(session: Session, *, contact_id: int, actor: str, now: datetime) -> None:
    """Erase a person: name, addresses and area go; counts and the proof of consent stay.

    The addresses' keyed hashes stay as suppressions, so that no later import brings them back.
    """
    contact = by_id(session, contact_id)
    events = []
    for channel in CHANNELS:
        address = _address(contact, channel)
        if address is None:
            continue
        suppress(session, channel=channel, address_hash=address, reason=ERASED, now=now)
        # Erasure outranks every reason: such a row of a file is not kept at all.
        session.execute(
            update(Suppression)
            .where(Suppression.channel == channel, Suppression.address_hash == address)
            .values(reason=ERASED)
        )
        events.append(
            NewConsent(
                contact_id=contact_id,
                channel=channel,
                action="withdrawn",
                source=ERASED,
                actor=actor,
                address_hash=address,
                occurred_at=now,
            )
        )
    record(session, events=events, now=now)
    session.execute(delete(ContactTag).where(ContactTag.contact_id == contact_id))
    nothing = dict.fromkeys(
        ("email", "email_hash", "phone", "phone_hash", "sms_confirmed_at", "fsa", "time_zone",
         "safe_channel", "safe_from", "safe_until", "paused_until", "row_hash", "import_id")
    )  # fmt: skip
    blank = {"state": "tombstoned", "given_name": "", "family_name": "", "source": ""}
    _set(session, contact_id, now, **nothing, **blank)
    audit.record(
        session,
        now=now,
        actor=actor,
        action="contact.erase",
        subject_kind="contact",
        subject_id=contact.public_id,
    )


def _grant(
    session: Session,
    contact: Contact,
    claims: Sequence[Claim],
    *,
    source: str,
    actor: str,
    now: datetime,
) -> None:
    events = [
        NewConsent(
            contact_id=contact.id,
            channel=claim.channel,
            action="granted",
            basis=claim.basis,
            basis_date=claim.day,
            evidence=claim.evidence,
            source=source[:100],
            actor=actor,
            address_hash=_address(contact, claim.channel),
            occurred_at=min(now, datetime.combine(claim.day, time(), tzinfo=UTC)),
        )
        for claim in claims
    ]
    record(session, events=events, now=now)


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
