"""Mailchimp: an audience's export, one file each for who is subscribed, left, or was cleaned.

Columns: Mailchimp, "View or export contacts" and "About your contact export", and the header that
its export API documents. Names of merge fields are the organizer's own.
"""

from collections.abc import Mapping
from typing import Final

from mobilize.contacts.dialects import cells
from mobilize.contacts.dialects.parts import DATED, SUBSCRIBED, Dialect, Take
from mobilize.mps.names import normalise


def _of_file(file_name: str) -> Mapping[str, str]:
    """Who is in a file stands in its name: `unsubscribed_members_export_….csv`, `cleaned_….csv`."""
    words = normalise(file_name)
    if words.startswith("unsubscribed "):
        return {"opt_out_email": cells.LEFT}
    if words.startswith("cleaned "):
        return {"opt_out_email": "bounced"}
    if words.startswith(("nonsubscribed ", "non subscribed ")):
        return {SUBSCRIBED["email"]: "no"}
    return {}


DIALECT: Final = Dialect(
    key="mailchimp",
    title="Mailchimp",
    marks={"email address"},
    hints={"member rating", "optin time", "confirm time", "last changed", "leid", "euid"},
    least=3,
    columns={
        "email address": (Take("email"),),
        "first name": (Take("given_name"),),
        "last name": (Take("family_name"),),
        "phone number": (Take("phone"),),
        "phone": (Take("phone"),),
        "sms phone number": (Take("phone"),),
        "address": (Take("postal_code", cells.canadian_code),),
        "zip": (Take("postal_code", cells.canadian_code),),
        "zip code": (Take("postal_code", cells.canadian_code),),
        "postal code": (Take("postal_code", cells.canadian_code),),
        "language": (Take("language", cells.language),),
        "preferred language": (Take("language", cells.language),),
        "tags": (Take("tags", cells.quoted_tags),),
        "confirm time": (Take(DATED["email"], cells.day),),
        "optin time": (Take(DATED["email"], cells.day),),
        "unsub time": (
            Take("opt_out_email", cells.any_left),
            Take("opt_out_email_date", cells.day),
        ),
        "clean time": (
            Take("opt_out_email", cells.any_bounced),
            Take("opt_out_email_date", cells.day),
        ),
    },
    aside={
        "member rating", "optin ip", "confirm ip", "latitude", "longitude", "gmtoff", "dstoff",
        "timezone", "cc", "region", "last changed", "leid", "euid", "notes", "birthday",
        "unsub campaign title", "unsub campaign id", "unsub reason", "unsub reason other",
        "clean campaign title", "clean campaign id",
    },
    of_file=_of_file,
)  # fmt: skip
