"""What speaks for a person having been touched since a file brought them: then they stay.

Every table that names a contact counts, found by walking the catalogue, so that a feature of
tomorrow is not forgotten; only what the import itself wrote, and what is worked out anew at any
time, does not.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Column, Table, and_, or_, select
from sqlalchemy.orm import Session, aliased

from mobilize.contacts.consent_models import Consent, ConsentEvent
from mobilize.contacts.identity_models import DuplicatePair, MatchKey
from mobilize.contacts.import_models import ImportAnswer
from mobilize.contacts.models import Contact, ContactTag, ImportChange, ImportRun
from mobilize.contacts.record_models import CustomValue
from mobilize.core.bulk import any_id
from mobilize.core.db import Base

WHY: Final = (
    "messages", "actions", "consents", "sign_ups", "partner", "notes", "merged", "later_file",
    "edited", "tags", "answers", "other",
)  # fmt: skip
"""Why somebody stays, in the order in which one reason is named of several."""

_OWN: Final = frozenset(
    model.__tablename__
    for model in (
        Contact, ContactTag, Consent, ConsentEvent, CustomValue, ImportChange, ImportAnswer,
        DuplicatePair, MatchKey,
    )
)  # fmt: skip
_NAMED: Final = {
    "messages": "messages",
    "participations": "actions",
    "mp_contacts": "actions",
    "opt_ins": "sign_ups",
    "partner_people": "partner",
    "contact_notes": "notes",
    "contact_merges": "merged",
    "address_codes": "sign_ups",
}


def touched(session: Session, run: ImportRun, people: Collection[int]) -> dict[int, str]:
    """Who of the people that a file brought was touched since, and why they stay.

    Args:
        session: The session.
        run: The file's record.
        people: Some thousand of those whom it brought.
    """
    found: dict[int, set[str]] = {}
    for why, statement in _statements(session, run, sorted(people)):
        for person in session.scalars(statement):
            found.setdefault(person, set()).add(why)
    return {person: next(why for why in WHY if why in all_why) for person, all_why in found.items()}


def _statements(
    session: Session, run: ImportRun, people: Sequence[int]
) -> Iterator[tuple[str, Any]]:
    for column in references():
        why = _NAMED.get(column.table.name, "other")
        yield why, select(column).where(any_id(session, column, people)).distinct()
    merged = aliased(Contact)
    yield (
        "merged",
        select(merged.merged_into_id).where(any_id(session, merged.merged_into_id, people)),
    )
    yield (
        "later_file",
        _of(session, people, or_(Contact.import_id.is_(None), Contact.import_id != run.id)),
    )
    yield "edited", _of(session, people, Contact.updated_at != Contact.created_at)
    yield (
        "consents",
        select(ConsentEvent.contact_id).where(
            any_id(session, ConsentEvent.contact_id, people), ~by_import(run)
        ),
    )
    yield (
        "tags",
        select(ContactTag.contact_id).where(
            any_id(session, ContactTag.contact_id, people),
            or_(ContactTag.import_id.is_(None), ContactTag.import_id != run.id),
        ),
    )
    answered = and_(
        ImportAnswer.contact_id == CustomValue.contact_id,
        ImportAnswer.field_id == CustomValue.field_id,
        ImportAnswer.import_id == run.id,
        ImportAnswer.at == CustomValue.updated_at,
    )
    yield (
        "answers",
        (
            select(CustomValue.contact_id)
            .outerjoin(ImportAnswer, answered)
            .where(
                any_id(session, CustomValue.contact_id, people), ImportAnswer.contact_id.is_(None)
            )
        ),
    )


def by_import(run: ImportRun) -> Any:
    """Whether an event of the ledger was written by a file, or took back what it wrote."""
    return or_(
        ConsentEvent.source.startswith(f"import {run.public_id} line ", autoescape=True),
        ConsentEvent.source == f"import {run.public_id}",
        ConsentEvent.source == undo_source(run),
    )


def undo_source(run: ImportRun) -> str:
    """What the ledger names as the source of a retraction."""
    return f"undo of import {run.public_id}"


def references() -> list[Column[Any]]:
    """The columns by which features name a contact."""
    return [
        column
        for table in _tables()
        for column in table.columns
        if any(key.column.table.name == Contact.__tablename__ for key in column.foreign_keys)
    ]


def _tables() -> list[Table]:
    every = Base.metadata.tables.values()
    return sorted((one for one in every if one.name not in _OWN), key=lambda one: one.name)


def _of(session: Session, people: Sequence[int], condition: Any) -> Any:
    return select(Contact.id).where(any_id(session, Contact.id, people), condition)
