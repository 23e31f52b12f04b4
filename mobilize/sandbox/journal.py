"""An optional file of what came in, so that the ledger outlives the process."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_FILE = "journal.jsonl"


class Journal:
    """One JSON object a line, in the order in which things were accepted.

    The file holds people's messages, so only its owner may read it.
    """

    def __init__(self, data: Path | None) -> None:
        self._lock = threading.Lock()
        self._path = data / _FILE if data else None
        if self._path:
            self._path.touch(mode=0o600)
            _drop_broken_end(self._path)
        self._file = self._path.open("a", encoding="utf-8") if self._path else None

    def write(self, kind: str, **facts: Any) -> None:
        """Add a line; it is with the operating system when this returns."""
        if self._file is None:
            return
        line = json.dumps({"kind": kind, **facts}, ensure_ascii=False, separators=(",", ":"))
        with self._lock:
            self._file.write(line + "\n")
            self._file.flush()

    def read(self) -> Iterator[dict[str, Any]]:
        """Every line, oldest first."""
        if self._path is None:
            return
        with self._path.open(encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)

    def clear(self) -> None:
        """Start again with an empty file."""
        if self._file is not None:
            with self._lock:
                self._file.truncate(0)


def _drop_broken_end(path: Path) -> None:
    """Leave out a last line that a crash cut short, so that the next one begins on its own."""
    content = path.read_bytes()
    if not content.endswith(b"\n"):
        path.write_bytes(content[: content.rfind(b"\n") + 1])
