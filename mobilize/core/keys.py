"""The keys that stand outside the database, and what is made with them: sealed text, keyed hashes.

Three kinds of secret serve an installation. *Data keys* seal addresses at rest and rotate: one of
the ring seals, every one of it opens. The *link key* makes the links in messages; former ones still
open theirs. The *index key* makes the keyed hashes by which an address is found and kept suppressed
after erasure; it cannot rotate, since a suppressed address is no longer known
(docs/decisions/0008-keys.md). All are 32 random bytes.
"""

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from mobilize.core.errors import SetupError

KEY_BYTES: Final = 32
HASH_BYTES: Final = 32
"""What `index` gives."""
DIGEST_BYTES: Final = 16
"""What `digest` gives."""
HIGHEST_ID: Final = 255
_NONCE_BYTES: Final = 12
_HASH_BLOCK_BYTES: Final = 64
_INNER: Final = bytes(byte ^ 0x36 for byte in range(256))
_OUTER: Final = bytes(byte ^ 0x5C for byte in range(256))
"""The pads of an HMAC (RFC 2104 §2)."""
_PREFIXES: Final = [bytes([key_id]) for key_id in range(HIGHEST_ID + 1)]
"""A sealed value begins with the id of its key."""


class Keys(NamedTuple):
    """The keys that a ring is made of."""

    data_keys: Mapping[int, bytes]
    index_key: bytes
    link_key: bytes
    sealing: int | None
    former_link_keys: Sequence[bytes]


class _Ring(NamedTuple):
    """The keys of one moment; a thread that works with them never sees half of a change."""

    ciphers: Mapping[int, AESGCM]
    sealing: int
    cipher: AESGCM
    index_key: bytes
    link_keys: tuple[bytes, ...]
    keys: Keys


