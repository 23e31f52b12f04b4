"""NationBuilder: the export of people from a nation.

Columns: NationBuilder's people API and its list of fields for imports, whose names the export uses.
"""

from typing import Final

from mobilize.contacts.dialects import cells
from mobilize.contacts.dialects.parts import SUBSCRIBED, Dialect, Take

_OTHER_ADDRESSES: Final = frozenset(
    f"{kind} {part}"
    for kind in ("primary", "address", "mailing", "billing", "registered", "work", "user submitted")
    for part in (
        "address1", "address2", "address3", "city", "county", "state", "zip", "zip4", "zip5",
        "country", "country code", "fips", "submitted address", "geocode accuracy",
    )
)  # fmt: skip
_CODE: Final = (Take("postal_code", cells.canadian_code),)

DIALECT: Final = Dialect(
    key="nationbuilder",
    title="NationBuilder",
    marks={"nationbuilder id"},
    columns={
        "email": (Take("email"),),
        "email1": (Take("email"),),
        "first name": (Take("given_name"),),
        "last name": (Take("family_name"),),
        "mobile number": (Take("phone"),),
        "phone number": (Take("phone"),),
        "primary zip": _CODE,
        "address zip": _CODE,
        "mailing zip": _CODE,
        "user submitted zip": _CODE,
        "language": (Take("language", cells.language),),
        "locale": (Take("language", cells.language),),
        "tag list": (Take("tags"),),
        "do not contact": (
            Take("opt_out_email", cells.yes_left),
            Take("opt_out_sms", cells.yes_left),
            Take("opt_out_voice", cells.yes_left),
        ),
        "email opt in": (
            Take("opt_out_email", cells.no_left),
            Take(SUBSCRIBED["email"], cells.yes),
        ),
        "unsubscribed at": (
            Take("opt_out_email", cells.any_left),
            Take("opt_out_email_date", cells.us_day),
        ),
        "mobile opt in": (Take("opt_out_sms", cells.no_left), Take(SUBSCRIBED["sms"], cells.yes)),
        "do not call": (Take("opt_out_voice", cells.yes_left),),
        "federal donotcall": (Take("opt_out_voice", cells.yes_left),),
        "email1 is bad": (Take("opt_out_email", cells.yes_bounced),),
        "is mobile bad": (Take("opt_out_sms", cells.yes_bounced),),
    },
    aside=(
        _OTHER_ADDRESSES
        | {
            "nationbuilder id", "prefix", "middle name", "suffix", "full name", "name",
            "legal name",
            "employer", "occupation", "sex", "party", "religion", "church", "ethnicity",
            "marital status", "is deceased", "born at", "note", "background", "email2", "email3",
            "email4", "email2 is bad", "email3 is bad", "email4 is bad", "work phone number",
            "fax number", "website", "support level", "inferred support level", "priority level",
            "signup type", "is volunteer", "is donor", "is prospect", "is supporter",
            "is fundraiser", "recruiter id", "recruiter name or email", "point person id",
            "point person name or email", "parent id", "external id", "civicrm id", "salesforce id",
            "created at", "updated at", "twitter login", "twitter id", "facebook uid",
            "facebook username", "meetup id", "availability", "membership names",
        }
    )
    - {"primary zip", "address zip", "mailing zip", "user submitted zip"},
)  # fmt: skip
