"""Long passwords of any kind; none that is tried first."""

import pytest

from mobilize.accounts.passwords import check_password, hash_password, matches
from mobilize.core.errors import InvalidInput


@pytest.mark.parametrize(
    "password", ["winter lantern river plum", "ça va très bien là-bas", "x7!Kq2#mP9$w"]
)
def test_a_long_one_of_any_characters_is_taken(password: str) -> None:
    check_password(password, email="ada@example.org")


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "elevenchars",
        "aaaaaaaaaaaaaaaa",
        "123456789012",
        "Password2026!",
        "motdepasse1234",
        "qwertyuiopqwerty",
        "sample2026sample",
        "w" * 201,
    ],
)
def test_short_common_and_own_names_are_refused(password: str) -> None:
    with pytest.raises(InvalidInput):
        check_password(password, email="sample@example.org")


def test_only_its_own_password_opens_a_hash() -> None:
    stored = hash_password("winter lantern river plum")
    assert stored.startswith("$argon2id$")
    assert matches("winter lantern river plum", stored)
    assert not matches("winter lantern river pear", stored)


def test_no_account_matches_nothing() -> None:
    assert not matches("the password of no account", None)
