"""Consents that end by themselves: written down when they have, told of while one may still ask.

The gate refuses by the date alone and waits for nobody (CASL s. 10: two years, or six months after
an inquiry). What is written here is for whoever reads the ledger later.
"""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, and_, case, exists, func, insert, literal, or_, select
from sqlalchemy.orm import Session, aliased

from mobilize.contacts.consent_models import (
    EVERY_TOPIC,
    OUR_ORGANIZATION,
    Consent,
    ConsentEvent,
    Suppression,
)
from mobilize.contacts.models import Contact
from mobilize.core.db import alone
from mobilize.core.paging import LARGEST_PAGE, PAGE_SIZE, Page

SOON: Final = timedelta(days=30)
"""How long before its end an organizer is told of a consent."""
BATCH: Final = 5000


class Ending(NamedTuple):
    """A consent to us that holds still, and until when.

    Attributes:
        topic: A demand's slug; empty for everything.
        basis: The ground that it stands on, one of `bases.BASES`.
    """

    contact: Contact
    channel: str
    topic: str
    ends_at: datetime
    basis: str


def write_expired(session: Session, *, now: datetime, limit: int = BATCH) -> int:
    """Note in the ledger that consents have ended, each once, as of the instant when they did.

    Args:
        session: The session of the transaction.
        now: The instant up to which is looked.
        limit: How many at most: call again while it returns as many.

    Returns:
        How many were noted.
    """
    alone(session, "consent-expiry")
    noted = aliased(ConsentEvent)
    ended = (
        select(
            Consent.contact_id,
            Consent.channel,
            Consent.organization,
            Consent.topic,
            literal("expired"),
            ConsentEvent.basis,
            ConsentEvent.basis_date,
            literal("calendar"),
            literal(""),
            literal("worker"),
            ConsentEvent.address_hash,
            Consent.expires_at,
            literal(now, ConsentEvent.recorded_at.type),
        )
        .join(ConsentEvent, ConsentEvent.id == Consent.event_id)
        .join(Contact, Contact.id == Consent.contact_id)
        .where(
            Consent.granted,
            Consent.expires_at.is_not(None),
            Consent.expires_at <= now,
            Contact.state == "active",
            ~exists().where(
                noted.contact_id == Consent.contact_id,
                noted.channel == Consent.channel,
                noted.occurred_at == Consent.expires_at,
                noted.organization == Consent.organization,
                noted.topic == Consent.topic,
                noted.action == "expired",
            ),
        )
        .order_by(Consent.contact_id, Consent.channel)
        .limit(limit)
    )
    written = session.scalars(
        insert(ConsentEvent)
        .from_select(
            [
                "contact_id",
                "channel",
                "organization",
                "topic",
                "action",
                "basis",
                "basis_date",
                "source",
                "evidence",
                "actor",
                "address_hash",
                "occurred_at",
                "recorded_at",
            ],
            ended,
        )
        .returning(ConsentEvent.id)
    ).all()
    return len(written)


def count_ending(session: Session, *, now: datetime, within: timedelta = SOON) -> int:
    """How many people have a consent to us that ends soon."""
    statement = select(func.count(Consent.contact_id.distinct())).join(
        Contact, Contact.id == Consent.contact_id
    )
    return session.scalar(statement.where(_ends_soon(now, within))) or 0


def ending(
    session: Session,
    *,
    now: datetime,
    within: timedelta = SOON,
    after: int = 0,
    limit: int = PAGE_SIZE,
) -> Page[Ending]:
    """A page of people whose consent to us ends soon; one line for each channel and topic.

    Who could not be asked anyhow is left out: whose address is closed, or who is not to be
    contacted.

    Args:
        session: The session.
        now: The instant that is asked about.
        within: How soon.
        after: The key that the page before ended with.
        limit: How many people at most.
    """
    size = min(limit, LARGEST_PAGE)
    people = session.scalars(
        select(Consent.contact_id)
        .join(Contact, Contact.id == Consent.contact_id)
        .where(_ends_soon(now, within), Consent.contact_id > after)
        .distinct()
        .order_by(Consent.contact_id)
        .limit(size + 1)
    ).all()
    rows = session.execute(
        select(Contact, Consent.channel, Consent.topic, Consent.expires_at, ConsentEvent.basis)
        .join(Consent, Consent.contact_id == Contact.id)
        .join(ConsentEvent, ConsentEvent.id == Consent.event_id)
        .where(_ends_soon(now, within), Consent.contact_id.in_(people[:size]))
        .order_by(Consent.contact_id, Consent.channel, Consent.topic)
    )
    items = [
        Ending(contact, channel, topic, ends_at, basis or "")
        for contact, channel, topic, ends_at, basis in rows
        if ends_at is not None
    ]
    return Page(items, people[size - 1] if len(people) > size else None)


def ends_within(now: datetime, within: timedelta) -> ColumnElement[bool]:
    """That a row of `consents` is a yes to us which ends soon, with no longer one beside it."""
    whole = aliased(Consent)
    lasting = exists().where(
        whole.contact_id == Consent.contact_id,
        whole.channel == Consent.channel,
        whole.organization == OUR_ORGANIZATION,
        whole.topic == EVERY_TOPIC,
        whole.granted,
        or_(whole.expires_at.is_(None), whole.expires_at > now + within),
    )
    return and_(
        Consent.granted,
        Consent.expires_at.is_not(None),
        Consent.expires_at > now,
        Consent.expires_at <= now + within,
        Consent.organization == OUR_ORGANIZATION,
        ~lasting,
    )


def _ends_soon(now: datetime, within: timedelta) -> ColumnElement[bool]:
    address = case((Consent.channel == "email", Contact.email_hash), else_=Contact.phone_hash)
    closed = exists().where(
        Suppression.channel == Consent.channel,
        Suppression.address_hash == address,
        Suppression.lifted_at.is_(None),
    )
    return and_(
        ends_within(now, within),
        Contact.state == "active",
        Contact.do_not_contact.is_(False),
        address.is_not(None),
        ~closed,
    )
