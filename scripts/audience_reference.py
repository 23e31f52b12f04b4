"""Write the reference of audiences' rules and their JSON Schema; `--check` only compares."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from mobilize.alerts.leaves import FLAGS, LEAVES, LeafKind
from mobilize.alerts.rules import MAX_DEPTH, MAX_RULES
from mobilize.alerts.rules_schema import rules_schema
from mobilize.alerts.sentence import Names, sentence
from mobilize.core.i18n import Language

FOLDER: Final = Path(__file__).parent.parent / "docs" / "reference"
HEAD: Final = f"""\
# Rules of audiences

Made by `scripts/audience_reference.py` from the code; change `mobilize/alerts/leaves.py`.

An audience is a JSON document: a **rule**. A rule is an object with one name. Three names put rules
together, the others are simple rules about a person:

| name | takes | holds for somebody when |
|---|---|---|
| `all` | a list of rules | every rule holds; an empty list is everybody |
| `any` | a list of at least one rule | at least one rule holds |
| `not` | a rule | the rule does not hold |

They go inside each other up to {MAX_DEPTH} deep, with up to {MAX_RULES} rules in all. What is not
known is not so: somebody whose province is not known is *not* in Quebec. Only active records are
meant.

The [JSON Schema](audience-rules.schema.json) says the same for programs; a running installation
serves it at `/api/v1/alerts/audiences/schema`. Its `$id` ends in a version, which grows when rules
that could be read no longer can be; a new rule does not change it. A document that cannot be read
is refused with the exact place, such as `all[1].province`, and the reason in English and in French.

## Simple rules

Where a value is taken, a list of values is taken too, of which any may hold. Days are those of
Ottawa; *the last so many days* are so many times 24 hours.

| name | takes | is about |
|---|---|---|
"""
EXAMPLES_HEAD: Final = """
## Examples

Each with the sentence that the console and the API make of it.
"""
NAMES: Final[Mapping[Language, Names]] = {
    "en": {
        "acted_on": {"permanent-status": "Permanent Status"},
        "stance": {"permanent-status": "Permanent Status"},
        "acted_around": {"awareness-day": "National Human Trafficking Awareness Day"},
        "partner_riding": {"35079": "Ottawa Centre"},
    },
    "fr": {
        "acted_on": {"permanent-status": "Statut permanent"},
        "stance": {"permanent-status": "Statut permanent"},
        "acted_around": {
            "awareness-day": "Journée nationale de sensibilisation à la traite des personnes"
        },
        "partner_riding": {"35079": "Ottawa-Centre"},
    },
}
EXAMPLES: Final[tuple[dict[str, Any], ...]] = (
    {
        "all": [
            {"language": "fr"},
            {"kind": "supporter"},
            {"province": "QC"},
            {"not": {"acted_on": "permanent-status"}},
        ]
    },
    {
        "all": [
            {"stance": {"demand": "permanent-status", "is": ["silent", "leaning"]}},
            {"consent": "email"},
            {"not": {"messaged_within": 7}},
        ]
    },
    {
        "all": [
            {"consent": ["email", "sms"]},
            {
                "any": [
                    {"acted_around": {"milestone": "awareness-day", "before": 3, "after": 14}},
                    {"all": [{"tag": "youth"}, {"joined_within": 90}]},
                ]
            },
        ]
    },
    {"all": [{"membership": "member"}, {"partner_riding": "35079"}]},
)


def page() -> str:
    """The page of the reference."""
    rows = [f"| `{name}` | {_takes(kind)} | {kind.summary} |" for name, kind in LEAVES.items()]
    rows += [f"| `{name}` | `true` or `false` | {what} |" for name, what in FLAGS.items()]
    said = [
        f"\n```json\n{json.dumps(rules, ensure_ascii=False)}\n```\n\n"
        f"> {sentence(rules, 'en', NAMES['en'])}\n>\n> {sentence(rules, 'fr', NAMES['fr'])}\n"
        for rules in EXAMPLES
    ]
    return HEAD + "\n".join(rows) + "\n" + EXAMPLES_HEAD + "".join(said)


def _takes(kind: LeafKind) -> str:
    if kind.form == "day":
        return "a day, `2026-11-22`"
    if kind.form == "days":
        return "a number of days"
    if kind.form == "window":
        parts = f'"{kind.about}": …, "before": days, "after": days, "occurrence": …'
        return f"`{{{parts}}}`; the last may be left out"
    values = " · ".join(f"`{one}`" for one in kind.choices) or "a value or a list"
    return f'`{{"{kind.about}": …, "is": …}}`: {values}' if kind.about else values


def main() -> None:
    """Write both files, or say that they are old."""
    schema = json.dumps(rules_schema(), ensure_ascii=False, indent=2) + "\n"
    files = {"audience-rules.md": page(), "audience-rules.schema.json": schema}
    for name, text in files.items():
        path = FOLDER / name
        if "--check" not in sys.argv:
            path.write_text(text, "utf-8")
        elif not path.exists() or path.read_text("utf-8") != text:
            sys.exit(f"docs/reference/{name} is old; run python scripts/audience_reference.py")


if __name__ == "__main__":
    main()
