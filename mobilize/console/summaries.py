"""Forecasts and results brought into the shape in which a page shows them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mobilize.alerts.queries import MessageCount
from mobilize.messaging.queries import Forecast


@dataclass(frozen=True)
class Outlook:
    """Who would get one message.

    Attributes:
        going: People by language.
        waiting: How many of them only at a better hour.
        skipped: People who would not get it, by reason, the most frequent first.
    """

    going: Sequence[tuple[str, int]]
    waiting: int
    skipped: Sequence[tuple[str, int]]

    @property
    def people(self) -> int:
        """How many would get it."""
        return sum(number for _, number in self.going)

    @property
    def left_out(self) -> int:
        """How many would not."""
        return sum(number for _, number in self.skipped)


@dataclass(frozen=True)
class TableRow:
    """One state and reason, with the people of each column."""

    state: str
    reason: str | None
    numbers: Sequence[int]

    @property
    def total(self) -> int:
        """The people of the whole row."""
        return sum(self.numbers)


@dataclass(frozen=True)
class CountTable:
    """Messages by state and reason, a column for each channel and language."""

    columns: Sequence[tuple[str, str]]
    rows: Sequence[TableRow]

    @property
    def totals(self) -> Sequence[int]:
        """The people of each column."""
        return [sum(row.numbers[at] for row in self.rows) for at in range(len(self.columns))]

    @property
    def total(self) -> int:
        """Everybody."""
        return sum(self.totals)


def outlook(groups: Iterable[Forecast]) -> Outlook:
    """Bring one step's forecast together."""
    going: Counter[str] = Counter()
    skipped: Counter[str] = Counter()
    waiting = 0
    for group in groups:
        if group.reason is not None:
            skipped[group.reason] += group.people
            continue
        going[group.language or ""] += group.people
        waiting += group.people if group.put_off else 0
    return Outlook(going=sorted(going.items()), waiting=waiting, skipped=skipped.most_common())


def count_table(counts: Iterable[MessageCount]) -> CountTable:
    """Lay an alert's counts out as a table."""
    listed = list(counts)
    columns = sorted({(count.channel, count.language) for count in listed})
    found: dict[tuple[str, str | None], list[int]] = {}
    for count in listed:
        numbers = found.setdefault((count.state, count.reason), [0] * len(columns))
        numbers[columns.index((count.channel, count.language))] += count.people
    rows = [TableRow(state, reason, numbers) for (state, reason), numbers in found.items()]
    return CountTable(columns, sorted(rows, key=lambda row: -row.total))
