"""PostgreSQL's binary form of an array of bytes (its source, `array_send`), written at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from struct import iter_unpack, pack
from typing import Any, Final

from mobilize.core.keys import HASH_BYTES

_BYTEA: Final = 17
_ARRAY_OF_BYTEA: Final = 1001
_HEAD: Final = 20


@dataclass(frozen=True)
class PackedArray:
    """An array that is ready to go."""

    data: bytes

    def hashes(self) -> list[bytes]:
        """What it was packed from, where all of it are keyed hashes."""
        return list(chain.from_iterable(iter_unpack(f"4x{HASH_BYTES}s", self.data[_HEAD:])))


def packed_hashes(hashes: Sequence[bytes]) -> PackedArray:
    """Hashes as an array of `bytea`."""
    head = pack(">iii", 1 if hashes else 0, 0, _BYTEA)
    if not hashes:
        return PackedArray(head)
    head += pack(">ii", len(hashes), 1)
    lengths = set(map(len, hashes))
    if len(lengths) == 1:
        length = pack(">i", lengths.pop())
        return PackedArray(head + length + length.join(hashes))
    return PackedArray(head + b"".join([pack(">i", len(one)) + one for one in hashes]))


def dumper(driver: Any) -> type[Any]:
    """What hands a `PackedArray` to the driver."""

    class PackedDumper(driver.adapt.Dumper):  # type: ignore[misc]
        format = driver.pq.Format.BINARY
        oid = _ARRAY_OF_BYTEA

        def dump(self, obj: PackedArray) -> bytes:
            return obj.data

    return PackedDumper
