"""Writing an Excel workbook (.xlsx) piece by piece: nothing is kept in memory, nothing on disk.

The libraries for this write a sheet into a temporary file first, where addresses would lie in
clear. What a plain list needs of the format (ECMA-376 part 1; Office Open XML) is little: one
sheet, every cell a text of its own, so that no cell is a number that loses its zeros or a formula.
"""

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from typing import Final
from xml.sax.saxutils import escape

from typing_extensions import Buffer, override

from mobilize.core.errors import InvalidInput

MOST_ROWS: Final = 1_048_576
"""What one sheet holds, by Excel's own specification."""
_NOT_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_SPECIAL: Final = re.compile("[&<>\x00-\x08\x0b-\x1f\ufffe\uffff\ud800-\udfff]")
_HEAD: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_TYPES: Final = "http://schemas.openxmlformats.org/package/2006/content-types"
_LINKS: Final = "http://schemas.openxmlformats.org/package/2006/relationships"
_KIND: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_FORM: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS: Final = {
    "[Content_Types].xml": (
        f'<Types xmlns="{_TYPES}"><Default Extension="xml" ContentType="application/xml"/>'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_FORM}.sheet.main+xml"/>'
        '<Override PartName="/xl/worksheets/sheet1.xml" '
        f'ContentType="{_FORM}.worksheet+xml"/></Types>'
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{_LINKS}"><Relationship Id="rId1" '
        f'Type="{_KIND}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_KIND}"><sheets>'
        '<sheet name="People" sheetId="1" r:id="rId1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{_LINKS}"><Relationship Id="rId1" '
        f'Type="{_KIND}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
    ),
}


class _Outlet(io.RawIOBase):
    """What the archive writes to: it keeps what is to be handed on, and cannot go back."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []

    @override
    def writable(self) -> bool:
        return True

    @override
    def write(self, piece: Buffer, /) -> int:
        self._pieces.append(bytes(piece))
        return len(self._pieces[-1])

    def taken(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


def workbook(pages: Iterable[Sequence[Sequence[str]]]) -> Iterator[bytes]:
    """A workbook of one sheet, in pieces.

    Args:
        pages: The rows, some thousand at a time, the header first.

    Raises:
        InvalidInput: There are more rows than a sheet holds.
    """
    outlet = _Outlet()
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in _PARTS.items():
            archive.writestr(name, _HEAD + part)
        # Not as a file of 64 bits, which Excel does not open: so at most 2 GiB before packing.
        with archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
            sheet.write(f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData>'.encode())
            rows = 0
            for page in pages:
                rows += len(page)
                if rows > MOST_ROWS:
                    raise InvalidInput(
                        f"One sheet holds {MOST_ROWS - 1} people.", hint="Take them out as CSV."
                    )
                sheet.write("".join(map(_row, page)).encode())
                yield outlet.taken()
            sheet.write(b"</sheetData></worksheet>")
    yield outlet.taken()


def _row(cells: Sequence[str]) -> str:
    # Where a row says no place, its cells follow each other; an empty one still takes its place.
    return f"<row>{''.join(map(_cell, cells))}</row>"


def _cell(text: str) -> str:
    if not text:
        return "<c/>"
    if _SPECIAL.search(text):
        text = escape(_NOT_XML.sub("", text), {"\r": "&#13;"})
    return f'<c t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
