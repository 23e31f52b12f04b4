"""The language of audiences: rules in JSON, read into a tree or refused with the place named."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from mobilize.alerts.leaves import FLAGS, LEAVES, MAX_DAYS, MAX_TEXT, MAX_VALUES, LeafKind
from mobilize.alerts.refusals import UnreadableRules

MAX_DEPTH: Final = 8
MAX_RULES: Final = 100
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WINDOW: Final = ("before", "after")


@dataclass(frozen=True)
class Leaf:
    """One simple rule: any of the values holds, or, negated, none of them does.

    A number of days is its only value; of a window the values are the days before, the days after
    and the occurrence's key, empty for any.
    """

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
        UnreadableRules: Something is not a rule; it names where, such as `all[1].province`, and
            why in both languages.
    """
    return _Reader().read(document, path="", depth=0, negated=False)


def leaves_of(rule: Rule) -> list[Leaf]:
    """The simple rules of a tree, in the order in which they stand."""
    if isinstance(rule, Leaf):
        return [rule]
    return [leaf for part in rule.rules for leaf in leaves_of(part)]


class _Reader:
    """Walks a document and counts what it meets, so that no document can exhaust the database."""

    def __init__(self) -> None:
        self.rules = 0

    def read(self, document: object, *, path: str, depth: int, negated: bool) -> Rule:
        self.rules += 1
        if self.rules > MAX_RULES or depth > MAX_DEPTH:
            raise UnreadableRules(path, "too_much", rules=MAX_RULES, depth=MAX_DEPTH)
        if not isinstance(document, Mapping) or len(document) != 1:
            raise UnreadableRules(path, "no_rule")
        name, value = next(iter(document.items()))
        here = f"{path}.{name}" if path else str(name)
        if name == "not":
            return self.read(value, path=here, depth=depth + 1, negated=not negated)
        if name in {"all", "any"}:
            return self._group(name, value, path=here, depth=depth, negated=negated)
        if name in FLAGS:
            if not isinstance(value, bool):
                raise UnreadableRules(here, "no_flag")
            return Leaf(name, negated=negated is value)
        if name in LEAVES:
            return _leaf(name, value, here, negated=negated)
        raise UnreadableRules(here, "unknown", names=", ".join([*LEAVES, *FLAGS]))

    def _group(self, name: str, value: object, *, path: str, depth: int, negated: bool) -> Group:
        if not isinstance(value, list):
            raise UnreadableRules(path, "no_list")
        if name == "any" and not value:
            raise UnreadableRules(path, "any_of_none")
        parts = tuple(
            self.read(item, path=f"{path}[{index}]", depth=depth + 1, negated=negated)
            for index, item in enumerate(value)
        )
        # De Morgan: not all is any not.
        return Group(every=(name == "all") is not negated, rules=parts)


def _leaf(name: str, value: object, path: str, *, negated: bool) -> Leaf:
    kind = LEAVES[name]
    if kind.form == "day":
        return Leaf(name, (_day(value, path),), negated)
    if kind.form == "days":
        return Leaf(name, (_days(value, path, least=1),), negated)
    if kind.form == "window":
        return _window(name, kind, value, path, negated=negated)
    if not kind.about:
        return Leaf(name, _values(kind, value, path), negated)
    if not isinstance(value, Mapping) or set(value) != {kind.about, "is"}:
        raise UnreadableRules(path, "no_about", names=f"{kind.about}, is")
    about = _text(value[kind.about], f"{path}.{kind.about}")
    return Leaf(name, _values(kind, value["is"], f"{path}.is"), negated, about)


def _window(name: str, kind: LeafKind, value: object, path: str, *, negated: bool) -> Leaf:
    needed = {kind.about, *_WINDOW}
    if not isinstance(value, Mapping) or not needed <= set(value) <= needed | {"occurrence"}:
        raise UnreadableRules(path, "no_about", names=", ".join((kind.about, *_WINDOW)))
    about = _text(value[kind.about], f"{path}.{kind.about}")
    days = [_days(value[each], f"{path}.{each}", least=0) for each in _WINDOW]
    one = _text(value["occurrence"], f"{path}.occurrence") if "occurrence" in value else ""
    return Leaf(name, (*days, one), negated, about)


def _values(kind: LeafKind, value: object, path: str) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else [value]
    if not 0 < len(listed) <= MAX_VALUES:
        raise UnreadableRules(path, "too_many", most=MAX_VALUES)
    for item in listed:
        if not _is_text(item):
            raise UnreadableRules(path, "no_texts")
        if kind.choices and item not in kind.choices:
            raise UnreadableRules(path, "no_choice", names=", ".join(kind.choices))
    return tuple(dict.fromkeys(listed))


def _text(value: Any, path: str) -> str:
    if not _is_text(value):
        raise UnreadableRules(path, "no_text")
    return str(value)


def _is_text(item: object) -> bool:
    # PostgreSQL takes no NUL in a text; no other unprintable character is a value either.
    return isinstance(item, str) and 0 < len(item) <= MAX_TEXT and item.isprintable()


def _days(value: object, path: str, *, least: int) -> str:
    # To Python, true is a number.
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= MAX_DAYS:
        raise UnreadableRules(path, "no_days", least=least, most=MAX_DAYS)
    return str(value)


def _day(value: object, path: str) -> str:
    try:
        # `fromisoformat` also reads forms that the schema does not promise, such as 2026-W48-1.
        if isinstance(value, str) and _DAY.fullmatch(value):
            return date.fromisoformat(value).isoformat()
    except ValueError:
        pass
    raise UnreadableRules(path, "no_day")
