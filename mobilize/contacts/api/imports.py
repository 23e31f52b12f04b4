"""Bringing in files over JSON: looked at first, brought in, listed, undone."""

import json
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from flask import Response
from marshmallow import ValidationError

from mobilize.accounts.guards import caller, needs
from mobilize.contacts.api.mounting import blueprint
from mobilize.contacts.custom_fields import all_fields
from mobilize.contacts.import_schemas import (
    DeclaredSchema,
    ImportReportSchema,
    ImportSchema,
    SupportersSchema,
    UndoingSchema,
)
from mobilize.contacts.importing import import_supporters
from mobilize.contacts.mapping import lay_out, remembered, with_targets
from mobilize.contacts.models import ImportRun
from mobilize.contacts.opening import open_table
from mobilize.contacts.rehearsing import rehearse
from mobilize.contacts.rejects import all_rejects, as_csv
from mobilize.contacts.shaping import Declared
from mobilize.contacts.undoing import (
    foresee_undo,
    import_called,
    latest_imports,
    refuse_undo,
    undo,
)
from mobilize.core.errors import InvalidInput
from mobilize.runtime import runtime


@blueprint.post("/imports")
@blueprint.arguments(SupportersSchema, location="files")
@blueprint.response(200, ImportReportSchema)
@needs("import")
def import_file(how: dict[str, Any]) -> dict[str, Any]:
    """Bring in a file (CSV or Excel) of supporters; the answer says what became of each row.

    With `dry_run` nothing is written, and the answer says what would become of it.
    """
    upload, parts = how["file"], runtime()
    known: dict[str, Any] = {"clock": parts.clock, "keyring": parts.keyring}
    with tempfile.TemporaryDirectory(prefix="mobilize-") as folder:
        path = Path(folder) / (Path(upload.filename or "").name or "supporters.csv")
        upload.save(path)
        table = open_table(path)
        with parts.db.read() as session:
            proposed = remembered(session, table.header, table.name)
            choices = replace(
                with_targets(proposed, table.header, _texts(how["columns"])),
                tags=tuple(tag for tag in how["tags"].split(",") if tag.strip()),
                language=how["language"],
                source=how["source"],
                declared=_declared(how["declared"]),
            )
            columns = lay_out(
                choices, table.header, file_name=table.name, fields=all_fields(session)
            )
        if how["dry_run"]:
            return rehearse(parts.db, table=table, columns=columns, **known).as_dict()
        return import_supporters(
            parts.db, table=table, columns=columns, actor=caller().actor, **known
        ).as_dict()


@blueprint.get("/imports")
@blueprint.response(200, ImportSchema(many=True))
@needs("import")
def list_imports() -> Any:
    """The latest imports, the last one first."""
    with runtime().db.read() as session:
        return latest_imports(session)


@blueprint.get("/imports/<ref>")
@blueprint.response(200, ImportSchema)
@needs("import")
def get_import(ref: str) -> ImportRun:
    """One import, and what became of its rows."""
    with runtime().db.read() as session:
        return import_called(session, ref)


@blueprint.get("/imports/<ref>/rejects")
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type="text/csv")
@needs("import")
def get_rejects(ref: str) -> Response:
    """The rows that were put aside, with line and reason, to correct and bring in again."""
    return rejects_response(ref)


@blueprint.get("/imports/<ref>/undo")
@blueprint.response(200, UndoingSchema)
@needs("import")
def look_at_undo(ref: str) -> dict[str, Any]:
    """What an undo would do; nothing is written."""
    return foresee_undo(runtime().db, _undoable(ref)).as_dict()


@blueprint.post("/imports/<ref>/undo")
@blueprint.response(200, UndoingSchema)
@needs("import")
def undo_import(ref: str) -> dict[str, Any]:
    """Take an import back, as far as nothing else touched what it did."""
    parts = runtime()
    run = _undoable(ref)
    return undo(parts.db, run=run, actor=caller().actor, clock=parts.clock).as_dict()


def rejects_response(ref: str) -> Response:
    """The file of an import's rejects, streamed."""
    db = runtime().db
    with db.read() as session:
        run = import_called(session, ref)

    def lines() -> Iterator[str]:
        with db.read() as session:
            yield from as_csv(run, all_rejects(session, run.id))

    answer = Response(lines(), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="rejects-{ref}.csv"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _undoable(ref: str) -> ImportRun:
    parts = runtime()
    with parts.db.read() as session:
        run = import_called(session, ref)
    refuse_undo(run, now=parts.clock.now(), undo_days=parts.settings.retention.undo_days)
    return run


def _texts(text: str) -> dict[str, str]:
    said = _json(text)
    if not isinstance(said, dict) or not all(isinstance(one, str) for one in said.values()):
        raise _malformed("columns")
    return said


def _declared(text: str) -> tuple[Declared, ...]:
    try:
        return tuple(Declared(**one) for one in DeclaredSchema(many=True).load(_json(text)))
    except ValidationError:
        raise _malformed("declared") from None


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _malformed(name: str) -> InvalidInput:
    return InvalidInput(
        f"The part {name} of the form is not the JSON that it should be.",
        hint="The API's description says what it holds.",
        fields={name: "malformed"},
    )
