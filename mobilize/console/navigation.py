"""What the console offers, in the order of the work; each feature's pages add a line here."""

from dataclasses import dataclass
from typing import Final

from flask_babel import LazyString, lazy_gettext

from mobilize.accounts.roles import HasRole, Permission, may


@dataclass(frozen=True, kw_only=True)
class Place:
    """A page that stands in the navigation and on the first page."""

    endpoint: str
    label: LazyString
    about: LazyString
    icon: str
    permission: Permission


PLACES: Final[tuple[Place, ...]] = (
    Place(
        endpoint="console.alerts",
        label=lazy_gettext("Alerts"),
        about=lazy_gettext("Write, approve and launch calls to action, and watch them go."),
        icon="megaphone",
        permission="see",
    ),
    Place(
        endpoint="console.audiences",
        label=lazy_gettext("Audiences"),
        about=lazy_gettext("Whom alerts and follow-ups mean, saved by name."),
        icon="envelope",
        permission="see",
    ),
    Place(
        endpoint="console.campaigns",
        label=lazy_gettext("Campaigns"),
        about=lazy_gettext("What people are asked to do, in both languages."),
        icon="bell",
        permission="see",
    ),
    Place(
        endpoint="console.plans",
        label=lazy_gettext("Follow-ups"),
        about=lazy_gettext("What happens before and after a date, by itself."),
        icon="calendar-event",
        permission="see",
    ),
    Place(
        endpoint="console.mp_contacts",
        label=lazy_gettext("MP contacts"),
        about=lazy_gettext("Which offices were reached, and what they said."),
        icon="telephone",
        permission="people",
    ),
    Place(
        endpoint="console.demands",
        label=lazy_gettext("Demands and dates"),
        about=lazy_gettext("What the campaign asks for, and when it matters."),
        icon="check-circle",
        permission="see",
    ),
    Place(
        endpoint="console.partners",
        label=lazy_gettext("Partners"),
        about=lazy_gettext("The coalition’s organizations and what they signed."),
        icon="people",
        permission="see",
    ),
    Place(
        endpoint="console.people",
        label=lazy_gettext("People"),
        about=lazy_gettext("Supporters on file, and what they agreed to."),
        icon="person",
        permission="people",
    ),
    Place(
        endpoint="console.inbox",
        label=lazy_gettext("Texts"),
        about=lazy_gettext("What people texted us, and who answers."),
        icon="envelope",
        permission="texts",
    ),
    Place(
        endpoint="console.imports",
        label=lazy_gettext("Imports"),
        about=lazy_gettext("Bring in a file of supporters, look first, and take it back."),
        icon="box-arrow-right",
        permission="import",
    ),
)


CARE: Final = Place(
    endpoint="console.care",
    label=lazy_gettext("Care"),
    about=lazy_gettext("For the few who are named for it."),
    icon="person",
    permission="accounts",
)
"""Opened by being named; to admins it says who is."""


def places_for(asking: HasRole, *, named_for_care: bool) -> list[Place]:
    """The places that somebody's role opens, and the one that being named does."""
    places = [place for place in PLACES if may(asking, place.permission)]
    return [*places, CARE] if named_for_care or may(asking, CARE.permission) else places
