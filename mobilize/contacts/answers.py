"""How the answer to a custom field is read: typed in either language, kept in one form."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Final

from babel.dates import get_month_names

from mobilize.contacts.questions import Question
from mobilize.contacts.sensitive import names_sensitive
from mobilize.core.errors import InvalidInput
from mobilize.core.i18n import LANGUAGES
from mobilize.mps.names import normalise

LONGEST: Final = 200
_YES: Final = frozenset({"yes", "y", "true", "1", "oui", "o", "vrai"})
_NO: Final = frozenset({"no", "n", "false", "0", "non", "faux"})
_ISO: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_DAY_FIRST: Final = re.compile(r"(?:le )?(\d{1,2})(?:er|st|nd|rd|th)? ([a-z]+) (\d{4})")
_MONTH_FIRST: Final = re.compile(r"([a-z]+) (\d{1,2})(?:st|nd|rd|th)? (\d{4})")
_PLAIN_NUMBER: Final = re.compile(r"[-−]?[0-9]{1,15}(?:[.][0-9]{1,6})?")
_AMBIGUOUS: Final = re.compile(r"[-−]?[1-9][0-9]{0,2},[0-9]{3}")
_THOUSANDS: Final = re.compile(r"[-−]?[0-9]{1,3}(?:,[0-9]{3})+(?:[.][0-9]+)?")
_PHONE: Final = re.compile(r"(?:\d[\s().-]*){10,}")


def value_of(field: Question, text: str) -> str:
    """The one form in which an answer is kept; empty where nothing was answered.

    A number becomes `1234.5`, a date `2026-11-12`, a choice its key. What could be meant in two
    ways (`1,234`; `03/04/2026`) is refused rather than guessed.

    Raises:
        InvalidInput: The text is no answer to this field.
    """
    text = " ".join(text.split())
    return _READERS[field.kind](field, text) if text else ""


def _text(field: Question, text: str) -> str:
    if len(text) > LONGEST:
        raise _refused(field, "too_long", f"Write at most {LONGEST} characters.")
    if "@" in text or _PHONE.search(text):
        # These answers are not sealed, so that audiences can be chosen by them.
        raise _refused(field, "address", "An email address or a phone has a place of its own.")
    what = names_sensitive(text)
    if what is not None:
        raise _refused(
            field, "sensitive", f"It names {what}. Mobilize does not keep this about anybody."
        )
    return text


def _number(field: Question, text: str) -> str:
    plain = text.replace(" ", "")
    if _AMBIGUOUS.fullmatch(plain):
        raise _refused(field, "ambiguous", "Write 1234, or 1.234 for a fraction.")
    if _THOUSANDS.fullmatch(plain):
        plain = plain.replace(",", "")
    elif "." not in plain and plain.count(",") == 1:
        plain = plain.replace(",", ".")
    if not _PLAIN_NUMBER.fullmatch(plain):
        raise _refused(field, "number", "Write a number like 12 or 1234.5.")
    number = Decimal(plain.replace("−", "-"))
    whole = number.to_integral_value()
    return str(int(whole)) if number == whole else f"{number.normalize():f}"


def _date(field: Question, text: str) -> str:
    parts = _date_parts(text)
    try:
        return date(*parts).isoformat() if parts else _no_date(field)
    except ValueError:
        return _no_date(field)


def _date_parts(text: str) -> tuple[int, int, int] | None:
    if found := _ISO.fullmatch(text):
        year, month, day = map(int, found.groups())
        return year, month, day
    plain = normalise(text)
    if found := _DAY_FIRST.fullmatch(plain):
        day_text, name, year_text = found.groups()
    elif found := _MONTH_FIRST.fullmatch(plain):
        name, day_text, year_text = found.groups()
    else:
        return None
    named = _months().get(name)
    return (int(year_text), named, int(day_text)) if named else None


def _no_date(field: Question) -> str:
    raise _refused(field, "date", "Write a date like 2026-11-12 or 12 November 2026.")


def _yes_no(field: Question, text: str) -> str:
    plain = normalise(text)
    if plain in _YES:
        return "yes"
    if plain in _NO:
        return "no"
    raise _refused(field, "yes_no", "Write yes or no.")


def _choice(field: Question, text: str) -> str:
    plain = normalise(text)
    for choice in field.choices:
        if text == choice["key"] or plain in {normalise(choice[lang]) for lang in LANGUAGES}:
            return choice["key"]
    keys = ", ".join(choice["key"] for choice in field.choices)
    raise _refused(field, "choice", f"Choose one of: {keys}.")


_READERS: Final[Mapping[str, Callable[[Question, str], str]]] = {
    "text": _text,
    "number": _number,
    "date": _date,
    "yes_no": _yes_no,
    "choice": _choice,
}


@cache
def _months() -> Mapping[str, int]:
    """The months by their names and abbreviations in both languages."""
    return {
        normalise(name).strip(): number
        for language in LANGUAGES
        for width in ("wide", "abbreviated")
        for number, name in get_month_names(width, locale=language).items()
    }


def _refused(field: Question, reason: str, hint: str) -> InvalidInput:
    # The answer itself stays out of the sentence: messages reach logs.
    return InvalidInput(
        f"This is no answer to the field “{field.key}”.", hint=hint, fields={field.key: reason}
    )
