"""Export: everybody as CSV, from the sealed rows to the file, addresses opened on the way."""

from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Final

from sqlalchemy import select

from benchmarks import bare_exporting
from benchmarks.databases import Copies, Kind, connect
from benchmarks.figures import Bench, Figure, limit, measures, rate
from benchmarks.installation import install, make_settings, opened
from benchmarks.measuring import forget_peak, in_turn, peak_mib, stopwatch
from benchmarks.people import write_supporters
from mobilize.contacts.exporting import checked_columns, pages, people_meant
from mobilize.contacts.importing import import_supporters
from mobilize.contacts.models import Contact
from mobilize.contacts.opening import open_table
from mobilize.core.spreadsheet import csv_pieces
from mobilize.settings import Settings

_ROWS: Final = 100_000
_GOAL: Final = 0.2
_MOST_MIB: Final = 300.0


@measures("exporting")
def supporters(bench: Bench) -> Iterator[Figure]:
    """Rows per second and the most memory, of people with a phone and proof of their consent."""
    count = bench.sized(_ROWS)
    path = bench.folder / "supporters.csv"
    write_supporters(path, count, flaws=False)
    settings = make_settings(bench.folder / "instance")
    for kind in bench.kinds:
        folder = bench.folder / kind.name
        folder.mkdir()
        with kind.filled(folder, lambda url: _fill(settings, url, path)) as copies:
            yield from _figures(bench, kind, copies, settings, count)


def _figures(
    bench: Bench, kind: Kind, copies: Copies, settings: Settings, count: int
) -> Iterator[Figure]:
    peaks: list[float] = []
    ours_path, bare_path = bench.folder / "ours.csv", bench.folder / "bare.csv"

    def ours() -> float:
        with copies() as url, opened(settings, url) as runtime:
            forget_peak()
            with (
                stopwatch() as watch,
                runtime.db.read() as session,
                ours_path.open("wb") as file,
            ):
                ids = people_meant(session, select(Contact))
                columns = checked_columns(session, ())
                file.writelines(csv_pieces(pages(session, ids, columns, now=runtime.clock.now())))
            if (peak := peak_mib()) is not None:
                peaks.append(peak)
        _hold_complete(ours_path, count)
        return watch.seconds

    def bare() -> float:
        with copies() as url:
            connection = connect(url)
            with stopwatch() as watch:
                bare_exporting.take_out(connection, bare_path)
            connection.close()
        return watch.seconds

    seconds, bare_seconds = in_turn(bench.runs, ours, bare)
    name = f"{count:,} supporters, {kind.name}"
    yield rate(
        area="exporting",
        name=name,
        unit="rows/s",
        ours=count / seconds,
        bare=count / bare_seconds,
        against="bare cursor, sealed" if kind.name == "SQLite" else "COPY TO, sealed",
        goal=_GOAL,
    )
    if peaks:
        name = f"peak memory of {name}"
        yield limit(area="exporting", name=name, unit="MiB", ours=median(peaks), at_most=_MOST_MIB)


def _hold_complete(path: Path, count: int) -> None:
    with path.open("rb") as file:
        lines = sum(1 for _ in file)
    if lines != count + 1:
        raise RuntimeError("not everybody stands in the file")


def _fill(settings: Settings, url: str, path: Path) -> None:
    with opened(settings, url) as runtime:
        install(runtime)
        import_supporters(
            runtime.db,
            table=open_table(path),
            actor="command",
            clock=runtime.clock,
            keyring=runtime.keyring,
        )
