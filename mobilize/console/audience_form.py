"""The simple builder of an audience: what is ticked on the page, and the rules that it means."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from werkzeug.datastructures import MultiDict

from mobilize.alerts.rules import parse_rules
from mobilize.core.errors import InvalidInput


@dataclass(frozen=True, kw_only=True)
class AudienceForm:
    """What an organizer chose; a choice left empty asks for nothing.

    Attributes:
        languages: Languages, any of which holds; so for the next three.
        provinces: Provinces and territories.
        ridings: Codes of ridings.
        tags: Tags.
        completed: The public id of a campaign whose action they completed.
        not_completed: The public id of a campaign whose action they did not complete.
        written: Rules in JSON, for what the builder has no fields for; they then stand alone.
    """

    languages: tuple[str, ...] = ()
    provinces: tuple[str, ...] = ()
    ridings: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    completed: str = ""
    not_completed: str = ""
    written: str = ""

    @classmethod
    def of_form(cls, form: MultiDict[str, str], prefix: str = "") -> Self:
        """The choice as a sent form holds it; a page with several puts a prefix before each."""
        return cls(
            languages=tuple(form.getlist(f"{prefix}language")),
            provinces=tuple(form.getlist(f"{prefix}province")),
            ridings=tuple(form.getlist(f"{prefix}riding")),
            tags=tuple(form.getlist(f"{prefix}tag")),
            completed=form.get(f"{prefix}completed", ""),
            not_completed=form.get(f"{prefix}not_completed", ""),
            written=form.get(f"{prefix}written", "").strip(),
        )

    @classmethod
    def of_rules(cls, rules: Mapping[str, Any]) -> Self:
        """The choice that rules mean; as written JSON where the builder cannot show them."""
        found = cls(**_fields_of(rules.get("all")))
        if found.rules() == rules:
            return found
        return cls(written=json.dumps(rules, ensure_ascii=False, indent=2))

    def rules(self) -> dict[str, Any]:
        """The rules that the choice means; nothing chosen is everybody.

        Raises:
            InvalidInput: Written rules cannot be read.
        """
        if self.written:
            return _read(self.written)
        lists = {
            "language": self.languages,
            "province": self.provinces,
            "riding": self.ridings,
            "tag": self.tags,
        }
        chosen: list[dict[str, Any]] = [
            {name: list(values)} for name, values in lists.items() if values
        ]
        if self.completed:
            chosen.append({"completed": [self.completed]})
        if self.not_completed:
            chosen.append({"not": {"completed": [self.not_completed]}})
        return {"all": chosen}


def _fields_of(parts: object) -> dict[str, Any]:
    """What each field of the builder would hold for a list of rules, as far as it can."""
    fields: dict[str, Any] = {}
    names = {"language": "languages", "province": "provinces", "riding": "ridings", "tag": "tags"}
    for part in parts if isinstance(parts, list) else []:
        for name, value in part.items() if isinstance(part, dict) else ():
            if name in names and isinstance(value, list):
                fields[names[name]] = tuple(value)
            elif name == "completed":
                fields["completed"] = _only(value)
            elif name == "not" and isinstance(value, dict):
                fields["not_completed"] = _only(value.get("completed"))
    return fields


def _only(value: object) -> str:
    alone = isinstance(value, Sequence) and not isinstance(value, str) and len(value) == 1
    return str(value[0]) if alone else ""  # type: ignore[index] # a sequence of one


def _read(written: str) -> dict[str, Any]:
    try:
        rules = json.loads(written)
    except json.JSONDecodeError as error:
        raise InvalidInput(
            f"The written rules are no JSON at line {error.lineno}: {error.msg}.",
            hint="Correct them, or empty the field to choose with the builder.",
            fields={"written": error.msg},
        ) from None
    parse_rules(rules)
    found: dict[str, Any] = rules
    return found
