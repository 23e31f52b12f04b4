"""A file that only one process can open, read by another: it asks for one piece after the other.

A file that was sent waits sealed in the database. Whoever reads apart knows no database; it is lent
each piece over the pipes by which it is given its orders.
"""

import pickle
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import IO, Any, BinaryIO, Final, NamedTuple

from mobilize.contacts.intake.reading import Job
from mobilize.contacts.pieces import InPieces, open_pieces

_lenders: Final[list[Callable[[int], bytes]]] = []
"""Who lends to this process; nobody, but where it reads for another."""


class Wanted(NamedTuple):
    """What a reader asks for: a piece of its file."""

    number: int


@dataclass(frozen=True)
class LentSource:
    """The bytes of a file that another process opens.

    Attributes:
        name: What people call it.
        size: In bytes.
    """

    name: str
    size: int

    def open(self) -> BinaryIO:
        """The bytes, from the first."""
        return open_pieces(_lenders[-1], self.size)


def to_be_lent(job: Job) -> tuple[Job, InPieces | None]:
    """The job for another process, and the file to lend it; none where it can open it itself."""
    source = job.table.source
    if not isinstance(source, InPieces):
        return job, None
    lent: Any = replace(job.table, source=LentSource(source.name, source.size))  # type: ignore[type-var]
    return replace(job, table=lent), source


class Orders:
    """What a reader is told, where the pieces that it asks for come between its orders.

    Args:
        incoming: From where.
        ask: Asks the caller for something.
    """

    def __init__(self, incoming: IO[bytes], ask: Callable[[Wanted], None]) -> None:
        self._incoming = incoming
        self._ask = ask
        self._waiting: deque[Any] = deque()
        _lenders.append(self.piece)

    def next(self) -> Any:
        """The next order."""
        return self._waiting.popleft() if self._waiting else self._load()

    def piece(self, number: int) -> bytes:
        """A piece of the file."""
        self._ask(Wanted(number))
        while not isinstance(came := self._load(), bytes):
            self._waiting.append(came)
        return came

    def _load(self) -> Any:
        return pickle.load(self._incoming)  # noqa: S301 - our own caller wrote it
