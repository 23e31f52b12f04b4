"""The rows that could not be kept, in a file beside the one they came from."""

import csv
import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TextIO

from mobilize.contacts.tables import Table
from mobilize.core.spreadsheet import guarded_row

FIRST_COLUMNS: Final = ("line", "reason")
_SHOWN: Final = 100


class Rejects:
    """Collects rejected rows; the file appears when all is done, and only if there are any.

    It holds what the input held, so it is readable by its owner alone. It can be corrected and
    imported itself: its own two columns are passed over then.

    Args:
        source: The file that the rows come from.
        path: Where to write; None where only the first of them are wanted.
    """

    def __init__(self, source: Table, path: Path | None) -> None:
        self.count = 0
        self.first: list[tuple[int, str]] = []
        self._path = path
        self._source = source
        self._file: TextIO | None = None

    @property
    def written(self) -> Path | None:
        """The file with the rows that were put aside, where there are any."""
        return self._path if self.count else None

    def __enter__(self) -> Self:
        """Nothing is written before the first row comes."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Show the file, or remove what is unfinished where an error ended it."""
        if self._file is None or self._path is None:
            return
        self._file.close()
        partial = _partial(self._path)
        if error is None:
            partial.replace(self._path)
        else:
            partial.unlink()

    def add(self, line: int, reason: str, cells: Sequence[str]) -> None:
        """Put a row aside with its line in the input and the reason."""
        self.count += 1
        if len(self.first) < _SHOWN:
            self.first.append((line, reason))
        if self._path is None:
            return
        if self._file is None:
            self._file = _open(self._path)
            self._write([*FIRST_COLUMNS, *self._source.header])
        self._write([str(line), reason, *cells])

    def _write(self, cells: Sequence[str]) -> None:
        assert self._file is not None
        csv.writer(self._file, delimiter=self._source.delimiter).writerow(guarded_row(cells))


def beside(path: Path) -> Path:
    """Where the rejects of a file go that somebody brings in from their own folder."""
    return path.with_name(f"{path.stem}.rejects.csv")


def _partial(path: Path) -> Path:
    return path.with_name(f".{path.name}.partial")


def _open(path: Path) -> TextIO:
    handle = os.open(_partial(path), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    # With the mark, spreadsheets read the accents right.
    return os.fdopen(handle, "w", encoding="utf-8-sig", newline="")
