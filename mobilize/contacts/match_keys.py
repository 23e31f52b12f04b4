"""Where the records of one person would meet: keyed digests of what they would have in common.

Two records are only compared where they share a key, and a key that too many share tells nobody
apart: the number of a shelter with eighty people, or a name that half a town bears.
"""

from collections.abc import Iterator
from typing import Final

from mobilize.contacts.likeness import Traits
from mobilize.contacts.name_forms import plain_words, sound, usual
from mobilize.core.keys import Keyring

_KINDS: Final = ("mailbox", "phone", "area", "riding")
_MOST: Final = (8, 8, 8, 4)
_KIND_BITS: Final = 2
_ONE_BOX: Final = {"gmail.com": "gmail.com", "googlemail.com": "gmail.com"}
_TAGGED: Final = frozenset(
    {
        "outlook.com", "hotmail.com", "hotmail.ca", "live.ca", "live.com", "icloud.com", "me.com",
        "mac.com", "fastmail.com", "protonmail.com", "proton.me", "pm.me",
    }
)  # fmt: skip
_LEAST_WORDS: Final = 2


def mailbox(email: str | None) -> str | None:
    """The mailbox that an address leads to, as far as its provider is known to have several.

    Gmail takes no notice of dots and of what follows a plus sign; some others of the latter.
    Everywhere else a sign before the @ may make another person's address.
    """
    if email is None:
        return None
    local, _, domain = email.rpartition("@")
    if domain in _ONE_BOX:
        return f"{local.partition('+')[0].replace('.', '')}@{_ONE_BOX[domain]}"
    if domain in _TAGGED:
        return f"{local.partition('+')[0]}@{domain}"
    return email


def keys_of(traits: Traits, keyring: Keyring) -> set[int]:
    """The keys under which a record is looked for."""
    return {_key(keyring, kind, said) for kind, said in _said(traits)}


def most(key: int) -> int:
    """How many records may share a key and still be compared."""
    return _MOST[key & (1 << _KIND_BITS) - 1]


def _said(traits: Traits) -> Iterator[tuple[int, str]]:
    for box in traits.mailboxes:
        yield 0, box.hex()
    for given_name, family_name in traits.names:
        words = [usual(word) for word in plain_words(f"{given_name} {family_name}")]
        sounds = " ".join(sorted(map(sound, words)))
        yield from ((1, f"{phone.hex()} {sounds}") for phone in traits.phones if words)
        if len(words) >= _LEAST_WORDS:
            yield from ((2, f"{area} {sounds}") for area in traits.areas)
            yield from ((3, f"{one} {' '.join(sorted(words))}") for one in traits.ridings)


def _key(keyring: Keyring, kind: int, said: str) -> int:
    digest = keyring.index(f"match-{_KINDS[kind]}", said)
    number = int.from_bytes(digest[:8], signed=True)
    return number >> _KIND_BITS << _KIND_BITS | kind
