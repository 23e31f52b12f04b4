"""A file of people as a table, whatever wrote it: a header, and rows that know their line.

A table is opened once and read as often as need be, by any process: it holds where its bytes come
from, never the bytes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

from mobilize.core.errors import InvalidInput
from mobilize.core.spreadsheet import unguarded


class Record(NamedTuple):
    """One record of the file.

    Attributes:
        line: The line that it begins on, the header's being 1.
        cells: Its cells as they stand there.
        problem: Why it cannot be read as a row of the table, or nothing.
    """

    line: int
    cells: list[str]
    problem: str


class Source(Protocol):
    """Bytes that can be read from their beginning again and again."""

    @property
    def name(self) -> str:
        """What people call the file."""
        ...

    def open(self) -> BinaryIO:
        """The bytes, from the first; any place in them can be sought."""
        ...


class Table(Protocol):
    """A file whose form is known."""

    @property
    def source(self) -> Source:
        """Where its bytes come from."""
        ...

    @property
    def name(self) -> str:
        """What people call the file."""
        ...

    @property
    def form(self) -> str:
        """How it is written, in words for a report."""
        ...

    @property
    def delimiter(self) -> str:
        """`,` or `;`: how its rejects are written, so that the same program opens them."""
        ...

    @property
    def sha256(self) -> str:
        """The digest of its bytes: the same file again is known by it."""
        ...

    @property
    def header(self) -> tuple[str, ...]:
        """The names of its columns, stripped."""
        ...

    @property
    def lines(self) -> int:
        """About how many lines it has, for progress."""
        ...

    def records(self) -> Iterator[Record]:
        """The rows below the header, one at a time; empty ones are passed over."""
        ...


@dataclass(frozen=True)
class FileSource:
    """A file on this machine.

    Attributes:
        path: Where it lies.
    """

    path: Path

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.name

    def open(self) -> BinaryIO:
        """The file, from its beginning.

        Raises:
            InvalidInput: There is no such file.
        """
        if not self.path.is_file():
            raise InvalidInput(f"There is no file {self.path.name}.", hint="Check the path.")
        return self.path.open("rb")


def plain_cells(cells: Sequence[str]) -> list[str]:
    """Cells without the apostrophe that our own exports put before a formula's sign."""
    return [unguarded(cell) if cell[:1] == "'" else cell for cell in cells]
