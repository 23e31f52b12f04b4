"""Reading a CSV file as it comes: its encoding and delimiter found out, its lines numbered."""

import codecs
import csv
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from mobilize.contacts.tables import Record, Source
from mobilize.core.errors import InvalidInput

Encoding = Literal["utf-8", "utf-8-sig", "cp1252"]
UNREADABLE: Final = "the line cannot be read: a cell is too long, or a quotation mark is not closed"
_BLOCK: Final = 1 << 20
_NAMES: Final[dict[Encoding, str]] = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8 with a byte order mark",
    "cp1252": "Windows-1252",
}


class _Survey(NamedTuple):
    encoding: Encoding
    sha256: str
    size: int
    lines: int


@dataclass(frozen=True)
class CsvTable:
    """A CSV file whose form is known.

    Attributes:
        source: Where its bytes come from.
        encoding: Python's name of its encoding.
        delimiter: `,` or `;`.
        sha256: The digest of its bytes: the same file again is known by it.
        header: The names of its columns, stripped.
        size: In bytes.
        lines: How many line ends it has.
    """

    source: Source
    encoding: Encoding
    delimiter: str
    sha256: str
    header: tuple[str, ...]
    size: int
    lines: int

    @property
    def name(self) -> str:
        """What people call the file."""
        return self.source.name

    @property
    def form(self) -> str:
        """The encoding in words for a report."""
        return _NAMES[self.encoding]

    def records(self) -> Iterator[Record]:
        """The rows below the header, one at a time; empty lines are passed over."""
        width = len(self.header)
        with _text(self.source, self.encoding) as text:
            reader = csv.reader(text, delimiter=self.delimiter)
            next(reader)
            line = reader.line_num + 1
            while True:
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except csv.Error:
                    yield Record(line, [], UNREADABLE)
                    line = reader.line_num + 1
                    continue
                if any(cells):
                    yield Record(line, cells, "" if len(cells) == width else _ragged(cells, width))
                line = reader.line_num + 1


def open_csv(source: Source) -> CsvTable:
    """Find out how a file is written, without keeping it in memory.

    Raises:
        InvalidInput: There is no such file, it is empty, or it is no CSV text.
    """
    survey = _survey(source)
    with _text(source, survey.encoding) as text:
        first = text.readline()
        # Whichever separates the header; a comma inside a name of a column is rare.
        delimiter = ";" if first.count(";") > first.count(",") else ","
        text.seek(0)
        try:
            header = tuple(cell.strip() for cell in next(csv.reader(text, delimiter=delimiter), ()))
        except csv.Error:
            raise InvalidInput(
                f"The first line of {source.name} cannot be read as names of columns.",
                hint="Put one line of column names at the top; docs/how-to/import.md lists them.",
            ) from None
    if not any(header):
        raise InvalidInput(
            f"{source.name} does not begin with the names of its columns.",
            hint="Put one line of column names at the top; docs/how-to/import.md lists them.",
        )
    return CsvTable(
        source=source,
        encoding=survey.encoding,
        delimiter=delimiter,
        sha256=survey.sha256,
        header=header,
        size=survey.size,
        lines=survey.lines,
    )


def _text(source: Source, encoding: Encoding) -> io.TextIOWrapper:
    return io.TextIOWrapper(source.open(), encoding=encoding, newline="")


def _survey(source: Source) -> _Survey:
    digest = hashlib.sha256()
    utf8 = codecs.getincrementaldecoder("utf-8")()
    is_utf8 = True
    first = b""
    size = lines = 0
    with source.open() as file:
        while block := file.read(_BLOCK):
            first = first or block[:4]
            size += len(block)
            lines += block.count(b"\n")
            digest.update(block)
            if b"\0" in block:
                raise _no_text(source, first)
            is_utf8 = is_utf8 and _decodes(utf8, block)
    if not size:
        raise InvalidInput(f"{source.name} is empty.")
    encoding: Encoding = "utf-8-sig" if first.startswith(codecs.BOM_UTF8) else "utf-8"
    if not (is_utf8 and _decodes(utf8, b"", final=True)):
        if not _is_windows(source):
            raise _no_text(source, first)
        encoding = "cp1252"
    return _Survey(encoding, digest.hexdigest(), size, lines)


def _is_windows(source: Source) -> bool:
    decoder = codecs.getincrementaldecoder("cp1252")()
    with source.open() as file:
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


def _no_text(source: Source, first: bytes) -> InvalidInput:
    if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        why = f"{source.name} is in UTF-16."
    else:
        why = f"{source.name} is no text that we can read."
    return InvalidInput(
        why,
        hint="Save it as CSV (UTF-8) from your spreadsheet, and try again.",
    )


def _ragged(cells: list[str], width: int) -> str:
    return f"the row has {len(cells)} cells, the header {width}"
