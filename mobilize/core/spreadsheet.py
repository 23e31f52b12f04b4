"""Cells that a spreadsheet cannot mistake for a formula (OWASP ASVS 5.0, 1.2.10)."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

_DANGEROUS: Final = frozenset("=+-@\t\r\0")
_LOOKED_AT: Final = _DANGEROUS | {"'"}


def guarded(cell: str) -> str:
    """A cell with an apostrophe before it where a spreadsheet would run it.

    A cell that already begins so gets one more, so that `unguarded` always finds the original.
    """
    if cell[:1] in _DANGEROUS or (cell[:1] == "'" and cell.lstrip("'")[:1] in _DANGEROUS):
        return f"'{cell}" if cell else cell
    return cell


def unguarded(cell: str) -> str:
    """What `guarded` was given."""
    if cell[:1] == "'" and cell.lstrip("'")[:1] in _DANGEROUS and cell.strip("'"):
        return cell[1:]
    return cell


def guarded_row(cells: Iterable[str]) -> list[str]:
    """All cells of a row, or of a column, guarded; most of them need no second look."""
    return [guarded(cell) if cell[:1] in _LOOKED_AT else cell for cell in cells]


def csv_pieces(pages: Iterable[Iterable[Sequence[str]]]) -> Iterator[bytes]:
    """A CSV file (RFC 4180, UTF-8) in pieces.

    Args:
        pages: The rows, some thousand at a time, the header first.
    """
    for page in pages:
        text = io.StringIO()
        csv.writer(text).writerows(page)
        yield text.getvalue().encode()
