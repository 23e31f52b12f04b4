"""Bringing in a file of partners, one row for each organization and person who speaks for it.

Partners are found again by their English name, people by their email address; so the same file
again changes nothing.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, cast

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from mobilize.contacts.columns import recognise, require
from mobilize.contacts.importing import (
    Progress,
    after,
    before,
    begin_report,
    close_run,
    note_progress,
    open_run,
)
from mobilize.contacts.intake.reading import batched
from mobilize.contacts.keeping import Keeper
from mobilize.contacts.matching import NO_LONGER_KEPT, decide, in_turn, on_file
from mobilize.contacts.models import Contact
from mobilize.contacts.opening import open_table
from mobilize.contacts.opting_out import close_left
from mobilize.contacts.rejects import (
    Reject,
    beside,
    first_rejects,
    forget_rejects,
    keep_rejects,
    put_aside,
    write_rejects,
)
from mobilize.contacts.report import ImportReport
from mobilize.contacts.tables import Record, plain_cells
from mobilize.core.clock import Clock
from mobilize.core.columns import new_public_id
from mobilize.core.db import Database, upsert
from mobilize.core.errors import InvalidInput
from mobilize.core.keys import Keyring
from mobilize.partners.editing import keep_ridings
from mobilize.partners.models import Partner, PartnerPerson
from mobilize.partners.queries import ridings_by_words
from mobilize.partners.rows import PARTNER_COLUMNS, PERSON_COLUMNS, PartnerRow, PartnerRowReader

KIND: Final = "partners"
_BATCH: Final = 500
_TAKEN_OVER: Final = (
    "name_en", "name_fr", "kind", "province", "website", "membership", "member_since",
)  # fmt: skip


@dataclass(kw_only=True)
class PartnerReport:
    """What became of a file of partners.

    Attributes:
        partners: How many organizations were created, updated, unchanged.
        people: What became of the rows that name a person.
    """

    partners: Counter[str] = field(default_factory=Counter)
    people: ImportReport

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON values."""
        return {"partners": dict(self.partners), "people": self.people.as_dict()}

    def counts(self) -> dict[str, Any]:
        """The counts alone, as they are kept with the import."""
        return self.people.counts() | {"partners": dict(self.partners)}


def import_partners(
    db: Database,
    *,
    path: Path,
    actor: str,
    clock: Clock,
    keyring: Keyring,
    rejects_path: Path | None = None,
    chosen: Mapping[str, str] | None = None,
    on_progress: Progress | None = None,
) -> PartnerReport:
    """Bring in a file of partners; one that was stopped goes on where it was.

    Args:
        db: The database; every 500 rows are a transaction of their own.
        path: The file; `docs/how-to/import.md` describes its columns.
        actor: Who does it.
        clock: For the time of each batch.
        keyring: For the keyed hashes of addresses.
        rejects_path: Where rows that cannot be kept go; beside the file if not said.
        chosen: What some columns, by their titles, are read as; by their titles if not said.
        on_progress: Told after each batch how far it is.

    Raises:
        InvalidInput: The file cannot be read, lacks a column, or has one that must not be kept.
            Nothing was written then.
    """
    table = open_table(path)
    columns = recognise(table.header, {**PERSON_COLUMNS, **PARTNER_COLUMNS}, chosen)
    require(columns, ["name_en"])
    if any(name.startswith("consent_email_") for name in columns.places):
        parts = ("basis", "date", "evidence")
        require(columns, [f"consent_email_{part}" for part in parts])
    with db.transaction() as session:
        ridings = ridings_by_words(session, on=clock.now().date())
        run = open_run(session, table, columns, kind=KIND, actor=actor, now=clock.now())
        if run.finished_at is not None:
            forget_rejects(session, run.id)
    people = begin_report(run, table, columns)
    report = PartnerReport(people=people)
    if run.finished_at is None:
        report.partners.update(run.counts.get("partners", {}))
    keeper = Keeper(
        run_id=run.id, run_ref=run.public_id, actor=actor, ridings={}, file_name=path.name[:100],
        kind="partner",
    )  # fmt: skip

    def reader() -> PartnerRowReader:
        return PartnerRowReader(columns, keyring=keyring, ridings=ridings, now=now)

    now = clock.now()
    seen = _named(reader(), before(table.records(), run))
    for records in batched(after(table.records(), run), _BATCH):
        now = clock.now()
        rows, rejects = _read(reader(), records)
        with db.transaction() as session:
            _keep_people(session, rows, keeper, people, now)
            _keep_partners(session, rows, seen, report.partners, now)
            absent = _keep_roles(session, rows)
            cells = {record.line: record.cells for record in records}
            rejects += [
                Reject(row.line, NO_LONGER_KEPT, plain_cells(cells[row.line])) for row in absent
            ]
            keep_rejects(session, run_id=run.id, rejects=put_aside(keyring, rejects))
            people.rows += len(records)
            people.rejected += len(rejects)
            note_progress(session, run, report, records[-1].line)
        if on_progress:
            on_progress(records[-1].line, table.lines)
    with db.transaction() as session:
        close_run(session, run, report, clock.now())
        people.rejects = first_rejects(session, run.id)
        people.rejects_path = write_rejects(session, run, rejects_path or beside(path))
    return report


