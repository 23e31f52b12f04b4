"""What a dialect is made of."""

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

Convert = Callable[[str], str]
"""Makes a cell of a tool's export into one of ours; a function of a module, so that it travels to
other processes. It raises `InvalidInput` where the whole row is none of ours."""

SUBSCRIBED: Final = {"email": "subscribed_email", "sms": "subscribed_sms"}
"""Where a tool says that somebody is on its list; a consent that is declared for the file counts
for those alone."""
DATED: Final = {"email": "dated_email", "sms": "dated_sms"}
"""Where a tool says since when."""


class Take(NamedTuple):
    """What is taken from a column.

    Attributes:
        target: Our name of a column, one of `SUBSCRIBED` or `DATED`, or empty where the cell is
            only looked at.
        convert: What makes the cell into ours; None where it is one already.
    """

    target: str
    convert: Convert | None = None


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """How one tool writes its exports.

    Attributes:
        key: Its name in the database and on the command line.
        title: Its name for people.
        marks: Columns, by normalised name, all of which its exports have.
        hints: Columns of which its exports have at least `least`.
        prefix: What the names of its own columns begin with, where it has such a habit.
        columns: By normalised name, what is taken of each column that means something to us.
        aside: Its own columns that nothing is taken from, by normalised name; they are passed over
            even where their name would have a file of our own refused, and never read.
        every_row: What holds for every row, by our name, such as in a file of those who left.
        of_file: What else the file's name says.
    """

    key: str
    title: str
    marks: AbstractSet[str]
    columns: Mapping[str, tuple[Take, ...]]
    aside: AbstractSet[str] = frozenset()
    hints: AbstractSet[str] = frozenset()
    least: int = 0
    prefix: str = ""
    every_row: Mapping[str, str] = field(default_factory=dict)
    of_file: Callable[[str], Mapping[str, str]] | None = None

    def knows(self, names: AbstractSet[str]) -> bool:
        """Whether a header of these normalised names is one of this tool."""
        return (
            self.marks <= names
            and len(self.hints & names) >= self.least
            and (not self.prefix or any(name.startswith(self.prefix) for name in names))
        )

    def for_file(self, file_name: str) -> "Dialect":
        """The dialect as one file speaks it."""
        return replace(self, every_row=self.of_file(file_name)) if self.of_file else self
