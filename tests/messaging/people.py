"""Made-up contacts for the tests of messaging, with and without consent."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from mobilize.contacts.consent_models import Consent
from mobilize.contacts.identity import email_hash, phone_hash
from mobilize.contacts.ledger import NewConsent, record
from mobilize.contacts.models import Contact
from mobilize.core.columns import keyring_of_session
from mobilize.messaging.models import Chunk, Message, Submission


def add_contact(
    session: Session,
    number: int,
    *,
    now: datetime,
    language: str | None = "en",
    email: str | None = "",
    consents: Sequence[str] = ("email", "sms"),
    sms_confirmed: bool = True,
    **values: object,
) -> Contact:
    """A contact with express consent on the given channels."""
    keyring = keyring_of_session(session)
    address = f"person{number}@example.org" if email == "" else email
    phone = f"+1613555{number % 10000:04}"
    contact = Contact(
        given_name=f"Given{number}",
        family_name=f"Family{number}",
        language=language,
        email=address,
        email_hash=email_hash(keyring, address) if address else None,
        phone=phone,
        phone_hash=phone_hash(keyring, phone),
        sms_confirmed_at=now if sms_confirmed else None,
        time_zone="America/Toronto",
        created_at=now,
        updated_at=now,
        **values,
    )
    session.add(contact)
    session.flush()
    if consents:
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
                for channel in consents
            ],
            now=now,
        )
    return contact


def consent_of(session: Session, contact: Contact, channel: str) -> Consent:
    """What the projection says of a contact's channel."""
    return session.get_one(Consent, (contact.id, channel, "us", ""))


def lose_answers(session: Session, now: datetime) -> None:
    """Let every message stand as if its request had been made and never answered."""
    for chunk in session.scalars(select(Chunk)):
        request = Submission(
            mailing_id=chunk.mailing_id,
            language=chunk.language,
            chunk_no=chunk.number,
            provider="sendgrid",
            size=chunk.size,
            state="unknown",
            started_at=now,
            finished_at=now,
        )
        session.add(request)
        session.flush()
        session.execute(
            update(Message)
            .where(
                Message.mailing_id == chunk.mailing_id,
                Message.language == chunk.language,
                Message.chunk_no == chunk.number,
            )
            .values(state="unknown", reason="no_answer", state_at=now, submission_id=request.id)
        )
