"""Taking an import back: who it brought goes, what it changed is put back, what it claimed is void.

Nobody goes who was touched since by anything else: they stay, and it is said why. A record is put
back field by field, where the field still says what the file made of it. The ledger is never
rewritten: a grant that the file brought is retracted. A no that it brought stays, since nobody but
the person can take that back.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, cast

from sqlalchemy import Table, delete, func, or_, select, update
from sqlalchemy.orm import Session

from mobilize.accounts import audit
from mobilize.contacts.custom_fields import set_values
from mobilize.contacts.erasing import BLANKED
from mobilize.contacts.groups import standing_ids
from mobilize.contacts.identity_models import DuplicatePair, MatchKey
from mobilize.contacts.import_models import ImportAnswer
from mobilize.contacts.ledger import record
from mobilize.contacts.models import Contact, ContactTag, ImportChange, ImportRun
from mobilize.contacts.putting_back import (
    COLUMNS,
    earlier_answers,
    restored_record,
    retraction,
    standing_grants,
    withdrawals,
)
from mobilize.contacts.record_models import CustomValue
from mobilize.contacts.rejects import forget_rejects
from mobilize.contacts.traces import touched
from mobilize.core.bulk import any_id, update_rows
from mobilize.core.clock import Clock
from mobilize.core.db import Database
from mobilize.core.errors import Conflict, NotFound

_BATCH: Final = 1000
_NAMED: Final = 100
_LISTED: Final = 50
_CONTACTS: Final = cast("Table", Contact.__table__)


@dataclass(kw_only=True)
class Undoing:
    """What an undo does, or would do.

    Attributes:
        removed: People whom the file brought and nobody touched since.
        kept: People whom it brought and who stay, by why.
        kept_first: The first of them, by public id, with why.
        restored: Records that it changed and that say again what they said.
        changed_since: Records of which something was changed again since, which stays.
        consents: Consents that it wrote down and that are retracted.
        tags: Tags that it put on people who stay.
        answers: Answers to custom fields that it gave for people who stay.
        opt_outs: Withdrawals that it brought; they stay.
    """

    removed: int = 0
    kept: Counter[str] = field(default_factory=Counter)
    kept_first: list[tuple[str, str]] = field(default_factory=list)
    restored: int = 0
    changed_since: int = 0
    consents: int = 0
    tags: int = 0
    answers: int = 0
    opt_outs: int = 0

    def as_dict(self) -> dict[str, Any]:
        """The counts as JSON values."""
        return asdict(self) | {
            "kept": dict(self.kept),
            "kept_first": [{"id": ref, "why": why} for ref, why in self.kept_first],
        }


def import_called(session: Session, public_id: str) -> ImportRun:
    """An import by its public id.

    Raises:
        NotFound: There is none.
    """
    run = session.scalar(select(ImportRun).where(ImportRun.public_id == public_id))
    if run is None:
        raise NotFound("There is no such import.")
    return run


def latest_imports(session: Session) -> Sequence[ImportRun]:
    """The imports that were begun last, the latest first."""
    return session.scalars(select(ImportRun).order_by(ImportRun.id.desc()).limit(_LISTED)).all()


def refuse_undo(run: ImportRun, *, now: datetime, undo_days: int) -> None:
    """Refuse an undo that cannot be done.

    Args:
        run: The file's record.
        now: The present.
        undo_days: For how many days is kept what records said before; 0 is for good.

    Raises:
        Conflict: It is undone, not a file of supporters, not done yet, or its days are over.
    """
    if run.undone_at is not None:
        raise Conflict("This import is undone already.")
    if run.undone_by is not None:
        raise Conflict("This import is being taken back.", hint="Look again in a minute.")
    if run.kind != "supporters":
        raise Conflict("Only an import of supporters can be undone.")
    if run.finished_at is None:
        raise Conflict(
            "This import is not done yet.", hint="Bring the same file in again: it is finished."
        )
    if undo_days and run.started_at < now - timedelta(days=undo_days):
        raise Conflict(
            "What people’s records said before this import is no longer kept.",
            hint=f"An import can be undone for {undo_days} days.",
        )


def ask_undo(session: Session, run: ImportRun, *, actor: str, now: datetime) -> None:
    """Have a worker take an import back."""
    session.execute(update(ImportRun).where(ImportRun.id == run.id).values(undone_by=actor))
    audit.record(
        session,
        now=now,
        actor=actor,
        action="import.ask_undo",
        subject_kind="import",
        subject_id=run.public_id,
    )


def foresee_undo(
    db: Database, run: ImportRun, *, on_progress: Callable[[int], None] = lambda _done: None
) -> Undoing:
    """Say what an undo would do; nothing is written.

    Args:
        db: The database; each batch looks at it for itself.
        run: The file's record.
        on_progress: Told after each batch how many people were looked at.
    """
    undoing = Undoing()
    done = 0

    def look(step: Callable[[Session], None]) -> None:
        nonlocal done
        with db.read() as session:
            step(session)
        done += _BATCH
        on_progress(done)

    _go_through(look, run, undoing, None)
    return undoing


def undo(
    db: Database,
    *,
    run: ImportRun,
    actor: str,
    clock: Clock,
    on_progress: Callable[[int], None] = lambda _done: None,
) -> Undoing:
    """Take an import back, batch by batch; what was killed is begun again and goes on.

    Args:
        db: The database; each batch is a transaction of its own.
        run: The file's record.
        actor: Who undoes it.
        clock: For the time of each batch.
        on_progress: Told after each batch how many people were looked at.
    """
    undoing = Undoing()
    done = 0

    def act(step: Callable[[Session], None]) -> None:
        nonlocal done
        with db.transaction() as session:
            step(session)
        done += _BATCH
        on_progress(done)

    _go_through(act, run, undoing, _Writing(run, actor, clock))
    with db.transaction() as session:
        forget_rejects(session, run.id)
        session.execute(
            update(ImportRun)
            .where(ImportRun.id == run.id)
            .values(undone_at=clock.now(), undone_by=actor)
        )
        facts = undoing.as_dict()
        del facts["kept_first"]
        audit.record(
            session,
            now=clock.now(),
            actor=actor,
            action="import.undo",
            subject_kind="import",
            subject_id=run.public_id,
            facts=facts,
        )
    return undoing


@dataclass(frozen=True)
class _Writing:
    run: ImportRun
    actor: str
    clock: Clock


def _go_through(
    batch: Callable[[Callable[[Session], None]], None],
    run: ImportRun,
    undoing: Undoing,
    writing: _Writing | None,
) -> None:
    """Both halves of the file's people, a thousand at a time."""
    for brought in (True, False):
        last = 0
        while True:
            people: Sequence[int] = ()

            def step(session: Session, after: int = last, *, brought: bool = brought) -> None:
                nonlocal people
                people = _next(session, run, after, brought=brought)
                if people and brought:
                    _part_with(session, run, people, undoing, writing)
                elif people:
                    _put_back(session, run, people, undoing, writing)

            batch(step)
            if not people:
                break
            last = people[-1]