def _named(reader: PartnerRowReader, records: Iterator[Record]) -> set[str]:
    """The organizations of rows that were kept: the first row of each has said what it is."""
    return {row.name_norm for some in batched(records, _BATCH) for row in _read(reader, some)[0]}


def _read(
    reader: PartnerRowReader, records: Sequence[Record]
) -> tuple[list[PartnerRow], list[Reject]]:
    rows, rejects = [], []
    for line, raw, problem in records:
        try:
            if problem:
                raise InvalidInput(problem)  # noqa: TRY301 - one way to put a row aside
            rows.append(reader.read(line, plain_cells(raw)))
        except InvalidInput as error:
            reason = f"{error.message} {error.hint}".strip()
            rejects.append(Reject(line, reason, plain_cells(raw)))
    return rows, rejects


def _keep_people(
    session: Session,
    rows: Sequence[PartnerRow],
    keeper: Keeper,
    report: ImportReport,
    now: datetime,
) -> None:
    persons = [row.person for row in rows if row.person is not None]
    for some in in_turn(session, persons):
        found = on_file(session, some)
        decided = decide(some, found, run_id=keeper.run_id)
        keeper.keep_new(session, decided.new, found, report, now)
        keeper.keep_changed(session, decided.changed, found, report, now)
        close_left(
            session, rows=decided.leaving, run_ref=keeper.run_ref, actor=keeper.actor, now=now
        )
        report.created += len(decided.new)
        report.updated += len(decided.changed)
        report.unchanged += decided.unchanged
        # Two roles of one person may word them differently: the first counts, both roles are kept.
        report.repeated += len(decided.repeated)


def _keep_partners(
    session: Session,
    rows: Sequence[PartnerRow],
    seen: set[str],
    counts: Counter[str],
    now: datetime,
) -> None:
    # The first row of an organization says what it is; the others only name its people.
    wanted: dict[str, PartnerRow] = {}
    for row in rows:
        if row.name_norm not in seen:
            seen.add(row.name_norm)
            wanted[row.name_norm] = row
    known = {
        partner.name_norm: partner
        for partner in session.scalars(select(Partner).where(Partner.name_norm.in_(sorted(wanted))))
    }
    changed = []
    for name_norm, row in wanted.items():
        partner = known.get(name_norm)
        if row.kind_is_unknown:
            counts["kind_unknown"] += 1
        # Where a file says nothing, what stands there stays.
        values = {name: getattr(row, name) or getattr(partner, name, None) for name in _TAKEN_OVER}
        if partner is None:
            counts["created"] += 1
        elif any(getattr(partner, name) != value for name, value in values.items()):
            counts["updated"] += 1
        else:
            counts["unchanged"] += 1
            continue
        changed.append(
            {
                **values,
                "name_fr": values["name_fr"] or row.name_en,
                "kind": values["kind"] or "",
                "website": values["website"] or "",
                "membership": values["membership"] or "ally",
                "name_norm": name_norm,
                "public_id": new_public_id(),
                "state": "active",
                "created_at": now,
                "updated_at": now,
            }
        )
    table = cast("Table", Partner.__table__)
    upsert(session, table, changed, key=("name_norm",), update=(*_TAKEN_OVER, "updated_at"))
    ids = dict(
        session.execute(
            select(Partner.name_norm, Partner.id).where(Partner.name_norm.in_(sorted(wanted)))
        ).all()
    )
    # A file adds ridings; only a person takes one away.
    keep_ridings(
        session,
        [
            (ids[name_norm], riding, has_office)
            for name_norm, row in wanted.items()
            for riding, has_office in row.ridings.items()
        ],
    )


def _keep_roles(session: Session, rows: Sequence[PartnerRow]) -> list[PartnerRow]:
    """Write down who speaks for whom; returns the rows whose person is not on file."""
    spoken = [(row, row.person.email_hash) for row in rows if row.person is not None]
    partner_ids = dict(
        session.execute(
            select(Partner.name_norm, Partner.id).where(
                Partner.name_norm.in_({row.name_norm for row in rows})
            )
        ).all()
    )
    contact_ids = dict(
        session.execute(
            select(Contact.email_hash, Contact.id).where(
                Contact.email_hash.in_({address for _, address in spoken})
            )
        ).all()
    )
    standing = {
        (partner, contact): role
        for partner, contact, role in session.execute(
            select(PartnerPerson.partner_id, PartnerPerson.contact_id, PartnerPerson.role).where(
                PartnerPerson.contact_id.in_(contact_ids.values())
            )
        )
    }
    roles: dict[tuple[int, int], PartnerRow] = {}
    for row, address in spoken:
        if address in contact_ids:
            roles.setdefault((partner_ids[row.name_norm], contact_ids[address]), row)
    upsert(
        session,
        cast("Table", PartnerPerson.__table__),
        [
            {"partner_id": partner, "contact_id": contact, "title": row.title,
             "role": row.role or standing.get((partner, contact), "contact"),
             "may_sign": row.may_sign}
            for (partner, contact), row in roles.items()
        ],
        key=("partner_id", "contact_id"),
        update=("title", "role", "may_sign"),
    )  # fmt: skip
    return [row for row, address in spoken if address not in contact_ids]
