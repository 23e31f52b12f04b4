"""Text messages: in how many segments they go, and which character doubles the cost.

A text in the GSM 03.38 alphabet has 160 characters in one segment, 153 in each of several; one
character outside it turns the whole text to UCS-2, with 70 and 67.
"""

from dataclasses import dataclass
from typing import Final

from mobilize.core.errors import InvalidInput

_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED: Final = frozenset("^{}\\[~]|€")
_LONGEST: Final = 1600
_MOST_SEGMENTS: Final = 3


@dataclass(frozen=True)
class Cost:
    """What a text costs: its segments, and the characters that forced the dearer alphabet."""

    segments: int
    length: int
    costly: tuple[str, ...]


def cost_of(text: str) -> Cost:
    """Count a text's segments."""
    costly = tuple(dict.fromkeys(c for c in text if c not in _BASIC and c not in _EXTENDED))
    if costly:
        length, single, several = len(text.encode("utf-16-be")) // 2, 70, 67
    else:
        length = sum(2 if character in _EXTENDED else 1 for character in text)
        single, several = 160, 153
    return Cost(1 if length <= single else -(-length // several), length, costly)


def check(text: str, *, where: str) -> None:
    """Refuse a text that costs more than it must.

    Raises:
        InvalidInput: A character doubles the cost, or the text is longer than three segments.
    """
    cost = cost_of(text)
    if cost.costly:
        raise InvalidInput(
            f"{where}: the character {' '.join(cost.costly)} doubles the cost of every text.",
            hint="Write it without (ARRET for ARRÊT, a straight apostrophe for a curly one).",
        )
    if cost.segments > _MOST_SEGMENTS or cost.length > _LONGEST:
        raise InvalidInput(
            f"{where}: {cost.length} characters are {cost.segments} segments.",
            hint=f"Keep it within {_MOST_SEGMENTS} segments.",
        )
