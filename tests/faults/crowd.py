"""Thousands of made-up people at once, and what became of a mailing to them."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mobilize.contacts.identity import email_hash, phone_hash
from mobilize.contacts.ledger import NewConsent, record
from mobilize.contacts.models import Contact
from mobilize.core.clock import SystemClock
from mobilize.core.columns import keyring_of_session
from mobilize.messaging import breaker
from mobilize.messaging.models import Mailing, Message, Submission
from mobilize.runtime import Runtime


def add_crowd(
    session: Session, people: int, *, now: datetime, phones: int | None = None
) -> list[int]:
    """People with consent on both channels, half of them in French; their ids.

    With `phones` given, only so many of them have one.
    """
    keyring = keyring_of_session(session)
    contacts = [
        Contact(
            given_name=f"Given{number}",
            family_name=f"Family{number}",
            language="fr" if number % 2 else "en",
            email=f"person{number}@example.org",
            email_hash=email_hash(keyring, f"person{number}@example.org"),
            phone=_phone(number) if phones is None or number < phones else None,
            phone_hash=(
                phone_hash(keyring, _phone(number)) if phones is None or number < phones else None
            ),
            sms_confirmed_at=now,
            time_zone="America/Toronto",
            created_at=now,
            updated_at=now,
        )
        for number in range(people)
    ]
    session.add_all(contacts)
    session.flush()
    record(
        session,
        events=[
            NewConsent(
                contact_id=contact.id,
                channel=channel,
                action="granted",
                basis="express",
                source="test",
                evidence="form",
                actor="command",
                occurred_at=now,
            )
            for contact in contacts
            for channel in ("email", "sms")
        ],
        now=now,
        fresh=True,
    )
    return [contact.id for contact in contacts]


def _phone(number: int) -> str:
    return f"+1613555{number:04}"


def is_left_alone(runtime: Runtime, provider: str) -> bool:
    """Whether a provider is not called for a while, because calls to it failed."""
    with runtime.db.read() as session:
        standing = breaker.standing(session, real_now=SystemClock().now())
    return provider in standing.closed_to_us


def calls_begun(runtime: Runtime, mailing_id: int) -> int:
    """How many calls to the provider a mailing has begun."""
    with runtime.db.read() as session:
        return (
            session.scalar(
                select(func.count())
                .select_from(Submission)
                .where(Submission.mailing_id == mailing_id)
            )
            or 0
        )


def mailing_state(runtime: Runtime, mailing_id: int) -> str:
    """Where the mailing stands."""
    with runtime.db.read() as session:
        return session.get_one(Mailing, mailing_id).state


def ids_in(runtime: Runtime, mailing_id: int, *states: str) -> set[int]:
    """The messages of a mailing in some states."""
    with runtime.db.read() as session:
        return set(
            session.scalars(
                select(Message.id).where(
                    Message.mailing_id == mailing_id, Message.state.in_(states)
                )
            )
        )
