"""Export: everybody as CSV, from the sealed rows to the file, addresses opened on the way."""

import multiprocessing
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

_ROWS: Final[dict[str, tuple[int, ...]]] = {
    "SQLite": (100_000,),
    "PostgreSQL": (100_000, 1_000_000),
}
_GOAL: Final = 0.2
_MOST_MIB: Final = 300.0
_MOST_GROWTH: Final = 1.25
"""Ten times as many people may need this much of the memory: eight bytes each, and no more."""


@measures("exporting")
def supporters(bench: Bench) -> Iterator[Figure]:
    """Rows per second and the most memory, of people with a phone and proof of their consent."""
    settings = make_settings(bench.folder / "instance")
    path = bench.folder / "supporters.csv"
    for kind in bench.kinds:
        peaks: list[float] = []
        counts = [bench.sized(rows) for rows in _ROWS[kind.name]]
        for count in counts:
            write_supporters(path, count, flaws=False)
            folder = bench.folder / f"{kind.name}-{count}"
            folder.mkdir()
            with kind.filled(folder, lambda url: _fill(settings, url, path)) as copies:
                yield from _figures(bench, kind, copies, settings, count, peaks)
        if len(peaks) > 1:
            name = f"peak memory at {counts[-1]:,} beside that at {counts[0]:,}, {kind.name}"
            growth = peaks[-1] / peaks[0]
            yield limit(
                area="exporting", name=name, unit="times", ours=growth, at_most=_MOST_GROWTH
            )


def _figures(
    bench: Bench, kind: Kind, copies: Copies, settings: Settings, count: int, most: list[float]
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
        most.append(median(peaks))
        name = f"peak memory of {name}"
        yield limit(area="exporting", name=name, unit="MiB", ours=median(peaks), at_most=_MOST_MIB)


def _hold_complete(path: Path, count: int) -> None:
    with path.open("rb") as file:
        lines = sum(1 for _ in file)
    if lines != count + 1:
        raise RuntimeError("not everybody stands in the file")


def _fill(settings: Settings, url: str, path: Path) -> None:
    # Apart, so that what filling needs of the memory is not counted with what is measured.
    filling = multiprocessing.get_context("spawn").Process(
        target=_import, args=(settings, url, path)
    )
    filling.start()
    filling.join()
    if filling.exitcode:
        raise RuntimeError("the database could not be filled")


def _import(settings: Settings, url: str, path: Path) -> None:
    with opened(settings, url) as runtime:
        install(runtime)
        import_supporters(
            runtime.db,
            table=open_table(path),
            actor="command",
            clock=runtime.clock,
            keyring=runtime.keyring,
        )
