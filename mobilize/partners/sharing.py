"""Sign-up forms that we share with a partner, and the consents that people gave to it on them.

A consent to a partner is recorded for that partner: it is none to us, and it is taken out for that
partner alone (a list that moves between organizations would be one that nobody agreed to).
"""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from mobilize.accounts import audit
from mobilize.contacts.consent_models import EVERY_TOPIC, Consent, ConsentEvent, ConsentWording
from mobilize.contacts.models import Contact
from mobilize.core.errors import Conflict
from mobilize.core.spreadsheet import guarded_row
from mobilize.partners.models import Partner

COLUMNS: Final = (
    "email", "phone", "given_name", "family_name", "language", "channel", "agreed_at", "words",
    "source",
)  # fmt: skip
_PAGE: Final = 1000


def share_form(
    session: Session, *, partner: Partner, wanted: bool, actor: str, now: datetime
) -> None:
    """Open the form that asks for a partner beside us, or close it; what people agreed to stays.

    Raises:
        Conflict: The partner says nowhere how it is reached, which a request for consent must say.
    """
    if wanted and (partner.state != "active" or not partner.website):
        raise Conflict(
            "The form must say how the partner is reached, and no website is on file.",
            hint="Import the partner with its website.",
        )
    if partner.shares_form is wanted:
        return
    partner.shares_form, partner.updated_at = wanted, now
    audit.record(
        session,
        now=now,
        actor=actor,
        action="partner.share_form" if wanted else "partner.close_form",
        subject_kind="partner",
        subject_id=partner.public_id,
    )


def consents_to(session: Session, *, partner: Partner, now: datetime) -> Iterator[str]:
    """The CSV of people who agree to hear from a partner, for that partner, in pieces.

    Each row holds the one address that its consent is about, and the words that were agreed to.
    """
    yield _csv([COLUMNS])
    last = (0, "")
    while page := session.execute(_after(partner, now, last)).all():
        yield _csv(
            [
                (
                    contact.email or "" if channel == "email" else "",
                    contact.phone or "" if channel != "email" else "",
                    contact.given_name, contact.family_name, contact.language or "", channel,
                    event.occurred_at.isoformat(), words or "", event.source,
                )
                for contact, channel, event, words in page
            ]
        )  # fmt: skip
        last = (page[-1][0].id, page[-1][1])


def _after(
    partner: Partner, now: datetime, last: tuple[int, str]
) -> Select[Contact, str, ConsentEvent, str]:
    contact_id, channel = last
    return (
        select(Contact, Consent.channel, ConsentEvent, ConsentWording.text)
        .join(Consent, Consent.contact_id == Contact.id)
        .join(ConsentEvent, ConsentEvent.id == Consent.event_id)
        .outerjoin(ConsentWording, ConsentWording.id == ConsentEvent.wording_id)
        .where(
            Consent.organization == partner.public_id,
            Consent.topic == EVERY_TOPIC,
            Consent.granted,
            or_(Consent.expires_at.is_(None), Consent.expires_at > now),
            Contact.state == "active",
            or_(Contact.id > contact_id, (Contact.id == contact_id) & (Consent.channel > channel)),
        )
        .order_by(Contact.id, Consent.channel)
        .limit(_PAGE)
    )


def _csv(rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(guarded_row(row) for row in rows)
    return text.getvalue()
