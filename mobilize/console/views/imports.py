"""Bringing in files: sent, mapped, looked at, started, followed, and taken back."""

from typing import Any

from flask import Response as Answer
from flask import make_response, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response

from mobilize.accounts.guards import caller, needs
from mobilize.console.actors import actor_names
from mobilize.console.forms import Trouble, carry_out, see, trouble_of
from mobilize.console.import_form import chosen, columns_of
from mobilize.console.import_words import BASES
from mobilize.console.pages import blueprint
from mobilize.console.present import now
from mobilize.contacts import undo_previews, uploads
from mobilize.contacts.custom_fields import all_fields
from mobilize.contacts.dialects import tool_title
from mobilize.contacts.mapping import Choices, lay_out, remembered
from mobilize.contacts.reject_words import worded
from mobilize.contacts.rejects import all_rejects, as_csv, first_rejects
from mobilize.contacts.undoing import (
    ask_undo,
    foresee_undo,
    import_called,
    latest_imports,
    refuse_undo,
)
from mobilize.contacts.upload_models import ImportUpload
from mobilize.core.errors import MobilizeError
from mobilize.core.http import page_language
from mobilize.runtime import runtime

_FORM_BYTES = 1 << 20


@blueprint.url_value_preprocessor
def room_for_a_file(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Let a file be larger than other forms, before anything of the request is read."""
    if endpoint == "console.imports" and request.method == "POST":
        request.max_content_length = _most_bytes() + _FORM_BYTES


@blueprint.route("/imports", methods=["GET", "POST"])
@needs("import")
def imports() -> Response | tuple[str, int]:
    """The files that wait and the imports that were, and the form that sends a file."""
    trouble = None
    if request.method == "POST":
        try:
            return see(url_for("console.import_file", ref=_received().public_id))
        except MobilizeError as error:
            trouble = trouble_of(error)
    with runtime().db.read() as session:
        runs = latest_imports(session)
        waiting = uploads.waiting(session)
        names = actor_names(session, {one.actor for one in runs} | {one.actor for one in waiting})
    page = render_template(
        "console/imports/list.html",
        runs=runs,
        waiting=waiting,
        names=names,
        trouble=trouble,
        most_mib=runtime().settings.security.upload_mib,
    )
    return page, trouble.status if trouble else 200


@blueprint.get("/imports/files/<ref>")
@needs("import")
def import_file(ref: str) -> Response | tuple[str, int]:
    """A file that was sent: what its columns are, or how far it is, or what it would do."""
    with runtime().db.read() as session:
        upload = uploads.upload_called(session, ref)
        if upload.state == "done" and upload.import_id:
            run = uploads.run_of(session, upload)
            return see(url_for("console.import_run", ref=run.public_id))
    return _file_page(upload)


@blueprint.post("/imports/files/<ref>")
@needs("import")
def choose_columns(ref: str) -> Response | tuple[str, int]:
    """Say what each column is, and have a dry run made."""
    db = runtime().db
    with db.read() as session:
        upload = uploads.upload_called(session, ref)
        fields = all_fields(session)
    table = uploads.table_of(db, upload)
    choices = chosen(_choices(upload), len(table.header))
    try:
        lay_out(choices, table.header, file_name=upload.file_name, fields=fields)
        with db.transaction() as session:
            again = uploads.upload_called(session, ref)
            uploads.ask(
                session,
                again,
                state="rehearsing",
                actor=caller().actor,
                now=now(),
                choices=choices,
            )
    except MobilizeError as error:
        return _file_page(upload, choices=choices, trouble=trouble_of(error))
    return see(url_for("console.import_file", ref=ref))


@blueprint.post("/imports/files/<ref>/start")
@needs("import")
def start_import(ref: str) -> Response:
    """Bring the file in."""

    def change(session: Session) -> None:
        upload = uploads.upload_called(session, ref)
        uploads.ask(session, upload, state="importing", actor=caller().actor, now=now())

    return carry_out(
        change,
        done=gettext("The file is being brought in."),
        to=url_for("console.import_file", ref=ref),
    )


@blueprint.post("/imports/files/<ref>/discard")
@needs("import")
def discard_file(ref: str) -> Response:
    """Let go of a file."""

    def change(session: Session) -> None:
        upload = uploads.upload_called(session, ref)
        uploads.discard_file(session, upload, actor=caller().actor, now=now())

    return carry_out(change, done=gettext("The file is deleted."), to=url_for("console.imports"))


@blueprint.get("/imports/files/<ref>/progress")
@needs("import")
def import_progress(ref: str) -> Answer:
    """How far a file is, for the page that asks again and again."""
    with runtime().db.read() as session:
        upload = uploads.upload_called(session, ref)
    answer = make_response(render_template("console/imports/_progress.html", upload=upload))
    if upload.state not in uploads.WAITING:
        answer.headers["HX-Refresh"] = "true"
    return answer


@blueprint.get("/imports/<ref>")
@needs("import")
def import_run(ref: str) -> str:
    """An import: what became of its rows, and whether it can be taken back."""
    with runtime().db.read() as session:
        run = import_called(session, ref)
        rejects = first_rejects(session, run.id)
        names = actor_names(session, {run.actor, *filter(None, [run.undone_by])})
    try:
        refuse_undo(run, now=now(), undo_days=runtime().settings.retention.undo_days)
        refusal = None
    except MobilizeError as error:
        refusal = trouble_of(error)
    return render_template(
        "console/imports/run.html",
        run=run,
        rejects=rejects,
        names=names,
        refusal=refusal,
        tool=tool_title(run.dialect) if run.dialect else "",
    )


@blueprint.get("/imports/<ref>/rejects.csv")
@needs("import")
def import_rejects(ref: str) -> Answer:
    """The rows that were put aside, to correct and bring in again."""
    with runtime().db.read() as session:
        run = import_called(session, ref)
        rejects = (one._replace(reason=worded(one.reason)) for one in all_rejects(session, run.id))
        text = "".join(as_csv(run, rejects))
    answer = Answer(text, mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="rejects-{ref}.csv"'
    return answer


@blueprint.route("/imports/<ref>/undo", methods=["GET", "POST"])
@needs("import")
def undo_import(ref: str) -> Response | str:
    """Take an import back, after seeing what would go and what would stay."""
    parts = runtime()
    days = parts.settings.retention.undo_days
    if request.method == "POST":

        def change(session: Session) -> None:
            run = import_called(session, ref)
            refuse_undo(run, now=now(), undo_days=days)
            ask_undo(session, run, actor=caller().actor, now=now())

        return carry_out(
            change,
            done=gettext("The import is being taken back."),
            to=url_for("console.import_run", ref=ref),
        )
    with parts.db.read() as session:
        run = import_called(session, ref)
        preview = undo_previews.preview_of(session, run)
    refuse_undo(run, now=now(), undo_days=days)
    is_small = undo_previews.people_of(run) <= undo_previews.AT_ONCE
    undoing = foresee_undo(parts.db, run).as_dict() if is_small else None
    failed: dict[str, Any] = {}
    if preview and preview.seen_at and not is_small:
        if preview.result.get("trouble"):
            failed, preview = preview.result, None
        else:
            undoing = preview.result
    return render_template(
        "console/imports/undo.html",
        run=run,
        undoing=undoing,
        preview=None if is_small else preview,
        failed=failed,
        people=undo_previews.people_of(run),
    )


@blueprint.post("/imports/<ref>/undo/look")
@needs("import")
def look_at_undo(ref: str) -> Response:
    """Have a worker look at what an undo of a large import would do."""

    def change(session: Session) -> None:
        run = import_called(session, ref)
        refuse_undo(run, now=now(), undo_days=runtime().settings.retention.undo_days)
        undo_previews.ask_preview(session, run, now=now())

    return carry_out(
        change,
        done=gettext("It is being looked at."),
        to=url_for("console.undo_import", ref=ref),
    )


@blueprint.get("/imports/<ref>/undo/progress")
@needs("import")
def undo_progress(ref: str) -> Answer:
    """How far the look at an undo is, for the page that asks again and again."""
    with runtime().db.read() as session:
        run = import_called(session, ref)
        preview = undo_previews.preview_of(session, run)
    page = render_template("console/imports/_undo_progress.html", run=run, preview=preview)
    answer = make_response(page)
    if preview is None or preview.seen_at:
        answer.headers["HX-Refresh"] = "true"
    return answer


def _received() -> ImportUpload:
    """Keep the file that was sent; one that cannot be read is not kept."""
    db = runtime().db
    try:
        sent = request.files.get("file")
    except RequestEntityTooLarge:
        sent = None
    with db.transaction() as session:
        upload = uploads.receive(
            session,
            stream=sent.stream if sent else None,
            file_name=(sent.filename if sent else "") or "",
            most_bytes=_most_bytes(),
            actor=caller().actor,
            now=now(),
        )
    try:
        table = uploads.table_of(db, upload)
        with db.read() as session:
            remembered(session, table.header, table.name)
    except MobilizeError:
        with db.transaction() as session:
            uploads.discard(session, [upload.id])
        raise
    return upload


def _choices(upload: ImportUpload) -> Choices:
    if upload.choices:
        return Choices.from_json(upload.choices)
    table = uploads.table_of(runtime().db, upload)
    with runtime().db.read() as session:
        return remembered(session, table.header, table.name)


def _file_page(
    upload: ImportUpload, *, choices: Choices | None = None, trouble: Trouble | None = None
) -> tuple[str, int]:
    context: dict[str, Any] = {"upload": upload, "trouble": trouble, "bases": BASES}
    if upload.state not in uploads.WAITING:
        db = runtime().db
        table = uploads.table_of(db, upload)
        chosen_so = choices or _choices(upload)
        with db.read() as session:
            fields = all_fields(session)
        context |= {
            "table": table,
            "choices": chosen_so,
            "declared": {one.channel: one for one in chosen_so.declared},
            "columns": columns_of(table, chosen_so, fields, page_language()),
            "tool": tool_title(chosen_so.dialect) if chosen_so.dialect else "",
            "result": {} if trouble else uploads.result_of(upload),
        }
    return render_template("console/imports/file.html", **context), (
        trouble.status if trouble else 200
    )


def _most_bytes() -> int:
    return runtime().settings.security.upload_mib << 20
