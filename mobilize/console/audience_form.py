"""The builder of an audience: what is chosen on the page, and the rules that it means."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from mobilize.alerts.rules import Group, Leaf, Rule, parse_rules
from mobilize.alerts.tidying import same_rules, tidied
from mobilize.console.audience_rows import GROUPS, RuleRow
from mobilize.core.errors import InvalidInput

MOST_ROWS: Final = 30
_TICKS: Final = {
    "language": "languages",
    "province": "provinces",
    "riding": "ridings",
    "tag": "tags",
}


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
        rows: Further rules of any kind, on their own or as part of a choice.
        written: Rules in JSON, for what the builder has no fields for; they then stand alone.
        saved: The public id of the saved audience that it began from.
    """

    languages: tuple[str, ...] = ()
    provinces: tuple[str, ...] = ()
    ridings: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    completed: str = ""
    not_completed: str = ""
    rows: tuple[RuleRow, ...] = ()
    written: str = ""
    saved: str = ""

    @classmethod
    def of_form(cls, form: MultiDict[str, str], prefix: str = "") -> Self:
        """The choice as a sent form holds it; a page with several puts a prefix before each.

        A rule is added or taken away where the button for it was pressed.
        """
        return cls(
            **{field: tuple(form.getlist(f"{prefix}{name}")) for name, field in _TICKS.items()},
            completed=form.get(f"{prefix}completed", ""),
            not_completed=form.get(f"{prefix}not_completed", ""),
            rows=_rows(form, prefix),
            written=form.get(f"{prefix}written", "").strip(),
            saved=form.get(f"{prefix}saved", ""),
        )

    @classmethod
    def of_rules(cls, rules: Mapping[str, Any], *, saved: str = "") -> Self:
        """The choice that rules mean; as written JSON where the builder cannot show them."""
        found = cls(**_fields_of(tidied(parse_rules(rules))), saved=saved)
        try:
            if same_rules(found.rules(), rules):
                return found
        except InvalidInput:
            pass
        return cls(written=json.dumps(rules, ensure_ascii=False, indent=2), saved=saved)

    def rules(self) -> dict[str, Any]:
        """The rules that the choice means; nothing chosen is everybody.

        Raises:
            InvalidInput: Written rules cannot be read, or a rule is not complete.
        """
        if self.written:
            return _read(self.written)
        chosen: list[dict[str, Any]] = [
            {name: list(values)}
            for name, field in _TICKS.items()
            if (values := getattr(self, field))
        ]
        if self.completed:
            chosen.append({"completed": [self.completed]})
        if self.not_completed:
            chosen.append({"not": {"completed": [self.not_completed]}})
        numbered = [(row.group, row.rule(number)) for number, row in enumerate(self.rows, 1)]
        chosen += [rule for group, rule in numbered if not group]
        for each in GROUPS:
            if together := [rule for group, rule in numbered if group == each]:
                chosen.append({"any": together})
        found = {"all": chosen}
        parse_rules(found)
        return found


def builder_pressed(form: MultiDict[str, str]) -> bool:
    """Whether a form was sent by a button inside a builder, and nothing is to be kept."""
    return any(name.endswith(("rule-add", "rule-drop", "saved-use")) for name in form)


def _rows(form: MultiDict[str, str], prefix: str) -> tuple[RuleRow, ...]:
    typed = form.get(f"{prefix}rule-count", "")
    number = min(int(typed), MOST_ROWS) if typed.isdecimal() else 0
    dropped = form.get(f"{prefix}rule-drop", "")
    found = [
        RuleRow.of_form(form, f"{prefix}rule{each}-")
        for each in range(1, number + 1)
        if str(each) != dropped
    ]
    if f"{prefix}rule-add" in form:
        added = MultiDict({"kind": form.get(f"{prefix}rule-new", "")})
        found.append(RuleRow.of_form(added, ""))
    return tuple(filter(None, found))[:MOST_ROWS]


def _fields_of(meant: Rule) -> dict[str, Any]:
    """What each field of the builder would hold for a tree, as far as it can."""
    parts: Sequence[Rule] = (meant,)
    if isinstance(meant, Group) and meant.every:
        parts = meant.rules
    fields: dict[str, Any] = {}
    rows: list[RuleRow] = []
    groups = iter(GROUPS)
    for part in parts:
        if isinstance(part, Group):
            group = next(groups, "")
            rows += [RuleRow.of_leaf(one, group) for one in part.rules if isinstance(one, Leaf)]
        elif (field := _field(part)) and field not in fields:
            fields[field] = part.values[0] if "completed" in field else part.values
        else:
            rows.append(RuleRow.of_leaf(part))
    return {**fields, "rows": tuple(rows)}


def _field(leaf: Leaf) -> str:
    """The field that shows a rule without a row of its own."""
    if leaf.name == "completed" and len(leaf.values) == 1:
        return "not_completed" if leaf.negated else "completed"
    return "" if leaf.negated else _TICKS.get(leaf.name, "")


def _read(written: str) -> dict[str, Any]:
    try:
        rules = json.loads(written)
    except json.JSONDecodeError as error:
        raise InvalidInput(
            gettext(
                "The written rules are no JSON at line %(line)s: %(why)s.",
                line=error.lineno,
                why=error.msg,
            ),
            hint=gettext("Correct them, or empty the field to choose with the builder."),
            fields={"written": error.msg},
        ) from None
    parse_rules(rules)
    found: dict[str, Any] = rules
    return found
