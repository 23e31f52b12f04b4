"""Which kept sets a simple rule of an audience is made of, and how the rest of it is found."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final

from mobilize.alerts.conditions import Condition, Rows, accepted_of, asked_by, left
from mobilize.alerts.resolving import Resolved
from mobilize.alerts.rules import Leaf
from mobilize.contacts.models import Contact

PEOPLE: Final = "people"
CONSENTS: Final = "consents"
ACTIVE: Final = "active"
ACCEPTED: Final = "accepted"

COLUMNS: Final = {
    "language": Contact.language,
    "province": Contact.province,
    "riding": Contact.riding_id,
    "riding_certainty": Contact.riding_certainty,
    "kind": Contact.kind,
}
"""The columns of contacts of whose values sets are kept."""

_RIDINGS: Final = frozenset({"riding", "mp", "party", "stance"})
_OF_MAILINGS: Final = frozenset({"received", "followed_up", "messaged_within"})


def family_of(mailing_id: int) -> str:
    """The family of the set of those whom a mailing reached."""
    return f"mailing:{mailing_id}"


def named(what: str, value: object) -> str:
    """The name of the set of those of whom something has a value."""
    return f"{what}:{value}"


@dataclass(frozen=True)
class Source:
    """People that are found in one way; a rule means those of all its sources.

    Attributes:
        asked: How they are found where no set is kept.
        families: The families of the sets that they are kept in.
        names: The names of these sets.
    """

    asked: Condition | Rows
    families: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


EVERYBODY: Final = Source(Contact.state == "active", (PEOPLE,), (ACTIVE,))


def mailings_of(leaf: Leaf, known: Resolved) -> tuple[int, ...]:
    """The mailings of which all who were reached are meant, whenever that was."""
    if leaf.name not in _OF_MAILINGS:
        return ()
    return known.begun[leaf] if leaf.name == "messaged_within" else known.keys[leaf]


def sources_of(leaf: Leaf, known: Resolved, *, kept: Collection[str]) -> list[Source]:
    """Where the people of a simple rule come from, as if it were not negated.

    Args:
        leaf: The rule.
        known: What the rules of its tree name.
        kept: The families that there are sets of.
    """
    if leaf.name in _OF_MAILINGS:
        return _of_mailings(leaf, known, kept)
    if leaf.name == "consent":
        names = tuple(named("consent", channel) for channel in leaf.values)
        return [Source(asked_by(leaf, known), (CONSENTS,), names)]
    if leaf.name in _RIDINGS or leaf.name in COLUMNS:
        values: tuple[object, ...] = known.keys[leaf] if leaf.name in _RIDINGS else leaf.values
        what = "riding" if leaf.name in _RIDINGS else leaf.name
        names = tuple(named(what, value) for value in values)
        return [Source(asked_by(leaf, known), (PEOPLE,), names)]
    return [Source(asked_by(leaf, known))]


def who_left(leaf: Leaf) -> list[Source]:
    """For a rule of topics, those who left each: it means whoever has not left all of them."""
    return [Source(left(topic)) for topic in leaf.values]


def _of_mailings(leaf: Leaf, known: Resolved, kept: Collection[str]) -> list[Source]:
    whole = mailings_of(leaf, known)
    standing = tuple(one for one in whole if family_of(one) in kept)
    sources = []
    if standing:
        families = tuple(map(family_of, standing))
        sources.append(Source(accepted_of(standing), families, (ACCEPTED,)))
    others = tuple(one for one in known.keys[leaf] if one not in standing)
    if others:
        sources.append(Source(asked_by(leaf, _only(known, leaf, others))))
    return sources


def _only(known: Resolved, leaf: Leaf, mailings: tuple[int, ...]) -> Resolved:
    def fewer(keys: Mapping[Leaf, tuple[int, ...]]) -> dict[Leaf, tuple[int, ...]]:
        return {leaf: tuple(one for one in keys.get(leaf, ()) if one in mailings)}

    return replace(known, keys=fewer(known.keys), begun=fewer(known.begun))
