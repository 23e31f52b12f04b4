"""Sending: emails from launch to all accepted and recorded, expansion included."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from benchmarks import bare_sending, sink
from benchmarks.crew import working
from benchmarks.crowd import crowded
from benchmarks.databases import Copies, Kind, connect
from benchmarks.figures import Bench, Figure, limit, measures, rate
from benchmarks.installation import install, make_settings, opened
from benchmarks.mailing import Sent, send, the_first, write_template
from benchmarks.measuring import in_turn, stopwatch
from benchmarks.people import write_supporters
from mobilize.contacts.importing import import_supporters
from mobilize.contacts.opening import open_table
from mobilize.settings import Settings
from mobilize.worker import WORKERS

_EMAILS: Final = 100_000
_GOALS: Final = {"SQLite": 0.3, "PostgreSQL": 0.5}
_CROWDS: Final = {"SQLite": (10_000, 100_000), "PostgreSQL": (10_000, 1_000_000)}
_MOST_MIB: Final = 300.0
_FLAT: Final = 1.25
"""How much more memory ten or a hundred times the recipients may take, and be called flat."""
_MOST_SECONDS: Final = 30.0
"""That a launch to the largest crowd may take to the first request that was taken."""


@measures("sending")
def emails(bench: Bench) -> Iterator[Figure]:
    """Emails per second, from launch to the last outcome written down."""
    count = bench.sized(_EMAILS)
    people = bench.folder / "people.csv"
    write_supporters(people, count, flaws=False)
    with sink.running() as server:
        settings = make_settings(bench.folder / "instance")
        settings = replace(settings, sendgrid=replace(settings.sendgrid, url=server.url))
        for kind in bench.kinds:
            folder = bench.folder / kind.name
            folder.mkdir()
            with kind.filled(folder, lambda url: _fill(settings, url, people, count)) as copies:
                yield _figure(bench, kind, copies, settings, server, count)


def _figure(
    bench: Bench,
    kind: Kind,
    copies: Copies,
    settings: Settings,
    server: sink.SinkClient,
    count: int,
) -> Figure:
    def ours() -> float:
        with (
            copies() as url,
            opened(settings, url) as runtime,
            working(WORKERS, settings.instance, url, server.url) as crew,
        ):
            return send(runtime, crew, server, count).seconds

    def bare() -> float:
        with copies() as url:
            connection = connect(url)
            with stopwatch() as watch:
                bare_sending.send_all(connection, server.port)
            connection.close()
            return watch.seconds

    seconds, bare_seconds = in_turn(bench.runs, ours, bare)
    return rate(
        area="sending",
        name=f"{count:,} emails, {kind.name}",
        unit="messages/s",
        ours=count / seconds,
        bare=count / bare_seconds,
        against="the bare durable loop",
        goal=_GOALS[kind.name],
    )


def _fill(settings: Settings, url: str, people: Path, count: int) -> None:
    fill(settings, url, people)
    connection = connect(url)
    bare_sending.add_people(connection, count)
    connection.close()


def fill(settings: Settings, url: str, people: Path) -> None:
    """Put an installation into the database at a URL: its tables, its supporters and a template."""
    with opened(settings, url) as runtime:
        install(runtime)
        import_supporters(
            runtime.db,
            table=open_table(people),
            actor="command",
            clock=runtime.clock,
            keyring=runtime.keyring,
        )
        write_template(runtime)


@measures("sending")
def crowds(bench: Bench) -> Iterator[Figure]:
    """The memory of a worker and the time to the first request, once each, by how many it is to."""
    settings = make_settings(bench.folder / "instance")
    with sink.running() as server:
        for kind in bench.kinds:
            few, many = _CROWDS[kind.name]
            folder = bench.folder / kind.name
            folder.mkdir()
            with kind.filled(folder, crowded(settings, bench.sized(many))) as copies:
                small = _send_to(copies, settings, server, bench.sized(few))
                large = _send_to(copies, settings, server, bench.sized(many))
            name = f"{many:,} emails, {kind.name}"
            yield _at_most(f"first of {name}, accepted", "s", large.first_after, _MOST_SECONDS)
            if small.peak is not None and large.peak is not None:
                name = f"peak memory of a worker at {name}"
                yield _at_most(name, "MiB", large.peak, _MOST_MIB)
                yield _at_most(f"{name}, by that at {few:,}", "×", large.peak / small.peak, _FLAT)


def _send_to(copies: Copies, settings: Settings, server: sink.SinkClient, count: int) -> Sent:
    with (
        copies() as url,
        opened(settings, url) as runtime,
        working(WORKERS, settings.instance, url, server.url) as crew,
    ):
        return send(runtime, crew, server, count, recipients=the_first(count))


def _at_most(name: str, unit: str, ours: float, most: float) -> Figure:
    return limit(area="sending", name=name, unit=unit, ours=ours, at_most=most)
