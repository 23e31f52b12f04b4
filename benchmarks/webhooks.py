"""Webhooks: signed calls of events over HTTP, from the first post until all of them are stored."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http.client import HTTPConnection
from statistics import median
from typing import Final

from sqlalchemy import func, select

from benchmarks import sink
from benchmarks.databases import Copies, Kind
from benchmarks.events import Call, signed_calls
from benchmarks.figures import Bench, Figure, limit, measures, rate
from benchmarks.installation import make_settings, opened
from benchmarks.mailing import everybody, launch
from benchmarks.measuring import peaks_of_children, stopwatch
from benchmarks.people import write_supporters
from benchmarks.sending import fill
from benchmarks.serving import Pages, serving
from mobilize.cli.installing import SIGNING_KEY
from mobilize.messaging.models import Message, ProviderEvent
from mobilize.messaging.providers.transports import open_transports
from mobilize.messaging.sending import drain
from mobilize.settings import Settings

_EVENTS: Final = 100_000
_LEAST: Final = 20_000.0
_EACH: Final = 2
"""Events of one message."""
_CONNECTIONS: Final = 4
_MOST_MIB: Final = 300.0
_TAKEN: Final = 204


@measures("webhooks")
def events(bench: Bench) -> Iterator[Figure]:
    """Events per second, in calls of 500 over a few kept connections, and the pages' memory."""
    messages = bench.sized(_EVENTS // _EACH)
    people = bench.folder / "people.csv"
    write_supporters(people, messages, flaws=False)
    settings = make_settings(bench.folder / "instance")

    def prepare(url: str) -> None:
        fill(settings, url, people)
        _send(settings, url)

    for kind in bench.kinds:
        folder = bench.folder / kind.name
        folder.mkdir()
        with kind.filled(folder, prepare) as copies:
            yield from _figures(bench, kind, copies, settings)


def _send(settings: Settings, url: str) -> None:
    with sink.running() as server, opened(settings, url) as runtime:
        launch(runtime, everybody())
        at_sink = replace(settings, sendgrid=replace(settings.sendgrid, url=server.url))
        drain(runtime, open_transports(at_sink), worker="bench")


def _figures(bench: Bench, kind: Kind, copies: Copies, settings: Settings) -> Iterator[Figure]:
    runs = [_run(copies, settings) for _ in range(bench.runs)]
    count = runs[0][0]
    name = f"{count:,} signed events in calls of 500, {kind.name}"
    yield rate(
        area="webhooks",
        name=name,
        unit="events/s",
        ours=count / median(seconds for _, seconds, _ in runs),
        bare=_LEAST,
        against="the least it should be",
        goal=1.0,
    )
    peaks = [peak for _, _, peak in runs if peak is not None]
    if peaks:
        yield limit(
            area="webhooks",
            name=f"peak memory of a web process at {name}",
            unit="MiB",
            ours=median(peaks),
            at_most=_MOST_MIB,
        )


def _run(copies: Copies, settings: Settings) -> tuple[int, float, float | None]:
    """How many events were stored in how many seconds, and the largest peak of a process."""
    with copies() as url, opened(settings, url) as runtime:
        with runtime.db.read() as session:
            ids = session.scalars(select(Message.id).where(Message.state == "accepted")).all()
        calls = signed_calls(
            ids, links=runtime.links, key=settings.instance / SIGNING_KEY, now=runtime.clock.now()
        )
        with serving(settings.instance, url) as pages:
            # One call of no events to each process: it opens its database with its first.
            _post_all(
                pages,
                signed_calls(
                    [],
                    links=runtime.links,
                    key=settings.instance / SIGNING_KEY,
                    now=runtime.clock.now(),
                ),
            )
            with stopwatch() as watch:
                _post_all(pages, calls)
            peak = peaks_of_children(pages.pid)
        with runtime.db.read() as session:
            stored = session.scalar(select(func.count()).select_from(ProviderEvent)) or 0
            arrived = session.scalar(
                select(func.count()).select_from(Message).where(Message.state == "delivered")
            )
    if not stored == len(ids) * _EACH or arrived != len(ids):
        raise RuntimeError(f"{stored} events of {len(ids)} messages were stored")
    return stored, watch.seconds, max(peak, default=None)


def _post_all(pages: Pages, calls: Sequence[Call]) -> None:
    """Post calls over some connections at once, each kept and its calls one after the other."""

    def post(calls: Sequence[Call]) -> None:
        connection = HTTPConnection("127.0.0.1", pages.port)
        for body, headers in calls:
            connection.request("POST", "/hooks/sendgrid", body, headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status != _TAKEN:
                raise RuntimeError(f"a call was answered with {answer.status}")
        connection.close()

    with ThreadPoolExecutor(_CONNECTIONS) as pool:
        list(pool.map(post, [calls[first::_CONNECTIONS] for first in range(_CONNECTIONS)]))
