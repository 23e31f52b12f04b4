"""Which column of a file is read as which: proposed by its header, confirmed by an organizer.

A column is read as one of ours (`email`), as an answer to a custom field (`field:shirt_size`), as a
tag that whoever says yes there wears (`tag:rally`), as the tool means it that wrote the file (`*`),
or not at all (nothing). What holds for every row is chosen beside it: language, source, tags, and a
consent that the organizer declares, with its proof.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from mobilize.contacts.bases import basis_of
from mobilize.contacts.columns import (
    SUPPORTER_COLUMNS,
    Layout,
    check_supporters,
    name_of,
    no_such_column,
    refuse_unknown,
    supporter_columns,
)
from mobilize.contacts.custom_fields import all_fields
from mobilize.contacts.dialects import DATED, SUBSCRIBED, dialect_called, recognise_tool
from mobilize.contacts.dialects.cells import YES
from mobilize.contacts.models import ImportRun
from mobilize.contacts.own_export import own_answers
from mobilize.contacts.record_models import CustomField
from mobilize.contacts.rows import read_day, read_language, read_source, read_tag
from mobilize.contacts.sensitive import refuse_sensitive
from mobilize.contacts.shaping import Declared, Feed, Shape
from mobilize.core.errors import InvalidInput
from mobilize.mps.names import normalise

AS_MEANT: Final = "*"
FIELD: Final = "field:"
TAG: Final = "tag:"
_LONGEST_EVIDENCE: Final = 200
_LOOKED_AT: Final = 50
_PARTS: Final = ("basis", "date", "evidence")


@dataclass(frozen=True)
class Choices:
    """How a file is read, as an organizer confirmed it.

    Attributes:
        targets: For each column of the file, in its order, what it is read as.
        dialect: The tool whose export it is; empty where that is not known.
        language: The language of whoever's row says none.
        source: Where whoever's row says none comes from.
        tags: What everybody of the file wears.
        declared: The consents that hold for every row that claims none itself.
    """

    targets: tuple[str, ...]
    dialect: str = ""
    language: str = ""
    source: str = ""
    tags: tuple[str, ...] = ()
    declared: tuple[Declared, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The choices as they are kept with the file and the import."""
        return {
            "targets": list(self.targets),
            "dialect": self.dialect,
            "language": self.language,
            "source": self.source,
            "tags": list(self.tags),
            "declared": [one._asdict() for one in self.declared],
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Choices":
        """The choices that `as_json` gave."""
        return cls(
            targets=tuple(kept["targets"]),
            dialect=kept["dialect"],
            language=kept["language"],
            source=kept["source"],
            tags=tuple(kept["tags"]),
            declared=tuple(Declared(**one) for one in kept["declared"]),
        )


def propose(header: Sequence[str], file_name: str, fields: Sequence[CustomField] = ()) -> Choices:
    """How a file would be read by its header alone.

    Args:
        header: The names of its columns.
        file_name: What the file is called.
        fields: The custom fields, whose answers our own export has.

    Raises:
        InvalidInput: A column's name says that it holds what must not be kept.
    """
    dialect = recognise_tool(header, file_name)
    meant = dialect.columns if dialect else {}
    aside = dialect.aside if dialect else frozenset[str]()
    # A tool's own words come before ours; of two columns for one thing the first is proposed.
    taken = {take.target for title in header for take in meant.get(normalise(title), ())}
    answers = {} if dialect else own_answers(header, fields)
    targets = []
    for title in header:
        name, own = normalise(title), name_of(title)
        if title in answers:
            targets.append(title)
        elif name in meant:
            targets.append(AS_MEANT)
        elif name in aside:
            targets.append("")
        elif own is None:
            refuse_sensitive(title, kind="column")
            targets.append("")
        else:
            targets.append("" if own in taken else own)
            taken.add(own)
    return Choices(tuple(targets), dialect=dialect.key if dialect else "")


def remembered(session: Session, header: Sequence[str], file_name: str) -> Choices:
    """How a file would be read: as the last one with the same header was, else by its header.

    What held for every row of that file is not taken over: a consent is declared for one file.

    Raises:
        InvalidInput: A column's name says that it holds what must not be kept.
    """
    proposed = propose(header, file_name, all_fields(session))
    earlier = session.execute(
        select(ImportRun.header, ImportRun.mapping)
        .where(ImportRun.kind == "supporters", ImportRun.dialect == proposed.dialect)
        .order_by(ImportRun.id.desc())
        .limit(_LOOKED_AT)
    )
    for titles, mapping in earlier:
        if titles == list(header):
            return replace(proposed, targets=tuple(mapping["targets"])) if mapping else proposed
    return proposed


def with_targets(choices: Choices, header: Sequence[str], targets: Mapping[str, str]) -> Choices:
    """The same choices with some columns, by their titles, read otherwise.

    Raises:
        InvalidInput: The file has no such column.
    """
    refuse_unknown(header, targets)
    chosen = (targets.get(title, old) for title, old in zip(header, choices.targets, strict=True))
    return replace(choices, targets=tuple(chosen))


def lay_out(
    choices: Choices, header: Sequence[str], *, file_name: str, fields: Sequence[CustomField] = ()
) -> Layout:
    """Make a layout of confirmed choices.

    Args:
        choices: How the file is read.
        header: The names of its columns.
        file_name: What the file is called.
        fields: The custom fields that may be answered.

    Raises:
        InvalidInput: The choices do not fit the header or each other, or keep what must not be.
    """
    if len(choices.targets) != len(header):
        raise InvalidInput(
            "The columns that were chosen are not those of this file.",
            hint="Choose again what each column is.",
        )
    answers = own_answers(header, fields)
    if choices == Choices(
        tuple(title if title in answers else name_of(title) or "" for title in header)
    ):
        return supporter_columns(header)
    return _Making(choices, header, file_name, fields).layout()


class _Making:
    """Puts a layout together, column by column."""

    def __init__(
        self,
        choices: Choices,
        header: Sequence[str],
        file_name: str,
        fields: Sequence[CustomField],
    ) -> None:
        self._choices = choices
        self._header = header
        self._fields = {field.key: field for field in fields if field.archived_at is None}
        self._dialect = dialect_called(choices.dialect, file_name)
        self._feeds: defaultdict[str, list[Feed]] = defaultdict(list)
        self._checks: list[Feed] = []
        self._ignored: list[str] = []
        for place in sorted(range(len(header)), key=self._rank):
            self._column(place, choices.targets[place])

    def layout(self) -> Layout:
        """The whole layout."""
        constants = self._constants()
        names = [name for name in SUPPORTER_COLUMNS if name in self._feeds or name in constants]
        answers = [name for name in self._feeds if name.startswith(FIELD)]
        listed = {channel: tuple(self._feeds.get(name, ())) for channel, name in SUBSCRIBED.items()}
        dated = {channel: tuple(self._feeds.get(name, ())) for channel, name in DATED.items()}
        shape = Shape(
            names=(*names, *answers),
            feeds=tuple(tuple(self._feeds.get(name, ())) for name in (*names, *answers)),
            constants=tuple(constants.get(name, "") for name in (*names, *answers)),
            checks=tuple(self._checks),
            declared=self._declared(),
            subscribed={channel: feeds for channel, feeds in listed.items() if feeds},
            dated={channel: feeds for channel, feeds in dated.items() if feeds},
            tool=self._dialect.title if self._dialect else "",
        )
        layout = Layout(
            places={name: place for place, name in enumerate(names)},
            ignored=tuple(title for title in self._ignored if title),
            shape=shape,
            answers=tuple(
                (len(names) + number, self._fields[name.removeprefix(FIELD)])
                for number, name in enumerate(answers)
            ),
            dialect=self._choices.dialect,
            mapping=self._choices.as_json(),
        )
        check_supporters(layout)
        return layout

    def _rank(self, place: int) -> int:
        """Where two columns may fill one of ours, the tool's own order says which comes first."""
        name = normalise(self._header[place])
        ranks = list(self._dialect.columns) if self._dialect else []
        return ranks.index(name) if name in ranks else len(ranks)

    def _column(self, place: int, target: str) -> None:
        title = self._header[place]
        name = normalise(title)
        if not target:
            if not (self._dialect and name in self._dialect.aside):
                refuse_sensitive(title, kind="column")
            self._ignored.append(title)
        elif target == AS_MEANT:
            takes = self._dialect.columns.get(name) if self._dialect else None
            if takes is None:
                raise no_such_column(title, target)
            for take in takes:
                feed = Feed(place, take.convert)
                (self._feeds[take.target] if take.target else self._checks).append(feed)
        else:
            refuse_sensitive(title, kind="column")
            self._chosen(place, title, target)

    def _chosen(self, place: int, title: str, target: str) -> None:
        if target.startswith(TAG):
            tag = read_tag(target.removeprefix(TAG))
            self._feeds["tags"].append(Feed(place, partial(worn, tag=tag)))
        elif target.startswith(FIELD):
            if target.removeprefix(FIELD) not in self._fields:
                raise no_such_column(title, target)
            self._once(place, title, target)
        elif target == "tags":
            self._feeds[target].append(Feed(place, None))
        elif target in SUPPORTER_COLUMNS:
            self._once(place, title, target)
        else:
            raise no_such_column(title, target)

    def _once(self, place: int, title: str, target: str) -> None:
        if self._feeds[target]:
            first = self._header[self._feeds[target][0].place]
            raise InvalidInput(
                f"Two columns are the {target}: “{first}” and “{title}”.",
                hint="Keep one of them.",
                fields={target: "twice"},
            )
        self._feeds[target].append(Feed(place, None))

    def _constants(self) -> dict[str, str]:
        chosen = self._choices
        read_language(chosen.language)
        constants = {
            "language": chosen.language,
            "source": read_source(chosen.source),
            "tags": ";".join(read_tag(tag) for tag in chosen.tags),
        }
        every_row = self._dialect.every_row if self._dialect else {}
        for name, text in every_row.items():
            if name in SUBSCRIBED.values():
                self._feeds[name].insert(0, Feed(0, nothing))
            else:
                constants[name] = text
        for consent in chosen.declared:
            constants |= dict.fromkeys((f"consent_{consent.channel}_{p}" for p in _PARTS), "")
        return {
            name: text for name, text in constants.items() if text or name.startswith("consent_")
        }

    def _declared(self) -> tuple[Declared, ...]:
        return tuple(self._checked(one) for one in self._choices.declared)

    def _checked(self, one: Declared) -> Declared:
        basis_of(one.basis)
        address = "email" if one.channel == "email" else "phone"
        if one.channel not in SUBSCRIBED or not self._feeds.get(address):
            raise InvalidInput(
                f"Consent is declared for {one.channel}, but there is no address for it."
            )
        if one.day:
            read_day(one.day)
        elif not self._feeds.get(DATED[one.channel]):
            raise InvalidInput(
                "A declared consent needs the day from which it counts.",
                hint="This file has no column that says it for each person.",
                fields={"day": "missing"},
            )
        evidence = " ".join(one.evidence.split())
        if not evidence or len(evidence) > _LONGEST_EVIDENCE:
            raise InvalidInput(
                "A declared consent needs its proof in a sentence: the burden of proof is yours.",
                hint=f"Write at most {_LONGEST_EVIDENCE} characters, such as “sign-up form of our"
                " website, kept with the campaign's papers”.",
                fields={"evidence": "missing"},
            )
        return one._replace(evidence=evidence)


def worn(cell: str, *, tag: str) -> str:
    """A tag, where a cell says yes to it."""
    return tag if normalise(cell) in YES | {"x"} else ""


def nothing(_cell: str) -> str:
    """Nothing, whatever the cell says."""
    return ""
