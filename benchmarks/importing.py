"""Import: a file of supporters, from reading it to the last consent on the ledger."""

from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks import bare_importing
from benchmarks.databases import Copies, Kind, connect
from benchmarks.figures import Bench, Figure, limit, measures, rate
from benchmarks.import_once import import_once
from benchmarks.installation import install, make_settings, opened
from benchmarks.measuring import in_turn, stopwatch
from benchmarks.people import write_supporters
from mobilize.settings import Settings

_ROWS: Final = {"SQLite": (100_000,), "PostgreSQL": (100_000, 1_000_000)}
_GOAL: Final = 0.25
_MOST_MIB: Final = 300.0
_FLAT: Final = 1.1
"""How much more memory ten times the rows may take, and be called flat."""


@measures("import")
def supporters(bench: Bench) -> Iterator[Figure]:
    """Rows per second and the most memory, on files with bad rows and duplicates."""
    instance = bench.folder / "instance"
    settings = make_settings(instance)
    for kind in bench.kinds:
        folder = bench.folder / kind.name
        folder.mkdir()
        peaks: list[float] = []
        with kind.filled(folder, lambda url: _fill(settings, url)) as copies:
            for rows in _ROWS[kind.name]:
                count = bench.sized(rows)
                path = bench.folder / f"{count}.csv"
                if not path.exists():
                    write_supporters(path, count)
                yield from _figures(bench, kind, copies, instance, path, count, peaks)
        if len(peaks) > 1:
            name = f"peak memory at {max(_ROWS[kind.name]):,} rows by that at a tenth, {kind.name}"
            yield limit(
                area="import", name=name, unit="×", ours=peaks[-1] / peaks[0], at_most=_FLAT
            )


def _figures(
    bench: Bench,
    kind: Kind,
    copies: Copies,
    instance: Path,
    path: Path,
    count: int,
    peaks: list[float],
) -> Iterator[Figure]:
    found: list[float] = []

    def ours() -> float:
        with copies() as url:
            run = import_once(instance, url, path)
        if run.accounted != count:
            raise RuntimeError("not every row of the file is accounted for")
        if run.peak is not None:
            found.append(run.peak)
        return run.seconds

    def bare() -> float:
        with copies() as url:
            connection = connect(url)
            with stopwatch() as watch:
                bare_importing.bring_in(connection, path)
            connection.close()
            return watch.seconds

    seconds, bare_seconds = in_turn(bench.runs, ours, bare)
    name = f"{count:,} supporters, {kind.name}"
    yield rate(
        area="import",
        name=name,
        unit="rows/s",
        ours=count / seconds,
        bare=count / bare_seconds,
        against="bare executemany" if kind.name == "SQLite" else "bare COPY, staging, upsert",
        goal=_GOAL,
    )
    if found:
        peaks.append(median(found))
        name = f"peak memory of {name}, all processes"
        yield limit(area="import", name=name, unit="MiB", ours=peaks[-1], at_most=_MOST_MIB)


def _fill(settings: Settings, url: str) -> None:
    with opened(settings, url) as runtime:
        install(runtime)
    connection = connect(url)
    bare_importing.create(connection)
    connection.close()
