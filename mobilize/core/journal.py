"""What must outlive the database itself: lines beside it, on the disk before a commit says so.

A database that is brought back from a copy has forgotten everything since. What must not be
forgotten is noted in the transaction that writes it, and stands in a file, with `fsync`, before
that transaction commits: whatever was answered with "done" is in the file. A transaction that is
undone after all leaves a line too many; whoever reads must take that as said.

Each machine writes a file of its own into the folder, so that machines can share one over a
network, where two writers to one file would lose lines.
"""

import os
import secrets
import socket
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import orjson
import structlog
from sqlalchemy.orm import Session

from mobilize.core.clock import SystemClock

log = structlog.stdlib.get_logger(__name__)

_NOTED: Final = "mobilize_noted"
_SUFFIX: Final = ".jsonl"
_BATCH: Final = 1000
_UNDER_WAY: Final = timedelta(seconds=5)
"""How long a line may be there before its transaction is committed or undone."""
_ID_BYTES: Final = 12
Entry = Mapping[str, Any]


@dataclass(frozen=True)
class Portion:
    """Some lines of one file.

    Attributes:
        journal: The id in the file's first line; it is the same wherever the file is copied to.
        entries: What they say.
        until: The position after them, in bytes.
    """

    journal: str
    entries: list[dict[str, Any]]
    until: int


def note(session: Session, entries: Sequence[Entry]) -> None:
    """Let entries be kept beside the database before the transaction commits."""
    session.info.setdefault(_NOTED, []).extend(entries)


def is_kept_already(session: Session) -> None:
    """Drop what was noted in a transaction: it came from there."""
    session.info.pop(_NOTED, None)


class Journal:
    """The files of a folder, and this machine's own among them.

    Args:
        folder: It is made with the first entry.
        again_after: Seconds until what could not be written is tried again.
    """

    def __init__(self, folder: Path, *, again_after: float = 60.0) -> None:
        self._folder = folder
        self._again_after = again_after
        self._own = folder / f"{socket.gethostname()}{_SUFFIX}"
        self._lock = threading.Lock()
        self._owed: list[bytes] = []
        self._reminder: threading.Timer | None = None

    def keep_noted(self, session: Session) -> None:
        """Write down what was noted in a transaction that is about to commit.

        A disk that takes nothing is no reason to refuse what a person asks for, and the database
        itself is about to keep it: the line is owed. It is tried again with the next one and every
        minute, and the log says so.
        """
        noted = session.info.pop(_NOTED, None)
        if not noted:
            return
        at = SystemClock().now().isoformat()
        with self._lock:
            self._owed += [orjson.dumps({**entry, "kept": at}) for entry in noted]
            self._pay()

    def _pay(self) -> None:
        """Write what is owed, or see that it is tried again; the lock is held."""
        if not self._owed:
            return
        try:
            self._write(b"\n".join([b"", *self._owed, b""]))
        except OSError as error:
            log.error("journal.not_written", owed=len(self._owed), reason=error.strerror)  # noqa: TRY400
            if self._reminder is None:
                self._reminder = threading.Timer(self._again_after, self._try_again)
                self._reminder.daemon = True
                self._reminder.start()
            return
        self._owed = []

    def _try_again(self) -> None:
        with self._lock:
            self._reminder = None
            self._pay()

    def read(self, known: Mapping[str, int], *, settled: bool) -> Iterator[Portion]:
        """What the files say after the positions that are known.

        Args:
            known: For each journal up to where it was read.
            settled: Leave out the last lines while their transactions may be under way.
        """
        before = (SystemClock().now() - _UNDER_WAY).isoformat() if settled else None
        for path in sorted(self._folder.glob(f"*{_SUFFIX}")):
            with path.open("rb") as file:
                journal = _id_in(file.readline())
                if journal is None:
                    log.warning("journal.not_ours", file=path.name)
                    continue
                size, start = os.fstat(file.fileno()).st_size, known.get(journal, 0)
                if start == size:
                    continue
                # A file that became shorter was put back as well: all of it is looked at.
                file.seek(start if start < size else 0)
                yield from _portions(journal, file, before)

    def check(self) -> None:
        """Find out whether this machine can write its file.

        Raises:
            OSError: It cannot.
        """
        with self._lock:
            self._write(b"\n")

    def _write(self, text: bytes) -> None:
        if not self._own.exists():
            self._begin()
        handle = os.open(self._own, os.O_WRONLY | os.O_APPEND)
        try:
            left = memoryview(text)
            while left:
                left = left[os.write(handle, left) :]
            os.fsync(handle)
        finally:
            os.close(handle)

    def _begin(self) -> None:
        """Make the file with its first line, all at once; of two who do, one is late."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        first = orjson.dumps({"journal": secrets.token_hex(_ID_BYTES)}) + b"\n"
        handle, name = tempfile.mkstemp(dir=self._folder, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(first)
                file.flush()
                os.fsync(file.fileno())
            os.link(name, self._own)
        except FileExistsError:
            pass
        finally:
            Path(name).unlink()
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _portions(journal: str, file: Any, before: str | None) -> Iterator[Portion]:
    entries: list[dict[str, Any]] = []
    until = start = file.tell()
    for line in file:
        # A line without its end is being written, or was when the power went: it is not said yet.
        if not line.endswith(b"\n"):
            break
        entry = _entry(line)
        if entry is not None:
            if before is not None and str(entry.get("kept", "")) > before:
                break
            if "kept" in entry:
                entries.append(entry)
        until += len(line)
        if len(entries) == _BATCH:
            yield Portion(journal, entries, until)
            entries, start = [], until
    if until > start:
        yield Portion(journal, entries, until)


def _entry(line: bytes) -> dict[str, Any] | None:
    try:
        entry = orjson.loads(line)
    except orjson.JSONDecodeError:
        # Blank, or torn by a crash before its transaction could commit.
        return None
    return entry if isinstance(entry, dict) else None


def _id_in(line: bytes) -> str | None:
    first = _entry(line)
    return str(first["journal"]) if first and "journal" in first else None
