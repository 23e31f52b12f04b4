"""A dry run: the whole file read, matched and decided upon as an import would, and nothing written.

It asks the very functions that the import asks, and remembers what an import would find again
because it wrote it itself (`foreseen`).
"""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from mobilize.contacts.columns import Layout
from mobilize.contacts.custom_fields import all_fields
from mobilize.contacts.foreseen import Foreseen
from mobilize.contacts.identity import masked_email, masked_phone
from mobilize.contacts.importing import KIND, Progress, after, begin_report, find_run
from mobilize.contacts.intake.reading import batched
from mobilize.contacts.keeping import Keeper
from mobilize.contacts.leftovers import addresses_in, erased_among
from mobilize.contacts.matching import (
    NO_LONGER_KEPT,
    SAME_PERSON,
    Decided,
    decide,
    in_turn,
)
from mobilize.contacts.matching import on_file as look_up
from mobilize.contacts.models import Contact, ImportRun
from mobilize.contacts.opting_out import (
    Leaving,
    addresses_left,
    bearers,
    ledger_of,
    who_leaves,
)
from mobilize.contacts.own_export import with_own
from mobilize.contacts.report import ImportReport
from mobilize.contacts.rows import RowReader, SupporterRow
from mobilize.contacts.tables import Record, Table, plain_cells
from mobilize.core.bulk import any_hash
from mobilize.core.clock import Clock
from mobilize.core.columns import keyring_of_session
from mobilize.core.db import Database
from mobilize.core.errors import InvalidInput, NotReady
from mobilize.core.keys import Keyring
from mobilize.mps.lookup import ORDER
from mobilize.mps.queries import riding_ids

SAME_PHONE: Final = "somebody else on file has the same phone number"
_BATCH: Final = 2000
_SHOWN: Final = 100
_PREVIEWED: Final = 20
_NOT_YET: Final = -1
"""The key of an import that has none yet: nobody on file was brought by it."""


@dataclass(frozen=True, kw_only=True)
class Preview:
    """A row as it would be kept, its addresses masked.

    Attributes:
        line: Where it stands in the file.
        outcome: `created`, `updated`, `unchanged`, `repeated`, `closed` or `rejected`.
        consents: Channel, basis and day of each consent that it claims.
        left: The channels that it says the person left.
    """

    line: int
    outcome: str
    given_name: str
    family_name: str
    email: str | None
    phone: str | None
    language: str | None
    postal_area: str | None
    riding: str | None
    tags: tuple[str, ...]
    source: str
    consents: tuple[tuple[str, str, str], ...]
    left: tuple[str, ...]


@dataclass(kw_only=True)
class Rehearsal:
    """What an import would do.

    Attributes:
        report: The report that it would give.
        first: The first rows as they would be kept.
        likely: How many rows may be somebody who is on file under another email address.
        likely_lines: The first of them, by line, with the reason.
        holds: The keyed hashes of the addresses of which it shows something.
    """

    report: ImportReport
    first: list[Preview] = field(default_factory=list)
    likely: int = 0
    likely_lines: list[tuple[int, str]] = field(default_factory=list)
    holds: set[bytes] = field(default_factory=set)

    def as_dict(self) -> dict[str, Any]:
        """The dry run as JSON values."""
        return self.report.as_dict() | {
            "first": [asdict(one) for one in self.first],
            "likely": self.likely,
            "likely_lines": [{"line": at, "reason": why} for at, why in self.likely_lines],
        }


def rehearse(
    db: Database,
    *,
    table: Table,
    columns: Layout,
    clock: Clock,
    keyring: Keyring,
    on_progress: Progress | None = None,
    batch_rows: int = _BATCH,
) -> Rehearsal:
    """Say what an import of a file would do; nothing is written.

    Args:
        db: The database; each batch looks at it for itself.
        table: The opened file.
        columns: Which of its columns is which.
        clock: For the time of each batch.
        keyring: For the keyed hashes of addresses.
        on_progress: Told after each batch how far it is.
        batch_rows: Rows that are looked up together.

    Raises:
        NotReady: It has postal codes, but the ridings were never loaded.
    """
    with db.read() as session:
        columns, _ = with_own(columns, table.header, all_fields(session))
        run = find_run(session, table, columns, kind=KIND) or ImportRun(id=_NOT_YET, public_id="")
        if "postal_code" in columns.places and not riding_ids(session, ORDER):
            raise NotReady("The ridings are not loaded yet.", hint="Run `mobilize init` first.")
    keeper = Keeper(run_id=run.id, run_ref="", actor="", ridings={}, file_name=table.name)
    rehearsal = Rehearsal(report=begin_report(run, table, columns))
    with closing(Foreseen(run.id)) as memory:
        for records in batched(after(table.records(), run), batch_rows):
            now = clock.now()
            reader = RowReader(columns, keyring=keyring, now=now)
            with db.read() as session:
                _foresee(session, rehearsal, keeper, memory, reader, records, now)
            if on_progress:
                on_progress(records[-1].line, table.lines)
    rehearsal.report.rejects.sort()
    return rehearsal


