"""Text messages: in how many segments they go, which character doubles the cost, and where.

A text in the alphabet of GSM 03.38 has 160 characters in one segment, 153 in each of several; one
character outside it turns the whole text to UCS-2, with 70 and 67. Some carriers leave 152 and 66
to each of several from a toll-free number: a text that just fills its segments may cost one more.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from mobilize.core.errors import InvalidInput

_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""Of French that is é è à ù É Ç; not ç, ê, â, î, ô, û, ë, ï, œ, À, È, Ê, nor « » and ’."""
_EXTENDED: Final = frozenset("^{}\\[~]|€\f")
_LONGEST: Final = 1600
_MOST_SEGMENTS: Final = 3
_GSM: Final = re.compile(f"[{re.escape(''.join(_BASIC | _EXTENDED))}]*")

_TYPOGRAPHY: Final = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u02bc\u2032\u00b4`", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        **dict.fromkeys("\u00a0\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u202f\t", " "),
        **dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff\ufe0f", ""),
        "\u2026": "...",
        "\u2022": "-",
        "\u00b7": ".",
        "\u2192": "->",
    }
)
"""Signs that mean the same in GSM: nobody reads another word."""
_LETTERS: Final = {"œ": "oe", "Œ": "OE", "ç": "c", "ª": "a", "º": "o", "ł": "l", "Ł": "L"}
_INNER_SPACE: Final = re.compile("(?<=«)[ \u00a0\u202f]|[ \u00a0\u202f](?=»)")
_TAG: Final = re.compile(r"(\{\{.*?\}\}|\{%.*?%\})", re.DOTALL)
_AROUND: Final = 12


@dataclass(frozen=True)
class Costly:
    """A character outside the cheap alphabet.

    Attributes:
        character: The character.
        at: Where it stands first, counted from 1.
        times: How often it stands in the text.
        around: The words that it stands in.
        instead: What says the same in the cheap alphabet; empty where only leaving it out does.
    """

    character: str
    at: int
    times: int
    around: str
    instead: str

    @property
    def name(self) -> str:
        """The character's name, for one that is hard to see."""
        return unicodedata.name(self.character, f"U+{ord(self.character):04X}").lower()


@dataclass(frozen=True)
class Cost:
    """What a text costs: its segments, and the characters that forced the dearer alphabet."""

    segments: int
    length: int
    costly: tuple[str, ...]


def cost_of(text: str) -> Cost:
    """Count a text's segments."""
    if _GSM.fullmatch(text):
        doubled = sum(map(text.count, _EXTENDED))
        return Cost(_segments(text, doubled, 160, 153), len(text) + doubled, ())
    costly = tuple(dict.fromkeys(c for c in text if c not in _BASIC and c not in _EXTENDED))
    doubled = len(text.encode("utf-16-be")) // 2 - len(text)
    return Cost(_segments(text, doubled, 70, 67, "ucs2"), len(text) + doubled, costly)


def _segments(text: str, doubled: int, single: int, several: int, alphabet: str = "gsm") -> int:
    length = len(text) + doubled
    if length <= single:
        return 1
    if not doubled:
        return -(-length // several)
    # What takes two places is never split between segments.
    segments, room = 1, several
    for character in text:
        wide = character in _EXTENDED if alphabet == "gsm" else ord(character) > 0xFFFF  # noqa: PLR2004
        needed = 2 if wide else 1
        if needed > room:
            segments, room = segments + 1, several
        room -= needed
    return segments


def costly_in(text: str) -> tuple[Costly, ...]:
    """Each character that turns a text to the dearer alphabet, in the order in which they stand."""
    found = []
    for character in cost_of(text).costly:
        at = text.index(character)
        around = text[max(0, at - _AROUND) : at + _AROUND + 1].replace("\n", " ")
        found.append(Costly(character, at + 1, text.count(character), around, cheap(character)))
    return tuple(found)


@lru_cache(maxsize=4096)
def plain_signs(text: str) -> str:
    """A text with plain signs for typographic ones: no letter changes."""
    if _GSM.fullmatch(text):
        return text
    return _INNER_SPACE.sub("", text).translate(_TYPOGRAPHY)


def cheap(text: str) -> str:
    """A text in the cheap alphabet alone: plain signs, and letters without what GSM lacks.

    What has no likeness there, such as an emoji, is left out. It is an offer to whoever writes:
    `à` keeps its accent and `â` loses it, because the alphabet has one and not the other.
    """
    if _GSM.fullmatch(text):
        return text
    return "".join(map(_cheap_letter, plain_signs(text)))


@lru_cache(maxsize=1024)
def _cheap_letter(character: str) -> str:
    if character in _BASIC or character in _EXTENDED:
        return character
    if character in _LETTERS:
        return _LETTERS[character]
    bare = unicodedata.normalize("NFKD", character)
    return "".join(one for one in bare if one in _BASIC or one in _EXTENDED)


def cheap_source(source: str) -> str:
    """A text message's template in the cheap alphabet; what stands in braces keeps its quotes."""
    pieces = _TAG.split(source)
    return "".join(
        _cheap_tag(piece) if number % 2 else cheap(unicodedata.normalize("NFC", piece))
        for number, piece in enumerate(pieces)
    )


def _cheap_tag(tag: str) -> str:
    # A straight quote within quotes would end them.
    kept = {quote: cheap(quote) for quote in tag if cheap(quote) in {"'", '"'}}
    return "".join(one if one in kept and kept[one] in tag else cheap(one) for one in tag)


def check(text: str, *, where: str) -> None:
    """Refuse a text that is too long to be read as one.

    Raises:
        InvalidInput: The text is longer than three segments.
    """
    cost = cost_of(text)
    if cost.segments > _MOST_SEGMENTS or cost.length > _LONGEST:
        hint = f"Keep it within {_MOST_SEGMENTS} segments."
        if cost.costly:
            hint += (
                f" The character {' '.join(cost.costly)} more than halves what fits into one: "
                "write it without."
            )
        raise InvalidInput(
            f"{where}: {cost.length} characters are {cost.segments} segments.", hint=hint
        )
