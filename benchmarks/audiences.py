"""Audiences: counting whom three rules mean, on a whole movement with all that was sent to it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

from benchmarks import movement
from benchmarks.databases import Kind
from benchmarks.figures import Bench, Figure, limit, measures
from benchmarks.installation import install, make_settings, opened
from benchmarks.measuring import stopwatch
from mobilize.alerts import audience
from mobilize.runtime import Runtime
from mobilize.settings import Settings

_AREA: Final = "audiences"
_PEOPLE: Final = 1_000_000
_FEWER: Final = 100_000
_MOST_MS: Final = 150.0
_COUNTS: Final = 3
"""How often each is counted in a run, after a first time that reads the pages into memory."""

_NOT_ACTED: Final = {"not": {"acted_on": movement.DEMAND}}
_NOT_COMPLETED: Final = {"not": {"completed": movement.campaign_id(0)}}
TREES: Final[Mapping[str, Mapping[str, Any]]] = {
    "French-speaking, in Quebec, not acted on a demand": {
        "all": [{"language": "fr"}, {"province": "QC"}, _NOT_ACTED]
    },
    "a party's MP, in Ontario, emails agreed to": {
        "all": [{"party": "liberal"}, {"province": "ON"}, {"consent": "email"}]
    },
    "a silent MP, English-speaking, not acted for 90 days": {
        "all": [
            {"stance": {"demand": movement.DEMAND, "is": ["silent", "leaning"]}},
            {"language": "en"},
            {"not": {"acted_within": 90}},
        ]
    },
    "in Ontario, sent one message, not completed its action": {
        "all": [
            {"province": "ON"},
            {"received": movement.mailing_id(movement.MAILINGS - 1)},
            _NOT_COMPLETED,
        ]
    },
    "tagged, texts agreed to, not written to for a week": {
        "all": [{"tag": movement.TAG}, {"consent": "sms"}, {"not": {"messaged_within": 7}}]
    },
    "emails agreed to, written to within a week, not acted": {
        "all": [{"consent": "email"}, {"messaged_within": 7}, _NOT_COMPLETED]
    },
}


@dataclass(frozen=True)
class _Counted:
    """The median milliseconds of each tree, and how many people it meant."""

    milliseconds: Mapping[str, float]
    people: Mapping[str, int]


@measures(_AREA)
def counts(bench: Bench) -> Iterator[Figure]:
    """Milliseconds of each count beside its limit, and how the slowest grows with the list."""
    settings = make_settings(bench.folder / "instance")
    for kind in bench.kinds:
        small = _counted(bench, kind, settings, bench.sized(_FEWER))
        if kind.name == "SQLite":
            yield from _figures(kind, bench.sized(_FEWER), small)
            continue
        large = _counted(bench, kind, settings, bench.sized(_PEOPLE))
        yield from _figures(kind, bench.sized(_PEOPLE), large)
        slowest = _slowest(large)
        yield limit(
            area=_AREA,
            name=f"growth of the slowest to ten times the list, {kind.name}",
            unit="times",
            ours=large.milliseconds[slowest] / small.milliseconds[slowest],
            at_most=_PEOPLE / _FEWER,
        )


def _figures(kind: Kind, people: int, counted: _Counted) -> Iterator[Figure]:
    of = f"of {people:,}, {kind.name}"
    for name, taken in counted.milliseconds.items():
        what = f"{name}: {counted.people[name]:,} {of}"
        yield limit(area=_AREA, name=what, unit="ms", ours=taken, at_most=_MOST_MS)
    taken = counted.milliseconds[_slowest(counted)]
    yield limit(area=_AREA, name=f"the slowest {of}", unit="ms", ours=taken, at_most=_MOST_MS)


def _slowest(counted: _Counted) -> str:
    return max(counted.milliseconds, key=lambda name: counted.milliseconds[name])


def _counted(bench: Bench, kind: Kind, settings: Settings, people: int) -> _Counted:
    folder = bench.folder / f"{kind.name}-{people}"
    folder.mkdir()

    def fill(url: str) -> None:
        with opened(settings, url) as runtime:
            install(runtime)
            movement.fill(runtime, people)

    with (
        kind.filled(folder, fill) as copies,
        copies() as url,
        opened(settings, url) as runtime,
    ):
        taken: dict[str, list[float]] = {name: [] for name in TREES}
        found = {name: _count(runtime, rules)[1] for name, rules in TREES.items()}
        # The trees take turns, so that a machine's moods meet all of them.
        for _ in range(bench.runs * _COUNTS):
            for name, rules in TREES.items():
                taken[name].append(_count(runtime, rules)[0])
    return _Counted({name: median(times) for name, times in taken.items()}, found)


def _count(runtime: Runtime, rules: Mapping[str, Any]) -> tuple[float, int]:
    with runtime.db.read() as session:
        now = runtime.clock.now()
        with stopwatch() as watch:
            people = audience.count(session, rules, now=now)
    return watch.seconds * 1000, people
