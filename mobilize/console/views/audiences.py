"""Saved audiences, and the parts of the builder that are fetched while one chooses."""

import re
from typing import Any, Final

from flask import render_template, request, url_for
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from mobilize.accounts.guards import caller, needs
from mobilize.alerts import audience as rules_of
from mobilize.alerts import saved as saving
from mobilize.alerts.counting import Reach, reach
from mobilize.alerts.models import Audience
from mobilize.alerts.naming import names_in
from mobilize.alerts.queries import audience_by_public_id, list_audiences
from mobilize.alerts.uses import uses
from mobilize.console.audience_choices import begun_from, meant, offered
from mobilize.console.audience_form import AudienceForm
from mobilize.console.forms import (
    Trouble,
    asks_only_to_look,
    carry_out,
    see,
    trouble_of,
    typed,
)
from mobilize.console.pages import blueprint
from mobilize.console.present import now, today
from mobilize.core.errors import InvalidInput, MobilizeError
from mobilize.core.http import page_language
from mobilize.messaging.policy import policy_from
from mobilize.runtime import runtime

_PREFIX: Final = re.compile(r"(step[0-9]{1,2}-)?")


@blueprint.get("/audiences")
@needs("see")
def audiences() -> str:
    """The saved audiences by name; how many each is, is asked for each by itself."""
    archived = request.args.get("archived") == "1"
    with runtime().db.read() as session:
        shown = list_audiences(session, archived=archived)
        return render_template(
            "console/audiences/list.html",
            audiences=shown,
            archived=archived,
            sentences={one.id: _sentence(session, one.rules) for one in shown},
            uses=uses(session, [one.id for one in shown]),
        )


@blueprint.route("/audiences/new", methods=["GET", "POST"])
@needs("compose")
def new_audience() -> Response | tuple[str, int]:
    """Write an audience and keep it under a name."""
    form = AudienceForm.of_form(request.form)
    if request.method == "GET" or asks_only_to_look():
        return _page(form, typed("name"))
    me, at = caller().account_id, now()
    try:
        with runtime().db.transaction() as session:
            saving.create_audience(
                session, name=typed("name"), rules=form.rules(), created_by=me, now=at
            )
    except MobilizeError as error:
        return _page(form, typed("name"), trouble=trouble_of(error))
    return see(url_for("console.audiences"))


@blueprint.route("/audiences/<ref>", methods=["GET", "POST"])
@needs("see")
def audience(ref: str) -> Response | tuple[str, int]:
    """One saved audience: who took it, and for organizers its name and rules to change."""
    with runtime().db.read() as session:
        saved = audience_by_public_id(session, ref)
    if request.method == "GET":
        return _page(AudienceForm.of_rules(saved.rules), saved.name, saved=saved)
    return _change(saved)


@needs("compose")
def _change(saved: Audience) -> Response | tuple[str, int]:
    form = AudienceForm.of_form(request.form)
    if asks_only_to_look():
        return _page(form, typed("name"), saved=saved)
    me, at = caller().account_id, now()
    try:
        with runtime().db.transaction() as session:
            saving.change_audience(
                session,
                saved=audience_by_public_id(session, saved.public_id),
                name=typed("name"),
                rules=form.rules(),
                changed_by=me,
                now=at,
            )
    except MobilizeError as error:
        return _page(form, typed("name"), saved=saved, trouble=trouble_of(error))
    return see(url_for("console.audience", ref=saved.public_id))


@blueprint.post("/audiences/<ref>/archive")
@needs("compose")
def archive_audience(ref: str) -> Response:
    """Offer an audience no more."""
    me, at = caller().account_id, now()

    def change(session: Session) -> None:
        saved = audience_by_public_id(session, ref)
        saving.archive_audience(session, saved=saved, archived_by=me, now=at)

    return carry_out(
        change, done=gettext("The audience is archived."), to=url_for("console.audiences")
    )


@blueprint.post("/audiences/<ref>/restore")
@needs("compose")
def restore_audience(ref: str) -> Response:
    """Offer an archived audience again."""
    me, at = caller().account_id, now()

    def change(session: Session) -> None:
        saved = audience_by_public_id(session, ref)
        saving.restore_audience(session, saved=saved, restored_by=me, now=at)

    return carry_out(
        change,
        done=gettext("The audience is offered again."),
        to=url_for("console.audience", ref=ref),
    )


@blueprint.get("/audiences/<ref>/count")
@needs("compose")
def saved_count(ref: str) -> str:
    """How many people a saved audience means now, for its row in the list."""
    with runtime().db.read() as session:
        saved = audience_by_public_id(session, ref)
        people = rules_of.count(session, saved.rules, now=now())
    return str(ngettext("%(num)s person", "%(num)s people", people))


@blueprint.post("/audiences/count")
@needs("compose")
def count_audience() -> str:
    """How many people the choice on the page means, in a sentence; nothing is kept."""
    prefix = _prefix()
    with runtime().db.read() as session:
        context = meant(session, AudienceForm.of_form(request.form, prefix))
    return render_template("console/alerts/_count.html", count_id=f"{prefix}count", **context)


@blueprint.post("/audiences/reach")
@needs("compose")
def audience_reach() -> str:
    """Whom the choice on the page would reach, in parts; nothing is kept."""
    with runtime().db.read() as session:
        try:
            found = _reach(session, AudienceForm.of_form(request.form, _prefix()))
        except InvalidInput:
            return ""
    return render_template("console/audiences/_reach.html", reached=found)


@blueprint.post("/audiences/builder")
@needs("compose")
def build_audience() -> str:
    """The builder after one of its buttons: a rule more or less, or a saved audience's rules."""
    prefix = _prefix()
    form = AudienceForm.of_form(request.form, prefix)
    with runtime().db.read() as session:
        if f"{prefix}saved-use" in request.form:
            form = begun_from(session, form)
        return render_template(
            "console/_builder.html",
            chosen=form,
            prefix=prefix,
            begins=f"{prefix}saved" in request.form,
            trouble=None,
            **offered(session),
            **meant(session, form),
        )


def _prefix() -> str:
    prefix = request.form.get("prefix", "")
    if not _PREFIX.fullmatch(prefix):
        raise InvalidInput("There is no such builder on the page.", hint="Load the page again.")
    return prefix


def _sentence(session: Session, rules: rules_of.Rules) -> str:
    language = page_language()
    return rules_of.sentence(rules, language, names_in(session, rules, language, on=today()))


def _reach(session: Session, form: AudienceForm) -> Reach:
    return reach(session, form.rules(), now=now(), policy=policy_from(runtime().settings))


def _page(
    form: AudienceForm, name: str, *, saved: Audience | None = None, trouble: Trouble | None = None
) -> tuple[str, int]:
    with runtime().db.read() as session:
        context: dict[str, Any] = {**offered(session), **meant(session, form)}
        if saved is not None:
            context["uses"] = uses(session, [saved.id]).get(saved.id, [])
        page = render_template(
            "console/audiences/audience.html",
            chosen=form,
            name=name,
            saved=saved,
            trouble=trouble,
            **context,
        )
    return page, trouble.status if trouble else 200
