"""Short sealed tokens for links: they name one row for one purpose and carry nothing else.

A token is one AES block, 22 characters: five bytes of row id, three of expiry, eight zeros. Under a
key of its own for each purpose the block is a random permutation, so a guess opens with a chance of
2⁻⁶⁴, the id cannot be read or counted, and making one costs a microsecond where a message to a
million people needs three.
"""

import base64
import hashlib
import hmac
import re
import sys
from array import array
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from mobilize.core.keys import Keyring

_EPOCH: Final = datetime(2020, 1, 1, tzinfo=UTC)
_NEVER: Final = 0
_TOKEN: Final = re.compile("[A-Za-z0-9_-]{22}")
_BLOCK: Final = 16
_PADDED: Final = 18
_EXPIRY_BITS: Final = 24
_LATEST: Final = (1 << _EXPIRY_BITS) - 1
_NATIVE: Final = sys.byteorder == "big"


class Links:
    """Seals row ids into tokens and opens them again.

    Args:
        keyring: The installation's keys; tokens that former link keys made open for as long as
            it holds those.
    """

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def seal(self, purpose: str, row_id: int, *, expires_at: datetime | None = None) -> str:
        """The token for a row; a full hour is the grain of its expiry, rounded up."""
        return self.seal_many(purpose, [row_id], expires_at=expires_at)[0]

    def seal_many(
        self, purpose: str, row_ids: Sequence[int], *, expires_at: datetime | None = None
    ) -> list[str]:
        """The tokens for many rows, made in one pass."""
        blocks = _blocks(row_ids, _NEVER if expires_at is None else _hours(expires_at))
        sealed = self._ciphers(purpose)[0].encryptor().update(blocks)
        # Two bytes more make each block end on a character, so that one call encodes them all.
        padded = bytearray(_PADDED * len(row_ids))
        for at in range(_BLOCK):
            padded[at::_PADDED] = sealed[at::_BLOCK]
        text = base64.urlsafe_b64encode(padded).decode()
        return [text[at : at + 22] for at in range(0, len(text), 24)]

    def open(self, purpose: str, token: str, *, now: datetime) -> int | None:
        """The row id, or None where the token is forged, expired or for another purpose."""
        return self.open_many(purpose, [token], now=now)[0]

    def open_many(self, purpose: str, tokens: Sequence[str], *, now: datetime) -> list[int | None]:
        """What `open` says of each of many tokens, opened in one pass."""
        opened: list[int | None] = [None] * len(tokens)
        whole = [at for at, token in enumerate(tokens) if _TOKEN.fullmatch(token)]
        left = dict(zip(whole, _unpadded([tokens[at] for at in whole]), strict=True))
        hours_past = (now - _EPOCH) / timedelta(hours=1)
        # The keys are looked at anew before a token is called no good.
        while left:
            for cipher in self._ciphers(purpose):
                words = _words(cipher.decryptor().update(b"".join(left.values())))
                for at, number, zeros in zip(tuple(left), words[::2], words[1::2], strict=True):
                    if zeros:
                        continue
                    del left[at]
                    hours = number & _LATEST
                    if hours == _NEVER or hours >= hours_past:
                        opened[at] = number >> _EXPIRY_BITS
            if left and not self._keyring.refresh():
                break
        return opened

    def digits(self, purpose: str, ref: str, *, count: int) -> str:
        """The code of digits that belongs to a name, for a person to type.

        It can be made again at any time and therefore stands nowhere; the name must be random.
        """
        key = self._keyring.derived(f"digits:{purpose}")[0]
        number = int.from_bytes(hmac.digest(key, ref.encode(), hashlib.sha256), "big")
        return str(number % 10**count).zfill(count)

    def _ciphers(self, purpose: str) -> list[Cipher[modes.ECB]]:
        return [_cipher(key) for key in self._keyring.derived(f"link:{purpose}")]


def _blocks(row_ids: Sequence[int], hours: int) -> bytes:
    """The blocks of many rows, column by column: one for each alone takes five times as long.

    Raises:
        OverflowError: An id is longer than five bytes.
    """
    words = array("Q", bytes(_BLOCK * len(row_ids)))
    words[::2] = array("Q", [row_id << _EXPIRY_BITS | hours for row_id in row_ids])
    if not _NATIVE:
        words.byteswap()
    return words.tobytes()


def _words(blocks: bytes) -> "array[int]":
    """What `_blocks` made as numbers again: for each row one that says all, and one of zeros."""
    words = array("Q", blocks)
    if not _NATIVE:
        words.byteswap()
    return words


def _unpadded(tokens: Sequence[str]) -> list[bytes]:
    """The blocks that tokens are the text of, as `seal_many` pads them."""
    text = base64.urlsafe_b64decode("AA".join([*tokens, ""]))
    return [text[at : at + _BLOCK] for at in range(0, len(text), _PADDED)]


@lru_cache(maxsize=64)
def _cipher(key: bytes) -> Cipher[modes.ECB]:
    # One block is encrypted at a time, so the plain mode hides all there is to hide.
    return Cipher(algorithms.AES(key), modes.ECB())  # noqa: S305


def _hours(instant: datetime) -> int:
    return -((_EPOCH - instant) // timedelta(hours=1))
