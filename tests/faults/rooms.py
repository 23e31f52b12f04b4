"""Disks that are full, for processes that run on them, and that have room again."""

import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import pytest

_BLOCK: Final = b"\0" * 4096


class Room(Protocol):
    """Where the database of a process lies, and how its room is taken."""

    folder: Path

    def take(self, process: "subprocess.Popen[bytes]", /) -> None:
        """From now on the process can write nothing more."""

    def give_back(self, process: "subprocess.Popen[bytes]", /) -> None:
        """There is room again."""


@dataclass
class Rationed:
    """A process and its children that may write no file any further: as a user without rights can.

    Each write is answered with EFBIG, to SQLite an error of the disk.
    """

    folder: Path

    def take(self, process: "subprocess.Popen[bytes]") -> None:
        """It writes nothing from here on, its log included."""
        self._limit(process, 0)

    def give_back(self, process: "subprocess.Popen[bytes]") -> None:
        """It writes as before."""
        self._limit(process, resource.RLIM_INFINITY)

    @staticmethod
    def _limit(process: "subprocess.Popen[bytes]", size: int) -> None:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text("ascii")
        for one in (process.pid, *map(int, children.split())):
            resource.prlimit(one, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


@dataclass
class SmallDisk:
    """A disk of its own in memory, filled to the last block: each write is answered with ENOSPC."""

    folder: Path

    def take(self, _process: "subprocess.Popen[bytes]") -> None:
        """What was set aside already can still be filled, nothing more."""
        with self._ballast.open("ab", buffering=0) as file:
            try:
                while True:
                    file.write(_BLOCK)
            except OSError:
                return

    def give_back(self, _process: "subprocess.Popen[bytes]") -> None:
        """Somebody has made room."""
        self._ballast.unlink()

    @property
    def _ballast(self) -> Path:
        return self.folder / "ballast"


@contextmanager
def mounted(folder: Path, *, mebibytes: int = 64) -> Iterator[Path]:
    """A disk in memory; where this user may mount none, the test is skipped and says so."""
    folder.mkdir()
    size = f"size={mebibytes}m"
    try:
        tried = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", size, "tmpfs", folder], capture_output=True, check=False
        )
    except FileNotFoundError:
        pytest.skip("there is no `mount` here")
    if tried.returncode:
        pytest.skip("this user may mount no disk of its own")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)
