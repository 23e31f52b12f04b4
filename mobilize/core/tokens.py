"""Short sealed tokens for links: they name one row for one purpose and carry nothing else.

A token is one AES block, 22 characters: five bytes of row id, three of expiry, eight zeros. Under a
key of its own for each purpose the block is a random permutation, so a guess opens with a chance of
2⁻⁶⁴, the id cannot be read or counted, and making one costs a microsecond where a message to a
million people needs three.
"""

import base64
import binascii
import hashlib
import hmac
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
_ZEROS: Final = bytes(8)
_BLOCK: Final = 16
_PADDED: Final = 18
_EXPIRY_BITS: Final = 24
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
        try:
            sealed = base64.b64decode(token.encode() + b"==", altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        if len(sealed) != _BLOCK:
            return None
        block = self._block(purpose, sealed)
        if block is None:
            return None
        hours = int.from_bytes(block[5:8], "big")
        if hours != _NEVER and now > _EPOCH + timedelta(hours=hours):
            return None
        return int.from_bytes(block[:5], "big")

    def digits(self, purpose: str, ref: str, *, count: int) -> str:
        """The code of digits that belongs to a name, for a person to type.

        It can be made again at any time and therefore stands nowhere; the name must be random.
        """
        key = self._keyring.derived(f"digits:{purpose}")[0]
        number = int.from_bytes(hmac.digest(key, ref.encode(), hashlib.sha256), "big")
        return str(number % 10**count).zfill(count)

    def _block(self, purpose: str, sealed: bytes) -> bytes | None:
        """What a block says under the key that made it; the keys are looked at anew before no."""
        while True:
            for cipher in self._ciphers(purpose):
                block = cipher.decryptor().update(sealed)
                if block[8:] == _ZEROS:
                    return block
            if not self._keyring.refresh():
                return None

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


@lru_cache(maxsize=64)
def _cipher(key: bytes) -> Cipher[modes.ECB]:
    # One block is encrypted at a time, so the plain mode hides all there is to hide.
    return Cipher(algorithms.AES(key), modes.ECB())  # noqa: S305


def _hours(instant: datetime) -> int:
    return -((_EPOCH - instant) // timedelta(hours=1))
