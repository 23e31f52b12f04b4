"""People taken out: asked for, decided by a second person, fetched once."""

from collections.abc import Callable
from typing import Any

from flask import Response as Answer
from flask import render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from mobilize.accounts.guards import caller, needs
from mobilize.accounts.roles import may
from mobilize.alerts import exports
from mobilize.alerts.naming import names_in
from mobilize.alerts.queries import list_audiences
from mobilize.alerts.sentence import sentence
from mobilize.console.actors import actor_names
from mobilize.console.audience_choices import meant, offered
from mobilize.console.auth import needs_fresh
from mobilize.console.export_form import PARTS, ExportForm
from mobilize.console.forms import (
    Trouble,
    asks_only_to_look,
    carry_out,
    page_after,
    see,
    trouble_of,
)
from mobilize.console.pages import blueprint
from mobilize.console.present import now, today
from mobilize.contacts.privacy_models import Export
from mobilize.core.errors import MobilizeError
from mobilize.core.http import page_language
from mobilize.runtime import runtime

Decision = Callable[..., Export]


@blueprint.get("/exports")
@needs("export")
def exports_list() -> str:
    """Exports, the newest first."""
    with runtime().db.read() as session:
        page = exports.list_exports(session, before=page_after())
        names = actor_names(session, _people(page.items))
    return render_template("console/exports/list.html", page=page, names=names)


@blueprint.route("/exports/new", methods=["GET", "POST"])
@needs("export")
def new_export() -> Response | tuple[str, int]:
    """Choose whom to take out, and which parts of their records."""
    if request.method == "GET":
        return _form_page(ExportForm())
    form = ExportForm.of_form(request.form)
    if asks_only_to_look():
        return _form_page(form)
    at = now()
    try:
        with runtime().db.transaction() as session:
            asked = exports.ask(
                session,
                rules=form.rules(session),
                columns=form.columns(session),
                form=form.form,
                purpose=form.purpose,
                asked_by=caller().actor,
                actor=caller().actor,
                limits=_limits(),
                now=at,
            )
    except MobilizeError as error:
        return _form_page(form, trouble=trouble_of(error))
    return see(url_for("console.export", ref=asked.public_id))


@blueprint.get("/exports/<ref>")
@needs("export")
@needs_fresh
def export(ref: str) -> str:
    """One export: who is meant, what for, and what can be done with it now."""
    me = caller()
    with runtime().db.read() as session:
        shown = exports.by_public_id(session, ref)
        names = names_in(session, shown.rules, page_language(), on=today())
        context = {
            "sentence": sentence(shown.rules, page_language(), names),
            "names": actor_names(session, _people([shown])),
        }
    is_open = not exports.is_over(shown, _limits(), now())
    return render_template(
        "console/exports/export.html",
        export=shown,
        is_open=is_open,
        is_mine=shown.asked_by == me.actor,
        may_decide=is_open and shown.state == "asked" and may(me, "approve"),
        hours=runtime().settings.security.export_hours,
        **context,
    )


@blueprint.post("/exports/<ref>/approve")
@needs("approve")
@needs_fresh
def approve_export(ref: str) -> Response:
    """Let another person's export go."""
    return _decided(ref, exports.approve, done=gettext("Who asked for it can fetch the file now."))


@blueprint.post("/exports/<ref>/refuse")
@needs("approve")
@needs_fresh
def refuse_export(ref: str) -> Response:
    """Do not let an export go."""
    return _decided(ref, exports.refuse, done=gettext("This export is refused."))


@blueprint.post("/exports/<ref>/file")
@needs("export")
@needs_fresh
def fetch_export(ref: str) -> Response:
    """The file itself, once."""
    parts, at, me = runtime(), now(), caller().actor
    taken: list[exports.Taken] = []

    def take(session: Session) -> None:
        found = exports.by_public_id(session, ref, lock=True)
        taken.append(exports.take(session, export=found, by=me, actor=me, limits=_limits(), now=at))

    back = carry_out(take, done="", to=url_for("console.export", ref=ref))
    if not taken:
        return back
    answer = Answer(taken[0].pieces(parts.db), mimetype=taken[0].mime_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="{taken[0].file_name}"'
    return answer


def _decided(ref: str, decide: Decision, *, done: str) -> Response:
    at, me = now(), caller().actor

    def change(session: Session) -> None:
        found = exports.by_public_id(session, ref, lock=True)
        decide(session, export=found, by=me, actor=me, limits=_limits(), now=at)

    return carry_out(change, done=done, to=url_for("console.export", ref=ref))


def _form_page(form: ExportForm, *, trouble: Trouble | None = None) -> tuple[str, int]:
    with runtime().db.read() as session:
        context: dict[str, Any] = {**offered(session), **meant(session, form.audience)}
        audiences = list_audiences(session)
    page = render_template(
        "console/exports/new.html",
        form=form,
        parts=[(name, label) for name, (label, _) in PARTS.items()],
        audiences=audiences,
        trouble=trouble,
        limit=runtime().settings.security.export_two_person_over,
        **context,
    )
    return page, trouble.status if trouble else 200


def _people(shown: Any) -> set[str]:
    return {who for one in shown for who in (one.asked_by, one.decided_by) if who}


def _limits() -> exports.Limits:
    return exports.limits_from(runtime().settings)
