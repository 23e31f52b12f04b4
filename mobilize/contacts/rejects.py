"""The rows that could not be kept: sealed with the import, and a file of them for who corrects it.

They are written in the transaction of their batch, so that after a crash none is missing and none
stands twice. The file can be corrected and imported itself: its own two columns are passed over.
"""

import csv
import io
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from pathlib import Path
from typing import Final, NamedTuple, cast

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from mobilize.contacts.import_models import ImportReject, RejectAddress
from mobilize.contacts.leftovers import addresses_in, erased_among, forget_rows
from mobilize.contacts.matching import NO_LONGER_KEPT
from mobilize.contacts.models import ImportRun
from mobilize.core.bulk import insert_rows
from mobilize.core.keys import Keyring
from mobilize.core.spreadsheet import guarded_row

FIRST_COLUMNS: Final = ("line", "reason")
_SHOWN: Final = 100
_MARK: Final = "\ufeff"
"""With it, spreadsheets read the accents right."""
_PAGE: Final = 1000


class Reject(NamedTuple):
    """A row that was put aside."""

    line: int
    reason: str
    cells: Sequence[str]


class PutAside(NamedTuple):
    """Such a row as it is kept.

    Attributes:
        said: The reason and the row; none where its line alone is kept.
        addresses: The keyed hashes of the addresses in it.
    """

    line: int
    said: str | None
    addresses: set[bytes]


def put_aside(keyring: Keyring, rejects: Iterable[Reject]) -> list[PutAside]:
    """Make rows ready to be kept."""
    return [
        PutAside(one.line, None, set())
        if one.reason == NO_LONGER_KEPT
        else PutAside(one.line, _said(one.reason, one.cells), addresses_in(keyring, one.cells))
        for one in rejects
    ]


def keep_rejects(session: Session, *, run_id: int, rejects: Sequence[PutAside]) -> None:
    """Keep rows of a batch, sealed, with the keyed hashes of the addresses in them.

    Of a row with the address of somebody who was erased, its line alone is kept.
    """
    erased = erased_among(session, set().union(*(one.addresses for one in rejects)))
    rejects = [
        # A reason may quote the row.
        PutAside(one.line, None, set()) if one.addresses & erased else one
        for one in sorted(rejects, key=attrgetter("line"))
    ]
    insert_rows(
        session,
        cast("Table", ImportReject.__table__),
        ("import_id", "line", "said"),
        [(run_id, one.line, one.said or _said(NO_LONGER_KEPT, ())) for one in rejects],
    )
    insert_rows(
        session,
        cast("Table", RejectAddress.__table__),
        ("import_id", "line", "address_hash"),
        [(run_id, one.line, address) for one in rejects for address in sorted(one.addresses)],
    )


def forget_rejects(session: Session, run_id: int) -> None:
    """Let go of an import's rejects: it begins anew, or they were fetched."""
    forget_rows(session, lambda row: row.import_id == run_id)


def first_rejects(session: Session, run_id: int) -> list[tuple[int, str]]:
    """The first of an import's rejects, by line, with the reason."""
    return [(one.line, one.reason) for one in _page(session, run_id, after=0, most=_SHOWN)]


def all_rejects(session: Session, run_id: int) -> Iterator[Reject]:
    """All of an import's rejects, a thousand at a time."""
    after = 0
    while page := _page(session, run_id, after=after, most=_PAGE):
        yield from page
        after = page[-1].line


def as_csv(run: ImportRun, rejects: Iterator[Reject]) -> Iterator[str]:
    """The file of an import's rejects, in pieces, safe to open in a spreadsheet."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=run.delimiter)
    text.write(_MARK)
    writer.writerow(guarded_row([*FIRST_COLUMNS, *run.header]))
    for one in rejects:
        cells = one.cells or [""] * len(run.header)
        writer.writerow(guarded_row([str(one.line), one.reason, *cells]))
        if text.tell() > io.DEFAULT_BUFFER_SIZE:
            yield text.getvalue()
            text.seek(0)
            text.truncate()
    yield text.getvalue()


def write_rejects(session: Session, run: ImportRun, path: Path) -> Path | None:
    """Hand the rejects over as a file that only its owner can read, and let go of them.

    Returns:
        The file; None where nothing was put aside.
    """
    if not first_rejects(session, run.id):
        return None
    partial = path.with_name(f".{path.name}.partial")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
        file.writelines(as_csv(run, all_rejects(session, run.id)))
    partial.replace(path)
    forget_rejects(session, run.id)
    return path


def beside(path: Path) -> Path:
    """Where the rejects of a file go that somebody brings in from their own folder."""
    return path.with_name(f"{path.stem}.rejects.csv")


def _said(reason: str, cells: Sequence[str]) -> str:
    return json.dumps([reason, *cells], ensure_ascii=False)


def _page(session: Session, run_id: int, *, after: int, most: int) -> list[Reject]:
    rows = session.execute(
        select(ImportReject.line, ImportReject.said)
        .where(ImportReject.import_id == run_id, ImportReject.line > after)
        .order_by(ImportReject.line)
        .limit(most)
    )
    found = []
    for line, said in rows:
        reason, *cells = json.loads(said)
        found.append(Reject(line, reason, cells))
    return found
