"""What each role may do."""

from typing import NamedTuple

import pytest

from mobilize.accounts.roles import PERMISSIONS, ROLES, Permission, is_within, may, require
from mobilize.core.errors import Forbidden


class Somebody(NamedTuple):
    """Whoever has a role."""

    role: str


@pytest.mark.parametrize(
    ("role", "permission", "allowed"),
    [
        ("viewer", "see", True),
        ("viewer", "people", False),
        ("organizer", "launch", True),
        ("organizer", "approve", False),
        ("approver", "approve", True),
        ("auditor", "audit", True),
        ("auditor", "launch", False),
        ("admin", "accounts", True),
        ("nobody", "see", False),
    ],
)
def test_roles_hold_what_their_work_needs(role: str, permission: Permission, allowed: bool) -> None:
    assert may(Somebody(role), permission) is allowed


def test_a_refusal_says_which_roles_may() -> None:
    with pytest.raises(Forbidden) as refusal:
        require(Somebody("organizer"), "approve")
    assert refusal.value.hint == "It takes one of these roles: approver, admin."


def test_every_role_has_its_permissions() -> None:
    assert set(PERMISSIONS) == set(ROLES)


def test_a_role_reaches_no_further_than_one_that_holds_as_much() -> None:
    assert is_within("viewer", "organizer")
    assert not is_within("organizer", "auditor")