def _next(session: Session, run: ImportRun, after: int, *, brought: bool) -> Sequence[int]:
    if brought:
        of_file = select(Contact.id).where(Contact.first_import_id == run.id, Contact.id > after)
        return session.scalars(of_file.order_by(Contact.id).limit(_BATCH)).all()
    changed = (
        select(ImportChange.contact_id)
        .where(ImportChange.import_id == run.id, ImportChange.contact_id > after)
        .order_by(ImportChange.contact_id)
        .limit(_BATCH)
    )
    return session.scalars(changed).all()


def _part_with(
    session: Session,
    run: ImportRun,
    people: Sequence[int],
    undoing: Undoing,
    writing: _Writing | None,
) -> None:
    """Take back whom the file brought."""
    if writing:
        _lock(session, people)
    stay = touched(session, run, people)
    go = [person for person in people if person not in stay]
    undoing.removed += len(go)
    undoing.kept.update(stay.values())
    if len(undoing.kept_first) < _NAMED and stay:
        refs = session.execute(
            select(Contact.id, Contact.public_id)
            .where(Contact.id.in_(sorted(stay)))
            .order_by(Contact.id)
        )
        named = [(ref, stay[person]) for person, ref in refs]
        undoing.kept_first += named[: _NAMED - len(undoing.kept_first)]
    _take_back(session, run, people, sorted(stay), undoing, writing)
    if writing:
        _remove(session, go, writing.clock.now())


