"""Follow-up plans: the list, one with its dates, and its rehearsal."""

from datetime import datetime, timedelta
from typing import Final

from flask import render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from mobilize.accounts.guards import caller, needs
from mobilize.alerts import audience
from mobilize.alerts.naming import names_in
from mobilize.alerts.spending import terms_from
from mobilize.console.auth import needs_fresh
from mobilize.console.forms import carry_out, page_after
from mobilize.console.pages import blueprint
from mobilize.console.present import now, today, zone
from mobilize.console.queries import account_names, named_campaigns, template_names
from mobilize.console.summaries import outlook
from mobilize.core.errors import InvalidInput
from mobilize.core.http import page_language
from mobilize.followups import service
from mobilize.followups.models import Plan, PlanStep
from mobilize.followups.queries import history, list_plans, plan_by_public_id, steps_of
from mobilize.followups.rehearsal import rehearse
from mobilize.messaging.policy import policy_from
from mobilize.runtime import runtime

_USUAL_SPAN: Final = timedelta(days=60)
_LONGEST_SPAN: Final = timedelta(days=400)


@blueprint.get("/plans")
@needs("see")
def plans() -> str:
    """All plans, the newest first."""
    with runtime().db.read() as session:
        page = list_plans(session, after=page_after())
        titles = {one.id: one.title for one in named_campaigns(session, page_language())}
    return render_template("console/plans/list.html", page=page, titles=titles)


@blueprint.get("/plans/<ref>")
@needs("see")
def plan(ref: str) -> str:
    """One plan: its steps, its dates, what became of them."""
    with runtime().db.read() as session:
        shown = plan_by_public_id(session, ref)
        steps = steps_of(session, shown.id)
        page = {
            "plan": shown,
            "campaign": _title(session, shown),
            "steps": steps,
            "sentences": {step.id: _sentence(session, step) for step in steps},
            "templates": template_names(session, {step.template_id for step in steps}),
            "dates": history(session, shown.id),
            "names": account_names(session, {shown.created_by}),
        }
    return render_template("console/plans/plan.html", **page)


@blueprint.get("/plans/<ref>/rehearsal")
@needs("see")
def plan_rehearsal(ref: str) -> str:
    """Who would get what over a span of dates, and who would not and why; nothing is sent."""
    start, end = _span()
    with runtime().db.read() as session:
        shown = plan_by_public_id(session, ref)
        rehearsed = rehearse(
            session,
            plan_id=shown.id,
            start=start,
            end=end,
            zone=zone(),
            policy=policy_from(runtime().settings),
        )
    lines = [(step, outlook(step.groups)) for step in rehearsed]
    last = (end - timedelta(days=1)).astimezone(zone()).date()
    return render_template(
        "console/plans/rehearsal.html",
        plan=shown,
        lines=lines,
        start=start.astimezone(zone()).date(),
        end=last,
    )


@blueprint.post("/plans/<ref>/activate")
@needs("launch")
@needs_fresh
def activate_plan(ref: str) -> Response:
    """Put a plan's steps on their dates; the worker fires them."""
    me, at, where = caller().account_id, now(), zone()
    limit = runtime().settings.security.two_person_over

    def change(session: Session) -> None:
        service.activate(
            session,
            plan_id=plan_by_public_id(session, ref).id,
            activated_by=me,
            now=at,
            zone=where,
            two_person_over=limit,
        )

    done = gettext("The plan is active: its steps go out on their dates.")
    return carry_out(change, done=done, to=url_for("console.plan", ref=ref))


@blueprint.post("/plans/<ref>/pause")
@needs("launch")
def pause_plan(ref: str) -> Response:
    """Let nothing of a plan fire until it is resumed."""
    me, at = caller().account_id, now()

    def change(session: Session) -> None:
        service.pause(session, plan_id=plan_by_public_id(session, ref).id, paused_by=me, now=at)

    done = gettext("The plan is paused: nothing of it goes out.")
    return carry_out(change, done=done, to=url_for("console.plan", ref=ref))


@blueprint.post("/plans/<ref>/resume")
@needs("launch")
@needs_fresh
def resume_plan(ref: str) -> Response:
    """Let a paused plan fire again, and what was stopped by itself go on."""
    me, at = caller().account_id, now()
    terms = terms_from(runtime().settings)

    def change(session: Session) -> None:
        service.resume(
            session,
            plan_id=plan_by_public_id(session, ref).id,
            resumed_by=me,
            terms=terms,
            now=at,
        )

    done = gettext("The plan goes on.")
    return carry_out(change, done=done, to=url_for("console.plan", ref=ref))


@blueprint.post("/plans/<ref>/end")
@needs("launch")
def end_plan(ref: str) -> Response:
    """Close a plan for good."""
    me, at = caller().account_id, now()

    def change(session: Session) -> None:
        service.end(session, plan_id=plan_by_public_id(session, ref).id, ended_by=me, now=at)

    done = gettext("The plan is ended: nothing of it goes out any more.")
    return carry_out(change, done=done, to=url_for("console.plan", ref=ref))


def _title(session: Session, shown: Plan) -> str:
    titles = {one.id: one.title for one in named_campaigns(session, page_language())}
    return titles[shown.campaign_id]


def _sentence(session: Session, step: PlanStep) -> str:
    language = page_language()
    names = names_in(session, step.rules, language, on=today())
    return audience.sentence(step.rules, language, names)


def _span() -> tuple[datetime, datetime]:
    """The days that the page asks for, the last one included; two months from now where none.

    Raises:
        InvalidInput: They are no days, or too many.
    """
    start, end = now(), now() + _USUAL_SPAN
    try:
        if request.args.get("from"):
            start = _midnight(request.args["from"])
        if request.args.get("until"):
            end = _midnight(request.args["until"]) + timedelta(days=1)
    except ValueError:
        raise InvalidInput("These are no days.", hint="Write them as 2027-02-22.") from None
    if not timedelta(0) < end - start <= _LONGEST_SPAN:
        raise InvalidInput(
            "A rehearsal spans between one and 400 days.", hint="Choose another last day."
        )
    return start, end


def _midnight(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}T00:00").replace(tzinfo=zone())
