"""Requests as they came, on disk: a ledger of a million mails is read from there, not from memory.

The file has no name, so that nobody else can open it and nothing is left behind.
"""

import tempfile
import threading


class Spool:
    """Bytes by the place at which they were written."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # It lives as long as the process, which is what closes it.
        self._file = tempfile.TemporaryFile()  # noqa: SIM115

    def write(self, content: bytes) -> tuple[int, int]:
        """Keep ``content``; where it begins, and its length."""
        with self._lock:
            at = self._file.seek(0, 2)
            self._file.write(content)
            return at, len(content)

    def read(self, at: int, length: int) -> bytes:
        """What was written there."""
        with self._lock:
            self._file.seek(at)
            return self._file.read(length)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._file.seek(0)
            self._file.truncate()
