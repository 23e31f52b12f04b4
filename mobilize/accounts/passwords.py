"""Passwords: long rather than contrived, kept only as Argon2id hashes.

The rules are those of OWASP ASVS 5.0, 6.2: a minimum length, any characters, no composition rules,
and none of the passwords that everybody tries first.
"""

from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from mobilize.core.errors import InvalidInput

SHORTEST: Final = 12
LONGEST: Final = 200
# Stems that long but worthless passwords are made of; repeated or padded ones count too.
_COMMON: Final = (
    "123456789012",
    "abcdefghijkl",
    "admin",
    "azerty",
    "canada",
    "changeme",
    "iloveyou",
    "jetaime",
    "letmein",
    "mobilize",
    "motdepasse",
    "passw0rd",
    "password",
    "qwerty",
    "qwertyuiop",
    "welcome",
)
_FEWEST_DIFFERENT: Final = 5
_hasher = PasswordHasher()


def check_password(password: str, *, email: str = "") -> None:
    """Refuse a password that is short or that an attacker tries first.

    Raises:
        InvalidInput: With the reason, and what to choose instead.
    """
    hint = "Four or five words that do not belong together make a good one."
    if len(password) < SHORTEST:
        raise InvalidInput(
            f"The password is shorter than {SHORTEST} characters.",
            hint=hint,
            fields={"password": "too short"},
        )
    if len(password) > LONGEST:
        raise InvalidInput(
            f"The password is longer than {LONGEST} characters.", fields={"password": "too long"}
        )
    if _is_common(password.casefold(), email.casefold().partition("@")[0]):
        raise InvalidInput(
            "The password is one that is tried first.", hint=hint, fields={"password": "common"}
        )


def hash_password(password: str) -> str:
    """The Argon2id hash of a password, with its own salt and costs in it."""
    return _hasher.hash(password)


def matches(password: str, password_hash: str | None) -> bool:
    """Whether a password belongs to a hash; without one the same work is done in vain.

    So the time of an answer does not tell whether an account exists.
    """
    try:
        _hasher.verify(password_hash or _NOBODY, password)
    except (VerifyMismatchError, InvalidHashError):
        return False
    return password_hash is not None


def _is_common(password: str, name: str) -> bool:
    if len(set(password)) < _FEWEST_DIFFERENT:
        return True
    stems = (*_COMMON, name) if len(name) > 3 else _COMMON  # noqa: PLR2004 - shorter ones are everywhere
    rest = password
    for stem in sorted(stems, key=len, reverse=True):
        rest = rest.replace(stem, "")
    # What is left beside the stems: a year, a mark of exclamation.
    return len(rest) < SHORTEST // 2


_NOBODY: Final = _hasher.hash("the password of no account")
