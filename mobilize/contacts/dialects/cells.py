"""What makes the cells of other tools into ours."""

import re
from datetime import datetime
from typing import Final

from mobilize.mps.names import normalise

LEFT: Final = "unsubscribed"
YES: Final = frozenset({"yes", "y", "true", "t", "1", "oui", "vrai"})
NO: Final = frozenset({"no", "n", "false", "f", "0", "non", "faux"})
_POSTAL: Final = re.compile(r"(?<![A-Z0-9])([A-Z]\d[A-Z])[ -]?(\d[A-Z]\d)(?![A-Z0-9])")
_ENGLISH: Final = ("en", "english", "anglais")
_FRENCH: Final = ("fr", "french", "francais")
_US_DAY: Final = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})\b")


def yes_left(cell: str) -> str:
    """Yes to not being written to."""
    return LEFT if normalise(cell) in YES else ""


def no_left(cell: str) -> str:
    """No to being written to; an empty cell says nothing."""
    return LEFT if normalise(cell) in NO else ""


def yes(cell: str) -> str:
    """Yes, or nothing."""
    return "yes" if normalise(cell) in YES else ""


def any_left(cell: str) -> str:
    """When they left: that they did."""
    return LEFT if cell.strip() else ""


def any_bounced(cell: str) -> str:
    """When the address was found not to work: that it does not."""
    return "bounced" if cell.strip() else ""


def yes_bounced(cell: str) -> str:
    """Whether the address was found not to work."""
    return "bounced" if normalise(cell) in YES else ""


def day(cell: str) -> str:
    """The day of an instant as tools write it; nothing where it cannot be told for sure."""
    text = cell.strip().replace(" UTC", "+00:00").replace(" +0000", "+00:00")
    try:
        return datetime.fromisoformat(text).date().isoformat()
    except ValueError:
        return ""


def us_day(cell: str) -> str:
    """A day that may be written as month/day/year."""
    found = _US_DAY.match(cell.strip())
    if found is None:
        return day(cell)
    month, number, year = found.groups()
    return day(f"{year}-{int(month):02d}-{int(number):02d}")


def language(cell: str) -> str:
    """English or French, however a tool says it; nothing for any other language."""
    word = normalise(cell)
    first = word.split(" ", 1)[0]
    if first in _ENGLISH:
        return "en"
    return "fr" if first in _FRENCH else ""


def canadian_code(cell: str) -> str:
    """The Canadian postal code within a cell; of a whole address nothing else is kept."""
    found = _POSTAL.search(cell.upper())
    return f"{found[1]} {found[2]}" if found else ""


def quoted_tags(cell: str) -> str:
    """Tags, each between quotation marks."""
    return cell.replace('"', "")
