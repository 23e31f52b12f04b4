"""What contacts let go of in time: notes, what undoes, what nobody confirmed, old proofs."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from mobilize.contacts.consent_models import Consent, ConsentEvent, OptIn
from mobilize.contacts.identity_models import Merge
from mobilize.contacts.import_models import ImportAnswer, ImportReject
from mobilize.contacts.leftovers import forget_rows
from mobilize.contacts.models import Contact, ImportChange, ImportRun
from mobilize.contacts.privacy_models import AddressCode, Export
from mobilize.contacts.record_models import ContactNote
from mobilize.core.i18n import Label
from mobilize.core.retention import Rule, counting, deleting, register, removed

_OLD_NOTE = (lambda before: ContactNote.created_at < before,)
_OLD_MERGE = (lambda before: Merge.merged_at < before, lambda _: Merge.before.is_not(None))
_UNCONFIRMED = (lambda before: OptIn.expires_at < before, lambda _: OptIn.state != "confirmed")
_OLD_CODE = (lambda before: AddressCode.expires_at < before,)
_OLD_NAME = (
    lambda before: ImportRun.started_at < before,
    lambda _: ImportRun.file_name != ImportRun.public_id,
)
_OLD_EXPORT = (lambda before: Export.asked_at < before,)


def count_images(session: Session, before: datetime) -> int:
    """How many earlier versions of records are kept of files from before an instant."""
    counts = (
        select(func.count()).where(model.import_id.in_(_old_imports(before)))
        for model in (ImportChange, ImportAnswer)
    )
    return sum(session.scalar(count) or 0 for count in counts)


def remove_images(session: Session, before: datetime, _now: datetime, limit: int) -> int:
    """Forget what records said before such files: they cannot be undone any more."""
    batch = session.execute(
        select(ImportChange.import_id, ImportChange.contact_id)
        .where(ImportChange.import_id.in_(_old_imports(before)))
        .order_by(ImportChange.import_id, ImportChange.contact_id)
        .limit(limit)
    ).all()
    gone = 0
    for import_id in {run for run, _ in batch}:
        people = [person for run, person in batch if run == import_id]
        statement = delete(ImportChange).where(
            ImportChange.import_id == import_id,
            ImportChange.contact_id.between(people[0], people[-1]),
        )
        gone += removed(session, statement)
    if not batch:
        answers = delete(ImportAnswer).where(ImportAnswer.import_id.in_(_old_imports(before)))
        gone = removed(session, answers)
    return gone


def count_rejects(session: Session, before: datetime) -> int:
    """How many rows of files from before an instant are kept that were put aside."""
    statement = (
        select(func.count())
        .select_from(ImportReject)
        .where(ImportReject.import_id.in_(_old_imports(before)))
    )
    return session.scalar(statement) or 0


def remove_rejects(session: Session, before: datetime, _now: datetime, _limit: int) -> int:
    """Let go of the rows of such files, all of them in one statement."""
    return forget_rows(session, lambda row: row.import_id.in_(_old_imports(before)))


def remove_file_names(session: Session, before: datetime, _now: datetime, limit: int) -> int:
    """Forget what files were called, which may name a person; their number stands in its place."""
    past = select(ImportRun.id).where(*(one(before) for one in _OLD_NAME)).limit(limit)
    statement = (
        update(ImportRun)
        .where(ImportRun.id.in_(past.scalar_subquery()))
        .values(file_name=ImportRun.public_id)
    )
    return removed(session, statement)


def remove_merge_images(session: Session, before: datetime, _now: datetime, limit: int) -> int:
    """Forget how two records were before they became one: they cannot be parted any more."""
    past = select(Merge.id).where(*(one(before) for one in _OLD_MERGE)).limit(limit)
    statement = update(Merge).where(Merge.id.in_(past.scalar_subquery())).values(before=None)
    return removed(session, statement)


def ended_ledgers(before: datetime) -> Select[int]:
    """Whose consents all ended before an instant, with nothing new since.

    Who lives on in another record, or took one in, is left out: their histories are read together.
    What they withdrew stays remembered by the suppression of the address.
    """
    last = (
        select(ConsentEvent.contact_id)
        .group_by(ConsentEvent.contact_id)
        .having(
            func.max(ConsentEvent.recorded_at) < before,
            func.max(func.coalesce(ConsentEvent.expires_at, ConsentEvent.occurred_at)) < before,
        )
    )
    stands = exists().where(
        Consent.contact_id == Contact.id,
        Consent.granted,
        or_(Consent.expires_at.is_(None), Consent.expires_at >= before),
    )
    took_one_in = exists().where(Merge.kept_id == Contact.id, Merge.undone_at.is_(None))
    return select(Contact.id).where(
        Contact.id.in_(last),
        or_(Contact.state == "tombstoned", (Contact.state == "active") & ~took_one_in),
        ~stands,
    )


def count_ledgers(session: Session, before: datetime) -> int:
    """How many people that is."""
    return session.scalar(select(func.count()).select_from(ended_ledgers(before).subquery())) or 0


def remove_ledgers(session: Session, before: datetime, _now: datetime, limit: int) -> int:
    """Let go of their ledger; the database lets nothing go that is younger than three years."""
    people = session.scalars(ended_ledgers(before).order_by(Contact.id).limit(limit)).all()
    session.execute(delete(Consent).where(Consent.contact_id.in_(people)))
    session.execute(delete(ConsentEvent).where(ConsentEvent.contact_id.in_(people)))
    return len(people)


def _old_imports(before: datetime) -> Select[Any]:
    return select(ImportRun.id).where(ImportRun.started_at < before)


register(
    Rule(
        name="notes",
        setting="notes_days",
        what=Label("Notes about people", "Notes sur les personnes"),
        stays=Label("nothing", "rien"),
        count=counting(ContactNote.id, *_OLD_NOTE),
        remove=deleting(ContactNote.id, *_OLD_NOTE),
    )
)
register(
    Rule(
        name="import_images",
        setting="undo_days",
        what=Label(
            "What records said before an import changed them",
            "Ce que disaient les fiches avant qu’une importation les change",
        ),
        stays=Label(
            "the record as it is; the import can no longer be undone",
            "la fiche telle qu’elle est; l’importation ne peut plus être annulée",
        ),
        count=count_images,
        remove=remove_images,
    )
)
register(
    Rule(
        name="import_rejects",
        setting="rejects_days",
        what=Label(
            "Rows of a file that were put aside", "Les lignes d’un fichier qui ont été écartées"
        ),
        stays=Label("that they were, with their number", "leur nombre"),
        count=count_rejects,
        remove=remove_rejects,
    )
)
register(
    Rule(
        name="file_names",
        setting="undo_days",
        what=Label("What an imported file was called", "Le nom d’un fichier importé"),
        stays=Label("the import, under its number", "l’importation, sous son numéro"),
        count=counting(ImportRun.id, *_OLD_NAME),
        remove=remove_file_names,
    )
)
register(
    Rule(
        name="merge_images",
        setting="undo_days",
        what=Label(
            "What two records said before they were merged",
            "Ce que disaient deux fiches avant leur fusion",
        ),
        stays=Label(
            "that they were merged; they can no longer be parted",
            "le fait de la fusion; elle ne peut plus être annulée",
        ),
        count=counting(Merge.id, *_OLD_MERGE),
        remove=remove_merge_images,
    )
)
register(
    Rule(
        name="unconfirmed",
        setting="unconfirmed_days",
        what=Label("Sign-ups that nobody confirmed", "Inscriptions que personne n’a confirmées"),
        stays=Label("nothing", "rien"),
        count=counting(OptIn.id, *_UNCONFIRMED),
        remove=deleting(OptIn.id, *_UNCONFIRMED),
    )
)
register(
    Rule(
        name="codes",
        setting="unconfirmed_days",
        what=Label("Codes that prove an address", "Codes qui prouvent une adresse"),
        stays=Label("nothing", "rien"),
        count=counting(AddressCode.id, *_OLD_CODE),
        remove=deleting(AddressCode.id, *_OLD_CODE),
    )
)
register(
    Rule(
        name="exports",
        setting="audit_days",
        what=Label("The record of exports", "Le registre des exportations"),
        stays=Label("nothing", "rien"),
        count=counting(Export.id, *_OLD_EXPORT),
        remove=deleting(Export.id, *_OLD_EXPORT),
    )
)
register(
    Rule(
        name="ledger",
        setting="ledger_days",
        what=Label(
            "The consent ledger of people whose consents all ended",
            "Le registre des consentements des personnes dont tous les consentements ont pris fin",
        ),
        stays=Label(
            "the keyed hash of an address that left the list",
            "l’empreinte à clé d’une adresse qui a quitté la liste",
        ),
        count=count_ledgers,
        remove=remove_ledgers,
        by_machine=True,
    )
)
