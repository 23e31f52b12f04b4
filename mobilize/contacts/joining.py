"""How a person comes onto the list one by one: by a form, the API or the console."""

from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import cast

from sqlalchemy import Table, delete, select
from sqlalchemy.orm import Session

from mobilize.contacts.duplicates import look
from mobilize.contacts.identity import (
    clean_name,
    email_hash,
    normalise_email,
    normalise_phone,
    phone_hash,
)
from mobilize.contacts.ledger import NewConsent, record
from mobilize.contacts.models import Contact, ContactTag, Tag
from mobilize.contacts.rows import Claim, read_evidence, read_source, read_tags
from mobilize.contacts.tags import ensure_tags
from mobilize.contacts.whereabouts import Whereabouts, whereabouts
from mobilize.core.columns import keyring_of_session
from mobilize.core.db import upsert
from mobilize.core.errors import Conflict, InvalidInput
from mobilize.core.i18n import Language
from mobilize.mps.lookup import ORDER
from mobilize.mps.queries import riding_by_code


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
    contact = Contact(
        given_name=clean_name(given_name),
        family_name=clean_name(family_name),
        email=mail,
        email_hash=mail_hash,
        phone=number,
        phone_hash=phone_hash(keyring, number) if number else None,
        language=language,
        source=read_source(source),
        created_at=now,
        updated_at=now,
    )
    settle(session, contact, whereabouts(postal_code))
    session.add(contact)
    session.flush()
    _grant(session, contact, consents, source=source or actor, actor=actor, now=now)
    add_tags(session, contact_id=contact.id, tags=tags)
    look(session, contact_ids=[contact.id], now=now)
    return contact


def settle(session: Session, contact: Contact, place: Whereabouts) -> None:
    """Note where a person lives, as a postal code tells it."""
    riding = riding_by_code(session, ORDER, place.riding_code) if place.riding_code else None
    contact.fsa, contact.province, contact.time_zone = place.fsa, place.province, place.time_zone
    contact.riding_id = riding.id if riding else None
    contact.riding_certainty = place.certainty if riding else None
    contact.riding_source = "postal" if riding else None


def add_tags(session: Session, *, contact_id: int, tags: Sequence[str]) -> None:
    """Let a person wear tags; one that names a status or a case is refused."""
    # As in files, where what stands between commas is several.
    names = {name for tag in tags for name in read_tags(tag)}
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
            evidence=read_evidence(claim.evidence),
            source=read_source(source),
            actor=actor,
            address_hash=contact.email_hash if claim.channel == "email" else contact.phone_hash,
            occurred_at=min(now, datetime.combine(claim.day, time(), tzinfo=UTC)),
        )
        for claim in claims
    ]
    record(session, events=events, now=now)
