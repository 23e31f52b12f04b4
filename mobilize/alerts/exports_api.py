"""Exports as JSON: asked for, decided, and fetched as a file."""

from collections.abc import Callable
from typing import Any

from flask import Response
from flask_smorest import Blueprint

from mobilize.accounts.guards import caller, needs
from mobilize.alerts import exports, schemas
from mobilize.contacts.exporting import checked_columns
from mobilize.core.errors import InvalidInput
from mobilize.runtime import runtime

blueprint = Blueprint(
    "exports", __name__, url_prefix="/exports", description="People taken out as files."
)


@blueprint.get("")
@needs("export")
@blueprint.arguments(schemas.ExportQuerySchema, location="query")
@blueprint.response(200, schemas.ExportPageSchema)
def list_exports(query: dict[str, Any]) -> Any:
    """List exports, the newest first."""
    with runtime().db.read() as session:
        page = exports.list_exports(session, before=query["after"])
    return {"items": page.items, "after": page.after}


@blueprint.get("/columns")
@needs("export")
@blueprint.response(200, schemas.ExportColumnsSchema)
def list_columns() -> Any:
    """List what can be taken out."""
    with runtime().db.read() as session:
        return {"columns": checked_columns(session, ())}


@blueprint.post("")
@needs("export")
@blueprint.arguments(schemas.NewExportSchema)
@blueprint.response(201, schemas.ExportSchema)
def ask(body: dict[str, Any]) -> Any:
    """Ask for an export; a small one can be fetched at once, a large one needs a second person."""
    saved = body.get("audience")
    if (saved is None) == (body.get("rules") is None):
        raise InvalidInput(
            "Either a saved audience or rules say who is meant.",
            fields={"audience": "one of the two", "rules": "one of the two"},
        )
    now = runtime().clock.now()
    with runtime().db.transaction() as session:
        rules = body["rules"] if saved is None else exports.rules_of_audience(session, saved)
        return exports.ask(
            session,
            rules=rules,
            columns=body["columns"],
            form=body["format"],
            purpose=body["purpose"],
            asked_by=_account(),
            actor=caller().actor,
            limits=_limits(),
            now=now,
        )


@blueprint.get("/<export_id>")
@needs("export")
@blueprint.response(200, schemas.ExportSchema)
def show(export_id: str) -> Any:
    """Show an export."""
    with runtime().db.read() as session:
        return exports.by_public_id(session, export_id)


@blueprint.post("/<export_id>/approve")
@needs("approve")
@blueprint.response(200, schemas.ExportSchema)
def approve(export_id: str) -> Any:
    """Let another person's export go."""
    return _decided(exports.approve, export_id)


@blueprint.post("/<export_id>/refuse")
@needs("approve")
@blueprint.response(200, schemas.ExportSchema)
def refuse(export_id: str) -> Any:
    """Do not let an export go."""
    return _decided(exports.refuse, export_id)


def _decided(decide: Callable[..., Any], export_id: str) -> Any:
    """What another person says of an export, in a transaction that nobody else changes it in."""
    now = runtime().clock.now()
    with runtime().db.transaction() as session:
        return decide(
            session,
            export=exports.by_public_id(session, export_id, lock=True),
            by=_account(),
            actor=caller().actor,
            limits=_limits(),
            now=now,
        )


@blueprint.post("/<export_id>/file")
@needs("export")
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type="text/csv")
@blueprint.alt_response(
    200,
    schema={"type": "string", "format": "binary"},
    content_type=exports.MIME_TYPES["xlsx"],
    success=True,
)
def fetch(export_id: str) -> Response:
    """Fetch the file, once; only who asked for it can."""
    parts, now = runtime(), runtime().clock.now()
    with parts.db.transaction() as session:
        taken = exports.take(
            session,
            export=exports.by_public_id(session, export_id, lock=True),
            by=_account(),
            actor=caller().actor,
            limits=_limits(),
            now=now,
        )
    answer = Response(taken.pieces(parts.db), mimetype=taken.mime_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="{taken.file_name}"'
    return answer


def _account() -> str:
    """The account behind the present request, whatever key it came with."""
    return f"account:{caller().account_public_id}"


def _limits() -> exports.Limits:
    return exports.limits_from(runtime().settings)
