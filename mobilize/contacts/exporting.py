"""Taking people out as CSV: streamed, in the columns that an import reads again.

Every cell is safe to open in a spreadsheet (`core.spreadsheet`). Who may export, and that it is
written down, is the business of the edge that calls this.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from mobilize.contacts.consent_models import (
    EVERY_TOPIC,
    OUR_ORGANIZATION,
    Consent,
    ConsentEvent,
)
from mobilize.contacts.models import Contact
from mobilize.contacts.queries import Filter, contacts, tags_of
from mobilize.core.paging import LARGEST_PAGE
from mobilize.core.spreadsheet import guarded_row

COLUMNS: Final = (
    "email", "phone", "given_name", "family_name", "language", "province", "postal_area", "tags",
    "source", "consent_email_basis", "consent_email_date", "consent_email_evidence",
    "consent_sms_basis", "consent_sms_date", "consent_sms_evidence", "sms_confirmed_at",
)  # fmt: skip
_Proof = tuple[str, str, str]
_NOTHING: Final[_Proof] = ("", "", "")


def export_contacts(session: Session, wanted: Filter) -> Iterator[str]:
    """The CSV of people, in pieces of some hundred rows; three statements each.

    Args:
        session: The session; it must stay open until the last piece is read.
        wanted: Which people.
    """
    yield _csv([COLUMNS])
    after: int | None = 0
    while after is not None:
        page = contacts(session, wanted, after=after, limit=LARGEST_PAGE)
        if page.items:
            yield _csv(_rows(session, page.items))
        session.expunge_all()
        after = page.after


def _rows(session: Session, people: Sequence[Contact]) -> Iterator[Sequence[str]]:
    ids = [person.id for person in people]
    tags = tags_of(session, ids)
    proofs = _proofs(session, ids)
    for person in people:
        confirmed = person.sms_confirmed_at
        yield (
            person.email or "", person.phone or "", person.given_name, person.family_name,
            person.language or "", person.province or "", person.fsa or "",
            ";".join(tags.get(person.id, ())), person.source,
            *proofs.get((person.id, "email"), _NOTHING),
            *proofs.get((person.id, "sms"), _NOTHING),
            confirmed.isoformat() if confirmed else "",
        )  # fmt: skip


def _proofs(session: Session, ids: Sequence[int]) -> dict[tuple[int, str], _Proof]:
    """The standing consents to everything, with what proves them."""
    rows = session.execute(
        select(
            Consent.contact_id,
            Consent.channel,
            ConsentEvent.basis,
            ConsentEvent.basis_date,
            ConsentEvent.occurred_at,
            ConsentEvent.evidence,
        )
        .join(ConsentEvent, ConsentEvent.id == Consent.event_id)
        .where(
            Consent.contact_id.in_(ids),
            Consent.organization == OUR_ORGANIZATION,
            Consent.topic == EVERY_TOPIC,
            Consent.granted,
        )
    )
    return {
        (contact_id, channel): (basis or "", str(day or occurred_at.date()), evidence)
        for contact_id, channel, basis, day, occurred_at, evidence in rows
    }


def _csv(rows: Iterator[Sequence[str]] | Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(guarded_row(row) for row in rows)
    return text.getvalue()
