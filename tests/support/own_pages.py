"""A supporter with the link to their own page, as a message that went out brought it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from mobilize.contacts.models import Contact
from mobilize.contacts.privacy_models import AddressCode
from mobilize.messaging.claims import Claimed, pack
from mobilize.messaging.lettering import PREFERENCES
from mobilize.messaging.models import BULK_LANE, Chunk, Mailing, Message, Submission
from mobilize.messaging.queries import template_by_key
from mobilize.runtime import Runtime
from mobilize.strategy.models import Demand, DemandVersion
from tests.messaging.people import add_contact
from tests.support.campaigns import load_templates

TOPICS = ("permanent-status", "access-to-services")


@dataclass(frozen=True)
class OwnPage:
    """One supporter, and their page.

    Attributes:
        contact_id: The person.
        message_id: The message that the link stood in.
        token: The link's token.
    """

    runtime: Runtime
    client: FlaskClient
    contact_id: int
    message_id: int
    token: str
    language: str = "en"

    @property
    def address(self) -> str:
        """The page's address."""
        return f"/{self.language}/preferences/{self.token}"

    def contact(self) -> Contact:
        """The person as they are now."""
        with self.runtime.db.read() as session:
            return session.get_one(Contact, self.contact_id)

    def codes(self) -> Sequence[AddressCode]:
        """The codes that were made, in order."""
        with self.runtime.db.read() as session:
            return session.scalars(select(AddressCode).order_by(AddressCode.id)).all()

    def digits(self, row: AddressCode) -> str:
        """What the person reads in the message with a code."""
        count = self.runtime.settings.self_service.code_digits
        return self.runtime.links.digits("code", row.public_id, count=count)


def own_page(
    runtime: Runtime,
    client: FlaskClient,
    now: datetime,
    *,
    number: int = 1,
    channel: str = "email",
    language: str = "en",
    **values: Any,
) -> OwnPage:
    """Take a supporter up, with two adopted demands, and send them a message with the link."""
    with runtime.db.transaction() as session:
        if template_by_key(session, "address-code") is None:
            load_templates(session, now)
            adopt(session, now)
        contact = add_contact(session, number, now=now, language=language, **values)
        message = sent_to(session, contact, channel, now)
        return OwnPage(
            runtime,
            client,
            contact.id,
            message.id,
            runtime.links.seal(PREFERENCES, message.id),
            language,
        )


def adopt(session: Session, now: datetime) -> None:
    """Two demands with adopted words."""
    for position, slug in enumerate(TOPICS, 1):
        demand = Demand(slug=slug, position=position)
        session.add(demand)
        session.flush()
        session.add(
            DemandVersion(
                demand_id=demand.id,
                number=1,
                state="adopted",
                title_en=slug.replace("-", " ").title(),
                title_fr=f"Sujet {position}",
                ask_en="Ask.",
                ask_fr="Demande.",
                summary_en="A summary.",
                summary_fr="Un résumé.",
                content_hash="0" * 64,
                created_at=now,
                adopted_at=now,
            )
        )
    session.flush()


def sent_to(session: Session, contact: Contact, channel: str, now: datetime) -> Message:
    """A message that went to a person, with the claim of its request."""
    template = template_by_key(session, "lasting-protection-alert")
    assert template is not None
    mailing = Mailing(
        kind="alert", channel=channel, template_id=template.id, lane=BULK_LANE, created_at=now
    )
    session.add(mailing)
    session.flush()
    message = Message(
        mailing_id=mailing.id,
        language=contact.language or "en",
        chunk_no=1,
        contact_id=contact.id,
        state="accepted",
        created_at=now,
        state_at=now,
    )
    chunk = Chunk(
        mailing_id=mailing.id,
        language=message.language,
        number=1,
        lane=BULK_LANE,
        size=1,
        state="done",
        not_before=now,
    )
    session.add_all([message, chunk])
    session.flush()
    address = contact.email_hash if channel == "email" else contact.phone_hash
    session.add(
        Submission(
            mailing_id=mailing.id,
            language=message.language,
            chunk_no=1,
            claim=pack([Claimed(message.id, None, address or b"")]),
            provider="sendgrid" if channel == "email" else "twilio",
            size=1,
            state="accepted",
            started_at=now,
        )
    )
    session.flush()
    return message
