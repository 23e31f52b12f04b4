"""What becomes of a person's consents when their address changes.

Consent is the person's, not the mailbox's (CASL s. 6(1)(a): the person to whom the message is sent
has consented), but the proof names an address, and the burden of proof is the sender's (s. 13). So
it never travels silently: either the ledger says that the person meant the new address, on whose
word, or the grants are taken back without passing for a withdrawal, until they are given anew.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from mobilize.contacts.consent import GRANTS
from mobilize.contacts.consent_models import OUR_ORGANIZATION, Consent, ConsentEvent
from mobilize.contacts.histories import history_of
from mobilize.contacts.ledger import NewConsent, record
from mobilize.contacts.models import Contact

_LONGEST_EVIDENCE = 300


def renew_for(
    session: Session,
    *,
    contact: Contact,
    channel: str,
    address_hash: bytes,
    source: str,
    evidence: str,
    actor: str,
    now: datetime,
) -> None:
    """What the person agreed to holds for another address, on the same ground, to the same day.

    Only what was agreed with us: a partner keeps its own proofs.
    """
    standing = session.scalars(
        select(ConsentEvent)
        .join(Consent, Consent.event_id == ConsentEvent.id)
        .where(
            Consent.contact_id == contact.id,
            Consent.channel == channel,
            Consent.organization == OUR_ORGANIZATION,
            Consent.granted,
            ConsentEvent.action.in_(GRANTS),
        )
        .order_by(ConsentEvent.id)
    )
    events = [
        NewConsent(
            contact_id=contact.id,
            channel=channel,
            topic=one.topic,
            action="renewed",
            basis=one.basis,
            basis_date=one.basis_date,
            wording_id=one.wording_id,
            source=source,
            evidence=f"{evidence}; before: {one.evidence}"[:_LONGEST_EVIDENCE],
            actor=actor,
            address_hash=address_hash,
            occurred_at=now,
        )
        for one in standing
    ]
    record(session, events=events, now=now)


def take_back(
    session: Session, *, contact: Contact, channel: str, source: str, actor: str, now: datetime
) -> int:
    """Take every grant of a channel back: it was given for an address that is no longer on file.

    Returns:
        How many.
    """
    history = history_of(session, contact.id)
    gone = {event.retracts_id for event in history if event.action == "retracted"}
    grants = [
        event.id
        for event in history
        if event.channel == channel and event.action in GRANTS and event.id not in gone
    ]
    rows = session.scalars(select(ConsentEvent).where(ConsentEvent.id.in_(grants))).all()
    events = [
        NewConsent(
            contact_id=one.contact_id,
            channel=channel,
            organization=one.organization,
            topic=one.topic,
            action="retracted",
            retracts_id=one.id,
            source=source,
            actor=actor,
            occurred_at=now,
        )
        for one in rows
    ]
    record(session, events=events, now=now)
    return len(events)
