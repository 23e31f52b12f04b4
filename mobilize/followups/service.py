"""What is done with plans: write, activate, pause, resume, end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from mobilize.accounts import audit
from mobilize.alerts import audience
from mobilize.alerts.content import campaign_card
from mobilize.alerts.rules import parse_rules
from mobilize.alerts.spending import Terms, renew_budgets
from mobilize.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from mobilize.followups.dates import Change, replan_plan
from mobilize.followups.firing import own_cap_of
from mobilize.followups.models import Plan, PlannedStep, PlanStep
from mobilize.followups.planning import ENDED
from mobilize.followups.queries import budgets_of, dated_rows, steps_of, stopped_mailings
from mobilize.messaging.policy import Channel
from mobilize.messaging.service import resume_mailing

_TRANSITIONS: Final[Mapping[str, Mapping[str, str]]] = {
    "activate": {"draft": "active"},
    "pause": {"active": "paused"},
    "resume": {"paused": "active"},
    "end": {"draft": "done", "active": "done", "paused": "done"},
}


@dataclass(frozen=True, kw_only=True)
class PlanStepDraft:
    """One step of a plan as an organizer writes it."""

    offset_days: int
    local_time: time
    rules: Mapping[str, Any]
    channel: Channel
    template_id: int
    max_lateness_hours: int = 24
    audience_id: int | None = None
    """The saved audience that the rules are those of."""


def create_plan(
    session: Session,
    *,
    name: str,
    campaign_id: int,
    anchor: str,
    steps: Sequence[PlanStepDraft],
    created_by: int,
    now: datetime,
    milestone_id: int | None = None,
    alert_id: int | None = None,
) -> Plan:
    """Begin a plan as a draft.

    Args:
        session: The transaction.
        name: Its name.
        campaign_id: The campaign that its messages are about.
        anchor: `milestone`, `alert` or `completion`: what its days are counted from.
        steps: The steps in their order.
        created_by: The author's account.
        now: The moment.
        milestone_id: The milestone, for that anchor.
        alert_id: The alert, for that anchor.

    Raises:
        InvalidInput: The anchor lacks what it names, or a step cannot be read.
        NotFound: There is no such campaign.
    """
    _check(anchor, milestone_id, alert_id, steps)
    campaign_card(session, campaign_id)
    written = Plan(
        name=name,
        campaign_id=campaign_id,
        anchor=anchor,
        milestone_id=milestone_id,
        alert_id=alert_id,
        state="draft",
        created_by=created_by,
        created_at=now,
    )
    session.add(written)
    session.flush()
    _write_steps(session, written, steps)
    _record(session, written, "create", created_by, now)
    return written


def edit_plan(
    session: Session,
    *,
    plan_id: int,
    name: str,
    campaign_id: int,
    anchor: str,
    steps: Sequence[PlanStepDraft],
    edited_by: int,
    now: datetime,
    milestone_id: int | None = None,
    alert_id: int | None = None,
) -> Plan:
    """Rewrite a draft; who did so is its author from then on, and cannot activate it alone.

    Raises:
        Conflict: The plan is no draft: what was activated is paused or ended, never rewritten.
        InvalidInput: The anchor lacks what it names, or a step cannot be read.
        NotFound: There is no such plan or campaign.
    """
    _check(anchor, milestone_id, alert_id, steps)
    campaign_card(session, campaign_id)
    plan = _locked(session, plan_id)
    if plan.state != "draft":
        raise Conflict(
            f"The plan is {plan.state}; only a draft is rewritten.",
            hint="End it and write another.",
        )
    plan.name, plan.campaign_id, plan.anchor = name, campaign_id, anchor
    plan.milestone_id, plan.alert_id, plan.created_by = milestone_id, alert_id, edited_by
    session.execute(delete(PlanStep).where(PlanStep.plan_id == plan_id))
    _write_steps(session, plan, steps)
    _record(session, plan, "edit", edited_by, now)
    return plan


def activate(
    session: Session,
    *,
    plan_id: int,
    activated_by: int,
    now: datetime,
    zone: ZoneInfo,
    two_person_over: int,
) -> list[Change]:
    """Put a plan's steps on their dates; what was due before this moment never fires.

    Raises:
        Forbidden: A step means many people, and its author activates it alone.
        Conflict: The plan is no draft.
    """
    active = _move(session, plan_id, "activate")
    largest = max(
        audience.count(session, step.rules, now=now) for step in steps_of(session, plan_id)
    )
    if largest > two_person_over and active.created_by == activated_by:
        raise Forbidden(
            f"A step of this plan means {largest} people; with more than {two_person_over} "
            "somebody other than its author must activate it.",
            hint="Ask a second person.",
        )
    active.activated_at = now
    session.flush()
    _record(session, active, "activate", activated_by, now)
    return replan_plan(session, plan_id=plan_id, now=now, zone=zone)


def pause(session: Session, *, plan_id: int, paused_by: int, now: datetime) -> Plan:
    """Let nothing of a plan fire until it is resumed."""
    return _moved(session, plan_id, "pause", paused_by, now)


def resume(session: Session, *, plan_id: int, resumed_by: int, terms: Terms, now: datetime) -> Plan:
    """Let a plan fire again, and what was stopped by itself go on.

    What became too late meanwhile is skipped. Of an active plan, only what was stopped goes on.

    Raises:
        Conflict: It is neither paused nor has anything that was stopped, or the text messages of a
            step have cost what they may.
    """
    plan = _locked(session, plan_id)
    stopped = stopped_mailings(session, plan_id)
    if plan.state != "active" or not stopped:
        _move(session, plan_id, "resume")
    # In the order of all who take both: a mailing, then its budget.
    for mailing_id in stopped:
        resume_mailing(session, mailing_id=mailing_id)
    session.flush()
    renew_budgets(
        session,
        budgets_of(session, stopped),
        terms,
        own_cap_cents=own_cap_of(session, plan),
    )
    session.flush()
    _record(session, plan, "resume", resumed_by, now)
    return plan


def end(session: Session, *, plan_id: int, ended_by: int, now: datetime) -> Plan:
    """Close a plan for good; what has not gone is cancelled."""
    ended = _moved(session, plan_id, "end", ended_by, now)
    waiting = [
        row.id for row in dated_rows(session, plan_id) if row.state in {"planned", "awaiting"}
    ]
    session.execute(
        update(PlannedStep)
        .where(PlannedStep.id.in_(waiting))
        .values(state="cancelled", reason=ENDED, acted_at=now)
    )
    return ended


def _check(
    anchor: str, milestone_id: int | None, alert_id: int | None, steps: Sequence[PlanStepDraft]
) -> None:
    given = {"milestone": milestone_id, "alert": alert_id}
    if anchor not in {"milestone", "alert", "completion"} or {
        kind for kind, row_id in given.items() if row_id is not None
    } != ({anchor} & set(given)):
        raise InvalidInput(
            "A plan counts its days from one milestone, one alert, or each completed action.",
            hint="Give exactly what the anchor names.",
        )
    if not steps:
        raise InvalidInput("A plan needs at least one step.", hint="Add a message and its day.")
    for step in steps:
        parse_rules(step.rules)
        if anchor == "completion" and step.offset_days < 1:
            raise InvalidInput(
                "A step after a completed action comes at least a day later.",
                hint="The thank-you of the same day goes out by itself.",
            )


def _write_steps(session: Session, plan: Plan, steps: Sequence[PlanStepDraft]) -> None:
    session.add_all(_as_row(plan.id, position, step) for position, step in enumerate(steps, 1))
    session.flush()


def _as_row(plan_id: int, position: int, step: PlanStepDraft) -> PlanStep:
    return PlanStep(
        plan_id=plan_id,
        position=position,
        offset_days=step.offset_days,
        local_time=step.local_time,
        rules=dict(step.rules),
        audience_id=step.audience_id,
        channel=step.channel,
        template_id=step.template_id,
        max_lateness_hours=step.max_lateness_hours,
    )


def _locked(session: Session, plan_id: int) -> Plan:
    found = session.get(Plan, plan_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound("There is no such plan.", hint="Look it up in the list of plans.")
    return found


def _move(session: Session, plan_id: int, action: str) -> Plan:
    found = _locked(session, plan_id)
    if found.state not in _TRANSITIONS[action]:
        raise Conflict(
            f"The plan is {found.state}; `{action}` is possible only from "
            f"{', '.join(_TRANSITIONS[action])}.",
            hint="Look at the plan again: somebody else may have acted on it.",
        )
    found.state = _TRANSITIONS[action][found.state]
    return found


def _moved(session: Session, plan_id: int, action: str, account_id: int, now: datetime) -> Plan:
    found = _move(session, plan_id, action)
    session.flush()
    _record(session, found, action, account_id, now)
    return found


def _record(session: Session, plan: Plan, action: str, account_id: int, now: datetime) -> None:
    audit.record(
        session,
        now=now,
        actor=audit.actor_of(session, account_id),
        action=f"plan.{action}",
        subject_kind="plan",
        subject_id=plan.public_id,
    )
