"""Which numbers a text is sent to at all."""

from collections.abc import Collection
from typing import Final

import phonenumbers
from phonenumbers import PhoneNumberType
from phonenumbers.timezone import time_zones_for_number

from mobilize.contacts.identity import normalise_phone, plain_phones
from mobilize.core.errors import InvalidInput

# In North America a number does not tell whether it is a mobile's.
_MOBILE: Final = {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}


def check_textable(number: str, countries: Collection[str]) -> None:
    """Refuse a number that is surely no mobile, or that belongs elsewhere.

    Forms that text any number in the world are misused to run up bills on numbers abroad; those
    that begin with +1 without being Canadian or American are a favourite.

    Args:
        number: In E.164.
        countries: The countries whose numbers get texts, in two letters.

    Raises:
        InvalidInput: No text can go there.
    """
    parsed = phonenumbers.parse(number)
    if phonenumbers.region_code_for_number(parsed) not in countries:
        raise InvalidInput(
            "We cannot text a number of that country.", hint="Give an email address instead."
        )
    if phonenumbers.number_type(parsed) not in _MOBILE:
        raise InvalidInput("This number cannot get texts.", hint="Give a mobile number.")


def is_textable(number: str, countries: Collection[str]) -> bool:
    """Whether a text may go to a number at all, whatever let it in.

    Args:
        number: In E.164.
        countries: The countries whose numbers get texts, in two letters.
    """
    if "CA" in countries and plain_phones([number])[0] is not None:
        return True
    try:
        check_textable(normalise_phone(number), countries)
    except InvalidInput:
        return False
    return True


def zone_of_number(number: str) -> str | None:
    """The one time zone of a number's area code, as far as there is one; people move with numbers.

    Args:
        number: In E.164.
    """
    zones = time_zones_for_number(phonenumbers.parse(number))
    return zones[0] if len(zones) == 1 else None
