"""Leaving: by the link in a mail, or by one click in a mail program; `receiving` takes texts.

What the page or the answer says is true at that moment: the row that stops the next message is
committed with it, also for a mailing that is going out right now.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from mobilize.contacts import ledger
from mobilize.contacts.consent_models import EVERY_TOPIC
from mobilize.contacts.suppression import Closing, suppress_all
from mobilize.core.tokens import Links
from mobilize.messaging.claims import claimed
from mobilize.messaging.lettering import LEAVE
from mobilize.messaging.models import Mailing, Message
from mobilize.messaging.opting_in import said_no


def leave_by_link(session: Session, *, token: str, links: Links, topic: str, now: datetime) -> bool:
    """Take a person off the list, or off one topic, by the link of a message they got.

    Idempotent, and good for as long as the link key lives: CASL s. 11 asks for 60 days.

    Returns:
        Whether the link was one of ours.
    """
    message_id = links.open(LEAVE, token, now=now)
    if message_id is None:
        return False
    row = session.execute(
        select(Message.contact_id, Message.address_hash, Mailing.channel)
        .join(Mailing, Mailing.id == Message.mailing_id)
        .where(Message.id == message_id)
    ).one_or_none()
    if row is None:
        return False
    if topic == EVERY_TOPIC:
        address = row.address_hash or _went_to(session, message_id)
        if address is not None:
            closing = Closing(row.channel, address, "unsubscribed")
            suppress_all(session, closings=[closing], now=now)
            said_no(session, message_id=message_id, address_hash=address, now=now)
    if row.contact_id is not None:
        withdraw_all(
            session, [row.contact_id], row.channel, topic=topic, source="leave link", now=now
        )
    return True


def _went_to(session: Session, message_id: int) -> bytes | None:
    on_record = claimed(session, [message_id]).get(message_id)
    return on_record.address_hash if on_record else None


def withdraw_all(
    session: Session,
    people: Sequence[int],
    channel: str,
    *,
    source: str,
    now: datetime,
    topic: str = EVERY_TOPIC,
    actor: str = "supporter",
) -> None:
    """Write a no into the ledger for everybody whom it is about.

    Args:
        session: The transaction.
        people: Who.
        channel: Which way they are reached no more.
        source: How it came.
        now: When.
        topic: About what, where it is one topic alone.
        actor: Who wrote it down.
    """
    if not people:
        return
    ledger.record(
        session,
        events=[
            ledger.NewConsent(
                contact_id=contact_id,
                channel=channel,
                topic=topic,
                action="withdrawn",
                source=source,
                actor=actor,
                occurred_at=now,
            )
            for contact_id in people
        ],
        now=now,
    )
