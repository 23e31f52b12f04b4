"""Taking people out as CSV: streamed, in the columns that an import reads again.

Every cell is safe to open in a spreadsheet (`core.spreadsheet`). Who may export, and that it is
written down, is the business of the edge that calls this.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Row, Select, and_, select
from sqlalchemy.orm import Session, aliased

from mobilize.contacts.consent_models import (
    EVERY_TOPIC,
    OUR_ORGANIZATION,
    Consent,
    ConsentEvent,
)
from mobilize.contacts.models import Contact
from mobilize.contacts.queries import Filter, conditions, tags_of
from mobilize.core.spreadsheet import guarded_row

COLUMNS: Final = (
    "email", "phone", "given_name", "family_name", "language", "province", "postal_area", "tags",
    "source", "consent_email_basis", "consent_email_date", "consent_email_evidence",
    "consent_sms_basis", "consent_sms_date", "consent_sms_evidence", "sms_confirmed_at",
)  # fmt: skip
_PROVEN_CHANNELS: Final = ("email", "sms")
_PAGE: Final = 2000
"""People per statement: enough that statements cost little, few enough that memory stays flat."""


def export_contacts(session: Session, wanted: Filter) -> Iterator[str]:
    """The CSV of people, in pieces of at most some thousand rows; two statements each.

    Args:
        session: The session; it must stay open until the last piece is read.
        wanted: Which people.
    """
    yield _csv([COLUMNS])
    people = _people(session, wanted)
    after = 0
    while page := session.execute(people.where(Contact.id > after)).all():
        tags = tags_of(session, [person[0] for person in page])
        yield _csv(_cells(person, tags) for person in page)
        after = page[-1][0]


def _people(session: Session, wanted: Filter) -> Select[*tuple[Any, ...]]:
    """A page of people in the order in which they came, with what proves their consents.

    Plain columns, since nothing is changed here and an object for each row would cost more than
    opening its addresses does.
    """
    people: Select[*tuple[Any, ...]] = select(
        Contact.id, Contact.email, Contact.phone, Contact.given_name, Contact.family_name,
        Contact.language, Contact.province, Contact.fsa, Contact.source, Contact.sms_confirmed_at,
    )  # fmt: skip
    for channel in _PROVEN_CHANNELS:
        consent, event = aliased(Consent), aliased(ConsentEvent)
        standing = and_(
            consent.contact_id == Contact.id,
            consent.channel == channel,
            consent.organization == OUR_ORGANIZATION,
            consent.topic == EVERY_TOPIC,
            consent.granted,
        )
        people = (
            people.add_columns(event.basis, event.basis_date, event.occurred_at, event.evidence)
            .outerjoin_from(Contact, consent, standing)
            .outerjoin(event, event.id == consent.event_id)
        )
    return people.where(*conditions(session, wanted)).order_by(Contact.id).limit(_PAGE)


def _cells(person: Row[*tuple[Any, ...]], tags: dict[int, list[str]]) -> Sequence[str]:
    (
        contact_id, email, phone, given_name, family_name, language, province, fsa, source,
        confirmed_at, *proofs,
    ) = person  # fmt: skip
    return (
        email or "", phone or "", given_name, family_name, language or "", province or "",
        fsa or "", ";".join(tags.get(contact_id, ())), source, *_proof(*proofs[:4]),
        *_proof(*proofs[4:]), confirmed_at.isoformat() if confirmed_at else "",
    )  # fmt: skip


def _proof(
    basis: str | None, day: date | None, occurred_at: datetime | None, evidence: str | None
) -> tuple[str, str, str]:
    """What proves a standing consent to everything; empty where none stands."""
    if occurred_at is None:
        return ("", "", "")
    return (basis or "", str(day or occurred_at.date()), evidence or "")


def _csv(rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(map(guarded_row, rows))
    return text.getvalue()
