"""Pages of a long list, each beginning after the last row of the one before."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

Item = TypeVar("Item")
PAGE_SIZE: Final = 50
LARGEST_PAGE: Final = 500


@dataclass(frozen=True)
class Page(Generic[Item]):
    """Some rows, and the key after which the next ones begin; none where this was the end."""

    items: Sequence[Item]
    after: int | None
