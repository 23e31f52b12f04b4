"""What contacts show on a person's timeline: how they came, consents, changes, notes, merges."""

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import case, or_, select
from sqlalchemy.orm import Session

from mobilize.accounts.models import AuditEntry
from mobilize.contacts.consent import ACTIONS
from mobilize.contacts.consent_models import ConsentEvent, OptIn
from mobilize.contacts.identity_models import Merge
from mobilize.contacts.models import Contact, ImportChange, ImportRun
from mobilize.contacts.record_models import ContactNote
from mobilize.core.timeline import Entry, Part, Window, register

CHANGES: Final = (
    "contact.add_tag",
    "contact.answer",
    "contact.copy",
    "contact.do_not_contact",
    "contact.erase",
    "contact.may_contact",
    "contact.prefer",
    "contact.preferences",
    "contact.prove",
    "contact.rectify",
    "contact.remove_tag",
    "contact.reveal",
    "contact.unmerge",
)
"""What of the audit log stands on the timeline; the rest stands there already as what it made."""


def arrivals(session: Session, records: Sequence[int], window: Window) -> Iterable[Entry]:
    """When each of the person's records was made."""
    rows = session.execute(
        select(Contact.created_at, Contact.id, Contact.source)
        .where(Contact.id.in_(records), *window.older(Contact.created_at, Contact.id))
        .order_by(Contact.created_at.desc(), Contact.id.desc())
        .limit(window.limit)
    )
    return [
        Entry(at=at, id=row_id, kind="contact.create", facts={"source": source})
        for at, row_id, source in rows
    ]


def consents(session: Session, records: Sequence[int], window: Window) -> Iterable[Entry]:
    """The ledger's rows."""
    rows = session.scalars(
        select(ConsentEvent)
        .where(
            ConsentEvent.contact_id.in_(records),
            *window.older(ConsentEvent.occurred_at, ConsentEvent.id),
        )
        .order_by(ConsentEvent.occurred_at.desc(), ConsentEvent.id.desc())
        .limit(window.limit)
    )
    return [of_ledger(event) for event in rows]


def of_ledger(event: ConsentEvent) -> Entry:
    """One row of the ledger as a timeline shows it."""
    return Entry(
        at=event.occurred_at,
        id=event.id,
        kind=f"consent.{event.action}",
        facts={
            "channel": event.channel,
            "organization": event.organization,
            "topic": event.topic,
            "basis": event.basis,
            "basis_date": event.basis_date.isoformat() if event.basis_date else None,
            "expires_at": event.expires_at.isoformat() if event.expires_at else None,
            "source": event.source,
            "evidence": event.evidence,
        },
        actor=event.actor,
    )


def imports(session: Session, records: Sequence[int], window: Window) -> Iterable[Entry]:
    """The files that brought or changed the person."""
    brought = ImportRun.id.in_(
        select(Contact.first_import_id).where(
            Contact.id.in_(records), Contact.first_import_id.is_not(None)
        )
    )
    changed = ImportRun.id.in_(
        select(ImportChange.import_id).where(ImportChange.contact_id.in_(records))
    )
    rows = session.execute(
        select(
            ImportRun.started_at,
            ImportRun.id,
            case((brought, "import.brought"), else_="import.changed"),
            ImportRun.file_name,
            ImportRun.public_id,
            ImportRun.undone_at,
            ImportRun.actor,
        )
        .where(or_(brought, changed), *window.older(ImportRun.started_at, ImportRun.id))
        .order_by(ImportRun.started_at.desc(), ImportRun.id.desc())
        .limit(window.limit)
    )
    return [
        Entry(
            at=at,
            id=row_id,
            kind=kind,
            facts={"file": file_name, "import": public_id, "undone": undone_at is not None},
            actor=actor,
        )
        for at, row_id, kind, file_name, public_id, undone_at, actor in rows
    ]


def notes(session: Session, records: Sequence[int], window: Window) -> Iterable[Entry]:
    """What organizers wrote down."""
    rows = session.scalars(
        select(ContactNote)
        .where(
            ContactNote.contact_id.in_(records),
            *window.older(ContactNote.created_at, ContactNote.id),
        )
        .order_by(ContactNote.created_at.desc(), ContactNote.id.desc())
        .limit(window.limit)
    )
    return [
        Entry(
            at=note.created_at,
            id=note.id,
            kind="note",
            facts={"note": note.public_id, "text": note.text},
            actor=note.actor,
        )
        for note in rows
    ]


def merges(session: Session, records: Sequence[int], window: Window) -> Iterable[Entry]:
    """Where two records became one."""
    rows = session.scalars(
        select(Merge)
        .where(
            or_(Merge.kept_id.in_(records), Merge.merged_id.in_(records)),
            *window.older(Merge.merged_at, Merge.id),
        )
        .order_by(Merge.merged_at.desc(), Merge.id.desc())
        .limit(window.limit)
    )
    return [
        Entry(
            at=one.merged_at,
            id=one.id,
            kind="merge",
            facts={"merge": one.public_id, "undone": one.undone_at is not None},
            actor=one.actor,
        )
        for one in rows
    ]


def opt_ins(session: Session, records: Sequence[int], window: Window) -> Iterable[Entry]:
    """Where the person was asked to confirm from an address."""
    rows = session.scalars(
        select(OptIn)
        .where(OptIn.contact_id.in_(records), *window.older(OptIn.created_at, OptIn.id))
        .order_by(OptIn.created_at.desc(), OptIn.id.desc())
        .limit(window.limit)
    )
    return [
        Entry(
            at=one.created_at,
            id=one.id,
            kind=f"opt_in.{one.state}",
            facts={"channel": one.channel, "source": one.source},
        )
        for one in rows
    ]


def changes(session: Session, records: Sequence[int], window: Window) -> Iterable[Entry]:
    """What organizers, or the person, did with the record."""
    rows = session.scalars(
        select(AuditEntry)
        .where(
            AuditEntry.subject_kind == "contact",
            AuditEntry.subject_id.in_(select(Contact.public_id).where(Contact.id.in_(records))),
            AuditEntry.action.in_(CHANGES),
            *window.older(AuditEntry.at, AuditEntry.id),
        )
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        .limit(window.limit)
    )
    return [
        Entry(at=one.at, id=one.id, kind=one.action, facts=one.facts, actor=one.actor)
        for one in rows
    ]


register(Part(name="arrivals", kinds=frozenset({"contact.create"}), read=arrivals))
register(Part(name="changes", kinds=frozenset(CHANGES), read=changes))
register(Part(name="consents", kinds=frozenset(f"consent.{one}" for one in ACTIONS), read=consents))
register(Part(name="imports", kinds=frozenset({"import.brought", "import.changed"}), read=imports))
register(Part(name="merges", kinds=frozenset({"merge"}), read=merges))
register(Part(name="notes", kinds=frozenset({"note"}), read=notes))
register(
    Part(
        name="opt_ins",
        kinds=frozenset(f"opt_in.{state}" for state in ("asked", "confirmed", "lapsed", "known")),
        read=opt_ins,
    )
)
