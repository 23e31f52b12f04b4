"""Bringing in a file of supporters: in batches, each whole or not at all, as often as one likes.

Each batch is one transaction of a handful of statements. After a crash the same file is simply run
again: rows that are on file say nothing new, and the rest follows.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mobilize.contacts.columns import Layout, supporter_columns
from mobilize.contacts.keeping import Keeper
from mobilize.contacts.matching import NO_LONGER_KEPT, SAME_PERSON, Decided, decide, on_file
from mobilize.contacts.models import ImportRun
from mobilize.contacts.rejects import Rejects
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
        rejects_path: Where rows that cannot be kept go; nowhere if not said.
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
    report = ImportReport(
        run=run.public_id,
        file_name=table.name,
        encoding=table.form,
        delimiter=table.delimiter,
        ignored_columns=columns.ignored,
    )
    keeper = Keeper(
        run_id=run.id,
        run_ref=run.public_id,
        actor=actor,
        ridings=ridings,
        file_name=table.name[:100],
    )
    with Rejects(table, rejects_path) as rejects:
        for records in batched(table.records(), batch_rows):
            now = clock.now()
            reader = RowReader(columns, keyring=keyring, now=now)
            rows = _read(reader, records, report, rejects)
            decided, report = _keep_or_retry(db, keeper, rows, report, now)
            _put_aside(decided, records, report, rejects)
            if on_progress:
                on_progress(records[-1].line, table.lines)
    report.rejects = rejects.first
    report.rejects_path = rejects.written
    with db.transaction() as session:
        close_run(session, run, report, clock.now())
    return report


def open_run(
    session: Session, table: Table, columns: Layout, *, kind: str, actor: str, now: datetime
) -> ImportRun:
    """The record of a file; the same file, read the same way, has one until it is undone."""
    digest = columns.digest(table.sha256)
    run = session.scalar(
        select(ImportRun).where(
            ImportRun.kind == kind, ImportRun.file_hash == digest, ImportRun.undone_at.is_(None)
        )
    )
    if run is None:
        run = ImportRun(
            kind=kind,
            dialect=columns.dialect,
            mapping=dict(columns.mapping),
            file_name=table.name[:200],
            file_hash=digest,
            actor=actor,
            started_at=now,
        )
        session.add(run)
        session.flush()
    return run


def close_run(session: Session, run: ImportRun, report: ImportReport, now: datetime) -> None:
    """Write down what became of the file, the first time that it is done."""
    if run.finished_at is None:
        counts = report.as_dict() | {"rejects": len(report.rejects)}
        for name in ("run", "file_name", "rejects_path"):
            del counts[name]
        session.execute(
            update(ImportRun)
            .where(ImportRun.id == run.id)
            .values(counts=counts, finished_at=now, last_line=report.rows + 1)
        )


def batched(records: Iterator[Record], size: int) -> Iterator[list[Record]]:
    """Records in lists of at most so many."""
    while batch := list(islice(records, size)):
        yield batch


def _read(
    reader: RowReader, records: list[Record], report: ImportReport, rejects: Rejects
) -> list[SupporterRow]:
    rows = []
    for line, raw, problem in records:
        report.rows += 1
        try:
            if problem:
                raise InvalidInput(problem)  # noqa: TRY301 - one way to put a row aside
            rows.append(reader.read(line, plain_cells(raw)))
        except InvalidInput as error:
            report.rejected += 1
            rejects.add(line, f"{error.message} {error.hint}".strip(), plain_cells(raw))
    return rows


def _keep_or_retry(
    db: Database, keeper: Keeper, rows: list[SupporterRow], report: ImportReport, now: datetime
) -> tuple[Decided, ImportReport]:
    """Write one batch; where somebody else brought in the same person meanwhile, look again."""
    for attempt in range(1, _ATTEMPTS + 1):
        tried = replace(
            report,
            consents=report.consents.copy(),
            without_consent=report.without_consent.copy(),
        )
        try:
            return _keep(db, keeper, rows, tried, now), tried
        except IntegrityError:
            if attempt == _ATTEMPTS:
                raise
    raise AssertionError("unreachable")


def _keep(
    db: Database, keeper: Keeper, rows: list[SupporterRow], report: ImportReport, now: datetime
) -> Decided:
    with db.transaction() as session:
        found = on_file(session, rows)
        decided = decide(rows, found, run_id=keeper.run_id)
        keeper.keep_new(session, decided.new, found, report, now)
        keeper.keep_changed(session, decided.changed, found, report, now)
        if rows and (decided.new or decided.changed):
            session.execute(
                update(ImportRun)
                .where(ImportRun.id == keeper.run_id)
                .values(last_line=rows[-1].line)
            )
    report.created += len(decided.new)
    report.updated += len(decided.changed)
    report.unchanged += decided.unchanged
    return decided


def _put_aside(
    decided: Decided, records: list[Record], report: ImportReport, rejects: Rejects
) -> None:
    aside = [(row, SAME_PERSON) for row in decided.repeated]
    aside += [(row, NO_LONGER_KEPT) for row in decided.erased]
    if not aside:
        return
    report.repeated += len(decided.repeated)
    report.rejected += len(decided.erased)
    cells = {record.line: record.cells for record in records}
    for row, reason in sorted(aside, key=lambda one: one[0].line):
        rejects.add(row.line, reason, plain_cells(cells[row.line]))
