"""What a figure is, and the list of all of them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.databases import Kind


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One measured figure beside its yardstick.

    Attributes:
        area: The part of the program.
        name: What was done, how often, on which database.
        value: The median of ours.
        unit: Of the value and of the yardstick.
        yardstick: The median of the yardstick in the same run, or the limit.
        against: What the yardstick is.
        ratio: Higher is better: ours ÷ yardstick of a rate, limit ÷ ours of a limit.
        goal: The ratio that is to be reached.
    """

    area: str
    name: str
    value: float
    unit: str
    yardstick: float
    against: str
    ratio: float
    goal: float

    def as_dict(self) -> dict[str, Any]:
        """The figure as one JSON object, its numbers to three places."""
        return {
            name: round(value, 3) if isinstance(value, float) else value
            for name, value in asdict(self).items()
        }


@dataclass(frozen=True, kw_only=True)
class Bench:
    """What a measurement is given.

    Attributes:
        folder: An empty folder of its own.
        kinds: The databases to measure on.
        runs: How often each side runs; at least three for a median that means something.
        share: The part of its full size that a measurement takes; 1 but for trying it out.
    """

    folder: Path
    kinds: tuple[Kind, ...]
    runs: int
    share: float = 1.0

    def sized(self, full: int) -> int:
        """A size at this bench's share, one at the least."""
        return max(1, round(full * self.share))


Measure = Callable[[Bench], Iterator[Figure]]


@dataclass(frozen=True)
class Measurement:
    """A function that measures figures of an area."""

    area: str
    measure: Measure


MEASUREMENTS: Final[list[Measurement]] = []


def measures(area: str) -> Callable[[Measure], Measure]:
    """Add the decorated function to the list of what `make bench` measures."""

    def add(measure: Measure) -> Measure:
        MEASUREMENTS.append(Measurement(area, measure))
        return measure

    return add


def areas(measurements: Iterable[Measurement]) -> tuple[str, ...]:
    """The areas that can be asked for, each once, in order."""
    return tuple(dict.fromkeys(one.area for one in measurements))


def rate(
    *, area: str, name: str, unit: str, ours: float, bare: float, against: str, goal: float
) -> Figure:
    """A figure of which more is better, beside the same of the yardstick."""
    return Figure(
        area=area,
        name=name,
        value=ours,
        unit=unit,
        yardstick=bare,
        against=against,
        ratio=ours / bare,
        goal=goal,
    )


def limit(*, area: str, name: str, unit: str, ours: float, at_most: float) -> Figure:
    """A figure of which less is better, beside what it may be at most; the goal is 1."""
    return Figure(
        area=area,
        name=name,
        value=ours,
        unit=unit,
        yardstick=at_most,
        against="the most it may be",
        ratio=at_most / ours,
        goal=1.0,
    )
