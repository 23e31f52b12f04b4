"""Files as they come from spreadsheets, and those that must be refused before anything is kept."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from mobilize.contacts.models import Contact, ImportRun
from mobilize.contacts.queries import by_email
from mobilize.core.db import Database
from mobilize.core.errors import InvalidInput
from tests.contacts.files import Importer, person, read, write


def is_empty(db: Database) -> bool:
    with db.read() as session:
        counts = [session.scalar(select(func.count()).select_from(m)) for m in (Contact, ImportRun)]
    return counts == [0, 0]


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8 with a byte order mark"),
        ("cp1252", "Windows-1252"),
    ],
)
@pytest.mark.parametrize("delimiter", [",", ";"])
def test_encoding_and_delimiter_are_found_out_and_said(
    db: Database, bring_in: Importer, tmp_path: Path, encoding: str, said: str, delimiter: str
) -> None:
    rows = [person(1, given_name="Zoé", family_name="L’Écuyer–Bœuf")]
    path = write(tmp_path / "a.csv", rows, encoding=encoding, delimiter=delimiter)
    report = bring_in(path)

    assert (report.encoding, report.delimiter, report.created) == (said, delimiter, 1)
    with db.read() as session:
        contact = by_email(session, "person1@example.org")
    assert contact is not None
    assert (contact.given_name, contact.family_name) == ("Zoé", "L’Écuyer–Bœuf")


def test_french_headers_are_known(db: Database, bring_in: Importer, tmp_path: Path) -> None:
    header = ("Courriel", "Prénom", "Nom de famille", "Code postal", "Langue", "Cellulaire")
    row = dict(
        zip(header, ("a@example.org", "Ana", "Lee", "h2x 1y4", "fr", "514 555-0110"), strict=True)
    )
    report = bring_in(write(tmp_path / "a.csv", [row], header=header))

    assert (report.created, report.ignored_columns) == (1, ())
    with db.read() as session:
        contact = by_email(session, "a@example.org")
    assert contact is not None
    assert (contact.given_name, contact.province, contact.phone) == ("Ana", "QC", "+15145550110")


@pytest.mark.parametrize(
    ("title", "names"),
    [
        ("Immigration status", "immigration status"),
        ("Statut d'immigration", "immigration status"),
        ("Permis de travail", "immigration status"),
        ("Is a survivor?", "a survivor"),
        ("Survivante", "a survivor"),
        ("Employer", "the employer"),
        ("Employeur actuel", "the employer"),
        ("case_notes", "the facts of a case"),
        ("Nº de dossier", "the facts of a case"),
    ],
)
def test_a_column_that_must_not_be_kept_is_refused_with_the_reason(
    db: Database, bring_in: Importer, tmp_path: Path, title: str, names: str
) -> None:
    path = write(tmp_path / "a.csv", [{"email": "a@example.org"}], header=["email", title])
    with pytest.raises(InvalidInput, match=names) as refusal:
        bring_in(path)
    assert "cannot be stolen" in refusal.value.hint
    assert is_empty(db)


def test_columns_that_mean_nothing_to_us_are_named(bring_in: Importer, tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.csv", [{"email": "a@example.org"}], header=["email", "T-shirt", "status"]
    )
    assert bring_in(path).ignored_columns == ("T-shirt", "status")


@pytest.mark.parametrize(
    ("header", "says"),
    [
        (["given_name", "language"], "neither a column for the email"),
        (["email", "consent_email_basis"], "consent_email_date, consent_email_evidence"),
        (["email", "Courriel"], "Two columns are the email"),
    ],
)
def test_missing_or_doubled_columns_are_refused_before_anything_is_kept(
    db: Database, bring_in: Importer, tmp_path: Path, header: list[str], says: str
) -> None:
    with pytest.raises(InvalidInput, match=says):
        bring_in(write(tmp_path / "a.csv", [], header=header))
    assert is_empty(db)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"\n\n", "does not begin with the names"),
        ("email\na@example.org\n".encode("utf-16"), "in UTF-16"),
        (b"PK\x03\x04\x00\x00", "no Excel workbook"),
        (b"\xd0\xcf\x11\xe0\x00\x00", "a workbook with a password"),
        (b"email\n\x81\x8d@example.org\n", "no text that we can read"),
    ],
)
def test_what_is_no_csv_is_refused(
    db: Database, bring_in: Importer, tmp_path: Path, content: bytes, says: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(InvalidInput, match=says):
        bring_in(path)
    assert is_empty(db)


def test_a_file_that_is_not_there_is_refused(bring_in: Importer, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"no file gone\.csv"):
        bring_in(tmp_path / "gone.csv")


def test_a_quote_that_never_closes_costs_only_what_it_swallows(
    bring_in: Importer, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    path.write_text('email,language\na@example.org,en\n"b@example.org,en\n' + "x,y\n" * 50_000)
    report = bring_in(path)

    assert report.created == 1
    assert report.rejects[0][0] == 3


def test_cells_over_several_lines_are_counted_by_the_line_they_begin_on(
    bring_in: Importer, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    path.write_text('email,given_name\na@example.org,"Ana\nLee"\nbroken,Bo\n')
    report = bring_in(path)

    assert report.rejects_path is not None
    assert [row["line"] for row in read(report.rejects_path)] == ["4"]
