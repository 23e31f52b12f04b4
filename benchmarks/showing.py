"""Figures for people as a table, for scripts as JSON."""

import json
from collections.abc import Sequence
from typing import Final

from rich.table import Table

from benchmarks.figures import Figure

_WHOLE_FROM: Final = 10
"""Below it, a figure is shown with its first decimals."""


def as_json(figures: Sequence[Figure]) -> str:
    """A list with one object for each figure, each on a line of its own."""
    lines = (json.dumps(figure.as_dict(), ensure_ascii=False) for figure in figures)
    return "[\n" + ",\n".join(lines) + "\n]"


def as_table(figures: Sequence[Figure], runs: int) -> Table:
    """A table; a ratio that reaches its goal is green."""
    table = Table(
        title=f"Medians of {runs} runs, both sides in turn; a higher ratio is better",
        title_justify="left",
    )
    table.add_column("figure, and what it stands beside")
    for title in ("ours", "yardstick", "unit", "ratio", "goal"):
        table.add_column(title, justify="left" if title == "unit" else "right", no_wrap=True)
    for figure in figures:
        color = "green" if figure.ratio >= figure.goal else "yellow"
        table.add_row(
            f"{figure.area}: {figure.name}\n[dim]{figure.against}[/]",
            _number(figure.value),
            _number(figure.yardstick),
            figure.unit,
            f"[{color}]{figure.ratio:.2f}[/]",
            f"{figure.goal:.2f}",
        )
    return table


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= _WHOLE_FROM else f"{value:.2f}"
