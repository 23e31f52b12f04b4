"""Plans as JSON."""

from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from flask_smorest import Blueprint
from sqlalchemy.orm import Session

from mobilize.accounts.guards import caller, needs
from mobilize.actions.queries import campaign_by_ref
from mobilize.alerts.queries import alert_by_public_id, template_ids
from mobilize.alerts.saved import taken_from
from mobilize.alerts.schemas import PageQuerySchema
from mobilize.alerts.spending import terms_from
from mobilize.core.errors import InvalidInput, NotFound
from mobilize.followups import dates, queries, schemas, service
from mobilize.followups.models import Plan
from mobilize.followups.rehearsal import rehearse
from mobilize.messaging.policy import policy_from
from mobilize.runtime import runtime

blueprint = Blueprint(
    "plans", __name__, url_prefix="/plans", description="What follows a date, an alert, an action."
)


@blueprint.get("")
@needs("see")
@blueprint.arguments(PageQuerySchema, location="query")
@blueprint.response(200, schemas.PlanPageSchema)
def list_plans(query: dict[str, Any]) -> Any:
    """List the plans, the newest first."""
    with runtime().db.read() as session:
        return queries.list_plans(session, **query)


@blueprint.post("")
@needs("compose")
@blueprint.arguments(schemas.NewPlanSchema)
@blueprint.response(201, schemas.PlanSchema)
def create_plan(body: dict[str, Any]) -> Any:
    """Write a plan, as a draft."""
    now = runtime().clock.now()
    with runtime().db.transaction() as session:
        return service.create_plan(
            session, **_content(session, body), created_by=caller().account_id, now=now
        )


@blueprint.get("/next")
@needs("see")
@blueprint.response(200, schemas.DatedStepSchema(many=True))
def show_next() -> Any:
    """Show what comes next in all active plans."""
    with runtime().db.read() as session:
        return queries.next_due(session)


@blueprint.get("/<plan_id>")
@needs("see")
@blueprint.response(200, schemas.PlanSchema)
def show_plan(plan_id: str) -> Any:
    """Show a plan."""
    with runtime().db.read() as session:
        return queries.plan_by_public_id(session, plan_id)


@blueprint.put("/<plan_id>")
@needs("compose")
@blueprint.arguments(schemas.NewPlanSchema)
@blueprint.response(200, schemas.PlanSchema)
def edit_plan(body: dict[str, Any], plan_id: str) -> Any:
    """Rewrite a draft; somebody else activates it then."""
    now = runtime().clock.now()
    with runtime().db.transaction() as session:
        return service.edit_plan(
            session,
            plan_id=queries.plan_by_public_id(session, plan_id).id,
            **_content(session, body),
            edited_by=caller().account_id,
            now=now,
        )


@blueprint.get("/<plan_id>/steps")
@needs("see")
@blueprint.response(200, schemas.DatedStepSchema(many=True))
def show_steps(plan_id: str) -> Any:
    """Show a plan's dated steps, what happened and what is to come."""
    with runtime().db.read() as session:
        return queries.history(session, queries.plan_by_public_id(session, plan_id).id)


@blueprint.get("/<plan_id>/changes")
@needs("see")
@blueprint.response(200, schemas.ChangeSchema(many=True))
def show_changes(plan_id: str) -> Any:
    """Show what planning anew would change; of a draft, what activating it would plan."""
    parts = runtime()
    with parts.db.read() as session:
        plan = queries.plan_by_public_id(session, plan_id)
        return dates.difference(session, plan_id=plan.id, now=parts.clock.now(), zone=_zone())


@blueprint.get("/<plan_id>/rehearsal")
@needs("see")
@blueprint.arguments(schemas.SpanSchema, location="query")
@blueprint.response(200, schemas.RehearsedSchema(many=True))
def show_rehearsal(query: dict[str, Any], plan_id: str) -> Any:
    """Show who would get what and when in a span, and who would not and why; nothing is sent."""
    parts = runtime()
    with parts.db.read() as session:
        plan = queries.plan_by_public_id(session, plan_id)
        return rehearse(
            session, plan_id=plan.id, **query, zone=_zone(), policy=policy_from(parts.settings)
        )


