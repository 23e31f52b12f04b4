"""CiviCRM: the export of contacts, all primary fields or some, under their English titles.

Columns: CiviCRM's schema of Contact, Email, Phone and Address (`schema/Core/*.entityType.php`);
the export writes its titles as header.
"""

from typing import Final

from mobilize.contacts.dialects import cells
from mobilize.contacts.dialects.parts import Dialect, Take
from mobilize.core.errors import InvalidInput
from mobilize.mps.names import normalise


def individual(cell: str) -> str:
    """Only people are brought in as supporters."""
    if normalise(cell) in {"", "individual", "individu", "particulier"}:
        return ""
    raise InvalidInput(
        "This contact is an organization or a household.",
        hint="Bring organizations in with a file of partners.",
    )


def deleted(cell: str) -> str:
    """Who lies in CiviCRM's trash stays there."""
    if normalise(cell) in cells.YES:
        raise InvalidInput("This contact is in CiviCRM's trash.")
    return ""


def deceased(cell: str) -> str:
    """Nobody is written to who died."""
    if normalise(cell) in cells.YES:
        raise InvalidInput("This person is marked as deceased.")
    return ""


def on_hold(cell: str) -> str:
    """`On Hold Bounce` or 1 is an address that does not work, `On Hold Opt Out` or 2 a no."""
    word = normalise(cell)
    if word in {"on hold opt out", "2"}:
        return cells.LEFT
    return "bounced" if word in {"on hold bounce", "on hold"} | cells.YES else ""


DIALECT: Final = Dialect(
    key="civicrm",
    title="CiviCRM",
    marks={"contact id", "contact type"},
    columns={
        "contact type": (Take("", individual),),
        "is deleted": (Take("", deleted),),
        "contact is in trash": (Take("", deleted),),
        "deceased": (Take("", deceased),),
        "is deceased": (Take("", deceased),),
        "deceased closed": (Take("", deceased),),
        "email": (Take("email"),),
        "phone": (Take("phone"),),
        "first name": (Take("given_name"),),
        "last name": (Take("family_name"),),
        "postal code": (Take("postal_code", cells.canadian_code),),
        "preferred language": (Take("language", cells.language),),
        "tag s": (Take("tags"),),
        "tags": (Take("tags"),),
        "no bulk emails user opt out": (Take("opt_out_email", cells.yes_left),),
        "do not email": (Take("opt_out_email", cells.yes_left),),
        "on hold": (Take("opt_out_email", on_hold),),
        "email on hold": (Take("opt_out_email", on_hold),),
        "do not sms": (Take("opt_out_sms", cells.yes_left),),
        "do not phone": (Take("opt_out_voice", cells.yes_left),),
    },
    aside={
        "contact id", "contact subtype", "do not mail", "do not trade", "legal identifier",
        "external identifier", "sort name", "display name", "nickname", "legal name", "image url",
        "preferred communication method", "preferred mail format", "hash", "contact hash",
        "contact source", "middle name", "individual prefix", "individual suffix", "formal title",
        "communication style", "email greeting", "postal greeting", "addressee", "job title",
        "gender", "birth date", "deceased date", "household name", "organization name", "sic code",
        "unique id openid", "current employer", "current employer id", "employer id",
        "created date", "modified date", "world region", "location type", "street address",
        "street number", "street name", "street unit", "supplemental address 1",
        "supplemental address 2", "supplemental address 3", "city", "postal code suffix",
        "latitude", "longitude", "geo code 1", "geo code 2", "manually geocoded", "address name",
        "master address belongs to", "master address id", "county", "state", "country",
        "phone extension", "phone type", "is bulk mail", "use for bulk mail", "signature text",
        "signature html", "im provider", "im screen name", "openid", "group s", "note s",
        "website",
    },
)  # fmt: skip
