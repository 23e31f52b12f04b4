"""The language of audiences: rules in JSON, read into a tree or refused with the place named."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from mobilize.core.errors import InvalidInput
from mobilize.core.i18n import LANGUAGES
from mobilize.mps.models import STANCES
from mobilize.mps.provinces import PROVINCES
from mobilize.mps.wording import PARTIES

MAX_DEPTH: Final = 8
MAX_RULES: Final = 100
MAX_VALUES: Final = 400
"""Every riding of the country at once, and some room."""
_MAX_TEXT: Final = 100
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True)
class LeafKind:
    """What a simple rule takes.

    Attributes:
        choices: The values that exist; none where any text may stand.
        summary: For the published schema.
        is_day: Whether it takes one day and nothing else; of several the earliest would say all.
        about: What it is also about, such as the `demand` that a stance is on: it then takes an
            object of that and, as `is`, the values.
    """

    choices: tuple[str, ...]
    summary: str
    is_day: bool = False
    about: str = ""


LEAVES: Final[Mapping[str, LeafKind]] = {
    "language": LeafKind(LANGUAGES, "the language somebody is written to in"),
    "province": LeafKind(tuple(PROVINCES), "province or territory, two letters"),
    "riding": LeafKind((), "code of a riding of the 2023 representation order"),
    "riding_certainty": LeafKind(
        ("confirmed", "likely", "tentative"), "how surely the riding is known"
    ),
    "mp": LeafKind((), "public id of the MP who sits for the riding"),
    "party": LeafKind(tuple(PARTIES), "party of the MP who sits for the riding"),
    "stance": LeafKind(
        STANCES,
        "stance on a demand (its slug), last observed, of the MP who sits for the riding",
        about="demand",
    ),
    "tag": LeafKind((), "a tag's name"),
    "custom": LeafKind((), "answer kept in a custom field, named by its key", about="field"),
    "kind": LeafKind(("supporter", "partner"), "what somebody is to us"),
    "source": LeafKind((), "where the contact came from"),
    "imported": LeafKind(
        (), "public id of an import that brought somebody, or was the last to change the record"
    ),
    "partner": LeafKind((), "public id of a partner that somebody speaks for"),
    "consent": LeafKind(("email", "sms", "voice"), "a channel that consent to us holds for now"),
    "topic": LeafKind((), "slug of a demand whose messages somebody has not left"),
    "acted_on": LeafKind((), "slug of a demand for which an action was completed"),
    "completed": LeafKind((), "public id of a campaign whose action was completed"),
    "received": LeafKind((), "public id of a mailing of which a message was accepted"),
    "joined_since": LeafKind((), "day of Ottawa on or after which somebody joined", is_day=True),
    "active_since": LeafKind(
        (), "day of Ottawa on or after which somebody completed an action", is_day=True
    ),
}
"""Simple rules: one value, or, but for days, a list of which any may hold."""

FLAGS: Final[Mapping[str, str]] = {"partner_person": "somebody who speaks for a partner"}
"""Rules that take true or false."""


@dataclass(frozen=True)
class Leaf:
    """One simple rule: any of the values holds, or, negated, none of them does."""

    name: str
    values: tuple[str, ...] = ()
    negated: bool = False
    about: str = ""


@dataclass(frozen=True)
class Group:
    """Several rules of which all, or any, must hold; all of none is everybody."""

    every: bool
    rules: tuple["Rule", ...]


Rule = Leaf | Group


def parse_rules(document: object) -> Rule:
    """Read rules as they come from JSON; a `not` is carried down to the simple rules.

    Raises:
        InvalidInput: Something is not a rule; `fields` names where, such as `all[1].province`.
    """
    return _Reader().read(document, path="", depth=0, negated=False)


class _Reader:
    """Walks a document and counts what it meets, so that no document can exhaust the database."""

    def __init__(self) -> None:
        self.rules = 0

    def read(self, document: object, *, path: str, depth: int, negated: bool) -> Rule:
        self.rules += 1
        if self.rules > MAX_RULES or depth > MAX_DEPTH:
            raise _wrong(
                path, f"more than {MAX_RULES} rules, or more than {MAX_DEPTH} inside each other"
            )
        if not isinstance(document, Mapping) or len(document) != 1:
            raise _wrong(path, 'a rule is an object with one name, such as {"province": "QC"}')
        name, value = next(iter(document.items()))
        here = f"{path}.{name}" if path else str(name)
        if name == "not":
            return self.read(value, path=here, depth=depth + 1, negated=not negated)
        if name in {"all", "any"}:
            return self._group(name, value, path=here, depth=depth, negated=negated)
        if name in FLAGS:
            if not isinstance(value, bool):
                raise _wrong(here, "true or false is expected")
            return Leaf(name, negated=negated is value)
        if name in LEAVES:
            kind = LEAVES[name]
            about, value = _about(kind, value, here) if kind.about else ("", value)
            here = f"{here}.is" if kind.about else here
            return Leaf(name, _values(kind, value, here), negated, about)
        raise _wrong(here, f"no such rule; there are {', '.join([*LEAVES, *FLAGS])}")

    def _group(self, name: str, value: object, *, path: str, depth: int, negated: bool) -> Group:
        if not isinstance(value, list):
            raise _wrong(path, "a list of rules is expected")
        if name == "any" and not value:
            raise _wrong(path, "any of no rules would be nobody")
        parts = tuple(
            self.read(item, path=f"{path}[{index}]", depth=depth + 1, negated=negated)
            for index, item in enumerate(value)
        )
        # De Morgan: not all is any not.
        return Group(every=(name == "all") is not negated, rules=parts)


def _about(kind: LeafKind, value: object, path: str) -> tuple[str, object]:
    if not isinstance(value, Mapping) or set(value) != {kind.about, "is"}:
        raise _wrong(path, f"an object of `{kind.about}` and `is` is expected")
    if not _is_text(value[kind.about]):
        raise _wrong(f"{path}.{kind.about}", "a text is expected")
    return value[kind.about], value["is"]


def _is_text(item: object) -> bool:
    # PostgreSQL takes no NUL in a text; no other unprintable character is a value either.
    return isinstance(item, str) and 0 < len(item) <= _MAX_TEXT and item.isprintable()


def _values(kind: LeafKind, value: object, path: str) -> tuple[str, ...]:
    if kind.is_day:
        return (_day(value, path),)
    listed = value if isinstance(value, list) else [value]
    if not 0 < len(listed) <= MAX_VALUES:
        raise _wrong(path, f"between 1 and {MAX_VALUES} values are expected")
    for item in listed:
        if not _is_text(item):
            raise _wrong(path, "a text, or a list of texts, is expected")
        if kind.choices and item not in kind.choices:
            raise _wrong(path, f"no such value; there are {', '.join(kind.choices)}")
    return tuple(dict.fromkeys(listed))


def _day(value: object, path: str) -> str:
    try:
        # `fromisoformat` also reads forms that the schema does not promise, such as 2026-W48-1.
        if isinstance(value, str) and _DAY.fullmatch(value):
            return date.fromisoformat(value).isoformat()
    except ValueError:
        pass
    raise _wrong(path, "a day is expected, such as 2026-11-22")


def _wrong(path: str, reason: str) -> InvalidInput:
    where = path or "rules"
    return InvalidInput(
        f"The audience's rules cannot be read at `{where}`: {reason}.",
        hint="Correct that rule; the schema at /api/v1/alerts/audiences/schema lists all of them.",
        fields={where: reason},
    )


def rules_schema() -> dict[str, Any]:
    """The rules' JSON Schema (draft 2020-12), for those who write rules by program."""
    several = {"type": "array", "items": {"$ref": "#/$defs/rule"}}
    kinds: list[dict[str, Any]] = [
        _only("all", {**several, "description": "every rule holds; an empty list is everybody"}),
        _only("any", {**several, "minItems": 1, "description": "at least one rule holds"}),
        _only("not", {"$ref": "#/$defs/rule", "description": "the rule does not hold"}),
        *(_only(name, {"type": "boolean", "description": what}) for name, what in FLAGS.items()),
        *(_only(name, _leaf_schema(kind)) for name, kind in LEAVES.items()),
    ]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Rules of an audience",
        "$ref": "#/$defs/rule",
        "$defs": {"rule": {"oneOf": kinds}},
    }


def _only(name: str, value: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {name: value},
        "required": [name],
        "additionalProperties": False,
    }


def _leaf_schema(kind: LeafKind) -> dict[str, Any]:
    if kind.is_day:
        return {"type": "string", "format": "date", "description": kind.summary}
    text: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": _MAX_TEXT}
    one = {"enum": list(kind.choices)} if kind.choices else text
    many = {"type": "array", "items": one, "minItems": 1, "maxItems": MAX_VALUES}
    values: dict[str, Any] = {"oneOf": [one, many]}
    if kind.about:
        values = {
            "type": "object",
            "properties": {kind.about: text, "is": values},
            "required": [kind.about, "is"],
            "additionalProperties": False,
        }
    return {**values, "description": kind.summary}
