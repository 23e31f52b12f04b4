"""Alerts as JSON."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from flask import g
from sqlalchemy.orm import Session

from mobilize.accounts.guards import caller, needs
from mobilize.accounts.roles import may
from mobilize.actions.queries import campaign_by_ref
from mobilize.alerts import queries, schemas, service
from mobilize.alerts.api.mounting import blueprint, today
from mobilize.alerts.content import StepDraft
from mobilize.alerts.guards import drafts_of
from mobilize.alerts.models import Alert
from mobilize.alerts.naming import sentences
from mobilize.alerts.preflight import preflight
from mobilize.alerts.problems import Problem
from mobilize.alerts.progress import progress_of
from mobilize.alerts.saved import taken_from
from mobilize.alerts.spending import spent, terms_from
from mobilize.alerts.trial import send_test
from mobilize.core.clock import SystemClock
from mobilize.core.errors import NotFound
from mobilize.core.i18n import Language
from mobilize.runtime import runtime


@blueprint.get("")
@needs("see")
@blueprint.arguments(schemas.PageQuerySchema, location="query")
@blueprint.response(200, schemas.AlertPageSchema)
def list_alerts(query: dict[str, Any]) -> Any:
    """List the alerts, the newest first."""
    with runtime().db.read() as session:
        page = queries.list_alerts(session, **query)
        return {"items": _shown(session, page.items), "after": page.after}


@blueprint.post("")
@needs("compose")
@blueprint.arguments(schemas.AlertBodySchema)
@blueprint.response(201, schemas.AlertSchema)
def create_alert(body: dict[str, Any]) -> Any:
    """Write an alert, as a draft."""
    now = runtime().clock.now()
    with runtime().db.transaction() as session:
        alert = service.create_alert(
            session, **_content(session, body), created_by=caller().account_id, now=now
        )
        return _shown(session, [alert])[0]


@blueprint.get("/<alert_id>")
@needs("see")
@blueprint.response(200, schemas.AlertSchema)
def show_alert(alert_id: str) -> Any:
    """Show an alert."""
    with runtime().db.read() as session:
        return _shown(session, [queries.alert_by_public_id(session, alert_id)])[0]


@blueprint.put("/<alert_id>")
@needs("compose")
@blueprint.arguments(schemas.AlertBodySchema)
@blueprint.response(200, schemas.AlertSchema)
def edit_alert(body: dict[str, Any], alert_id: str) -> Any:
    """Rewrite an alert that has not gone; it is a draft again."""
    now = runtime().clock.now()
    with runtime().db.transaction() as session:
        alert = service.edit_alert(
            session,
            alert_id=queries.alert_by_public_id(session, alert_id).id,
            **_content(session, body),
            edited_by=caller().account_id,
            now=now,
        )
        return _shown(session, [alert])[0]


@blueprint.get("/<alert_id>/preflight")
@needs("see")
@blueprint.response(200, schemas.PreflightSchema)
def show_preflight(alert_id: str) -> Any:
    """Show what stands in an alert's way, who would get it, and who would not and why."""
    parts = runtime()
    now, day = parts.clock.now(), today()
    with parts.db.read() as session:
        alert = queries.alert_by_public_id(session, alert_id)
        found = preflight(
            session,
            campaign_id=alert.campaign_id,
            rules=alert.rules,
            steps=drafts_of(session, alert.id),
            now=now,
            today=day,
            terms=terms_from(parts.settings),
            two_person_over=parts.settings.security.two_person_over,
            own_cap_cents=alert.text_cap_cents,
        )
        words = sentences(session, alert.rules, day)
    language: Language = g.get("language", "en")
    return {
        "people": found.people,
        "needs_approval": found.needs_approval,
        "sentence": words,
        "problems": [_worded(problem, language) for problem in found.problems],
        "warnings": [_worded(warning, language) for warning in found.warnings],
        "steps": found.steps,
        "texts": found.bill,
    }


@blueprint.post("/<alert_id>/test-send")
@needs("compose")
@blueprint.response(200, schemas.TrialSchema)
def test_send(alert_id: str) -> Any:
    """Send an alert's words, as a test, to the caller's own account's address, so many an hour."""
    parts = runtime()
    now, day = parts.clock.now(), today()
    with parts.db.transaction() as session:
        return send_test(
            session,
            alert=queries.alert_by_public_id(session, alert_id),
            account_id=caller().account_id,
            settings=parts.settings,
            now=now,
            today=day,
            actor=caller().actor,
        )


@blueprint.post("/<alert_id>/submit")
@needs("compose")
@blueprint.response(200, schemas.AlertSchema)
def submit(alert_id: str) -> Any:
    """Hand an alert to a second person."""
    return _acted(alert_id, service.submit, submitted_by=caller().account_id, today=today())


