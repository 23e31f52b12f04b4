"""Cells that a spreadsheet cannot mistake for a formula (OWASP ASVS 5.0, 1.2.10)."""

from collections.abc import Iterable
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
    """All cells of a row, guarded; most of them need no second look."""
    return [guarded(cell) if cell[:1] in _LOOKED_AT else cell for cell in cells]
