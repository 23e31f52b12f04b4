"""Reads an order from JSON or TOML: every mistake is found, with its place and what may stand."""

from dataclasses import MISSING, Field, fields
from difflib import get_close_matches
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

Made = TypeVar("Made")

_NAMES = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    type(None): "null",
}
EVER = "ever"


class OrderError(ValueError):
    """An order that cannot be followed; ``problems`` holds a sentence for each mistake."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


def read_order(kind: type[Made], given: Any, place: str = "") -> Made:
    """Make a ``kind``, a dataclass, of what was given.

    Args:
        kind: What is wanted.
        given: A mapping. ``count`` may be ``"ever"``, as TOML has no null.
        place: Where it stands, for the sentences.

    Raises:
        OrderError: Naming every mistake.
    """
    where = f"{place}: " if place else ""
    if not isinstance(given, dict):
        raise OrderError([f"{where}this must be a table, with a name for each value"])
    known = _orderable(kind)
    hints = get_type_hints(kind)
    values = {
        name: None if name == "count" and value == EVER else value for name, value in given.items()
    }
    problems = [where + _unknown(name, known) for name in values if name not in known]
    problems += [
        f"{where}{name} is missing"
        for name, one in known.items()
        if name not in values and one.default is MISSING and one.default_factory is MISSING
    ]
    problems += [
        f"{where}{name} must be {_named(hints[name])}, and is {value!r}"
        for name, value in values.items()
        if name in known and not _fits(value, hints[name])
    ]
    if problems:
        raise OrderError(problems)
    try:
        return kind(**values)
    except ValueError as error:
        raise OrderError([f"{where}{error}"]) from error


def _orderable(kind: Any) -> dict[str, Field[Any]]:
    """The fields that an order may name: not those that count what became of it."""
    return {one.name: one for one in fields(kind) if not one.metadata.get("counts")}


def _unknown(name: str, known: dict[str, Field[Any]]) -> str:
    near = get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
    return f"{name} is not known; {hint}"


def _fits(value: Any, hint: Any) -> bool:
    if get_origin(hint) in {Union, UnionType}:
        return any(_fits(value, one) for one in get_args(hint))
    if get_origin(hint) is list:
        return isinstance(value, list) and all(_fits(one, get_args(hint)[0]) for one in value)
    if isinstance(value, bool):
        return hint is bool
    return isinstance(value, (int, float) if hint is float else hint)


def _named(hint: Any) -> str:
    if get_origin(hint) in {Union, UnionType}:
        told = [_named(one) for one in get_args(hint)]
        return " or ".join(told).replace("null", f'"{EVER}"' if int in get_args(hint) else "null")
    if get_origin(hint) is list:
        return f"a list of {_named(get_args(hint)[0])}"
    return _NAMES.get(hint, str(hint))
