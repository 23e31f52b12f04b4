"""Records to merge, and what there is of them: for the tests that merging and parting is safe."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from mobilize.contacts.identity import email_hash, phone_hash
from mobilize.contacts.ledger import NewConsent, record
from mobilize.contacts.models import Contact
from mobilize.core.columns import keyring_of_session
from mobilize.messaging.gate import gate
from mobilize.messaging.policy import Channel, GatePolicy
from mobilize.tables import METADATA

CHANNELS: tuple[Channel, ...] = ("email", "sms")
TOPICS = ("", "services")
POLICY = GatePolicy(
    email_per_week=9,
    sms_per_week=9,
    weekday=(time(0), time(23, 59)),
    weekend=(time(0), time(23, 59)),
    allowed=None,
)
_UNTOLD = {
    "contact_merges", "audit_entries", "audit_seals", "alembic_version", "virtual_clock",
    "people_marks", "people_blocks", "people_sets",
}  # fmt: skip
"""The history of merges and of what was done stays; and a set of people is only made anew from the
tables after each, so that it stands for them and is no part of them."""


@dataclass(frozen=True)
class Sketch:
    """A record as hypothesis draws it."""

    email: bool
    phone: str | None
    confirmed: bool
    name: str
    wishes: dict[str, Any]


def add_record(session: Session, number: int, sketch: Sketch, now: datetime) -> Contact:
    """Take a record up as drawn."""
    keyring = keyring_of_session(session)
    address = f"person{number}@example.org" if sketch.email else None
    contact = Contact(
        given_name=sketch.name,
        family_name=f"Family{number}",
        language="en",
        email=address,
        email_hash=email_hash(keyring, address) if address else None,
        phone=sketch.phone,
        phone_hash=phone_hash(keyring, sketch.phone) if sketch.phone else None,
        sms_confirmed_at=now if sketch.phone and sketch.confirmed else None,
        time_zone="America/Toronto" if number % 2 else None,
        created_at=now - timedelta(days=number),
        updated_at=now - timedelta(days=number),
        **sketch.wishes,
    )
    session.add(contact)
    session.flush()
    return contact


def said(
    session: Session,
    contact_id: int,
    action: str,
    *,
    channel: str,
    at: datetime,
    now: datetime,
    topic: str = "",
) -> None:
    """Let something happen to somebody's consents."""
    event = NewConsent(
        contact_id=contact_id,
        channel=channel,
        topic=topic,
        action=action,
        basis="express" if action == "granted" else None,
        evidence="form",
        source="form",
        actor="supporter",
        occurred_at=at,
    )
    record(session, events=[event], now=now)


def allowed(session: Session, at: datetime) -> set[tuple[int, str, str, bytes]]:
    """What may go to whom, as record, channel, topic and address; whatever the hour."""
    return {
        (who, channel, topic, address)
        for channel in CHANNELS
        for topic in TOPICS
        for who, address, refusal in session.execute(_asked(channel, topic, at))
        if refusal is None and address is not None
    }


@lru_cache(maxsize=8)  # to put the gate's expression together takes longer than to ask it
def _asked(channel: Channel, topic: str, at: datetime) -> Select[int, bytes | None, str | None]:
    rules = gate(channel=channel, kind="alert", topic=topic, now=at, policy=POLICY, recent=())
    address = Contact.email_hash if channel == "email" else Contact.phone_hash
    (whole, of_whole), (topical, of_topic) = rules.joins
    people = select(Contact.id, address, rules.refusal)
    return people.outerjoin(whole, of_whole).outerjoin(topical, of_topic)


def everything(session: Session) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables, sealed values open, except what tells of merges themselves."""
    session.expire_all()
    return {
        name: sorted((tuple(row) for row in session.execute(select(table))), key=repr)
        for name, table in METADATA.tables.items()
        if name not in _UNTOLD and "riding" not in name
    }
