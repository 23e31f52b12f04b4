"""The JSON Schema of audiences' rules, published for those who write rules by program."""

from typing import Any, Final

from mobilize.alerts.leaves import FLAGS, LEAVES, MAX_DAYS, MAX_TEXT, MAX_VALUES, LeafKind

VERSION: Final = 1
"""Grows when rules that could be read no longer can be; new rules do not change it."""


def rules_schema() -> dict[str, Any]:
    """The schema (JSON Schema, draft 2020-12) of what `parse_rules` reads."""
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
        "$id": f"urn:mobilize:audience-rules:{VERSION}",
        "title": "Rules of an audience",
        "$ref": "#/$defs/rule",
        "$defs": {"rule": {"oneOf": kinds}},
    }


def _leaf_schema(kind: LeafKind) -> dict[str, Any]:
    text: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": MAX_TEXT}
    if kind.form == "day":
        return {"type": "string", "format": "date", "description": kind.summary}
    if kind.form == "days":
        return {**_days(1), "description": kind.summary}
    if kind.form == "window":
        parts = {kind.about: text, "before": _days(0), "after": _days(0)}
        return {**_object(parts, {"occurrence": text}), "description": kind.summary}
    one = {"enum": list(kind.choices)} if kind.choices else text
    many = {"type": "array", "items": one, "minItems": 1, "maxItems": MAX_VALUES}
    values: dict[str, Any] = {"oneOf": [one, many]}
    if kind.about:
        values = _object({kind.about: text, "is": values}, {})
    return {**values, "description": kind.summary}


def _only(name: str, value: dict[str, Any]) -> dict[str, Any]:
    return _object({name: value}, {})


def _object(needed: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {**needed, **more},
        "required": list(needed),
        "additionalProperties": False,
    }


def _days(least: int) -> dict[str, Any]:
    return {"type": "integer", "minimum": least, "maximum": MAX_DAYS}
