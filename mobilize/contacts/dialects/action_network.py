"""Action Network: a report of activists, with the columns that the organizer ticked.

Columns begin with `can2_`, but for name, email and postal code. The words of the statuses are those
of Action Network's API v2, "People": `email_addresses[].status` and `phone_numbers[].status`.
"""

from typing import Final

from mobilize.contacts.dialects import cells
from mobilize.contacts.dialects.parts import DATED, SUBSCRIBED, Dialect, Take
from mobilize.mps.names import normalise

_NEVER: Final = frozenset({"", "subscribed", "not subscribed", "none", "never subscribed"})
_COMPLAINED: Final = frozenset({"spam complaint", "previous spam complaint"})
_BOUNCED: Final = frozenset({"bouncing", "previous bounce", "bounced"})


def left(cell: str) -> str:
    """Why an address must not be written to, by its status; a word that we do not know is a no."""
    status = normalise(cell)
    if status in _NEVER:
        return ""
    if status in _COMPLAINED:
        return "complaint"
    return "bounced" if status in _BOUNCED else cells.LEFT


def subscribed(cell: str) -> str:
    """Whether an address is on the list."""
    return "yes" if normalise(cell) == "subscribed" else ""


DIALECT: Final = Dialect(
    key="action_network",
    title="Action Network",
    marks={"email"},
    prefix="can2 ",
    columns={
        "email": (Take("email"),),
        "first name": (Take("given_name"),),
        "last name": (Take("family_name"),),
        "can2 phone": (Take("phone"),),
        "phone": (Take("phone"),),
        "phone number": (Take("phone"),),
        "mobile number": (Take("phone"),),
        "zip code": (Take("postal_code", cells.canadian_code),),
        "can2 user tags": (Take("tags"),),
        "language": (Take("language", cells.language),),
        "preferred language": (Take("language", cells.language),),
        "can2 subscription status": (
            Take("opt_out_email", left),
            Take(SUBSCRIBED["email"], subscribed),
        ),
        "can2 subscription date": (Take(DATED["email"], cells.day),),
        "can2 sms status": (Take("opt_out_sms", left), Take(SUBSCRIBED["sms"], subscribed)),
        "can2 sms subscription date": (Take(DATED["sms"], cells.day),),
    },
    aside={
        "uuid", "can2 user address", "can2 user city", "can2 user state", "can2 county",
        "can2 state abbreviated", "can2 country", "can2 lifetime value", "county",
    },
)  # fmt: skip
