"""The frame of `make bench`: it measures, and says what it measured; no time is judged here."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks import (
    audiences,
    exporting,
    importing,
    lookups,
    sending,
    showing,
    texting,
    webhooks,
)
from benchmarks.databases import SQLITE
from benchmarks.figures import MEASUREMENTS, Bench, Figure, Measure, areas, limit, rate
from benchmarks.measuring import in_turn

FIELDS = {"area", "name", "value", "unit", "yardstick", "against", "ratio", "goal"}


def small(folder: Path) -> Bench:
    return Bench(folder=folder, kinds=(SQLITE,), runs=1, share=0.004)


@pytest.mark.parametrize(
    ("measure", "area"),
    [
        (sending.emails, "sending"),
        (sending.crowds, "sending"),
        (texting.texts, "texting"),
        (audiences.counts, "audiences"),
        (importing.supporters, "import"),
        (exporting.supporters, "exporting"),
        (webhooks.events, "webhooks"),
        (lookups.postal_codes, "lookup"),
    ],
)
def test_a_small_figure_has_all_its_fields(measure: Measure, area: str, tmp_path: Path) -> None:
    figures = json.loads(showing.as_json(list(measure(small(tmp_path)))))

    assert figures
    for figure in figures:
        assert figure.keys() == FIELDS
        assert figure["area"] == area
        assert figure["value"] > 0
        assert figure["yardstick"] > 0


def test_every_area_can_be_asked_for() -> None:
    assert set(areas(MEASUREMENTS)) == {
        "audiences",
        "exporting",
        "import",
        "lookup",
        "sending",
        "texting",
        "webhooks",
    }


def test_the_sides_take_turns_and_medians_count() -> None:
    order: list[str] = []
    ours, bare = iter((3.0, 1.0, 2.0)), iter((30.0, 10.0, 20.0))

    def side(name: str, seconds: Iterator[float]) -> float:
        order.append(name)
        return next(seconds)

    assert in_turn(3, lambda: side("A", ours), lambda: side("B", bare)) == (2.0, 20.0)
    assert "".join(order) == "ABABAB"


def test_a_higher_ratio_is_always_better() -> None:
    fast = rate(area="a", name="n", unit="rows/s", ours=50, bare=100, against="b", goal=0.25)
    slim = limit(area="a", name="n", unit="MiB", ours=150, at_most=300)

    assert (fast.ratio, slim.ratio, slim.goal) == (0.5, 2.0, 1.0)


def test_the_table_shows_each_figure_with_its_yardstick() -> None:
    figure = Figure(
        area="import",
        name="10 supporters",
        value=1234.5,
        unit="rows/s",
        yardstick=5000,
        against="a bare loop",
        ratio=0.247,
        goal=0.25,
    )
    console = Console(width=100)
    with console.capture() as captured:
        console.print(showing.as_table([figure], 3))

    shown = captured.get()
    for text in ("import: 10 supporters", "a bare loop", "1,23", "5,000", "rows/s", "0.25"):
        assert text in shown
