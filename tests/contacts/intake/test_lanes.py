"""Whichever way a batch goes in, and whoever read it, the database says the same afterwards."""

import os
import signal
import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from mobilize.contacts.columns import supporter_columns
from mobilize.contacts.consent_models import Consent, ConsentEvent, Suppression
from mobilize.contacts.identity import email_hash, phone_hash
from mobilize.contacts.joining import create
from mobilize.contacts.keeping import Keeper
from mobilize.contacts.matching import decide, on_file
from mobilize.contacts.models import Contact, ContactTag, Tag
from mobilize.contacts.opening import open_table
from mobilize.contacts.report import ImportReport
from mobilize.contacts.rows import RowReader
from mobilize.contacts.service import suppress
from mobilize.contacts.tables import plain_cells
from mobilize.core.db import Database
from mobilize.core.keys import KEY_BYTES, Keyring
from mobilize.mps.lookup import ORDER
from mobilize.mps.queries import riding_ids
from tests.contacts.files import EXPRESS_SMS, HEADER, Importer, person, read, write

PATIENCE = 30
ROWS = [
    EXPRESS_SMS
    | person(1, phone="613-555-0101", tags="rally; choir", language="fr", source="fair"),
    person(2, consent_email_basis="implied_member", consent_email_date="2026-01-31"),
    person(3, consent_email_basis="implied_inquiry", consent_email_date="2026-01-31"),
    person(4, consent_email_evidence="", postal_code=""),
    person(5, postal_code="K1A 0A6", given_name="Zoé", family_name="O'Neil \\ Lac"),
    {"phone": "(514) 555-0102", "given_name": "Ana", "postal_code": "H0H 0H0"} | EXPRESS_SMS,
    {"phone": "+44 20 7946 0123", "tags": "abroad"},
]  # fmt: skip
NOT_COMPARED = {"id", "public_id", "event_id", "contact_id", "first_import_id", "import_id"}


def said(session: Session) -> list[list[dict[str, Any]]]:
    """All that an import writes, without what no two imports have alike."""
    found = []
    for model, key in (
        (Contact, Contact.id),
        (ConsentEvent, ConsentEvent.id),
        (Consent, Consent.contact_id),
    ):
        names = [column for column in model.__table__.columns if column.name not in NOT_COMPARED]
        rows = session.execute(select(*names).order_by(key, *names[:1])).mappings()
        found.append([_without_run(dict(row)) for row in rows])
    worn = session.execute(
        select(Contact.email_hash, Tag.name)
        .join(ContactTag, ContactTag.contact_id == Contact.id)
        .join(Tag, Tag.id == ContactTag.tag_id)
        .order_by(Contact.id, Tag.name)
    )
    found.append([dict(row) for row in worn.mappings()])
    return [sorted(rows, key=str) for rows in found]


def _without_run(row: dict[str, Any]) -> dict[str, Any]:
    if str(row.get("source")).startswith("import "):
        row["source"] = row["source"].split(" line ")[1]
    return row


def by_hand(bring_in: Importer, path: Path) -> tuple[list[list[dict[str, Any]]], ImportReport]:
    """What a file leaves whose rows are looked at one by one; it is taken back at once."""
    table, now = open_table(path), bring_in.clock.now()
    reader = RowReader(supporter_columns(table.header), keyring=bring_in.keyring, now=now)
    rows = [reader.read(one.line, plain_cells(one.cells)) for one in table.records()]
    report = ImportReport(run="", file_name="", encoding="", delimiter="")
    with bring_in.db.read() as session:
        keeper = Keeper(
            run_id=0, run_ref="x", actor="command", ridings=riding_ids(session, ORDER),
            file_name=table.name,
        )  # fmt: skip
        found = on_file(session, rows)
        keeper.keep_new(session, decide(rows, found, run_id=0).new, found, report, now)
        session.flush()
        return said(session), report


