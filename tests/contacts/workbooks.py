"""Excel workbooks for the tests, as a spreadsheet program would save them."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook


def save(path: Path, *sheets: tuple[str, Iterable[Sequence[Any]]]) -> Path:
    """Save a workbook with these sheets, each its name and its rows."""
    book = Workbook()
    book.remove(book.active)
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    book.save(path)
    return path
