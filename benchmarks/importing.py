"""Import: a file of supporters, from reading it to the last consent on the ledger."""

from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks import bare_importing
from benchmarks.databases import Copies, Kind, connect
from benchmarks.figures import Bench, Figure, limit, measures, rate
from benchmarks.installation import install, make_settings, opened
from benchmarks.measuring import forget_peak, in_turn, peak_mib, stopwatch
from benchmarks.people import write_supporters
from mobilize.contacts.importing import import_supporters
from mobilize.contacts.opening import open_table
from mobilize.settings import Settings

_ROWS: Final = 100_000
_GOAL: Final = 0.25
_MOST_MIB: Final = 300.0


@measures("import")
def supporters(bench: Bench) -> Iterator[Figure]:
    """Rows per second and the most memory, on a file with bad rows and duplicates."""
    count = bench.sized(_ROWS)
    path = bench.folder / "supporters.csv"
    write_supporters(path, count)
    settings = make_settings(bench.folder / "instance")
    for kind in bench.kinds:
        folder = bench.folder / kind.name
        folder.mkdir()
        with kind.filled(folder, lambda url: _fill(settings, url)) as copies:
            yield from _figures(bench, kind, copies, settings, path, count)


def _figures(
    bench: Bench, kind: Kind, copies: Copies, settings: Settings, path: Path, count: int
) -> Iterator[Figure]:
    peaks: list[float] = []

    def ours() -> float:
        with copies() as url, opened(settings, url) as runtime:
            forget_peak()
            with stopwatch() as watch:
                report = import_supporters(
                    runtime.db,
                    table=open_table(path),
                    rejects_path=path.with_name("rejects.csv"),
                    actor="command",
                    clock=runtime.clock,
                    keyring=runtime.keyring,
                )
            if (peak := peak_mib()) is not None:
                peaks.append(peak)
        if report.created + report.repeated + report.unchanged + report.rejected != count:
            raise RuntimeError("not every row of the file is accounted for")
        return watch.seconds

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
    if peaks:
        name = f"peak memory of {name}"
        yield limit(area="import", name=name, unit="MiB", ours=median(peaks), at_most=_MOST_MIB)


def _fill(settings: Settings, url: str) -> None:
    with opened(settings, url) as runtime:
        install(runtime)
    connection = connect(url)
    bare_importing.create(connection)
    connection.close()