@pytest.mark.parametrize("apart", [False, True])
def test_rows_that_go_in_at_once_say_what_they_say_one_by_one(
    db: Database, bring_in: Importer, tmp_path: Path, apart: bool
) -> None:
    path = write(tmp_path / "a.csv", ROWS, header=(*HEADER, "source"))
    expected, expected_report = by_hand(bring_in, path)
    report = bring_in(path, apart=apart, batch_rows=4)

    with db.read() as session:
        assert said(session) == expected
    assert report.created == len(ROWS)
    assert report.consents == expected_report.consents
    assert report.without_consent == expected_report.without_consent


def test_another_process_reads_as_this_one_does(
    db: Database, bring_in: Importer, tmp_path: Path
) -> None:
    told: list[int] = []
    rows = [*ROWS, {"email": "broken"}, person(2, given_name="Other"), person(1, email="")]
    path = write(tmp_path / "a.csv", rows, header=(*HEADER, "source"))
    report = bring_in(path, apart=True, batch_rows=3, on_progress=lambda line, _: told.append(line))
    again = bring_in(path, apart=True, batch_rows=5)

    assert (report.rows, report.created, report.repeated, report.rejected) == (10, 7, 1, 2)
    assert told == [4, 7, 10, 11]
    assert report.rejects_path is not None
    assert [row["line"] for row in read(report.rejects_path)] == ["9", "10", "11"]
    assert (again.created, again.unchanged, again.repeated, again.rejected) == (0, 7, 1, 2)


def readers() -> list[int]:
    """The processes that this one started to read a file."""
    mine = Path(f"/proc/{os.getpid()}/task")
    pids = [int(pid) for task in mine.iterdir() for pid in (task / "children").read_text().split()]
    return [pid for pid in pids if b"apart" in Path(f"/proc/{pid}/cmdline").read_bytes()]


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="it looks for the process there")
def test_when_the_reading_process_is_lost_this_one_reads_on(
    db: Database, bring_in: Importer, tmp_path: Path
) -> None:
    killed: list[int] = []

    def kill(_line: int, _lines: int) -> None:
        if not killed:
            killed.extend(readers())
            for pid in killed:
                os.kill(pid, signal.SIGKILL)

    path = write(tmp_path / "a.csv", [person(number) for number in range(60)])
    report = bring_in(path, apart=True, batch_rows=5, on_progress=kill)

    assert len(killed) == 1
    assert (report.rows, report.created) == (60, 60)
    assert readers() == []


def test_an_error_leaves_no_process_behind(
    db: Database, bring_in: Importer, tmp_path: Path
) -> None:
    def stop(_line: int, _lines: int) -> None:
        raise KeyboardInterrupt

    path = write(tmp_path / "a.csv", [person(number) for number in range(30)])
    with pytest.raises(KeyboardInterrupt):
        bring_in(path, apart=True, batch_rows=5, on_progress=stop)
    assert readers() == []
    assert bring_in(path).created == 30


def test_a_key_that_changes_meanwhile_seals_what_is_written_after_it(
    db: Database, bring_in: Importer, tmp_path: Path, keyring: Keyring
) -> None:
    keys = keyring.handed_over()
    both = {**keys.data_keys, 200: b"n" * KEY_BYTES}
    ring = Keyring(**keys._asdict() | {"data_keys": both})
    newer = Keyring(**keys._asdict() | {"data_keys": both, "sealing": 200})
    other = Database(db.engine.url.render_as_string(hide_password=False), keyring=ring)
    answers: list[Keyring] = []
    ring.follow(lambda: answers.pop() if answers else None)
    path = write(tmp_path / "a.csv", [person(number) for number in range(40)])
    importer = replace(bring_in, db=other, keyring=ring)
    importer(path, apart=True, batch_rows=10, on_progress=lambda *_: answers.append(newer))
    with other.read() as session:
        sealed = session.execute(text("SELECT email FROM contacts ORDER BY id")).scalars().all()
    other.close()

    assert [bytes(one)[0] == 200 for one in sealed] == [False] * 10 + [True] * 30


