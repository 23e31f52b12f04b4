"""Excel workbooks: what their cells become, and the ones that are refused before they harm."""

import re
import zlib
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from mobilize.contacts.opening import open_table
from mobilize.contacts.tables import Table
from mobilize.core.errors import InvalidInput
from tests.contacts.files import EXPRESS, Importer
from tests.contacts.workbooks import save


def rows(table: Table) -> list[list[str]]:
    return [record.cells for record in table.records()]


def rebuilt(path: Path, part: str, content: bytes) -> Path:
    """The same workbook with another content of one part."""
    with ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[part] = content
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


def test_a_workbook_is_brought_in_like_a_csv_file(bring_in: Importer, tmp_path: Path) -> None:
    people: list[list[Any]] = [
        ["email", "phone", "postal_code", "language", *EXPRESS],
        ["ana@example.org", 6135550123, "M5V 2T6", "en", "express", date(2026, 10, 1), "form"],
        [None] * 7,
        ["broken", None, None, None, None, None, None],
    ]
    report = bring_in(save(tmp_path / "a.xlsx", ("People", people)))

    assert (report.created, report.rejected, report.consents) == (1, 1, {"email": 1})
    assert report.encoding == "Excel workbook, sheet “People”"
    assert report.rejects[0][0] == 4, "the row's number in the sheet"


def test_cells_become_the_text_that_people_see(tmp_path: Path) -> None:
    values = [
        (6135550123, "6135550123"),
        (6135550123.0, "6135550123"),
        (2.5, "2.5"),
        (date(2026, 10, 1), "2026-10-01"),
        (datetime(2026, 10, 1, 14, 30), "2026-10-01T14:30:00"),  # noqa: DTZ001 - cells have no zone
        (True, "TRUE"),
        ("#N/A", ""),
        ("  Zoé ", "  Zoé "),
    ]
    path = save(tmp_path / "a.xlsx", ("A", [["x"] * len(values), [one for one, _ in values]]))

    assert rows(open_table(path)) == [[text for _, text in values]]


def test_a_formula_counts_as_the_value_that_was_saved_beside_it(tmp_path: Path) -> None:
    path = save(tmp_path / "a.xlsx", ("A", [["email", "sum"], ["ana@example.org", "=1+1"]]))
    with ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    saved = re.sub(rb"<f>1\+1</f><v ?/>", b"<f>1+1</f><v>2</v>", sheet)
    assert saved != sheet
    rebuilt(path, "xl/worksheets/sheet1.xml", saved)

    assert rows(open_table(path)) == [["ana@example.org", "2"]]


def test_the_first_sheet_that_can_be_seen_is_read_and_named(tmp_path: Path) -> None:
    path = save(
        tmp_path / "a.xlsx",
        ("People", [[], ["email", "", "language", None], ["ana@example.org", "", "en", "beyond"]]),
        ("Notes", [["secret"]]),
    )
    table = open_table(path)

    assert table.form == "Excel workbook, sheet “People”, the first of 2"
    assert table.header == ("email", "", "language")
    assert rows(table) == [["ana@example.org", "", "en"]]


def test_a_sheet_that_lies_about_its_size_is_read_whole(tmp_path: Path) -> None:
    path = save(tmp_path / "a.xlsx", ("A", [["email"], ["a@example.org"], ["b@example.org"]]))
    with ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    rebuilt(path, "xl/worksheets/sheet1.xml", sheet.replace(b'ref="A1:A3"', b'ref="A1:A1"'))

    assert len(rows(open_table(path))) == 2


def sheet_xml(body: bytes) -> bytes:
    space = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return b'<worksheet xmlns="%b"><sheetData>%b</sheetData></worksheet>' % (space, body)


@pytest.mark.parametrize(
    "content",
    [
        sheet_xml((b"<row>" + b"<c/>" * 200_000 + b"</row>") * 340),
        sheet_xml(b"<row>" + b"<c/>" * 1_500_000 + b"</row>"),
        sheet_xml(b"<row><c><v>" + b"9" * 5_000_000 + b"</v></c></row>"),
    ],
    ids=["many rows", "one wide row", "one long cell"],
)
def test_a_small_file_that_unpacks_into_much_is_refused(tmp_path: Path, content: bytes) -> None:
    path = save(tmp_path / "a.xlsx", ("A", [["email"]]))
    rebuilt(path, "xl/worksheets/sheet1.xml", content)
    del content
    with pytest.raises(InvalidInput, match="more than we can take"):
        open_table(path)


def test_entities_do_not_grow(tmp_path: Path) -> None:
    names = "abcdefghijklmnop"
    nested = b'<!ENTITY a "xxxxxxxxxxxxxxxx">' + b"".join(
        f'<!ENTITY {now} "{f"&{before};" * 16}">'.encode() for before, now in pairwise(names)
    )
    path = save(tmp_path / "a.xlsx", ("A", [["email"]]))
    bomb = b"<!DOCTYPE worksheet [" + nested + b"]>" + sheet_xml(b"<row><c>&p;</c></row>")
    rebuilt(path, "xl/worksheets/sheet1.xml", bomb)
    with pytest.raises(InvalidInput, match="no Excel workbook"):
        open_table(path)


def test_an_archive_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with ZipFile(path, "w") as archive:
        archive.writestr("letter.txt", zlib.compress(b"x"))
    with pytest.raises(InvalidInput, match="no Excel workbook"):
        open_table(path)


def test_a_sheet_without_a_header_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="does not begin with the names"):
        open_table(save(tmp_path / "a.xlsx", ("A", [])))
