"""Reads the campaign's content from TOML into frozen records, and says exactly what is wrong."""

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from datetime import time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from mobilize.core.content import read_entries
from mobilize.core.errors import SetupError
from mobilize.core.i18n import LANGUAGES
from mobilize.core.typography import typeset
from mobilize.strategy.calendar import check_rule

ELEMENT_KINDS = ("goal", "condition", "change", "outcome")
MILESTONE_KINDS = ("fixed", "yearly", "one_off", "estimated", "awaited")
AUDIENCES = ("organizers", "supporters", "non-responders", "participants", "partners")
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Element:
    """A goal, condition, change or outcome."""

    kind: str
    key: str
    text_en: str
    text_fr: str


@dataclass(frozen=True, slots=True)
class DemandText:
    """A demand with all its texts."""

    slug: str
    title_en: str
    title_fr: str
    ask_en: str
    ask_fr: str
    summary_en: str
    summary_fr: str
    elements: tuple[Element, ...]


@dataclass(frozen=True, slots=True)
class PrincipleText:
    """A principle with its texts."""

    key: str
    name_en: str
    name_fr: str
    text_en: str
    text_fr: str


@dataclass(frozen=True, slots=True)
class Step:
    """A suggested step, `days` after the start or the end of a milestone."""

    key: str
    days: int
    anchor: str
    audience: str
    channel: str
    task_en: str
    task_fr: str


@dataclass(frozen=True, slots=True)
class MilestoneText:
    """A milestone with its rule and its suggested steps."""

    slug: str
    kind: str
    rule: str
    needs_confirmation: bool
    time_zone: str
    local_time: str
    title_en: str
    title_fr: str
    source: str
    certainty_en: str
    certainty_fr: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Content:
    """All that the two files say."""

    principles: tuple[PrincipleText, ...]
    demands: tuple[DemandText, ...]
    milestones: tuple[MilestoneText, ...]


def content_hash(record: DemandText | PrincipleText | MilestoneText) -> str:
    """What tells two wordings apart: SHA-256 over every text and its order."""
    canonical = json.dumps(asdict(record), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def read_content(folder: Path | None = None) -> Content:
    """Read `demands.toml` and `milestones.toml`.

    Args:
        folder: Where the files lie; the configuration's `strategy` folder where not given.

    Raises:
        SetupError: Naming the file, the entry and the field.
    """
    file = _Entry.of_file(folder, "demands.toml", "principle", "demand")
    calendar = _Entry.of_file(folder, "milestones.toml", "defaults", "step_set", "milestone")
    return Content(
        principles=tuple(_principle(entry) for entry in file.children("principle", "key")),
        demands=tuple(_demand(entry) for entry in file.children("demand", "slug")),
        milestones=_milestones(calendar),
    )


@dataclass(frozen=True, slots=True)
class _Entry:
    """A table of a file together with where it stands, for errors."""

    where: str
    fields: dict[str, Any]

    @classmethod
    def of_file(cls, folder: Path | None, name: str, *headings: str) -> "_Entry":
        return cls(name, read_entries(folder, name, *headings))

    def wrong(self, field: str, why: str) -> SetupError:
        return SetupError(f"{self.where}, `{field}`: {why}.", hint="Correct the file.")

    def text(self, field: str, default: str | None = None) -> str:
        value = self.fields.get(field, default)
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(field, "a text is needed")
        return value

    def name(self, field: str) -> str:
        value = self.text(field)
        if not _NAME.fullmatch(value):
            raise self.wrong(field, "only lower-case letters, digits and hyphens")
        return value

    def choice(self, field: str, choices: tuple[str, ...], default: str | None = None) -> str:
        value = self.text(field, default)
        if value not in choices:
            raise self.wrong(field, f"`{value}` is none of {', '.join(choices)}")
        return value

    def number(self, field: str) -> int:
        value = self.fields.get(field)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.wrong(field, "a whole number is needed")
        return value

    def texts(self, *fields: str) -> dict[str, str]:
        return {
            f"{field}_{language}": typeset(self.text(f"{field}_{language}"), language)
            for field in fields
            for language in LANGUAGES
        }

    def children(self, field: str, key: str) -> "list[_Entry]":
        tables = self.fields.get(field, [])
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            raise self.wrong(field, "write [[double brackets]]")
        entries, seen = [], set()
        for number, table in enumerate(tables, start=1):
            entry = _Entry(f"{self.where}, {field} {table.get(key, number)}", table)
            name = entry.name(key)
            if name in seen:
                raise entry.wrong(key, "it is there twice")
            seen.add(name)
            entries.append(entry)
        return entries


def _demand(entry: _Entry) -> DemandText:
    elements = tuple(
        Element(
            kind=child.choice("kind", ELEMENT_KINDS), key=child.name("key"), **child.texts("text")
        )
        for child in entry.children("element", "key")
    )
    texts = entry.texts("title", "ask", "summary")
    return DemandText(slug=entry.name("slug"), elements=elements, **texts)


def _principle(entry: _Entry) -> PrincipleText:
    return PrincipleText(key=entry.name("key"), **entry.texts("name", "text"))


def _milestones(file: _Entry) -> tuple[MilestoneText, ...]:
    sets = {entry.name("key"): _steps(entry) for entry in file.children("step_set", "key")}
    defaults = file.fields["defaults"] or {}
    return tuple(
        _milestone(_Entry(entry.where, defaults | entry.fields), sets)
        for entry in file.children("milestone", "slug")
    )


def _milestone(entry: _Entry, sets: dict[str, tuple[Step, ...]]) -> MilestoneText:
    shared: tuple[Step, ...] = ()
    if "steps_of" in entry.fields:
        shared = sets[entry.choice("steps_of", tuple(sets))]
    steps = shared + _steps(entry)
    if len({step.key for step in steps}) < len(steps):
        raise entry.wrong("step", "a key is there twice, counting the set's")
    kind = entry.choice("kind", MILESTONE_KINDS)
    confirm = entry.fields.get("confirm", False) is True or kind in {"estimated", "awaited"}
    return MilestoneText(
        slug=entry.name("slug"),
        kind=kind,
        rule=_checked(entry, "rule", check_rule),
        needs_confirmation=confirm,
        time_zone=_checked(entry, "time_zone", ZoneInfo),
        local_time=_checked(entry, "local_time", time.fromisoformat),
        source=entry.text("source"),
        steps=steps,
        **entry.texts("title", "certainty"),
    )


def _checked(entry: _Entry, field: str, check: Any) -> str:
    value = entry.text(field)
    try:
        check(value)
    except (ValueError, KeyError, OSError) as error:
        raise entry.wrong(field, str(error)) from error
    return value


def _steps(entry: _Entry) -> tuple[Step, ...]:
    return tuple(
        Step(
            key=child.name("key"),
            days=child.number("days"),
            anchor=child.choice("from", ("start", "end"), "start"),
            audience=child.choice("audience", AUDIENCES),
            channel=child.choice("channel", ("any", "sms", "email"), "any"),
            **child.texts("task"),
        )
        for child in entry.children("step", "key")
    )
