"""An optional file of what came in, so that the ledger outlives the process."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_FILE = "journal.jsonl"


class Journal:
    """One JSON object a line, in the order in which things were accepted."""

    def __init__(self, data: Path | None) -> None:
        self._path = data / _FILE if data else None
        self._lock = threading.Lock()
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
        """Every whole line; a last one that a crash cut short is left out."""
        if self._path is None:
            return
        with self._path.open(encoding="utf-8") as lines:
            for line in lines:
                if line.endswith("\n"):
                    yield json.loads(line)

    def clear(self) -> None:
        """Start again with an empty file."""
        if self._file is not None:
            with self._lock:
                self._file.truncate(0)