@blueprint.post("/<plan_id>/activate")
@needs("launch")
@blueprint.response(200, schemas.ChangeSchema(many=True))
def activate(plan_id: str) -> Any:
    """Put a plan's steps on their dates."""
    parts = runtime()
    now = parts.clock.now()
    with parts.db.transaction() as session:
        return service.activate(
            session,
            plan_id=queries.plan_by_public_id(session, plan_id).id,
            activated_by=caller().account_id,
            now=now,
            zone=_zone(),
            two_person_over=parts.settings.security.two_person_over,
        )


@blueprint.post("/<plan_id>/replan")
@needs("launch")
@blueprint.response(200, schemas.ChangeSchema(many=True))
def replan(plan_id: str) -> Any:
    """Put what has not gone where its dates stand now."""
    parts = runtime()
    now = parts.clock.now()
    with parts.db.transaction() as session:
        plan = queries.plan_by_public_id(session, plan_id)
        return dates.replan_plan(session, plan_id=plan.id, now=now, zone=_zone())


@blueprint.post("/<plan_id>/pause")
@needs("launch")
@blueprint.response(200, schemas.PlanSchema)
def pause(plan_id: str) -> Any:
    """Let nothing of a plan fire."""
    return _acted(plan_id, service.pause, paused_by=caller().account_id)


@blueprint.post("/<plan_id>/resume")
@needs("launch")
@blueprint.response(200, schemas.PlanSchema)
def resume(plan_id: str) -> Any:
    """Let a paused plan fire again, and what was stopped by itself go on."""
    terms = terms_from(runtime().settings)
    return _acted(plan_id, service.resume, resumed_by=caller().account_id, terms=terms)


@blueprint.post("/<plan_id>/end")
@needs("launch")
@blueprint.response(200, schemas.PlanSchema)
def end(plan_id: str) -> Any:
    """Close a plan for good."""
    return _acted(plan_id, service.end, ended_by=caller().account_id)


def _zone() -> ZoneInfo:
    return ZoneInfo(runtime().settings.time.zone)


def _acted(plan_id: str, act: Callable[..., Plan], **given: Any) -> Plan:
    """Do one thing with a plan, in a transaction of its own."""
    now = runtime().clock.now()
    with runtime().db.transaction() as session:
        plan = queries.plan_by_public_id(session, plan_id)
        return act(session, plan_id=plan.id, now=now, **given)


def _content(session: Session, body: Mapping[str, Any]) -> dict[str, Any]:
    campaign = campaign_by_ref(session, body["campaign"])
    if campaign is None:
        raise NotFound("There is no such campaign.", hint="List them at /campaigns.")
    templates = template_ids(session, {step["template"] for step in body["steps"]})
    alert, milestone = body["alert"], body["milestone"]
    return {
        "name": body["name"],
        "campaign_id": campaign.id,
        "anchor": body["anchor"],
        "alert_id": alert_by_public_id(session, alert).id if alert else None,
        "milestone_id": queries.milestone_id(session, milestone) if milestone else None,
        "steps": [_step(session, step, templates) for step in body["steps"]],
    }


def _step(
    session: Session, step: Mapping[str, Any], templates: Mapping[str, int]
) -> service.PlanStepDraft:
    if step["local_time"].tzinfo is not None:
        raise InvalidInput(
            "A step's time is on the organization's clock.",
            hint="Give it as 10:00, without a zone.",
        )
    rules, audience_id = taken_from(session, rules=step["rules"], ref=step["audience"])
    return service.PlanStepDraft(
        offset_days=step["offset_days"],
        local_time=step["local_time"],
        rules=rules,
        audience_id=audience_id,
        channel=step["channel"],
        template_id=templates[step["template"]],
        max_lateness_hours=step["max_lateness_hours"],
    )
