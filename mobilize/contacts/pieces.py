"""A file's bytes that come in pieces of one size, one of them in memory at a time."""

import io
from collections.abc import Callable
from typing import Any, BinaryIO, Final, Protocol, cast, runtime_checkable

from typing_extensions import override

PIECE: Final = 1 << 19
"""Bytes of every piece but the last."""


@runtime_checkable
class InPieces(Protocol):
    """A source that has its bytes in pieces."""

    @property
    def name(self) -> str:
        """What people call the file."""
        ...

    @property
    def size(self) -> int:
        """In bytes."""
        ...

    def open(self) -> BinaryIO:
        """The bytes, from the first; any place in them can be sought."""
        ...

    def piece(self, number: int) -> bytes:
        """One piece, the first being 0."""
        ...


def open_pieces(piece: Callable[[int], bytes], size: int) -> BinaryIO:
    """The bytes of so many, from the first; any place in them can be sought."""
    return cast("BinaryIO", io.BufferedReader(_Pieces(piece, size), buffer_size=1 << 16))


class _Pieces(io.RawIOBase):
    def __init__(self, piece: Callable[[int], bytes], size: int) -> None:
        self._open = piece
        self._size = size
        self._at = 0
        self._number = -1
        self._piece = b""

    @override
    def readable(self) -> bool:
        return True

    @override
    def seekable(self) -> bool:
        return True

    @override
    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    @override
    def tell(self) -> int:
        return self._at

    @override
    def readinto(self, buffer: Any) -> int:
        if self._at >= self._size:
            return 0
        number, place = divmod(self._at, PIECE)
        if number != self._number:
            self._piece, self._number = self._open(number), number
        some = self._piece[place : place + len(buffer)]
        buffer[: len(some)] = some
        self._at += len(some)
        return len(some)
