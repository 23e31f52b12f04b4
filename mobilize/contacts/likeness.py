"""How alike two records are, and why: pure. What an organizer is shown is decided here alone.

Two people of one home share a number, and often a family name or a mailbox. So given names that
differ always mean two people, whatever else is the same; and names that differ only at their end
(Michel and Michèle, Mario and Maria) are two names, not one misspelt.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final, Literal

from mobilize.contacts.name_forms import edits, plain_words, sound, usual

Likeness = Literal["same", "similar", "partly", "unknown", "different"]

_ORDER: Final[tuple[Likeness, ...]] = ("same", "similar", "partly", "unknown", "different")
_NAMELESS: Final = frozenset({("", "")})
LEAST: Final = 45
"""The score from which a pair is shown."""

_NAME_POINTS: Final[dict[Likeness, int]] = {"same": 40, "similar": 30, "partly": 15, "unknown": 0}
_MAILBOX, _PHONE, _AREA, _RIDING, _MOST = 50, 45, 15, 5, 100
_SHORTEST_GIVEN: Final = 5
_SHORTEST_FAMILY: Final = 4
_LONG: Final = 8


@dataclass(frozen=True, kw_only=True)
class Traits:
    """What of a person is compared: of one record, or of all that were merged.

    Attributes:
        names: Given and family names.
        mailboxes: The mailboxes that email addresses lead to, as keyed hashes.
        phones: Numbers, as keyed hashes.
    """

    names: frozenset[tuple[str, str]] = frozenset()
    mailboxes: frozenset[bytes] = frozenset()
    phones: frozenset[bytes] = frozenset()
    areas: frozenset[str] = frozenset()
    ridings: frozenset[int] = frozenset()

    def __or__(self, other: "Traits") -> "Traits":
        """The traits of both: of two records of one person."""
        return Traits(
            names=self.names | other.names,
            mailboxes=self.mailboxes | other.mailboxes,
            phones=self.phones | other.phones,
            areas=self.areas | other.areas,
            ridings=self.ridings | other.ridings,
        )


@dataclass(frozen=True)
class Match:
    """Two records that may be one person: how much speaks for it, and what."""

    score: int
    reasons: tuple[str, ...]


def match(one: Traits, other: Traits) -> Match | None:
    """Say whether two records may be one person's; None where they are not."""
    pairs = product(one.names or _NAMELESS, other.names or _NAMELESS)
    names = min((name_likeness(*pair) for pair in pairs), key=_ORDER.index)
    if names == "different":
        return None
    has_mailbox, has_phone = one.mailboxes & other.mailboxes, one.phones & other.phones
    # A number alone may be anybody's of the home; half a name takes an address beside it.
    if (names == "unknown" and not has_mailbox) or (
        names == "partly" and not (has_mailbox or has_phone)
    ):
        return None
    reasons = []
    score = _NAME_POINTS[names]
    if has_mailbox:
        score, reasons = score + _MAILBOX, ["same_mailbox"]
    if has_phone:
        score, reasons = score + _PHONE, [*reasons, "same_phone"]
    if names in {"same", "similar", "partly"}:
        reasons.append(f"{names}_name" if names != "partly" else "similar_name")
    if one.areas & other.areas:
        score, reasons = score + _AREA, [*reasons, "same_area"]
    elif one.ridings & other.ridings:
        score, reasons = score + _RIDING, [*reasons, "same_riding"]
    return Match(min(score, _MOST), tuple(reasons)) if score >= LEAST else None


def name_likeness(one: tuple[str, str], other: tuple[str, str]) -> Likeness:
    """How alike two names are, whichever way round given and family name were typed."""
    given, family = map(plain_words, one)
    other_given, other_family = map(plain_words, other)
    if not (given or family) or not (other_given or other_family):
        return "unknown"
    if sorted(given + family) == sorted(other_given + other_family):
        return "same"
    if sorted(map(usual, given + family)) == sorted(map(usual, other_given + other_family)):
        return "similar"
    return min(
        _parts(given, family, other_given, other_family),
        _parts(given, family, other_family, other_given),
        key=_ORDER.index,
    )


def _parts(
    given: Sequence[str], family: Sequence[str], other_given: Sequence[str],
    other_family: Sequence[str],
) -> Likeness:  # fmt: skip
    alike = {_given(given, other_given), _family(family, other_family)}
    if "different" in alike or alike == {"unknown"}:
        return "different"
    return "similar" if alike == {"similar"} else "partly"


def _given(one: Sequence[str], other: Sequence[str]) -> Likeness:
    if not one or not other:
        return "unknown"
    names, others = [usual(word) for word in one], [usual(word) for word in other]
    first, second = "".join(names), "".join(others)
    if first == second or _is_misspelt_given(first, second):
        return "similar"
    if {len(names[0]), len(others[0])} & {1} and names[0][0] == others[0][0]:
        return "partly"
    # A second given name may be left out, but it is often what tells two of a home apart.
    return "partly" if set(names) < set(others) or set(others) < set(names) else "different"


def _family(one: Sequence[str], other: Sequence[str]) -> Likeness:
    if not one or not other:
        return "unknown"
    first, second = "".join(one), "".join(other)
    shorter = min(len(first), len(second))
    allowed = 2 if shorter >= _LONG else 1
    if first == second or (shorter >= _SHORTEST_FAMILY and edits(first, second) <= allowed):
        return "similar"
    return "partly" if set(one) < set(other) or set(other) < set(one) else "different"


def _is_misspelt_given(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    if long == f"{short}h":
        return True
    starts_alike = one[0] == other[0] or sound(one)[:1] == sound(other)[:1]
    if len(short) < _SHORTEST_GIVEN or one[-1] != other[-1] or not starts_alike:
        return False
    return not long.startswith(short) and edits(one, other) <= 1
