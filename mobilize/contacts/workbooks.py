"""Reading a sheet of an Excel workbook (.xlsx), row by row, its cells as text.

A workbook is an archive from a stranger: before anything is parsed its parts are measured, so that
a small file cannot unpack into all of the memory (ECMA-376 part 1 puts no bound on a row). Entities
cannot grow either: the expat of every Python that we run on stops them.
"""

import hashlib
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile, ZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from mobilize.contacts.tables import Record, Source
from mobilize.core.errors import InvalidInput

ARCHIVE: Final = b"PK\x03\x04"
OLE: Final = b"\xd0\xcf\x11\xe0"
"""What a workbook begins with that has a password, or that is of before 2007."""

_BLOCK: Final = 1 << 20
_MOST_UNPACKED: Final = 256 << 20
_MOST_TEXTS: Final = 48 << 20
_MOST_AT_ONCE: Final = 4 << 20
"""What one row, one text or one small part may have, since it is held in memory as a whole."""
_MOST_COLUMNS: Final = 500
_HEADER_WITHIN: Final = 20
_PIECES: Final = (b"<row", b":row ", b":row>", b"<si>", b"<si/", b":si>")
_TEXTS: Final = "sharedstrings"
_ERRORS: Final = frozenset(
    {"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#GETTING_DATA"}
)
_HINT: Final = "Save it as CSV (UTF-8) from your spreadsheet, and try again."


@dataclass(frozen=True)
class WorkbookTable:
    """A sheet whose header is known.

    Attributes:
        source: Where the workbook's bytes come from.
        sheet: The sheet's name.
        sheets: How many sheets can be seen in the workbook.
        sha256: The digest of its bytes.
        header: The names of its columns, stripped.
        header_line: The row that they stand in.
        lines: How many rows the sheet says that it has.
    """

    source: Source
    sheet: str
    sheets: int
    sha256: str
    header: tuple[str, ...]
    header_line: int
    lines: int
    delimiter: str = ","

    @property
    def name(self) -> str:
        """What people call the file."""
        return self.source.name

    @property
    def form(self) -> str:
        """Which sheet was read, in words for a report."""
        which = "" if self.sheets == 1 else f", the first of {self.sheets}"
        return f"Excel workbook, sheet “{self.sheet}”{which}"

    def records(self) -> Iterator[Record]:
        """The rows below the header, one at a time; empty ones are passed over."""
        with _opened(self.source) as book:
            rows = _whole(book[self.sheet]).iter_rows(
                min_row=self.header_line + 1, max_col=len(self.header), values_only=True
            )
            for line, values in enumerate(rows, self.header_line + 1):
                cells = [_text(value) for value in values]
                if any(cells):
                    yield Record(line, cells + [""] * (len(self.header) - len(cells)), "")


def open_workbook(source: Source) -> WorkbookTable:
    """Measure a workbook, and find the first sheet that can be seen and its header.

    Raises:
        InvalidInput: It is no workbook, unpacks into too much, or its first sheet has no header.
    """
    digest = hashlib.sha256()
    with source.open() as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    _measure(source)
    with _opened(source) as book:
        sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        if not sheets:
            raise InvalidInput(f"{source.name} has no sheet that can be seen.", hint=_HINT)
        sheet = sheets[0]
        lines = sheet.max_row or 0
        top = _whole(sheet).iter_rows(
            max_row=_HEADER_WITHIN, max_col=_MOST_COLUMNS, values_only=True
        )
        for line, values in enumerate(top, 1):
            header = [_text(value).strip() for value in values]
            while header and not header[-1]:
                header.pop()
            if header:
                return WorkbookTable(
                    source=source,
                    sheet=sheet.title,
                    sheets=len(sheets),
                    sha256=digest.hexdigest(),
                    header=tuple(header),
                    header_line=line,
                    lines=lines,
                )
    raise InvalidInput(
        f"The sheet “{sheet.title}” of {source.name} does not begin with the names of its columns.",
        hint="Put one line of column names at the top; docs/how-to/import.md lists them.",
    )


def _measure(source: Source) -> None:
    """Refuse an archive that would fill the memory; what it says of its sizes is not believed."""
    with _refusing(source), source.open() as file, ZipFile(file) as archive:
        unpacked = 0
        for part in archive.infolist():
            limit = _MOST_TEXTS if _TEXTS in part.filename.lower() else _MOST_UNPACKED
            size = since = 0
            with archive.open(part) as stream:
                while block := stream.read(_BLOCK):
                    size += len(block)
                    unpacked += len(block)
                    last = max(block.rfind(mark) for mark in _PIECES)
                    since = since + len(block) if last < 0 else len(block) - last
                    if size > limit or unpacked > _MOST_UNPACKED or since > _MOST_AT_ONCE:
                        raise InvalidInput(
                            f"{source.name} unpacks into more than we can take.", hint=_HINT
                        )


@contextmanager
def _opened(source: Source) -> Iterator[Any]:
    with _refusing(source), source.open() as file:
        with warnings.catch_warnings():
            # It warns of styles and validations that it leaves out: we read none.
            warnings.simplefilter("ignore")
            book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
        yield book


def _whole(sheet: Any) -> Any:
    # What a sheet says of its own size may be wrong, and rows would be left out.
    sheet.reset_dimensions()
    return sheet


@contextmanager
def _refusing(source: Source) -> Iterator[None]:
    try:
        yield
    except (
        BadZipFile, InvalidFileException, ParseError, KeyError, ValueError, TypeError, OSError,
        AttributeError, IndexError, EOFError, NotImplementedError, RuntimeError, zlib.error,
    ) as error:  # fmt: skip
        raise InvalidInput(
            f"{source.name} is no Excel workbook that we can read.", hint=_HINT
        ) from error


def _text(value: object) -> str:
    """A cell as its text; what a formula gave was kept beside it when the workbook was saved."""
    if value is None:
        return ""
    if isinstance(value, str):
        return "" if value in _ERRORS else value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        # Numbers typed as phone numbers or years come as 6135550123.0.
        return str(int(value)) if value.is_integer() else f"{value:.15g}"
    if isinstance(value, datetime):
        is_day = value.time() == time()
        return value.date().isoformat() if is_day else value.isoformat(timespec="seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)
