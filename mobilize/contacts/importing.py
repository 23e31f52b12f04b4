"""Bringing in a file of supporters: in batches, each whole or not at all, as often as one likes.

Each batch is one transaction of a handful of statements, which also writes down how far the file
is. After a crash the same file goes on from there. Once it is done it may be brought in again: rows
that are on file say nothing new.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import dropwhile, islice
from pathlib import Path
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mobilize.contacts.columns import Layout, supporter_columns
from mobilize.contacts.keeping import Keeper
from mobilize.contacts.matching import NO_LONGER_KEPT, SAME_PERSON, Decided, decide, on_file
from mobilize.contacts.models import ImportRun
from mobilize.contacts.opting_out import close_left
from mobilize.contacts.rejects import (
    Reject,
    first_rejects,
    forget_rejects,
    keep_rejects,
    write_rejects,
)
from mobilize.contacts.report import ImportReport
from mobilize.contacts.rows import RowReader, SupporterRow
from mobilize.contacts.tables import Record, Table, plain_cells
from mobilize.core.clock import Clock
from mobilize.core.db import Database
from mobilize.core.errors import InvalidInput, NotReady
from mobilize.core.keys import Keyring
from mobilize.mps.lookup import ORDER
from mobilize.mps.queries import riding_ids

KIND: Final = "supporters"
_BATCH: Final = 2000
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
    batch_rows: int = _BATCH,
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
        batch_rows: Rows in one transaction.

    Raises:
        InvalidInput: The file lacks columns, or has one that must not be kept. Nothing was written
            then.
        NotReady: It has postal codes, but the ridings were never loaded.
    """
    columns = columns or supporter_columns(table.header)
    with db.transaction() as session:
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
    for records in batched(after(table.records(), run), batch_rows):
        now = clock.now()
        reader = RowReader(columns, keyring=keyring, now=now)
        batch = _read(reader, records)
        report = _keep_or_retry(db, run, keeper, batch, report, now)
        if on_progress:
            on_progress(records[-1].line, table.lines)
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
            ImportRun.undone_at.is_(None),
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


def note_progress(session: Session, run: ImportRun, report: ImportReport, line: int) -> None:
    """Write down how far a file is, in the transaction of its batch.

    Of a file that is brought in again, what it did the first time stays written.
    """
    if run.finished_at is None:
        session.execute(
            update(ImportRun)
            .where(ImportRun.id == run.id)
            .values(counts=report.counts(), last_line=line)
        )


def close_run(session: Session, run: ImportRun, report: ImportReport, now: datetime) -> None:
    """Write down what became of the file, the first time that it is done."""
    if run.finished_at is None:
        session.execute(
            update(ImportRun)
            .where(ImportRun.id == run.id)
            .values(counts=report.counts(), finished_at=now)
        )


def batched(records: Iterator[Record], size: int) -> Iterator[list[Record]]:
    """Records in lists of at most so many."""
    while batch := list(islice(records, size)):
        yield batch


@dataclass(frozen=True)
class _Batch:
    """Rows that were read together.

    Attributes:
        records: As they stand in the file.
        rows: Those of them that can be used.
        rejects: The others.
    """

    records: list[Record]
    rows: list[SupporterRow]
    rejects: list[Reject]

    @property
    def line(self) -> int:
        """The line of the last record."""
        return self.records[-1].line


def _read(reader: RowReader, records: list[Record]) -> _Batch:
    batch = _Batch(records, [], [])
    for line, raw, problem in records:
        try:
            if problem:
                raise InvalidInput(problem)  # noqa: TRY301 - one way to put a row aside
            batch.rows.append(reader.read(line, plain_cells(raw)))
        except InvalidInput as error:
            reason = f"{error.message} {error.hint}".strip()
            batch.rejects.append(Reject(line, reason, plain_cells(raw)))
    return batch


def _keep_or_retry(
    db: Database, run: ImportRun, keeper: Keeper, batch: _Batch, report: ImportReport, now: datetime
) -> ImportReport:
    """Write one batch; where somebody else brought in the same person meanwhile, look again."""
    for attempt in range(1, _ATTEMPTS + 1):
        tried = replace(
            report,
            consents=report.consents.copy(),
            without_consent=report.without_consent.copy(),
        )
        try:
            _keep(db, run, keeper, batch, tried, now)
        except IntegrityError:
            if attempt == _ATTEMPTS:
                raise
        else:
            return tried
    raise AssertionError("unreachable")


def _keep(
    db: Database, run: ImportRun, keeper: Keeper, batch: _Batch, report: ImportReport, now: datetime
) -> None:
    with db.transaction() as session:
        found = on_file(session, batch.rows)
        decided = decide(batch.rows, found, run_id=run.id)
        keeper.keep_new(session, decided.new, found, report, now)
        keeper.keep_changed(session, decided.changed, found, report, now)
        close_left(
            session, rows=decided.leaving, run_ref=run.public_id, actor=keeper.actor, now=now
        )
        aside = _aside(decided, batch)
        keep_rejects(session, run_id=run.id, rejects=[*batch.rejects, *aside])
        report.rows += len(batch.records)
        report.created += len(decided.new)
        report.updated += len(decided.changed)
        report.unchanged += decided.unchanged
        report.repeated += len(decided.repeated)
        report.closed += len(decided.closed)
        report.rejected += len(batch.rejects) + len(decided.erased)
        note_progress(session, run, report, batch.line)


def _aside(decided: Decided, batch: _Batch) -> list[Reject]:
    aside = [(row, SAME_PERSON) for row in decided.repeated]
    aside += [(row, NO_LONGER_KEPT) for row in decided.erased]
    if not aside:
        return []
    cells = {record.line: record.cells for record in batch.records}
    return [Reject(row.line, reason, plain_cells(cells[row.line])) for row, reason in aside]
