"""Writing a follow-up plan: what it counts its days from, and its steps with their audiences."""

from dataclasses import replace

from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from mobilize.accounts.guards import caller, needs
from mobilize.alerts.queries import list_alerts
from mobilize.console.audience_choices import begun_from, meant, offered
from mobilize.console.forms import Trouble, see, trouble_of
from mobilize.console.pages import blueprint
from mobilize.console.plan_form import MOST_STEPS, PlanForm
from mobilize.console.present import now
from mobilize.console.queries import followup_templates
from mobilize.core.errors import MobilizeError
from mobilize.followups import service
from mobilize.followups.queries import plan_by_public_id
from mobilize.runtime import runtime
from mobilize.strategy.queries import milestones


@blueprint.route("/plans/new", methods=["GET", "POST"])
@needs("compose")
def new_plan() -> str | Response | tuple[str, int]:
    """Write a plan, as a draft that is rehearsed and then activated."""
    if request.method == "GET":
        return _page(PlanForm(campaign=request.args.get("campaign", "")))
    form = PlanForm.of_form(request.form)
    if request.form.get("do") != "save":
        return _page(form)
    me, at = caller().account_id, now()
    try:
        with runtime().db.transaction() as session:
            made = service.create_plan(session, **form.checked(session), created_by=me, now=at)
    except MobilizeError as error:
        return _page(form, trouble=trouble_of(error))
    return see(url_for("console.plan", ref=made.public_id))


@blueprint.route("/plans/<ref>/edit", methods=["GET", "POST"])
@needs("compose")
def edit_plan(ref: str) -> str | Response | tuple[str, int]:
    """Rewrite a draft; whoever does is its author from then on."""
    if request.method == "GET":
        with runtime().db.read() as session:
            return _page(PlanForm.of_plan(session, plan_by_public_id(session, ref)), ref=ref)
    form = PlanForm.of_form(request.form)
    if request.form.get("do") != "save":
        return _page(form, ref=ref)
    me, at = caller().account_id, now()
    try:
        with runtime().db.transaction() as session:
            plan_id = plan_by_public_id(session, ref).id
            checked = form.checked(session)
            service.edit_plan(session, plan_id=plan_id, **checked, edited_by=me, now=at)
    except MobilizeError as error:
        return _page(form, ref=ref, trouble=trouble_of(error))
    return see(url_for("console.plan", ref=ref))


def _page(
    form: PlanForm, *, ref: str | None = None, trouble: Trouble | None = None
) -> tuple[str, int]:
    with runtime().db.read() as session:
        steps = tuple(
            replace(step, audience=begun_from(session, step.audience))
            if f"{step.prefix}saved-use" in request.form
            else step
            for step in form.steps
        )
        form = replace(form, steps=steps)
        context = {
            **offered(session),
            "milestones": milestones(session),
            "alerts": list_alerts(session).items,
            "templates": followup_templates(session),
            "meant": [meant(session, step.audience) for step in form.steps],
        }
        page = render_template(
            "console/plans/write.html",
            form=form,
            ref=ref,
            trouble=trouble,
            most=MOST_STEPS,
            **context,
        )
    return page, trouble.status if trouble else 200