@blueprint.post("/<alert_id>/approve")
@needs("approve")
@blueprint.response(200, schemas.AlertSchema)
def approve(alert_id: str) -> Any:
    """Approve what another person submitted."""
    return _acted(alert_id, service.approve, approved_by=caller().account_id)


@blueprint.post("/<alert_id>/launch")
@needs("launch")
@blueprint.response(200, schemas.AlertSchema)
def launch(alert_id: str) -> Any:
    """Send an alert on its way."""
    return _acted(
        alert_id,
        service.launch,
        launched_by=caller().account_id,
        today=today(),
        two_person_over=runtime().settings.security.two_person_over,
        terms=terms_from(runtime().settings),
    )


@blueprint.post("/<alert_id>/pause")
@needs("launch")
@blueprint.arguments(schemas.PauseSchema)
@blueprint.response(200, schemas.AlertSchema)
def pause(body: dict[str, str], alert_id: str) -> Any:
    """Stop an alert on its way; it can go on later."""
    return _acted(alert_id, service.pause, paused_by=caller().account_id, reason=body["reason"])


@blueprint.post("/<alert_id>/resume")
@needs("launch")
@blueprint.response(200, schemas.AlertSchema)
def resume(alert_id: str) -> Any:
    """Let a paused alert go on."""
    terms = terms_from(runtime().settings)
    return _acted(alert_id, service.resume, resumed_by=caller().account_id, terms=terms)


@blueprint.put("/<alert_id>/text-cap")
@needs("launch")
@blueprint.arguments(schemas.TextCapSchema)
@blueprint.response(200, schemas.AlertSchema)
def set_text_cap(body: dict[str, Any], alert_id: str) -> Any:
    """Say what an alert's text messages may cost at most; null leaves it to the installation."""
    return _acted(
        alert_id,
        service.set_text_cap,
        cap=body["dollars"],
        set_by=caller().account_id,
        terms=terms_from(runtime().settings),
    )


@blueprint.post("/<alert_id>/cancel")
@needs("launch")
@blueprint.response(200, schemas.AlertSchema)
def cancel(alert_id: str) -> Any:
    """Give an alert up; what has not gone is taken back."""
    return _acted(alert_id, service.cancel, cancelled_by=caller().account_id)


@blueprint.get("/<alert_id>/progress")
@needs("see")
@blueprint.response(200, schemas.ProgressSchema)
def progress(alert_id: str) -> Any:
    """Show how an alert goes while it goes: how fast, until when, and what holds it up."""
    parts = runtime()
    now, real_now = parts.clock.now(), SystemClock().now()
    with parts.db.read() as session:
        alert = queries.alert_by_public_id(session, alert_id)
        return progress_of(session, alert, now=now, real_now=real_now)


@blueprint.get("/<alert_id>/results")
@needs("see")
@blueprint.response(200, schemas.ResultsSchema)
def results(alert_id: str) -> Any:
    """Show what became of an alert; small numbers only to those who work with people's records."""
    with runtime().db.read() as session:
        alert = queries.alert_by_public_id(session, alert_id)
        found = queries.results(session, alert.id, hide_small=not may(caller(), "people"))
        return {**asdict(found), "texts": spent(session, alert.id)}


def _worded(problem: Problem, language: Language) -> dict[str, Any]:
    return {**asdict(problem), "text": problem.text(language)}


def _acted(alert_id: str, act: Callable[..., Alert], **given: Any) -> dict[str, Any]:
    """Do one thing with an alert, in a transaction of its own."""
    now = runtime().clock.now()
    with runtime().db.transaction() as session:
        found = queries.alert_by_public_id(session, alert_id)
        return _shown(session, [act(session, alert_id=found.id, now=now, **given)])[0]


def _content(session: Session, body: Mapping[str, Any]) -> dict[str, Any]:
    campaign = campaign_by_ref(session, body["campaign"])
    if campaign is None:
        raise NotFound("There is no such campaign.", hint="List them at /campaigns.")
    rules, audience_id = taken_from(session, rules=body["rules"], ref=body["audience"])
    templates = queries.template_ids(session, {s["template_public_id"] for s in body["steps"]})
    return {
        "name": body["name"],
        "campaign_id": campaign.id,
        "rules": rules,
        "audience_id": audience_id,
        "steps": [
            StepDraft(step["channel"], templates[step["template_public_id"]])
            for step in body["steps"]
        ],
    }


def _shown(session: Session, alerts: Sequence[Alert]) -> list[dict[str, Any]]:
    steps = queries.described_steps(session, {alert.id for alert in alerts})
    audiences = queries.audience_refs(session, {a.audience_id for a in alerts if a.audience_id})
    campaigns = queries.campaign_refs(session, {alert.campaign_id for alert in alerts})
    return [
        {
            "alert": alert,
            "campaign": campaigns[alert.campaign_id],
            "audience": audiences.get(alert.audience_id or 0),
            "steps": steps.get(alert.id, []),
        }
        for alert in alerts
    ]
