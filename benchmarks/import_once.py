"""One import in a process of its own, as the command is one: its seconds and its peak of memory.

`python -m benchmarks.import_once INSTANCE URL FILE` prints them as JSON.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from benchmarks.installation import opened, settings_of
from benchmarks.measuring import peak_with_children_mib, stopwatch
from mobilize.contacts.importing import import_supporters
from mobilize.contacts.opening import open_table
from mobilize.core.garbage import collect_seldom


class Run(NamedTuple):
    """What one import took.

    Attributes:
        peak: In MiB, of all its processes together; None where the system does not count it.
        accounted: For how many rows of the file the report says what became of them.
    """

    seconds: float
    peak: float | None
    accounted: int


def import_once(instance: Path, url: str, path: Path) -> Run:
    """Start the process, and wait for what it took."""
    command = [sys.executable, "-m", __name__, str(instance), url, str(path)]
    ended = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    return Run(*json.loads(ended.stdout))


def main(instance: str, url: str, file: str) -> Run:
    """Import a file."""
    path = Path(file)
    peaks: list[float | None] = []
    collect_seldom()
    with opened(settings_of(Path(instance)), url) as runtime, stopwatch() as watch:
        report = import_supporters(
            runtime.db,
            table=open_table(path),
            rejects_path=path.with_name("rejects.csv"),
            actor="command",
            clock=runtime.clock,
            keyring=runtime.keyring,
            on_progress=lambda _line, _lines: peaks.append(peak_with_children_mib()),
        )
    peaks.append(peak_with_children_mib())
    counted = [peak for peak in peaks if peak is not None]
    accounted = report.created + report.repeated + report.unchanged + report.rejected
    return Run(watch.seconds, max(counted, default=None), accounted)


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
