"""A workbook written piece by piece is read by others as it was meant."""

import io
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from mobilize.core.errors import InvalidInput
from mobilize.core.workbook import MOST_ROWS, workbook

PRINTABLE = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)


def read(book: bytes) -> list[list[str]]:
    sheet = load_workbook(io.BytesIO(book), read_only=True).active
    assert sheet is not None
    return [[str(cell or "") for cell in row] for row in sheet.iter_rows(values_only=True)]


@given(st.lists(st.tuples(PRINTABLE, PRINTABLE, PRINTABLE), max_size=5))
def test_cells_are_read_as_they_were_written(rows: list[tuple[str, str, str]]) -> None:
    pages = [[("first", "second", "third")], rows]

    found = read(b"".join(workbook(pages)))

    assert found == [list(row) for row in (pages[0] + rows)]


def test_every_cell_is_a_text_and_none_a_formula_or_a_number() -> None:
    book = b"".join(workbook([[("=1+1", "007", "2026-11-22", "<b>&amp;")]]))

    sheet = load_workbook(io.BytesIO(book)).active
    assert sheet is not None
    cells = next(iter(sheet.iter_rows()))
    assert [cell.value for cell in cells] == ["=1+1", "007", "2026-11-22", "<b>&amp;"]
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr"}


def test_what_xml_cannot_hold_is_left_out() -> None:
    assert read(b"".join(workbook([[("a\x00b\x1fc\uffff", "d\ne")]]))) == [["abc", "d\ne"]]


def test_memory_does_not_grow_with_the_sheet() -> None:
    def pages(count: int) -> Iterator[list[tuple[str, ...]]]:
        for page in range(count):
            yield [(f"person {page} {row}", "x" * 50) for row in range(500)]

    def peak(count: int) -> int:
        tracemalloc.start()
        try:
            for _ in workbook(pages(count)):
                pass
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak(40) < 2 * peak(4)


def test_a_sheet_that_is_full_says_so() -> None:
    with pytest.raises(InvalidInput, match="One sheet holds"):
        for _ in workbook([[("",)]] + [[("",)] * (MOST_ROWS // 4)] * 4):
            pass
