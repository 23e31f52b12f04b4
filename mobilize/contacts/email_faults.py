"""Why a text is no email address, in sentences of ours that exist in both languages.

The library's own sentences are English, quote what stands in the address, and change with its
versions.
"""

from typing import Final

from email_validator import EmailNotValidError, validate_email

NO_AT: Final = "there is no @ in it"
MANY_ATS: Final = "there is more than one @ in it"
BLANK: Final = "there is a blank in it"
NOTHING_BEFORE: Final = "nothing stands before the @"
NOTHING_AFTER: Final = "nothing stands after the @"
TOO_LONG: Final = "it is too long"
NO_PERIOD: Final = "there is no period after the @"
BEFORE: Final = "what stands before the @ cannot stand there"
AFTER: Final = "what stands after the @ is no place that gets mail"
FAULTS: Final = (
    NO_AT, MANY_ATS, BLANK, NOTHING_BEFORE, NOTHING_AFTER, TOO_LONG, NO_PERIOD, BEFORE, AFTER,
)  # fmt: skip

_LONGEST: Final = 254
"""Characters of a whole address (RFC 5321 §4.5.3.1.3, without its angle brackets)."""


def fault_of(text: str) -> str:
    """Why a text, without blanks around it, was refused as an email address."""
    before, at, after = text.rpartition("@")
    if not at:
        return NO_AT
    if not before:
        return NOTHING_BEFORE
    if not after:
        return NOTHING_AFTER
    if any(letter.isspace() for letter in text):
        return BLANK
    if len(text) > _LONGEST:
        return TOO_LONG
    if "@" in before:
        return MANY_ATS
    if "." not in after:
        return NO_PERIOD
    return BEFORE if _gets_mail(after) else AFTER


def _gets_mail(domain: str) -> bool:
    try:
        validate_email(f"a@{domain}", check_deliverability=False)
    except EmailNotValidError:
        return False
    return True
