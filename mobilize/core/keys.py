"""The keys that stand outside the database, and what is made with them: sealed text, keyed hashes.

Two kinds of secret serve an installation. *Data keys* seal addresses at rest and rotate: the newest
seals, every one of the ring opens. The *index key* makes the keyed hashes by which an address is
found and kept suppressed after erasure; it cannot rotate, since a suppressed address is no longer
known. Both are 32 random bytes.
"""

import hashlib
import hmac
import os
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from mobilize.core.errors import SetupError

KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12


class Keyring:
    """Seals and opens short texts with AES-256-GCM, and makes keyed hashes.

    Args:
        data_keys: Key id (0 to 255) to key; the highest id seals.
        index_key: The key of the hashes.
        link_key: The key from which the keys of links are derived.
    """

    def __init__(
        self, *, data_keys: Mapping[int, bytes], index_key: bytes, link_key: bytes
    ) -> None:
        for key in (*data_keys.values(), index_key, link_key):
            if len(key) != KEY_BYTES:
                raise SetupError(
                    f"A key has {len(key)} bytes; each needs {KEY_BYTES}.",
                    hint="Make keys with `mobilize init`, or with 32 random bytes in base64.",
                )
        if not data_keys:
            raise SetupError("There is no data key.", hint="Set MOBILIZE_SECRETS_DATA_KEYS.")
        self._ciphers = {key_id: AESGCM(key) for key_id, key in data_keys.items()}
        self.newest = max(data_keys)
        self._prefix = bytes([self.newest])
        self._cipher = self._ciphers[self.newest]
        self._index_key = index_key
        self._link_key = link_key

    def seal(self, text: str, *, context: str) -> bytes:
        """Encrypt a text for one column; the context (table and column) must match at opening."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, text.encode(), context.encode())
        return self._prefix + nonce + sealed

    def open(self, sealed: bytes, *, context: str) -> str:
        """Decrypt what `seal` made.

        Raises:
            SetupError: The key is not in the ring, or the value was altered or moved.
        """
        cipher = self._ciphers.get(sealed[0])
        if cipher is None:
            raise SetupError(
                f"A value is sealed with data key {sealed[0]}, which this installation lacks.",
                hint="Put the key back into MOBILIZE_SECRETS_DATA_KEYS.",
            )
        nonce, body = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        try:
            return cipher.decrypt(nonce, body, context.encode()).decode()
        except InvalidTag:
            raise SetupError(
                f"A sealed value of {context} does not open: altered, or under another key.",
                hint="Restore the secrets that belong to this database.",
            ) from None

    def index(self, purpose: str, normalised: str) -> bytes:
        """The keyed hash by which a normalised address is found without being readable."""
        return hmac.digest(self._index_key, f"{purpose}\0{normalised}".encode(), hashlib.sha256)

    def derived(self, purpose: str) -> bytes:
        """A key for one purpose, derived from the link key (HKDF's expand step, RFC 5869)."""
        return _derive(self._link_key, purpose)


@lru_cache(maxsize=64)
def _derive(key: bytes, purpose: str) -> bytes:
    return hmac.digest(key, purpose.encode() + b"\x01", hashlib.sha256)


def new_key() -> bytes:
    """A fresh random key."""
    return os.urandom(KEY_BYTES)
