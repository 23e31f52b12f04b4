"""Bringing in a file of supporters: in batches, each whole or not at all, as often as one likes.

Each batch is one transaction of a handful of statements, which also writes down how far the file
is. After a crash the same file goes on from there. Once it is done it may be brought in again: rows
that are on file say nothing new.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from itertools import dropwhile, takewhile
from pathlib import Path
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mobilize.accounts import audit
from mobilize.contacts.columns import CLAIMS, Layout, supporter_columns
from mobilize.contacts.consent_models import EVERY_TOPIC, OUR_ORGANIZATION
from mobilize.contacts.custom_fields import all_fields
from mobilize.contacts.intake.apart import read_apart
from mobilize.contacts.intake.batches import Batch, Stamp
from mobilize.contacts.intake.lanes import Lane, lane_of
from mobilize.contacts.intake.outcomes import count_outcomes
from mobilize.contacts.intake.reading import Job, read_here
from mobilize.contacts.keeping import Keeper
from mobilize.contacts.matching import NO_LONGER_KEPT, SAME_PERSON, decide, in_turn, on_file
from mobilize.contacts.models import ImportRun
from mobilize.contacts.opting_out import close_left
from mobilize.contacts.own_export import with_own
from mobilize.contacts.rejects import (
    Reject,
    first_rejects,
    forget_rejects,
    keep_rejects,
    put_aside,
    write_rejects,
)
from mobilize.contacts.report import Counted, ImportReport
from mobilize.contacts.restoring import Restorer
from mobilize.contacts.rows import RowReader, SupporterRow
from mobilize.contacts.tables import Record, Table
from mobilize.core.clock import Clock
from mobilize.core.db import Database
from mobilize.core.errors import NotReady
from mobilize.core.keys import Keyring
from mobilize.mps.lookup import ORDER
from mobilize.mps.queries import riding_ids

KIND: Final = "supporters"
_BATCH: Final = 2000
_LONG: Final = 10_000
"""Lines from which on it pays to start a process."""
_ATTEMPTS: Final = 3

Progress = Callable[[int, int], None]
"""Called after each batch with the line that was reached and how many the file has."""


def import_supporters(
    db: Database,
    *,
    table: Table,
    actor: str,
    clock: Clock,
    keyring: Keyring,
    columns: Layout | None = None,
    on_progress: Progress | None = None,
    rejects_path: Path | None = None,
    batch_rows: int | None = None,
    apart: bool | None = None,
) -> ImportReport:
    """Bring in a file of supporters.

    Args:
        db: The database; each batch is a transaction of its own.
        table: The opened file; `docs/how-to/import.md` describes its columns.
        actor: Who does it, as the ledger names people.
        clock: For the time of each batch.
        keyring: For the keyed hashes of addresses.
        columns: Which of its columns is which; by their names in our own words if not said.
        on_progress: Told after each batch how far it is.
        rejects_path: Where rows that cannot be kept go, which are then kept no longer.
        batch_rows: Rows in one transaction; as many as serve the database best if not said.
        apart: Whether a process of its own reads the file; where it is long if not said.

    Raises:
        InvalidInput: The file lacks columns, or has one that must not be kept. Nothing was written
            then.
        NotReady: It has postal codes, but the ridings were never loaded.
    """
    columns = columns or supporter_columns(table.header)
    with db.transaction() as session:
        columns, own = with_own(columns, table.header, all_fields(session))
        ridings = riding_ids(session, ORDER)
        if "postal_code" in columns.places and not ridings:
            raise NotReady("The ridings are not loaded yet.", hint="Run `mobilize init` first.")
        run = open_run(session, table, columns, kind=KIND, actor=actor, now=clock.now())
        if run.finished_at is not None:
            forget_rejects(session, run.id)
    report = begin_report(run, table, columns)
    keeper = Keeper(
        run_id=run.id,
        run_ref=run.public_id,
        actor=actor,
        ridings=ridings,
        file_name=table.name[:100],
    )
    restorer = None
    if own:
        restorer = Restorer(
            places=own,
            addresses={one: at for at, one in enumerate(table.header) if one in {"email", "phone"}},
            run_id=run.id,
            run_ref=run.public_id,
            actor=actor,
            ridings=ridings,
            keyring=keyring,
        )
    stamp = Stamp(
        run_id=run.id,
        run_ref=run.public_id,
        actor=actor,
        file_name=table.name[:100],
        kind=keeper.kind,
        ridings=ridings,
        organization=OUR_ORGANIZATION,
        topic=EVERY_TOPIC,
    )
    if apart is None:
        apart = table.lines >= _LONG
    with lane_of(db, stamp) as lane:
        size = batch_rows or (lane.batch_rows if apart else _BATCH)
        job = Job(
            table=table,
            columns=columns,
            stamp=stamp,
            is_sqlite=lane.is_sqlite,
            batch_rows=size,
            after_line=0 if run.finished_at else run.last_line,
        )
        claims = size * sum(one in columns.places for one in CLAIMS)
        batches = (read_apart if apart else read_here)(
            job, keyring, lambda: lane.supply(clock.now(), size, claims)
        )
        with closing(batches):
            for batch in batches:
                reader = RowReader(columns, keyring=keyring, now=batch.supply.now)
                report = _keep_or_retry(lane, run, keeper, reader, batch, report, keyring, restorer)
                if on_progress:
                    on_progress(batch.last_line, table.lines)
        with db.transaction() as session:
            lane.settle(session)
    with db.transaction() as session:
        close_run(session, run, report, clock.now())
        report.rejects = first_rejects(session, run.id)
        if rejects_path:
            report.rejects_path = write_rejects(session, run, rejects_path)
    return report


def open_run(
    session: Session, table: Table, columns: Layout, *, kind: str, actor: str, now: datetime
) -> ImportRun:
    """The record of a file; the same file, read the same way, has one until it is undone."""
    run = find_run(session, table, columns, kind=kind)
    if run is None:
        run = ImportRun(
            kind=kind,
            dialect=columns.dialect,
            mapping=dict(columns.mapping),
            file_name=table.name[:200],
            file_hash=columns.digest(table.sha256),
            header=list(table.header),
            delimiter=table.delimiter,
            actor=actor,
            started_at=now,
        )
        session.add(run)
        session.flush()
    return run


def find_run(session: Session, table: Table, columns: Layout, *, kind: str) -> ImportRun | None:
    """The record of a file that was brought in before, the same way; none where it never was."""
    return session.scalar(
        select(ImportRun).where(
            ImportRun.kind == kind,
            ImportRun.file_hash == columns.digest(table.sha256),
            ImportRun.undone_by.is_(None),
        )
    )


def begin_report(run: ImportRun, table: Table, columns: Layout) -> ImportReport:
    """The report of a file, counted on from where it was stopped."""
    report = ImportReport(
        run=run.public_id,
        file_name=table.name,
        encoding=table.form,
        delimiter=table.delimiter,
        ignored_columns=columns.ignored,
    )
    if run.finished_at is None and run.counts:
        report.go_on(run.counts)
    return report


def after(records: Iterator[Record], run: ImportRun) -> Iterator[Record]:
    """The records that an import which was stopped has not reached; all, where it was not."""
    if run.finished_at is not None or not run.last_line:
        return records
    return dropwhile(lambda record: record.line <= run.last_line, records)


def before(records: Iterator[Record], run: ImportRun) -> Iterator[Record]:
    """The records that such an import has been through; none, where it was not stopped."""
    done = 0 if run.finished_at is not None else run.last_line
    return takewhile(lambda record: record.line <= done, records)


def note_progress(session: Session, run: ImportRun, report: Counted, line: int) -> None:
    """Write down how far a file is, in the transaction of its batch.

    Of a file that is brought in again, what it did the first time stays written.
    """
    if run.finished_at is None:
        session.execute(
            update(ImportRun)
            .where(ImportRun.id == run.id)
            .values(counts=report.counts(), last_line=line)
        )


def close_run(session: Session, run: ImportRun, report: Counted, now: datetime) -> None:
    """Write down what became of the file, the first time that it is done."""
    if run.finished_at is None:
        session.execute(
            update(ImportRun)
            .where(ImportRun.id == run.id)
            .values(counts=report.counts(), finished_at=now)
        )
        audit.record(
            session,
            now=now,
            actor=run.actor,
            action="import.finish",
            subject_kind="import",
            subject_id=run.public_id,
            facts={"kind": run.kind, **report.counts()},
        )


def _keep_or_retry(
    lane: Lane,
    run: ImportRun,
    keeper: Keeper,
    reader: RowReader,
    batch: Batch,
    report: ImportReport,
    keyring: Keyring,
    restorer: Restorer | None,
) -> ImportReport:
    """Write one batch; where somebody else brought in the same person meanwhile, look again."""
    for attempt in range(1, _ATTEMPTS + 1):
        tried = replace(
            report,
            consents=report.consents.copy(),
            without_consent=report.without_consent.copy(),
        )
        try:
            _keep(lane, run, keeper, reader, batch, tried, keyring, restorer)
        except IntegrityError:
            if attempt == _ATTEMPTS:
                raise
        else:
            return tried
    raise AssertionError("unreachable")


def _keep(
    lane: Lane,
    run: ImportRun,
    keeper: Keeper,
    reader: RowReader,
    batch: Batch,
    report: ImportReport,
    keyring: Keyring,
    restorer: Restorer | None,
) -> None:
    with lane.transaction(batch) as session:
        met = lane.meet(session, batch)
        if batch.sealed_with != keyring.sealing:
            # The key was changed since: the addresses are sealed anew, one by one.
            everybody = set(range(len(batch.lines)))
            met = met._replace(others=everybody - met.unchanged - met.repeated)
        left_out = met.unchanged | met.repeated | met.others
        with lane.load(session, batch, left_out) as ids:
            count_outcomes(batch.outcomes, left_out, report)
            rejects = [Reject(*one) for one in batch.refused]
            rejects += [
                Reject(batch.lines[place], SAME_PERSON, batch.cells(place))
                for place in met.repeated
            ]
            aside = put_aside(keyring, rejects)
        keeper.put_on_tags(
            session,
            [(ids[place], tags) for place, tags in batch.tags.items() if place not in left_out],
        )
        report.rows += batch.count
        report.created += len(batch.lines) - len(left_out)
        report.unchanged += len(met.unchanged)
        report.repeated += len(met.repeated)
        report.rejected += len(batch.refused)
        others = sorted(met.others)
        for start in range(0, len(others), _BATCH):
            some = others[start : start + _BATCH]
            by_hand = _keep_by_hand(session, keeper, reader, batch, some, ids, report)
            aside += put_aside(keyring, by_hand)
        if restorer is not None:
            said = [batch.cells(place) for place in range(len(batch.lines))]
            restorer.restore(session, said, batch.supply.now)
        keep_rejects(session, run_id=run.id, rejects=aside)
        note_progress(session, run, report, batch.last_line)


def _keep_by_hand(
    session: Session,
    keeper: Keeper,
    reader: RowReader,
    batch: Batch,
    places: Sequence[int],
    ids: Sequence[int],
    report: ImportReport,
) -> list[Reject]:
    """Write the rows of somebody on file, or whose address was closed, or who come twice.

    Returns:
        Those that are put aside.
    """
    now = batch.supply.now
    cells = {batch.lines[place]: batch.cells(place) for place in places}
    rows = [reader.read(line, said) for line, said in cells.items()]
    # Who comes first in the file is the older on file, whichever way they came in.
    id_of = {batch.lines[place]: ids[place] for place in places}
    aside: list[tuple[SupporterRow, str]] = []
    for some in in_turn(session, rows):
        found = on_file(session, some)
        decided = decide(some, found, run_id=keeper.run_id)
        keeper.keep_new(
            session, decided.new, found, report, now, ids=[id_of[row.line] for row in decided.new]
        )
        keeper.keep_changed(session, decided.changed, found, report, now)
        close_left(
            session, rows=decided.leaving, run_ref=keeper.run_ref, actor=keeper.actor, now=now
        )
        report.created += len(decided.new)
        report.updated += len(decided.changed)
        report.unchanged += decided.unchanged
        report.repeated += len(decided.repeated)
        report.closed += len(decided.closed)
        report.rejected += len(decided.erased)
        aside += [(row, SAME_PERSON) for row in decided.repeated]
        aside += [(row, NO_LONGER_KEPT) for row in decided.erased]
    return [Reject(row.line, reason, cells[row.line]) for row, reason in aside]
