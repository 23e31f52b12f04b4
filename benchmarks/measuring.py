"""Medians of runs that take turns, and the peaks of processes' memory."""

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

Timed = Callable[[], float]
"""Does its work once and returns the seconds that it took, without what it had to set up."""

_PROCESSES: Final = Path("/proc")
_RESET_PEAK: Final = "5"
_KIB_PER_MIB: Final = 1024


def in_turn(runs: int, ours: Timed, bare: Timed) -> tuple[float, float]:
    """The median seconds of both sides, run A B A B, so that a machine's moods meet both."""
    seconds: tuple[list[float], list[float]] = ([], [])
    for _ in range(runs):
        for side, taken in zip((ours, bare), seconds, strict=True):
            gc.collect()
            taken.append(side())
    return median(seconds[0]), median(seconds[1])


@dataclass
class Stopwatch:
    """Seconds of what stood inside the block."""

    seconds: float = 0.0


@contextmanager
def stopwatch() -> Iterator[Stopwatch]:
    """Time a block."""
    watch = Stopwatch()
    start = time.perf_counter()
    yield watch
    watch.seconds = time.perf_counter() - start


def forget_peak() -> None:
    """Count the peak memory of this process from here on, where the system can."""
    try:
        (_PROCESSES / "self" / "clear_refs").write_text(_RESET_PEAK, "ascii")
    except OSError:
        return


def peak_mib(pid: int | str = "self") -> float | None:
    """The peak memory of a process since it was last forgotten; None where nobody counts it."""
    try:
        status = (_PROCESSES / str(pid) / "status").read_text("ascii")
    except OSError:
        return None
    for line in status.splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / _KIB_PER_MIB
    return None


def peak_with_children_mib() -> float | None:
    """The peaks of this process and of those that it started and that still run, added up.

    They need not have come at the same moment, so it is rather too much than too little.
    """
    own = peak_mib()
    return None if own is None else own + sum(peaks_of_children("self"))


def peaks_of_children(pid: int | str) -> list[float]:
    """The peaks of the processes that a process started and that still run, in MiB."""
    try:
        tasks = [task / "children" for task in (_PROCESSES / str(pid) / "task").iterdir()]
        children = [child for task in tasks for child in task.read_text("ascii").split()]
    except OSError:
        return []
    return [peak for child in children if (peak := peak_mib(child)) is not None]
