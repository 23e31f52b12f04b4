"""Short sealed tokens for links: they name one row for one purpose and carry nothing else.

A token is one AES block, 22 characters: five bytes of row id, three of expiry, eight zeros. Under a
key of its own for each purpose the block is a random permutation, so a guess opens with a chance of
2⁻⁶⁴, the id cannot be read or counted, and making one costs a microsecond where a message to a
million people needs three.
"""

import base64
import binascii
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from mobilize.core.keys import Keyring

_EPOCH: Final = datetime(2020, 1, 1, tzinfo=UTC)
_NEVER: Final = 0
_ZEROS: Final = bytes(8)
_PADDING: Final = bytes(2)


class Links:
    """Seals row ids into tokens and opens them again.

    Args:
        keyring: The installation's keys; tokens stop working when the link key changes.
    """

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring
        self._ciphers: dict[str, Cipher[modes.ECB]] = {}

    def seal(self, purpose: str, row_id: int, *, expires_at: datetime | None = None) -> str:
        """The token for a row; a full hour is the grain of its expiry, rounded up."""
        return self.seal_many(purpose, [row_id], expires_at=expires_at)[0]

    def seal_many(
        self, purpose: str, row_ids: Sequence[int], *, expires_at: datetime | None = None
    ) -> list[str]:
        """The tokens for many rows, made in one pass."""
        hours = _NEVER if expires_at is None else _hours(expires_at)
        tail = hours.to_bytes(3, "big") + _ZEROS
        blocks = b"".join(row_id.to_bytes(5, "big") + tail for row_id in row_ids)
        sealed = self._cipher(purpose).encryptor().update(blocks)
        # Two bytes more make each block end on a character, so that one call encodes them all.
        padded = b"".join([sealed[at : at + 16] + _PADDING for at in range(0, len(sealed), 16)])
        text = base64.urlsafe_b64encode(padded).decode()
        return [text[at : at + 22] for at in range(0, len(text), 24)]

    def open(self, purpose: str, token: str, *, now: datetime) -> int | None:
        """The row id, or None where the token is forged, expired or for another purpose."""
        try:
            sealed = base64.b64decode(token.encode() + b"==", altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        if len(sealed) != 16:  # noqa: PLR2004 - one block
            return None
        block = self._cipher(purpose).decryptor().update(sealed)
        if block[8:] != _ZEROS:
            return None
        hours = int.from_bytes(block[5:8], "big")
        if hours != _NEVER and now > _EPOCH + timedelta(hours=hours):
            return None
        return int.from_bytes(block[:5], "big")

    def _cipher(self, purpose: str) -> Cipher[modes.ECB]:
        cipher = self._ciphers.get(purpose)
        if cipher is None:
            # One block is encrypted at a time, so the plain mode hides all there is to hide.
            key = self._keyring.derived(f"link:{purpose}")
            cipher = self._ciphers[purpose] = Cipher(algorithms.AES(key), modes.ECB())  # noqa: S305
        return cipher


def _hours(instant: datetime) -> int:
    return -((_EPOCH - instant) // timedelta(hours=1))
