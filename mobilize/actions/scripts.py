"""What a supporter may say to an office: the campaign's text with the names filled in.

A merge field is a name in braces, such as `{mp}`. Filling is replacing and nothing more: no
expression, no markup; a page escapes the result like any other text.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from mobilize.core.i18n import Language

FIELDS: Final = frozenset({"mp", "riding"})
"""The merge fields that scripts may use."""

_FIELD = re.compile(r"\{([^{}\s]*)\}")
_LINK = re.compile(r"https?://[^\s<>\"')]+[^\s<>\"').,;:!?]")
_PARAGRAPH_BREAK = re.compile(r"\n\s*\n")

_VACANT: Final[dict[Language, str]] = {
    "en": "the constituency office",
    "fr": "votre bureau de circonscription",
}
_NO_RIDING: Final[dict[Language, str]] = {"en": "your riding", "fr": "votre circonscription"}


@dataclass(frozen=True)
class Block:
    """A paragraph, or a list of items, of a plain text."""

    lines: tuple[str, ...]
    is_list: bool


def fields_in(text: str) -> frozenset[str]:
    """The merge fields that a text uses, known or not."""
    return frozenset(_FIELD.findall(text))


def links_in(text: str) -> frozenset[str]:
    """The web addresses that a text names."""
    return frozenset(_LINK.findall(text))


def values_for(*, mp: str | None, riding: str | None, language: Language) -> dict[str, str]:
    """What the fields stand for on one page; words for the office where the seat is vacant."""
    return {
        "mp": mp or _VACANT[language],
        "riding": riding or _NO_RIDING[language],
    }


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with its fields replaced once; a field without a value stays as it was typed."""
    return _FIELD.sub(lambda field: values.get(field[1], field[0]), text)


def blocks(text: str) -> list[Block]:
    """The paragraphs and lists of a plain text: blank lines part them, `- ` begins an item."""
    found: list[Block] = []
    for part in _PARAGRAPH_BREAK.split(text.strip()):
        lines = tuple(line.strip() for line in part.splitlines() if line.strip())
        if not lines:
            continue
        is_list = all(line.startswith("- ") for line in lines)
        found.append(Block(tuple(line[2:] if is_list else line for line in lines), is_list))
    return found