def _foresee(
    session: Session,
    rehearsal: Rehearsal,
    keeper: Keeper,
    memory: Foreseen,
    reader: RowReader,
    records: Sequence[Record],
    now: datetime,
) -> None:
    rows: list[SupporterRow] = []
    aside: list[tuple[int, str]] = []
    for line, cells, problem in records:
        try:
            if problem:
                raise InvalidInput(problem)  # noqa: TRY301 - one way to put a row aside
            rows.append(reader.read(line, plain_cells(cells)))
        except InvalidInput as error:
            aside.append((line, f"{error.message} {error.hint}".strip()))
    report, refused = rehearsal.report, len(aside)
    outcomes: dict[int, str] = {}
    new: list[SupporterRow] = []
    for some in in_turn(session, rows):
        found = look_up(session, some)
        memory.recall(found, some)
        decided = decide(some, found, run_id=keeper.run_id)
        known = {one for _, known in decided.changed for one in (known.id, known.standing_id)}
        grants = keeper.foresee(session, decided, found, report, now, memory.left(known))
        memory.keep(decided, grants)
        memory.leave(_leaving(session, memory, decided.leaving))
        report.created += len(decided.new)
        report.updated += len(decided.changed)
        report.unchanged += decided.unchanged
        report.repeated += len(decided.repeated)
        report.closed += len(decided.closed)
        report.rejected += len(decided.erased)
        aside += [(row.line, SAME_PERSON) for row in decided.repeated]
        aside += [(row.line, NO_LONGER_KEPT) for row in decided.erased]
        outcomes |= _outcomes(decided)
        new += decided.new
    report.rows += len(records)
    report.rejected += refused
    told = sorted(aside)[: _SHOWN - len(report.rejects)]
    first = [
        _preview(row, outcomes.get(row.line, "unchanged"))
        for row in rows[: max(0, _PREVIEWED - len(rehearsal.first))]
    ]
    shown = {line for line, _ in told} | {one.line for one in first}
    keyring = keyring_of_session(session)
    held = {line: addresses_in(keyring, cells) for line, cells, _ in records if line in shown}
    erased = erased_among(session, set().union(*held.values()))
    # Of who was erased line and reason alone are shown, as an import keeps them.
    held = {
        line: addresses
        for line, addresses in held.items()
        if not addresses & erased and outcomes.get(line) != "rejected"
    }
    report.rejects += [(line, why if line in held else NO_LONGER_KEPT) for line, why in told]
    rehearsal.first += [one for one in first if one.line in held]
    rehearsal.holds = rehearsal.holds.union(*held.values())
    for line in _same_phone(session, new):
        rehearsal.likely += 1
        if len(rehearsal.likely_lines) < _SHOWN:
            rehearsal.likely_lines.append((line, SAME_PHONE))


def _leaving(session: Session, memory: Foreseen, rows: Sequence[SupporterRow]) -> Leaving:
    """What the rows that say that somebody left would do."""
    addresses = addresses_left(rows)
    if not addresses:
        return Leaving()
    hashes = {address for _, address in addresses}
    people = memory.bearers(bearers(session, hashes), hashes)
    ids = [one.id for one in people]
    ledger = ledger_of(session, ids)
    ledger = ledger._replace(left=ledger.left | memory.left(ids))
    return who_leaves(rows, people, ledger, memory.agreed(addresses))


def _outcomes(decided: Decided) -> dict[int, str]:
    kinds = {
        "created": decided.new,
        "updated": [row for row, _ in decided.changed],
        "repeated": decided.repeated,
        "closed": decided.closed,
        "rejected": decided.erased,
    }
    return {row.line: outcome for outcome, rows in kinds.items() for row in rows}


def _preview(row: SupporterRow, outcome: str) -> Preview:
    return Preview(
        line=row.line,
        outcome=outcome,
        given_name=row.given_name,
        family_name=row.family_name,
        email=masked_email(row.email),
        phone=masked_phone(row.phone),
        language=row.language,
        postal_area=row.place.fsa,
        riding=row.place.riding_code,
        tags=row.tags,
        source=row.source,
        consents=tuple((one.channel, one.basis, one.day.isoformat()) for one in row.claims),
        left=tuple(one.channel for one in row.opt_outs),
    )


def _same_phone(session: Session, new: Sequence[SupporterRow]) -> list[int]:
    """The lines of new people whose number somebody on file has: one person, or one home."""
    phones = {row.phone_hash for row in new if row.phone_hash is not None}
    if not phones:
        return []
    known = set(
        session.scalars(
            select(Contact.phone_hash).where(
                any_hash(session, Contact.phone_hash, phones), Contact.state == "active"
            )
        )
    )
    return [row.line for row in new if row.phone_hash in known]
