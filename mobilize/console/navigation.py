"""What the console offers, in the order of the work; each feature's pages add a line here."""

from dataclasses import dataclass
from typing import Final

from flask_babel import LazyString

from mobilize.accounts.roles import HasRole, Permission, may


@dataclass(frozen=True, kw_only=True)
class Place:
    """A page that stands in the navigation and on the first page."""

    endpoint: str
    label: LazyString
    about: LazyString
    icon: str
    permission: Permission


PLACES: Final[tuple[Place, ...]] = ()
"""For instance: Place(endpoint="console.alerts", label=lazy_gettext("Alerts"), …)."""


def places_for(asking: HasRole) -> list[Place]:
    """The places that somebody's role opens."""
    return [place for place in PLACES if may(asking, place.permission)]
