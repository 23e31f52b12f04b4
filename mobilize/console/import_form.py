"""The form by which an organizer says what each column of a file is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from flask import request
from flask_babel import gettext

from mobilize.console.forms import typed
from mobilize.console.import_words import COLUMNS
from mobilize.contacts.dialects import dialect_called
from mobilize.contacts.mapping import AS_MEANT, FIELD, TAG, Choices
from mobilize.contacts.own_export import own_places
from mobilize.contacts.record_models import CustomField
from mobilize.contacts.sensitive import names_sensitive
from mobilize.contacts.shaping import Declared
from mobilize.contacts.tables import Table
from mobilize.mps.names import normalise

_SHOWN: Final = 40
_LONG_NUMBER: Final = 7


@dataclass(frozen=True)
class Column:
    """A column of the file, as the form shows it."""

    place: int
    title: str
    sample: str
    chosen: str
    options: list[tuple[str, str]]


def columns_of(
    table: Table, choices: Choices, fields: Sequence[CustomField], language: str
) -> list[Column]:
    """The file's columns with what each may be read as, and a masked cell of the first row."""
    first = [record.cells for record in islice(table.records(), 1)]
    dialect = dialect_called(choices.dialect, table.name)
    known = [(name, str(label)) for name, label in COLUMNS.items()]
    known += [
        (
            f"{FIELD}{field.key}",
            gettext("Field: %(name)s", name=field.label_fr if language == "fr" else field.label_en),
        )
        for field in fields
        if field.archived_at is None
    ]
    own = {} if dialect else own_places(table.header)
    columns = []
    for place, title in enumerate(table.header):
        name = normalise(title)
        options = [("", gettext("Nothing: leave it out"))]
        if dialect and name in dialect.columns:
            options.append((AS_MEANT, gettext("As %(tool)s means it", tool=dialect.title)))
        if names_sensitive(title) is None:
            options += known
            options += [(f"{TAG}{title}", gettext("A tag, for whoever says yes"))] if title else []
        if title in own:
            options = [(choices.targets[place], gettext("As our own export says it"))]
        sample = first[0][place] if first and place < len(first[0]) else ""
        columns.append(Column(place, title, masked(sample), choices.targets[place], options))
    return columns


def chosen(before: Choices, width: int) -> Choices:
    """The choices as they were typed."""
    declared = [
        Declared(channel, basis, typed("since"), typed("proof"))
        for channel in ("email", "sms")
        if (basis := typed(f"consent-{channel}"))
    ]
    return replace(
        before,
        targets=tuple(request.form.get(f"target-{place}", "") for place in range(width)),
        language=typed("language"),
        source=typed("source"),
        tags=tuple(tag.strip() for tag in typed("tags").split(",") if tag.strip()),
        declared=tuple(declared),
    )


def masked(cell: str) -> str:
    """A cell that shows what kind of thing it holds, and no address."""
    text = cell.strip()
    if "@" in text:
        return f"{text[:1]}…@…"
    if sum(letter.isdigit() for letter in text) >= _LONG_NUMBER:
        return f"…{text[-2:]}"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
