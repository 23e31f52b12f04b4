"""Reading a file batch by batch, in this process or another."""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from itertools import dropwhile, islice

from mobilize.contacts.columns import Layout
from mobilize.contacts.intake.batches import Batch, Packer, Stamp, Supply, read_batch
from mobilize.contacts.intake.copying import CopyPacker
from mobilize.contacts.intake.people import PeopleReader
from mobilize.contacts.intake.staging import StagePacker
from mobilize.contacts.tables import Record, Table
from mobilize.core.keys import Keyring

Supplies = Callable[[], Supply]
"""Asked once for each batch, before it is read."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """All that reading a file needs.

    Attributes:
        table: The opened file.
        columns: Which of its columns is which.
        stamp: What all its rows have alike.
        is_sqlite: Which kind of database takes it in.
        batch_rows: How many rows are read at once.
        after_line: Rows up to this line are passed over.
    """

    table: Table
    columns: Layout
    stamp: Stamp
    is_sqlite: bool
    batch_rows: int
    after_line: int = 0


def read_here(job: Job, keyring: Keyring, supplies: Supplies) -> Generator[Batch]:
    """Read the file in this process, a batch whenever one is asked for."""
    return read_with(job, lambda: (supplies(), keyring))


def read_with(job: Job, supplies: Callable[[], tuple[Supply, Keyring]]) -> Generator[Batch]:
    """Read the file with the keys that each batch is given."""
    packer: Packer = (StagePacker if job.is_sqlite else CopyPacker)(job.stamp)
    for records in batched(_records(job), job.batch_rows):
        supply, keyring = supplies()
        reader = PeopleReader(job.columns, keyring=keyring, now=supply.now)
        yield read_batch(records, reader=reader, packer=packer, supply=supply, keyring=keyring)


def batched(records: Iterator[Record], size: int) -> Iterator[list[Record]]:
    """Records in lists of at most so many."""
    while batch := list(islice(records, size)):
        yield batch


def _records(job: Job) -> Iterator[Record]:
    records = job.table.records()
    if job.after_line:
        return dropwhile(lambda record: record.line <= job.after_line, records)
    return records
