"""The file that holds an installation's secrets: read, changed in one piece, and watched."""

import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, Generic, TypeVar

_OWNER_ONLY: Final = 0o600
T = TypeVar("T")


def read(path: Path) -> dict[str, str]:
    """The variables that a file sets; none where there is no file."""
    if not path.is_file():
        return {}
    lines = (line.strip() for line in path.read_text("utf-8").splitlines())
    pairs = (line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    return {name.strip(): value.strip() for name, value in pairs}


def change(path: Path, values: Mapping[str, str]) -> None:
    """Set variables of a file; all other lines stay as they are.

    Whoever reads meanwhile sees the file before or after the change.
    """
    left = dict(values)
    lines = []
    for line in path.read_text("utf-8").splitlines():
        name = line.split("=", 1)[0].strip()
        # A variable may stand there twice, in which case the last one counts: all are set.
        lines.append(f"{name}={values[name]}" if name in values else line)
        left.pop(name, None)
    lines += [f"{name}={value}" for name, value in left.items()]
    write_private(path, "\n".join(lines) + "\n")


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner reads; a crash leaves either nothing or all of it."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    Path(name).chmod(_OWNER_ONLY)
    Path(name).replace(path)


class Watch(Generic[T]):
    """Says what a file makes of its text, after each change of it.

    Args:
        path: The file.
        load: Makes something of it. What it raises is raised once, and then the change is known.
    """

    def __init__(self, path: Path, load: Callable[[], T]) -> None:
        self._path = path
        self._load = load
        self._seen = self._look()

    def __call__(self) -> T | None:
        """What the file says, where it changed since the last call; else None."""
        found = self._look()
        if found == self._seen or found is None:
            return None
        # Known only once it is made: of two threads at once neither goes on with what was before.
        made = self._load()
        self._seen = found
        return made

    def _look(self) -> tuple[int, int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        # A file that was replaced is another one, also within the clock's grain.
        return found.st_ino, found.st_mtime_ns, found.st_size
