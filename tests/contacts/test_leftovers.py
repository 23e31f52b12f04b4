"""What files leave behind of somebody goes with them: rows put aside, and what a dry run showed."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

import mobilize.holdings
from mobilize.contacts.erasing import erase
from mobilize.contacts.identity import email_hash, phone_hash
from mobilize.contacts.import_jobs import bring_in_files
from mobilize.contacts.import_models import RejectAddress
from mobilize.contacts.joining import create
from mobilize.contacts.leftovers import addresses_in
from mobilize.contacts.matching import NO_LONGER_KEPT
from mobilize.contacts.models import Contact, ImportRun
from mobilize.contacts.queries import by_email
from mobilize.contacts.rejects import all_rejects
from mobilize.contacts.upload_models import ImportUpload
from mobilize.contacts.uploads import result_of
from mobilize.core.db import Database
from mobilize.core.keys import Keyring
from mobilize.core.personal_data import show_person
from mobilize.runtime import Runtime
from tests.contacts.files import HEADER, Importer, person, write
from tests.contacts.test_uploads import Meanwhile, asked, sent, standing

assert mobilize.holdings.HOLDERS

ANA = "ana@example.org"
PHONE = "613-555-0142"


def ana(db: Database, now: datetime) -> int:
    with db.transaction() as session:
        one = create(session, email=ANA, phone="+16135550142", actor="command", now=now)
        return one.id


def erased(db: Database, contact_id: int, now: datetime) -> None:
    with db.transaction() as session:
        contact = session.get_one(Contact, contact_id)
        erase(session, contact=contact, actor="supporter", now=now + timedelta(hours=1))


def put_aside(db: Database) -> dict[int, list[str]]:
    """The cells that are kept of each line that was put aside."""
    with db.read() as session:
        run = session.scalars(select(ImportRun)).one()
        return {
            one.line: [cell for cell in one.cells if cell] for one in all_rejects(session, run.id)
        }


@pytest.mark.parametrize(
    "cell",
    [
        ANA,
        " Ana@Example.org ",
        "Ana Sample <ana@example.org>; other@example.org",
        "mailto:ana@example.org",
        PHONE,
        "+1 (613) 555-0142",
        "613 555 0142 / 613-555-0177",
    ],
)
def test_an_address_is_found_in_whichever_column_and_form(keyring: Keyring, cell: str) -> None:
    hers = {email_hash(keyring, ANA), phone_hash(keyring, "+16135550142")}
    assert addresses_in(keyring, ["Choir", cell, "2026-11-22T15:00:00Z", "@", "12345678901"]) & hers


def test_a_row_that_was_put_aside_goes_with_the_person_whose_address_it_holds(
    db: Database, bring_in: Importer, tmp_path: Path, now: datetime
) -> None:
    contact_id = ana(db, now)
    rows = [
        person(1, email=ANA, consent_email_date="never"),
        person(2, email="broken", phone=PHONE),
        person(3, email="broken", tags=f"friend of {ANA}"),
        person(4, consent_email_date="never"),
    ]
    bring_in(write(tmp_path / "a.csv", rows), rejects_path=None)
    assert set(put_aside(db)) == {2, 3, 4, 5}
    with db.read() as session:
        copy = show_person(session, contact_id)["contacts"]["rows_put_aside"]
    assert [(one["file"], one["line"]) for one in copy] == [("a.csv", n) for n in (2, 3, 4)]

    erased(db, contact_id, now)
    assert set(put_aside(db)) == {5}
    with db.read() as session:
        assert session.scalar(select(func.count()).select_from(RejectAddress)) == 1


def test_of_who_was_erased_a_later_file_leaves_line_and_reason_alone(
    db: Database, bring_in: Importer, tmp_path: Path, now: datetime
) -> None:
    erased(db, ana(db, now), now)
    rows = [
        person(1, email=ANA),
        person(2, email=ANA, consent_email_date="never"),
        person(3, consent_email_date="never"),
    ]
    path = tmp_path / "aside.csv"
    report = bring_in(write(tmp_path / "a.csv", rows), rejects_path=None)

    kept = put_aside(db)
    assert [line for line, _ in report.rejects] == [2, 3, 4]
    assert (kept[2], kept[3]) == ([], [])
    assert "person3@example.org" in kept[4]
    again = bring_in(write(tmp_path / "b.csv", rows), rejects_path=path)
    lines = path.read_text("utf-8-sig").splitlines()
    assert again.rejected == 3
    assert lines[1].count(",") == len(HEADER) + 1, "the file of them keeps its columns"
    assert ANA not in "".join(lines)


def test_of_who_was_erased_no_reason_quotes_the_row(
    db: Database, bring_in: Importer, tmp_path: Path, now: datetime
) -> None:
    erased(db, ana(db, now), now)
    said = "Given1 Family1, 12 Elm St"
    rows = [person(1, email=ANA, language=said), person(2, language=said)]
    bring_in(write(tmp_path / "a.csv", rows), rejects_path=None)
    with db.read() as session:
        run = session.scalars(select(ImportRun)).one()
        reasons = {one.line: one.reason for one in all_rejects(session, run.id)}
    assert said in reasons[3]
    assert reasons[2] == NO_LONGER_KEPT


def test_a_dry_run_that_shows_somebody_goes_with_them(
    runtime: Runtime, tmp_path: Path, now: datetime
) -> None:
    contact_id = ana(runtime.db, now)
    files = {
        "first": [person(1, email=ANA)],
        "aside": [person(1), person(2, email="broken", phone=PHONE)],
        "other": [person(3)],
    }
    uploads = {}
    for name, rows in files.items():
        uploads[name] = sent(runtime.db, write(tmp_path / f"{name}.csv", rows), now)
        asked(runtime, uploads[name], "rehearsing")
    bring_in_files(runtime)
    assert all(result_of(standing(runtime.db, one)) for one in uploads.values())

    erased(runtime.db, contact_id, now)
    states = {name: standing(runtime.db, one).state for name, one in uploads.items()}
    assert states == {"first": "received", "aside": "received", "other": "rehearsed"}
    assert result_of(standing(runtime.db, uploads["first"])) == {}
    asked(runtime, uploads["first"], "rehearsing")
    bring_in_files(runtime)
    seen = result_of(standing(runtime.db, uploads["first"]))
    assert "asked not to be kept" in seen["rejects"][0]["reason"]
    with runtime.db.read() as session:
        assert by_email(session, ANA) is None


def test_what_a_dry_run_showed_is_gone_once_the_import_is_asked_for(
    runtime: Runtime, tmp_path: Path, now: datetime
) -> None:
    contact_id = ana(runtime.db, now)
    upload = sent(runtime.db, write(tmp_path / "a.csv", [person(1, email=ANA)]), now)
    asked(runtime, upload, "rehearsing")
    bring_in_files(runtime)
    asked(runtime, upload, "importing")
    erased(runtime.db, contact_id, now)

    waits = standing(runtime.db, upload)
    assert (waits.state, result_of(waits)) == ("importing", {})


@pytest.mark.parametrize("state", ["rehearsing", "importing", "failed"])
def test_what_a_dry_run_showed_goes_in_whichever_state_its_file_is(
    runtime: Runtime, tmp_path: Path, now: datetime, state: str
) -> None:
    contact_id = ana(runtime.db, now)
    upload = sent(runtime.db, write(tmp_path / "a.csv", [person(1, email=ANA)]), now)
    asked(runtime, upload, "rehearsing")
    bring_in_files(runtime)
    with runtime.db.transaction() as session:
        session.get_one(ImportUpload, upload.id).state = state
    erased(runtime.db, contact_id, now)

    left = standing(runtime.db, upload)
    assert (left.state, result_of(left)) == (state, {})


def test_who_is_erased_while_a_dry_run_is_under_way_is_not_in_it(
    runtime: Runtime, tmp_path: Path, now: datetime
) -> None:
    contact_id = ana(runtime.db, now)
    rows = [person(1, email=ANA), *(person(n) for n in range(2, 2500))]
    upload = sent(runtime.db, write(tmp_path / "a.csv", rows), now)
    asked(runtime, upload, "rehearsing")
    # The first two thousand rows were looked at by then.
    clock = Meanwhile(now, 2, lambda: erased(runtime.db, contact_id, now))
    bring_in_files(replace(runtime, clock=clock))

    left = standing(runtime.db, upload)
    assert (left.state, result_of(left)) == ("received", {})


def test_of_who_was_erased_a_later_dry_run_shows_the_line_alone(
    runtime: Runtime, tmp_path: Path, now: datetime
) -> None:
    erased(runtime.db, ana(runtime.db, now), now)
    rows = [
        person(1, email=ANA, given_name="Given1"),
        person(2, email=ANA, language="Given1 Family1, 12 Elm St"),
        person(3),
    ]
    upload = sent(runtime.db, write(tmp_path / "a.csv", rows), now)
    asked(runtime, upload, "rehearsing")
    bring_in_files(runtime)

    seen = standing(runtime.db, upload)
    assert seen.state == "rehearsed", "it shows nothing of her"
    assert [one["line"] for one in result_of(seen)["first"]] == [4]
    assert [one["line"] for one in result_of(seen)["rejects"]] == [2, 3]
    assert "Given1" not in str(result_of(seen))
