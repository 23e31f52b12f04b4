"""Texts: from launch to all accepted and recorded, beside a bare loop of the same SDK's calls."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from typing import Final

from twilio.rest import Client

from benchmarks import sink
from benchmarks.crew import working
from benchmarks.crowd import crowded
from benchmarks.databases import Copies, Kind
from benchmarks.figures import Bench, Figure, measures, rate
from benchmarks.installation import make_settings, opened
from benchmarks.mailing import send, the_first
from benchmarks.measuring import in_turn, stopwatch
from mobilize.settings import Settings

_TEXTS: Final = 20_000
_GOAL: Final = 0.8
_FEW: Final = 2_000
_LATENCY: Final = 0.05
_GOAL_WHEN_SLOW: Final = 0.9
_BODY: Final = "Permanent status ends fear. Call your MP: https://act.example.org/a/{}"


@measures("texting")
def texts(bench: Bench) -> Iterator[Figure]:
    """Texts per second by one worker, to a provider that answers at once and to one that waits."""
    settings = make_settings(bench.folder / "instance")
    count, few = bench.sized(_TEXTS), bench.sized(_FEW)
    with sink.running() as fast, sink.running(_LATENCY) as slow:
        for kind in bench.kinds:
            folder = bench.folder / kind.name
            folder.mkdir()
            with kind.filled(folder, crowded(settings, count)) as copies:
                yield _beside_the_loop(bench, kind, copies, settings, fast, count)
                yield _beside_what_latency_allows(bench, kind, copies, settings, slow, few)


def _beside_the_loop(
    bench: Bench,
    kind: Kind,
    copies: Copies,
    settings: Settings,
    server: sink.SinkClient,
    count: int,
) -> Figure:
    seconds, bare_seconds = in_turn(
        bench.runs,
        lambda: _send(copies, settings, server, count),
        lambda: _call(settings, server, count),
    )
    return rate(
        area="texting",
        name=f"{count:,} texts, {kind.name}",
        unit="texts/s",
        ours=count / seconds,
        bare=count / bare_seconds,
        against="a bare loop of the SDK's calls",
        goal=_GOAL,
    )


def _beside_what_latency_allows(
    bench: Bench,
    kind: Kind,
    copies: Copies,
    settings: Settings,
    server: sink.SinkClient,
    count: int,
) -> Figure:
    seconds = median(_send(copies, settings, server, count) for _ in range(bench.runs))
    return rate(
        area="texting",
        name=f"{count:,} texts at {_LATENCY * 1000:.0f} ms a call, {kind.name}",
        unit="texts/s",
        ours=count / seconds,
        bare=settings.twilio.parallel / _LATENCY,
        against="what that latency allows",
        goal=_GOAL_WHEN_SLOW,
    )


def _send(copies: Copies, settings: Settings, server: sink.SinkClient, count: int) -> float:
    with (
        copies() as url,
        opened(settings, url) as runtime,
        working(1, settings.instance, url, server.url) as crew,
    ):
        return send(
            runtime, crew, server, count, channel="sms", recipients=the_first(count)
        ).seconds


def _call(settings: Settings, server: sink.SinkClient, count: int) -> float:
    """The same calls as the SDK makes them by itself, and nothing else, as many at once."""
    own = threading.local()

    def call(number: int) -> None:
        client = getattr(own, "client", None)
        if client is None:
            client = own.client = Client("AC" + "0" * 32, "bare")
            client.api.base_url = server.url
        client.messages.create(
            to=f"+1613555{number:04}",
            from_=settings.twilio.from_number,
            body=_BODY.format(number),
            status_callback=f"{settings.site.public_url}/hooks/twilio/status?m={number:022}",
        )

    with stopwatch() as watch, ThreadPoolExecutor(settings.twilio.parallel) as pool:
        list(pool.map(call, range(count)))
    return watch.seconds
