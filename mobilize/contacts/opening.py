"""Opening a file of people, whichever kind it is: told by its first bytes, never by its name."""

from pathlib import Path

from mobilize.contacts.reading import open_csv
from mobilize.contacts.tables import FileSource, Source, Table
from mobilize.contacts.workbooks import ARCHIVE, OLE, open_workbook
from mobilize.core.errors import InvalidInput


def open_table(source: Source | Path) -> Table:
    """Find out what a file is and how it is written, without keeping it in memory.

    Raises:
        InvalidInput: There is no such file, or it is neither CSV text nor an Excel workbook.
    """
    if isinstance(source, Path):
        source = FileSource(source)
    with source.open() as file:
        first = file.read(4)
    if first == ARCHIVE:
        return open_workbook(source)
    if first == OLE:
        raise InvalidInput(
            f"{source.name} is a workbook with a password, or one from before 2007.",
            hint="Save it without a password as .xlsx or as CSV (UTF-8), and try again.",
        )
    return open_csv(source)
