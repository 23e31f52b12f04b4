"""One rule of what a disclosure sounds like."""

import re
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Rule:
    """A phrase, what it speaks for, and how much.

    Attributes:
        name: What it speaks for, as those named for care read it; rules of one name count once.
        weight: 4 and more is plain words, which nothing eases; less is a hint. Three are enough.
        pattern: Matched on lower-case letters without accents, apostrophes or marks.
    """

    name: str
    weight: int
    pattern: str

    @cached_property
    def expression(self) -> re.Pattern[str]:
        """The pattern, compiled once."""
        return re.compile(self.pattern)
