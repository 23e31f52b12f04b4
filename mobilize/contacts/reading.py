"""Reading a CSV file as it comes: its encoding and delimiter found out, its lines numbered."""

import codecs
import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, NamedTuple

from mobilize.core.errors import InvalidInput
from mobilize.core.spreadsheet import unguarded

Encoding = Literal["utf-8", "utf-8-sig", "cp1252"]
_BLOCK: Final = 1 << 20
_NAMES: Final[dict[Encoding, str]] = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8 with a byte order mark",
    "cp1252": "Windows-1252",
}


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


class _Survey(NamedTuple):
    encoding: Encoding
    sha256: str
    size: int
    lines: int


@dataclass(frozen=True)
class CsvFile:
    """A file whose form is known.

    Attributes:
        path: Where it lies.
        encoding: Python's name of its encoding.
        delimiter: `,` or `;`.
        sha256: The digest of its bytes: the same file again is known by it.
        header: The names of its columns, stripped.
        size: In bytes.
        lines: How many line ends it has.
    """

    path: Path
    encoding: Encoding
    delimiter: str
    sha256: str
    header: tuple[str, ...]
    size: int
    lines: int

    @property
    def encoding_name(self) -> str:
        """The encoding in words for a report."""
        return _NAMES[self.encoding]

    def records(self) -> Iterator[Record]:
        """The rows below the header, one at a time; empty lines are passed over."""
        width = len(self.header)
        with self.path.open(encoding=self.encoding, newline="") as text:
            reader = csv.reader(text, delimiter=self.delimiter)
            next(reader)
            line = reader.line_num + 1
            while True:
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    yield Record(line, [], f"the line cannot be read: {error}")
                    line = reader.line_num + 1
                    continue
                if any(cells):
                    yield Record(line, cells, "" if len(cells) == width else _ragged(cells, width))
                line = reader.line_num + 1


def open_csv(path: Path) -> CsvFile:
    """Find out how a file is written, without keeping it in memory.

    Raises:
        InvalidInput: There is no such file, it is empty, or it is no CSV text.
    """
    survey = _survey(path)
    with path.open(encoding=survey.encoding, newline="") as text:
        first = text.readline()
        # Whichever separates the header; a comma inside a name of a column is rare.
        delimiter = ";" if first.count(";") > first.count(",") else ","
        text.seek(0)
        try:
            header = tuple(cell.strip() for cell in next(csv.reader(text, delimiter=delimiter), ()))
        except csv.Error as error:
            raise InvalidInput(f"The header of {path.name} cannot be read: {error}.") from None
    if not any(header):
        raise InvalidInput(
            f"{path.name} does not begin with the names of its columns.",
            hint="Put one line of column names at the top; docs/how-to/import.md lists them.",
        )
    return CsvFile(
        path=path,
        encoding=survey.encoding,
        delimiter=delimiter,
        sha256=survey.sha256,
        header=header,
        size=survey.size,
        lines=survey.lines,
    )


def plain_cells(cells: list[str]) -> list[str]:
    """Cells without the apostrophe that our own exports put before a formula's sign."""
    return [unguarded(cell) if cell[:1] == "'" else cell for cell in cells]


def _survey(path: Path) -> _Survey:
    if not path.is_file():
        raise InvalidInput(f"There is no file {path.name}.", hint="Check the path.")
    digest = hashlib.sha256()
    utf8 = codecs.getincrementaldecoder("utf-8")()
    is_utf8 = True
    first = b""
    size = lines = 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            first = first or block[:4]
            size += len(block)
            lines += block.count(b"\n")
            digest.update(block)
            if b"\0" in block:
                raise _no_text(path, first)
            is_utf8 = is_utf8 and _decodes(utf8, block)
    if not size:
        raise InvalidInput(f"{path.name} is empty.")
    encoding: Encoding = "utf-8-sig" if first.startswith(codecs.BOM_UTF8) else "utf-8"
    if not (is_utf8 and _decodes(utf8, b"", final=True)):
        if not _is_windows(path):
            raise _no_text(path, first)
        encoding = "cp1252"
    return _Survey(encoding, digest.hexdigest(), size, lines)


def _is_windows(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("cp1252")()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            if not _decodes(decoder, block):
                return False
    return True


def _decodes(decoder: codecs.IncrementalDecoder, block: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(block, final)
    except UnicodeDecodeError:
        return False
    return True


def _no_text(path: Path, first: bytes) -> InvalidInput:
    if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        kind = "in UTF-16"
    elif first.startswith(b"PK"):
        kind = "a workbook or an archive"
    else:
        kind = "no text that we can read"
    return InvalidInput(
        f"{path.name} is {kind}.",
        hint="Save it as CSV (UTF-8) from your spreadsheet, and try again.",
    )


def _ragged(cells: list[str], width: int) -> str:
    return f"the row has {len(cells)} cells, the header {width}"