def _remove(session: Session, people: Sequence[int], now: datetime) -> None:
    for model in (ContactTag, CustomValue, ImportAnswer, ImportChange, MatchKey):
        _quietly(session, delete(model).where(any_id(session, model.contact_id, people)))
    pair = or_(
        any_id(session, DuplicatePair.first_id, people),
        any_id(session, DuplicatePair.second_id, people),
    )
    _quietly(session, delete(DuplicatePair).where(pair))
    gone = (
        update(Contact).where(any_id(session, Contact.id, people)).values(**BLANKED, updated_at=now)
    )
    _quietly(session, gone)


def _put_back(
    session: Session,
    run: ImportRun,
    people: Sequence[int],
    undoing: Undoing,
    writing: _Writing | None,
) -> None:
    """Let the records that the file changed say again what they said before."""
    if writing:
        _lock(session, people)
    rows = session.execute(
        select(
            Contact.id,
            ImportChange.before,
            ImportChange.after,
            *(_CONTACTS.c[name] for name in COLUMNS),
        )
        .join(ImportChange, ImportChange.contact_id == Contact.id)
        .where(
            ImportChange.import_id == run.id,
            any_id(session, Contact.id, people),
            Contact.state == "active",
        )
        .order_by(Contact.id)
    )
    changed = []
    for person, before, after, *values in rows:
        now_says = dict(zip(COLUMNS, values, strict=True))
        restored, whole = restored_record(now_says, before, after, run)
        undoing.restored += whole
        undoing.changed_since += not whole
        changed.append((person, *(restored[name] for name in COLUMNS)))
    _take_back(session, run, people, people, undoing, writing)
    if writing:
        update_rows(session, _CONTACTS, ("id", *COLUMNS), changed, same={})
        _quietly(
            session,
            delete(ImportChange).where(
                ImportChange.import_id == run.id, any_id(session, ImportChange.contact_id, people)
            ),
        )


def _take_back(
    session: Session,
    run: ImportRun,
    people: Sequence[int],
    staying: Sequence[int],
    undoing: Undoing,
    writing: _Writing | None,
) -> None:
    """Void the consents that the file wrote down; take off tags and answers of those who stay."""
    grants = standing_grants(session, run, people)
    undoing.consents += session.scalar(select(func.count()).select_from(grants.subquery())) or 0
    undoing.opt_outs += session.scalar(withdrawals(session, run, people)) or 0
    # Tags and answers of a record that was merged went to the one that stands for the person.
    staying = sorted(standing_ids(session, staying) | set(staying))
    worn = (ContactTag.import_id == run.id, any_id(session, ContactTag.contact_id, staying))
    undoing.tags += session.scalar(select(func.count()).where(*worn)) or 0
    answers = list(earlier_answers(session, run, staying))
    undoing.answers += len(answers)
    if writing is None:
        return
    now = writing.clock.now()
    events = [retraction(one, run, writing.actor, now) for one in session.scalars(grants)]
    record(session, events=events, now=now)
    _quietly(session, delete(ContactTag).where(*worn))
    set_values(session, rows=answers, now=now)
    _quietly(
        session,
        delete(ImportAnswer).where(
            ImportAnswer.import_id == run.id, any_id(session, ImportAnswer.contact_id, staying)
        ),
    )


def _lock(session: Session, people: Sequence[int]) -> None:
    # Nobody changes a record between the look at it and what follows from it.
    session.execute(
        select(Contact.id)
        .where(any_id(session, Contact.id, people))
        .order_by(Contact.id)
        .with_for_update()
    )


def _quietly(session: Session, statement: Any) -> None:
    session.execute(statement, execution_options={"synchronize_session": False})
