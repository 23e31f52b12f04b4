"""A person's own page, by the link in a message they got: who it is for, and how that is known."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from mobilize.contacts.histories import records_of
from mobilize.contacts.models import Contact
from mobilize.contacts.preferences import Proof
from mobilize.core.tokens import Links
from mobilize.messaging.claims import unpack
from mobilize.messaging.lettering import PREFERENCES
from mobilize.messaging.models import Mailing, Message, Submission
from mobilize.messaging.policy import Channel

_MOST_MERGES: Final = 20


@dataclass(frozen=True)
class Holder:
    """Whom a link names, and over which channel it came to them.

    Attributes:
        contact: The person.
        message_id: The message that the link stood in.
        channel: How that had gone out.
    """

    contact: Contact
    message_id: int
    channel: Channel

    @property
    def proof(self) -> Proof:
        """What a yes by this link rests on."""
        return Proof(self.channel, f"own link in message {self.message_id} by {self.channel}")


def holder_of(session: Session, *, token: str, links: Links, now: datetime) -> Holder | None:
    """The person that a link names, or None where it opens nothing: all reasons look alike.

    A link is good for as long as the address it went to is the person's. Somebody who moved on
    from a mailbox that another person reads has moved on from the links in it, too.

    Args:
        session: The session.
        token: The link's token.
        links: Opens it.
        now: The moment.
    """
    message_id = links.open(PREFERENCES, token, now=now)
    message = None if message_id is None else session.get(Message, message_id)
    if message is None or message.contact_id is None:
        return None
    contact = _standing(session, message.contact_id)
    if contact is None:
        return None
    channel: Channel = (
        "sms" if session.get_one(Mailing, message.mailing_id).channel == "sms" else "email"
    )
    sent_to = _went_to(session, message)
    if sent_to is None or sent_to not in _addresses(session, contact, channel):
        return None
    return Holder(contact, message.id, channel)


def _standing(session: Session, contact_id: int) -> Contact | None:
    """The record that stands for a person today; None where they were erased."""
    contact = session.get(Contact, contact_id)
    for _ in range(_MOST_MERGES):
        if contact is None or contact.state != "merged" or contact.merged_into_id is None:
            break
        contact = session.get(Contact, contact.merged_into_id)
    return contact if contact is not None and contact.state == "active" else None


def _addresses(session: Session, contact: Contact, channel: Channel) -> Collection[bytes]:
    """What reaches the person: their own address, and those of the records that were merged."""
    column = Contact.email_hash if channel == "email" else Contact.phone_hash
    records = records_of(session, contact.id)
    return set(session.scalars(select(column).where(Contact.id.in_(records), column.is_not(None))))


def _went_to(session: Session, message: Message) -> bytes | None:
    """The keyed hash of where a message went, as its request claims; nothing is written."""
    claims = session.scalars(
        select(Submission.claim)
        .where(
            or_(
                Submission.id == message.submission_id,
                (Submission.mailing_id == message.mailing_id)
                & (Submission.language == message.language)
                & (Submission.chunk_no == message.chunk_no),
            )
        )
        .order_by(Submission.id.desc())
    )
    for claim in claims:
        for one in unpack(claim):
            if one.message_id == message.id:
                return one.address_hash
    return None
