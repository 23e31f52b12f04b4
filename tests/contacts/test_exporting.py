"""People taken out can be brought in again, and no cell runs in a spreadsheet."""

import csv
from datetime import datetime
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from mobilize.contacts.exporting import checked_columns, pages, people_meant
from mobilize.contacts.models import Contact
from mobilize.contacts.queries import Filter, conditions
from mobilize.core.db import Database
from mobilize.core.keys import Keyring
from mobilize.core.spreadsheet import csv_pieces, guarded, guarded_row, unguarded
from tests.conftest import NOW
from tests.contacts.files import EXPRESS_SMS, Importer, person, write


def exported(db: Database, wanted: Filter, *, now: datetime = NOW) -> str:
    with db.read() as session:
        ids = people_meant(session, select(Contact).where(*conditions(session, wanted)))
        columns = checked_columns(session, ())
        return b"".join(csv_pieces(pages(session, ids, columns, now=now))).decode()


def test_an_export_is_read_again_as_it_was(
    db: Database, bring_in: Importer, tmp_path: Path, keyring: Keyring, now: datetime
) -> None:
    rows = [
        person(1, phone="613 555 0101", tags="choir; rally", given_name="=SUM(A1)") | EXPRESS_SMS,
        person(2, family_name="L’Écuyer, fils", language="fr"),
        person(3, consent_email_basis="implied_donation", consent_email_date="2026-02-28"),
        {"phone": "514 555 0102", "given_name": "Bo"},
    ]
    bring_in(write(tmp_path / "a.csv", rows))
    first = exported(db, Filter())
    assert "'=SUM(A1)" in first

    (tmp_path / "out.csv").write_text(first, newline="")
    report = bring_in(tmp_path / "out.csv")
    assert (report.created, report.updated, report.rejected) == (0, 4, 0)
    assert exported(db, Filter()) == first


def test_an_export_holds_who_was_asked_for(
    db: Database, bring_in: Importer, tmp_path: Path
) -> None:
    rows = [person(n, language="fr" if n % 2 else "en") for n in range(9)]
    bring_in(write(tmp_path / "a.csv", rows))
    lines = list(csv.DictReader(exported(db, Filter(language="fr")).splitlines()))
    assert [line["email"] for line in lines] == [f"person{n}@example.org" for n in (1, 3, 5, 7)]


def test_who_is_asked_for_by_one_tag_comes_with_all_of_theirs(
    db: Database, bring_in: Importer, tmp_path: Path
) -> None:
    rows = [person(1, tags="rally; choir"), person(2, tags="rally"), person(3)]
    bring_in(write(tmp_path / "a.csv", rows))
    lines = list(csv.DictReader(exported(db, Filter(tag="choir")).splitlines()))
    assert [(line["email"], line["tags"]) for line in lines] == [
        ("person1@example.org", "choir;rally")
    ]


def test_nobody_is_lost_or_doubled_where_one_page_ends(
    db: Database, bring_in: Importer, tmp_path: Path
) -> None:
    count = 4001
    bring_in(write(tmp_path / "a.csv", [person(n) for n in range(count)]))
    emails = [line["email"] for line in csv.DictReader(exported(db, Filter()).splitlines())]
    assert emails == [f"person{n}@example.org" for n in range(count)]


@given(st.text("'=+-@\t\r\0ab ", max_size=6))
def test_a_guarded_cell_never_begins_a_formula_and_opens_again(cell: str) -> None:
    assert not guarded(cell).startswith(("=", "+", "-", "@", "\t", "\r", "\0"))
    assert unguarded(guarded(cell)) == cell
    assert guarded_row([cell]) == [guarded(cell)]
