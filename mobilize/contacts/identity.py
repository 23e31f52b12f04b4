"""Emails, phones and names as they are compared: one form for each, whatever was typed.

Nearly every address of a list is plain, and a pattern reads it thirty times faster than the
libraries do. The patterns accept only what email-validator and phonenumbers answer the same way (a
test compares them); all else goes to the libraries.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from mobilize.contacts.email_faults import fault_of
from mobilize.core.errors import InvalidInput
from mobilize.core.keys import Keyring

LONGEST_NAME: Final = 100
_LONGEST_EMAIL: Final = 254
_LONGEST_INPUT: Final = 400

# Ends that are common and never special, so that the library's own list decides on all others.
_PLAIN_EMAIL: Final = re.compile(
    r"(?=.{6,254}\Z)(?=[^@]{1,64}@)"
    r"[a-z0-9_+'-]+(?:\.[a-z0-9_+'-]+)*"
    r"@(?:[a-z0-9](?:[a-z0-9]|-(?!-)){0,60}[a-z0-9]\.){1,4}"
    r"(?:ca|com|org|net|edu|info|fr|quebec)\Z"
)

# Canadian area codes whose every number [2-9]XX-XXXX is valid to phonenumbers; 976-XXXX costs.
_AREA_CODES: Final = (
    "204|226|236|249|250|257|263|289|306|343|354|365|367|368|382|403|416|418|428|431|437|438|450"
    "|468|474|506|514|519|548|579|581|584|587|604|613|639|647|672|683|705|709|742|753|778|780|782"
    "|807|819|825|867|873|879|902|905"
)
_PLAIN_PHONE: Final = re.compile(
    rf"(?:\+?1[ .-]?)?(?:\(({_AREA_CODES})\) ?|({_AREA_CODES})[ .-]?)"
    r"((?!976)[2-9]\d\d)[ .-]?(\d{4})",
    re.ASCII,
)
_PAY_PER_CALL: Final = re.compile(r"\+1(?:900|[2-9]\d\d976)")
_BIDI_MARKS: Final = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def normalise_email(text: str) -> str:
    """An email address in lower case, its domain in ASCII.

    Letters' case before the @ may count by RFC 5321 §2.4, but no provider of weight tells two
    people apart by it, and the same person types both.

    Raises:
        InvalidInput: It is no address that mail could be sent to.
    """
    plain = text.strip().lower()
    if _PLAIN_EMAIL.match(plain):
        return plain
    try:
        found = validate_email(
            text.strip()[:_LONGEST_INPUT], check_deliverability=False, allow_smtputf8=False
        )
    except EmailNotValidError:
        raise InvalidInput(f"This is no email address: {fault_of(text.strip())}.") from None
    return (found.ascii_email or found.normalized).lower()


def plain_emails(texts: Iterable[str]) -> list[str | None]:
    """The form of each address that needs no library; None where one does, or nothing stands."""
    match = _PLAIN_EMAIL.match
    return [plain if match(plain) else None for plain in map(str.lower, texts)]


def plain_phones(texts: Iterable[str]) -> list[str | None]:
    """The form of each number that needs no library; None where one does, or nothing stands."""
    match = _PLAIN_PHONE.fullmatch
    return [
        f"+1{found[1] or found[2]}{found[3]}{found[4]}" if found else None
        for found in map(match, texts)
    ]


def normalise_phone(text: str) -> str:
    """A phone number in E.164; without a country code it is read as North American.

    Raises:
        InvalidInput: It is no number that exists, or one that bills whoever calls it.
    """
    stripped = text.strip()
    plain = _PLAIN_PHONE.fullmatch(stripped)
    if plain:
        return f"+1{plain[1] or plain[2]}{plain[3]}{plain[4]}"
    try:
        number = phonenumbers.parse(stripped[:_LONGEST_INPUT], "CA")
    except phonenumbers.NumberParseException:
        raise InvalidInput("This is no phone number.", hint="Write it like 613-555-0123.") from None
    if not phonenumbers.is_valid_number(number):
        raise InvalidInput("There is no such phone number.", hint="Write it like 613-555-0123.")
    whole = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if _costs(number, whole):
        raise InvalidInput(
            "This number costs whoever calls it; nobody is reached at it.",
            hint="Write the person's own number.",
        )
    return whole


def _costs(number: phonenumbers.PhoneNumber, whole: str) -> bool:
    # In North America: the area code 900, and the exchange 976 of any area, which the library
    # takes for a home's.
    is_premium = phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.PREMIUM_RATE
    return is_premium or _PAY_PER_CALL.match(whole) is not None


def clean_text(text: str) -> str:
    """One line without control characters, marks that turn the text, and doubled spaces."""
    line = text
    if not line.isprintable() or not line.isascii():
        line = _BIDI_MARKS.sub("", unicodedata.normalize("NFC", line))
        line = "".join(" " if _is_blank(letter) else letter for letter in line)
    if "  " in line or line[:1] == " " or line[-1:] == " ":
        line = " ".join(line.split())
    return line


def clean_name(text: str) -> str:
    """A name as one clean line.

    Raises:
        InvalidInput: It is longer than 100 characters.
    """
    name = clean_text(text)
    if len(name) > LONGEST_NAME:
        raise InvalidInput(
            f"A name has {len(name)} characters; {LONGEST_NAME} is the most.",
            hint="Check that the columns are in the right order.",
        )
    return name


def compared_name(given_name: str, family_name: str) -> str:
    """A whole name as two of them are compared."""
    return " ".join(f"{given_name} {family_name}".casefold().split())


def email_hash(keyring: Keyring, email: str) -> bytes:
    """The keyed hash by which a normalised email address is found."""
    return keyring.index("email", email)


def phone_hash(keyring: Keyring, phone: str) -> bytes:
    """The keyed hash by which a number in E.164 is found."""
    return keyring.index("phone", phone)


def masked_email(email: str | None) -> str | None:
    """An email address of which only the first letter and the domain's end are shown."""
    if email is None:
        return None
    local, _, domain = email.partition("@")
    return f"{local[:1]}…@…{domain[domain.rfind('.') :]}"


def masked_phone(phone: str | None) -> str | None:
    """A number of which only the last two digits are shown."""
    return None if phone is None else f"…{phone[-2:]}"


def _is_blank(letter: str) -> bool:
    # Cc are control characters, Z* are spaces and separators of any width.
    category = unicodedata.category(letter)
    return category == "Cc" or category[0] == "Z"
