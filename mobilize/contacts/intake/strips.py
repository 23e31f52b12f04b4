"""Many pieces of bytes as one, from which some can be left out without copying the others."""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple


class Strip(NamedTuple):
    """Pieces laid end to end.

    Attributes:
        data: All of them.
        ends: Where each ends.
    """

    data: bytes
    ends: "array[int]"

    def piece(self, place: int) -> bytes:
        """One of them."""
        return self.data[self.ends[place - 1] if place else 0 : self.ends[place]]

    def without(self, places: Iterable[int]) -> Iterator[memoryview]:
        """The pieces in their order without some of them, in stretches as long as may be."""
        data, start = memoryview(self.data), 0
        for place in sorted(places):
            begins = self.ends[place - 1] if place else 0
            if begins > start:
                yield data[start:begins]
            start = self.ends[place]
        if start < len(data):
            yield data[start:]


def strip_of(pieces: Sequence[bytes]) -> Strip:
    """Lay pieces end to end."""
    return Strip(b"".join(pieces), array("Q", accumulate(map(len, pieces))))
