"""What reading an answer must know of a custom field, apart from its table."""

from collections.abc import Sequence
from typing import Protocol


class Question(Protocol):
    """A custom field, as far as its answers are read; it can be pickled."""

    id: int
    key: str
    kind: str

    @property
    def choices(self) -> Sequence[dict[str, str]]:
        """For `choice`: each with its key and its words in both languages."""
        ...
