"""`python -m benchmarks [--json] [--only AREA] [--runs N]`."""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
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
from benchmarks.databases import POSTGRESQL, SQLITE, Kind, postgresql_answers
from benchmarks.figures import MEASUREMENTS, Bench, Figure, Measurement, areas

__all__ = [
    "audiences",
    "exporting",
    "importing",
    "lookups",
    "main",
    "sending",
    "texting",
    "webhooks",
]  # importing them adds them to the list


@click.command()
@click.option("--json", "is_json", is_flag=True, help="One object per figure, for scripts.")
@click.option("--only", type=click.Choice(areas(MEASUREMENTS)), help="Measure one area.")
@click.option(
    "--runs", default=3, show_default=True, type=click.IntRange(1), help="Runs of each side."
)
@click.option(
    "--share",
    default=1.0,
    show_default=True,
    type=click.FloatRange(0, min_open=True),
    help="Take this part of each figure's full size, to try something out.",
)
def main(*, is_json: bool, only: str | None, runs: int, share: float) -> None:
    """Measure each figure beside its yardstick, in the same run."""
    words = Console(stderr=True)
    chosen = [one for one in MEASUREMENTS if only in {None, one.area}]
    figures = []
    with words.status("Measuring…") as status:
        for figure in measured(chosen, _kinds(words), runs=runs, share=share):
            figures.append(figure)
            status.update(f"Measuring… {figure.name}: {figure.ratio:.2f}")
    if is_json:
        print(showing.as_json(figures))
    else:
        Console().print(showing.as_table(figures, runs))


def measured(
    chosen: Sequence[Measurement], kinds: tuple[Kind, ...], *, runs: int, share: float
) -> Iterator[Figure]:
    """The figures of measurements, one after the other, each in a folder of its own."""
    for one in chosen:
        with tempfile.TemporaryDirectory(prefix="mobilize-bench-") as folder:
            yield from one.measure(Bench(folder=Path(folder), kinds=kinds, runs=runs, share=share))


def _kinds(words: Console) -> tuple[Kind, ...]:
    if postgresql_answers():
        return (SQLITE, POSTGRESQL)
    words.print(
        "No PostgreSQL answers, so its figures are left out. "
        "MOBILIZE_TEST_POSTGRES says where one is."
    )
    return (SQLITE,)


if __name__ == "__main__":
    main()
