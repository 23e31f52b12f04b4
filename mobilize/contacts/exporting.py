"""Taking people out as CSV: streamed, in the columns that an import reads again.

Every cell is safe to open in a spreadsheet (`core.spreadsheet`). Who may export, and that it is
written down, is the business of the edge that calls this.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from mobilize.contacts.consent_models import (
    EVERY_TOPIC,
    OUR_ORGANIZATION,
    Consent,
    ConsentEvent,
)
from mobilize.contacts.models import Contact
from mobilize.contacts.queries import Filter, among, conditions, tags_of
from mobilize.core.spreadsheet import guarded_row

COLUMNS: Final = (
    "email", "phone", "given_name", "family_name", "language", "province", "postal_area", "tags",
    "source", "consent_email_basis", "consent_email_date", "consent_email_evidence",
    "consent_sms_basis", "consent_sms_date", "consent_sms_evidence", "sms_confirmed_at",
)  # fmt: skip
_Proof = tuple[str, str, str]
_NOTHING: Final[_Proof] = ("", "", "")
_PAGE: Final = 2000
"""People per statement: enough that statements cost little, few enough that memory stays flat."""


def export_contacts(session: Session, wanted: Filter) -> Iterator[str]:
    """The CSV of people, in pieces of at most some thousand rows; four statements each.

    Args:
        session: The session; it must stay open until the last piece is read.
        wanted: Which people.
    """
    yield _csv([COLUMNS])
    people = _people(session, wanted)
    # Plain rows of the connection: building what the session would make of them costs more time
    # than opening the addresses does.
    connection = session.connection()
    after = 0
    while page := connection.execute(people.where(Contact.id > after)).all():
        yield _csv(_rows(session, page))
        after = page[-1][0]


def _people(session: Session, wanted: Filter) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Contact.id, Contact.email, Contact.phone, Contact.given_name, Contact.family_name,
            Contact.language, Contact.province, Contact.fsa, Contact.source,
            Contact.sms_confirmed_at,
        )
        .where(*conditions(session, wanted))
        .order_by(Contact.id)
        .limit(_PAGE)
    )  # fmt: skip


def _rows(session: Session, page: Sequence[Row[*tuple[Any, ...]]]) -> Iterator[Sequence[str]]:
    ids = [person[0] for person in page]
    tags = tags_of(session, ids)
    proofs = _proofs(session, ids)
    for person in page:
        (
            contact_id, email, phone, given_name, family_name, language, province, fsa, source,
            confirmed_at,
        ) = person  # fmt: skip
        yield (
            email or "", phone or "", given_name, family_name, language or "", province or "",
            fsa or "", ";".join(tags.get(contact_id, ())), source,
            *proofs.get((contact_id, "email"), _NOTHING),
            *proofs.get((contact_id, "sms"), _NOTHING),
            confirmed_at.isoformat() if confirmed_at else "",
        )  # fmt: skip


def _proofs(session: Session, ids: Sequence[int]) -> dict[tuple[int, str], _Proof]:
    """The standing consents to everything, with what proves them."""
    connection = session.connection()
    standing = connection.execute(
        select(Consent.contact_id, Consent.channel, Consent.event_id).where(
            among(Consent.contact_id, ids),
            Consent.organization == OUR_ORGANIZATION,
            Consent.topic == EVERY_TOPIC,
            Consent.granted,
        )
    ).all()
    events = connection.execute(
        select(
            ConsentEvent.id,
            ConsentEvent.basis,
            ConsentEvent.basis_date,
            ConsentEvent.occurred_at,
            ConsentEvent.evidence,
        ).where(among(ConsentEvent.id, [event_id for _, _, event_id in standing]))
    )
    proofs = {
        event_id: (basis or "", str(day or occurred_at.date()), evidence)
        for event_id, basis, day, occurred_at, evidence in events
    }
    return {
        (contact_id, channel): proofs.get(event_id, _NOTHING)
        for contact_id, channel, event_id in standing
    }


def _csv(rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(map(guarded_row, rows))
    return text.getvalue()