@pytest.mark.parametrize("db", ["postgresql"], indirect=True)  # SQLite has one writer at a time
def test_who_comes_on_file_at_the_same_moment_comes_once(
    db: Database, bring_in: Importer, tmp_path: Path, now: datetime
) -> None:
    path = write(tmp_path / "a.csv", [person(number) for number in range(5)])
    reports: list[ImportReport] = []
    thread = Thread(target=lambda: reports.append(bring_in(path)))
    with db.transaction() as session:
        create(session, email="person3@example.org", actor="supporter", now=now)
        thread.start()
        _wait_for_somebody_who_waits(db)
    thread.join(PATIENCE)

    (report,) = reports
    assert (report.created, report.updated) == (4, 1)
    with db.read() as session:
        people = session.scalars(select(Contact.email)).all()
        assert sorted(str(one) for one in people) == [f"person{n}@example.org" for n in range(5)]


def _wait_for_somebody_who_waits(db: Database) -> None:
    deadline = time.monotonic() + PATIENCE
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    while time.monotonic() < deadline:
        with db.read() as session:
            if session.scalar(waiting):
                return
        time.sleep(0.01)
    pytest.fail("nobody came to wait")


def test_no_file_agrees_to_texts_at_a_number_whose_carrier_keeps_a_stop(
    db: Database, bring_in: Importer, tmp_path: Path, keyring: Keyring, now: datetime
) -> None:
    with db.transaction() as session:
        number = phone_hash(keyring, "+16135550101")
        suppress(session, channel="sms", address_hash=number, reason="stop", now=now)
        lifted = update(Suppression).where(Suppression.channel == "sms").values(lifted_at=now)
        session.execute(lifted)
    rows = [EXPRESS_SMS | person(1, phone="613-555-0101"), person(2)]
    report = bring_in(write(tmp_path / "a.csv", rows))

    assert (report.created, report.consents["sms"]) == (2, 0)
    assert report.without_consent["sms:suppressed"] == 1


def test_a_shared_phone_and_a_closed_address_are_looked_at_one_by_one(
    db: Database, bring_in: Importer, tmp_path: Path, keyring: Keyring, now: datetime
) -> None:
    with db.transaction() as session:
        address = email_hash(keyring, "person2@example.org")
        suppress(session, channel="email", address_hash=address, reason="unsubscribed", now=now)
    home = {"phone": "613-555-0101", "family_name": "Example"}
    rows = [
        person(1, **home), home | {"given_name": "Ana"}, home | {"given_name": "ANA"},
        person(2), home | {"given_name": "Person1"}, person(1),
    ]  # fmt: skip
    report = bring_in(write(tmp_path / "a.csv", rows), apart=True)

    assert (report.created, report.repeated) == (3, 3)
    assert report.without_consent["email:suppressed"] == 1
    with db.read() as session:
        assert len(session.scalars(select(Consent)).all()) == 1


def test_rows_of_one_person_say_in_one_batch_what_they_say_in_several(
    db: Database, bring_in: Importer, tmp_path: Path, keyring: Keyring, now: datetime
) -> None:
    found = []
    for size, first in ((1, 10), (100, 20)):
        one, two, erased, four, five, six = range(first, first + 6)
        with db.transaction() as session:
            address = email_hash(keyring, f"person{erased}@example.org")
            suppress(session, channel="email", address_hash=address, reason="erased", now=now)
        bring_in(write(tmp_path / "before.csv", [person(one), person(two)]))
        rows = [
            person(one), person(one, family_name="Other"), person(two, family_name="Other"),
            person(two), person(erased), person(erased), person(four), person(four),
            person(four, family_name="Other"), person(four), person(five, phone="613-555-0101"),
            person(five, phone="613-555-0102"), person(six), person(six, opt_out_email="yes"),
            person(six), person(four),
        ]  # fmt: skip
        path = write(tmp_path / "rows.csv", rows, header=(*HEADER, "opt_out_email"))
        report = bring_in(path, batch_rows=size)
        assert report.rejects_path is not None
        aside = [(row["line"], row["reason"]) for row in read(report.rejects_path)]
        with db.read() as session:
            people = session.execute(
                select(Contact.family_name, Contact.phone)
                .order_by(Contact.id.desc())
                .limit(report.created + 2)
            )
            found.append((report.counts(), aside, [tuple(row) for row in people]))

    assert found[0] == found[1]
    assert found[0][0]["created"] == 3
