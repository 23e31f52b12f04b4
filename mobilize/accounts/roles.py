"""Who may do what: permissions as data, and the one check."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from mobilize.core.errors import Forbidden

Role = Literal["viewer", "organizer", "approver", "auditor", "admin"]
Permission = Literal[
    "see",  # campaigns, alerts, MPs, partners, results in numbers
    "people",  # look at and change supporters' records
    "texts",  # read what people text, and answer
    "import",  # read supporters and partners from files
    "compose",  # write campaigns, templates, alerts and plans
    "launch",  # launch, pause, resume and cancel
    "approve",  # be the second person of a launch
    "adopt",  # adopt a version of a demand
    "export",  # take records out
    "audit",  # read the audit log
    "accounts",  # make and suspend accounts and everybody's keys
]

_SEE: Final[frozenset[Permission]] = frozenset({"see"})
_ORGANIZE: Final[frozenset[Permission]] = frozenset(
    {"see", "people", "texts", "import", "compose", "launch", "export"}
)
_SECOND: Final[frozenset[Permission]] = frozenset({"approve", "adopt"})
_WATCH: Final[frozenset[Permission]] = frozenset({"audit"})
_GOVERN: Final[frozenset[Permission]] = frozenset({"accounts"})
PERMISSIONS: Final[Mapping[str, frozenset[Permission]]] = {
    "viewer": _SEE,
    "organizer": _ORGANIZE,
    "approver": _ORGANIZE | _SECOND,
    "auditor": _SEE | _WATCH,
    "admin": _ORGANIZE | _SECOND | _WATCH | _GOVERN,
}
ROLES: Final[tuple[Role, ...]] = ("viewer", "organizer", "approver", "auditor", "admin")


class HasRole(Protocol):
    """An account, a key, or who is asking."""

    @property
    def role(self) -> str:
        """The role's name."""
        ...


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who makes the present request: a signed-in account, or a program with a key."""

    account_id: int
    account_public_id: str
    actor: str
    """As the audit log names it: `account:<public id>` or `key:<public id>`."""
    name: str
    role: str
    language: str


def may(asking: HasRole, permission: Permission) -> bool:
    """Whether a role holds a permission."""
    return permission in PERMISSIONS.get(asking.role, frozenset())


def require(asking: HasRole, permission: Permission) -> None:
    """Go on only with the permission.

    Raises:
        Forbidden: The role does not hold it.
    """
    if not may(asking, permission):
        holders = [role for role in ROLES if permission in PERMISSIONS[role]]
        raise Forbidden(
            f"The role {asking.role} may not do this.",
            hint=f"It takes one of these roles: {', '.join(holders)}.",
        )


def is_within(role: str, limit: str) -> bool:
    """Whether a role gives nothing that another does not give."""
    return PERMISSIONS.get(role, frozenset()) <= PERMISSIONS.get(limit, frozenset())