class Keyring:
    """Seals and opens short texts with AES-256-GCM, and makes keyed hashes.

    Args:
        data_keys: Key id (0 to 255) to key; every one of them opens.
        index_key: The key of the hashes.
        link_key: The key from which the keys of new links are derived.
        sealing: The id of the data key that seals; the lowest where nothing is said, so that a key
            which is only being made known does not seal yet.
        former_link_keys: Link keys whose links still open.
    """

    def __init__(
        self,
        *,
        data_keys: Mapping[int, bytes],
        index_key: bytes,
        link_key: bytes,
        sealing: int | None = None,
        former_link_keys: Sequence[bytes] = (),
    ) -> None:
        for key in (*data_keys.values(), index_key, link_key, *former_link_keys):
            if len(key) != KEY_BYTES:
                raise SetupError(
                    f"A key has {len(key)} bytes; each needs {KEY_BYTES}.",
                    hint="Make keys with `mobilize init`, or with 32 random bytes in base64.",
                )
        if not data_keys or not all(0 <= key_id <= HIGHEST_ID for key_id in data_keys):
            raise SetupError(
                "There is no data key, or one whose number is not between 0 and 255.",
                hint="Set MOBILIZE_SECRETS_DATA_KEYS.",
            )
        sealing = min(data_keys) if sealing is None else sealing
        if sealing not in data_keys:
            raise SetupError(
                f"Data key {sealing} is to seal, but this installation lacks it.",
                hint="Set MOBILIZE_SECRETS_SEALING_KEY to a number that MOBILIZE_SECRETS_DATA_KEYS "
                "names.",
            )
        ciphers = {key_id: AESGCM(key) for key_id, key in data_keys.items()}
        keys = Keys(dict(data_keys), index_key, link_key, sealing, tuple(former_link_keys))
        self._ring = _Ring(
            ciphers, sealing, ciphers[sealing], index_key, (link_key, *former_link_keys), keys
        )
        self._newer: Callable[[], Keyring | None] = _never

    @property
    def ids(self) -> tuple[int, ...]:
        """The ids of the data keys, in order."""
        return tuple(sorted(self._ring.ciphers))

    @property
    def sealing(self) -> int:
        """The id of the data key that seals."""
        return self._ring.sealing

    def follow(self, newer: Callable[[], "Keyring | None"]) -> None:
        """Take over what is changed while the process runs.

        Args:
            newer: Asked at every `refresh`: the keys as they stand now, or None where nothing
                changed; it must cost next to nothing.
        """
        self._newer = newer

    def refresh(self) -> bool:
        """Take over keys that were changed meanwhile; returns whether there were any."""
        newer = self._newer()
        if newer is None:
            return False
        self._ring = newer._ring  # noqa: SLF001 - one of its own kind
        return True

    def seal(self, text: str, *, context: str) -> bytes:
        """Encrypt a text for one column; the context (table and column) must match at opening."""
        ring = self._ring
        nonce = os.urandom(_NONCE_BYTES)
        sealed = ring.cipher.encrypt(nonce, text.encode(), context.encode())
        return _PREFIXES[ring.sealing] + nonce + sealed

    def seal_many(self, texts: Sequence[str], *, context: str) -> list[bytes]:
        """Encrypt texts for one column; the system is asked once for the nonces of all."""
        ring, where = self._ring, context.encode()
        prefix, encrypt = _PREFIXES[ring.sealing], ring.cipher.encrypt
        random = os.urandom(_NONCE_BYTES * len(texts))
        nonces = [random[at : at + _NONCE_BYTES] for at in range(0, len(random), _NONCE_BYTES)]
        return [
            prefix + nonce + encrypt(nonce, text.encode(), where)
            for nonce, text in zip(nonces, texts, strict=True)
        ]

    def open(self, sealed: bytes, *, context: str) -> str:
        """Decrypt what `seal` made.

        Raises:
            SetupError: The key is not in the ring, or the value was altered or moved.
        """
        cipher = self._ring.ciphers.get(sealed[0])
        if cipher is None:
            # Another process may have learned of a key a moment ago.
            cipher = self._ring.ciphers.get(sealed[0]) if self.refresh() else None
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

    def open_all(self, sealed: Iterable[bytes | None], *, context: str) -> list[str | None]:
        """Decrypt many values of one column, at a third of what opening each by itself costs.

        Raises:
            SetupError: One of them does not open; see `open`.
        """
        ciphers, bound, body_at = self._ring.ciphers, context.encode(), 1 + _NONCE_BYTES
        opened: list[str | None] = []
        for one in sealed:
            if one is None:
                opened.append(None)
                continue
            try:
                text = ciphers[one[0]].decrypt(one[1:body_at], one[body_at:], bound).decode()
            except (KeyError, InvalidTag):
                text = self.open(one, context=context)
            opened.append(text)
        return opened

    def index(self, purpose: str, normalised: str) -> bytes:
        """The keyed hash by which a normalised address is found without being readable."""
        return hmac.digest(
            self._ring.index_key, f"{purpose}\0{normalised}".encode(), hashlib.sha256
        )

    def index_many(self, purpose: str, texts: Iterable[str | None]) -> list[bytes | None]:
        """The keyed hashes of many addresses; None where there is none."""
        inner, outer = _begun(self._ring.index_key)
        inner.update(f"{purpose}\0".encode())
        hashes: list[bytes | None] = []
        for text in texts:
            if text is None:
                hashes.append(None)
                continue
            within, around = inner.copy(), outer.copy()
            within.update(text.encode())
            around.update(within.digest())
            hashes.append(around.digest())
        return hashes

    def digest(self, purpose: str, text: str) -> bytes:
        """A keyed digest of 16 bytes by which the same text is known again.

        Keyed BLAKE2b (RFC 7693) takes a third of the time of an HMAC, and a file of a million rows
        has a million of them. Unlike `index` it may change between versions: who keeps one must do
        no more than some needless work when it no longer fits.
        """
        return self.digest_many(purpose, [text])[0]

    def digest_many(self, purpose: str, texts: Iterable[str]) -> list[bytes]:
        """The keyed digests of many texts."""
        key, person, blake = self._ring.index_key, purpose.encode(), hashlib.blake2b
        return [
            blake(text.encode(), digest_size=DIGEST_BYTES, key=key, person=person).digest()
            for text in texts
        ]

    def handed_over(self) -> "Keys":
        """The keys themselves, for another process of this program: through a pipe, never kept."""
        return self._ring.keys

    def derived(self, purpose: str) -> list[bytes]:
        """The keys for one purpose, derived from the link keys (HKDF's expand step, RFC 5869).

        The first makes what is new; the others open what former keys made.
        """
        return [_derive(key, purpose) for key in self._ring.link_keys]


def _begun(key: bytes) -> tuple["hashlib._Hash", "hashlib._Hash"]:
    """The two hashes of an HMAC (RFC 2104 §2) with the key in them and nothing else yet.

    To go on from copies of them takes half as long as to begin with the key for every text.
    """
    block = key.ljust(_HASH_BLOCK_BYTES, b"\0")
    return hashlib.sha256(block.translate(_INNER)), hashlib.sha256(block.translate(_OUTER))


@lru_cache(maxsize=64)
def _derive(key: bytes, purpose: str) -> bytes:
    return hmac.digest(key, purpose.encode() + b"\x01", hashlib.sha256)


def _never() -> None:
    """Keys that are fixed for as long as the process runs."""


def new_key() -> bytes:
    """A fresh random key."""
    return os.urandom(KEY_BYTES)


def key_from_text(text: str) -> bytes:
    """A key as it stands in a file of secrets.

    Raises:
        SetupError: It is not 32 bytes in base64.
    """
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise SetupError(
            f"A secret key is not {KEY_BYTES} bytes in base64.",
            hint="Restore the instance folder's secrets.env, or run `mobilize init` for a new one.",
        )
    return key
