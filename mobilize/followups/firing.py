"""Firing a step whose time has come: claimed once, refused with a reason, or sent."""

from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from sqlalchemy import CursorResult, Select, func, select, update
from sqlalchemy.orm import Session

from mobilize.alerts import audience
from mobilize.alerts.content import StepDraft, campaign_card
from mobilize.alerts.preflight import find_problems
from mobilize.followups.anchors import meant_by_anchor
from mobilize.followups.dates import timing_of
from mobilize.followups.models import Plan, PlannedStep, PlanStep
from mobilize.followups.planning import TOO_LATE, is_too_late
from mobilize.followups.queries import due_ids
from mobilize.messaging.policy import Channel
from mobilize.messaging.service import start_mailing
from mobilize.strategy.models import Milestone

Outcome = Literal["sent", "skipped", "taken"]


def fire(session: Session, *, planned_step_id: int, now: datetime, zone: ZoneInfo) -> Outcome:
    """Send a step that is due, or skip it with the reason.

    The row is claimed by a conditional update: of two schedulers that try at once, one sends.

    Args:
        session: The transaction; when it is undone, the step is as due as before.
        planned_step_id: The step on its date.
        now: The moment.
        zone: The organization's zone.

    Returns:
        What became of it; `taken` where somebody else was faster, or the plan is not active.
    """
    row, step, plan = _held(session, planned_step_id)
    if plan.state != "active" or not _claim(session, planned_step_id, now):
        return "taken"
    if is_too_late(row.due_at, timing_of(step), now):
        refuse(session, planned_step_id=planned_step_id, reason=TOO_LATE, now=now)
        return "skipped"
    card = campaign_card(session, plan.campaign_id)
    recipients = recipients_of(session, plan, step, row.occurrence, now=now, zone=zone)
    problems = find_problems(
        session,
        card=card,
        people=_count(session, recipients),
        steps=[StepDraft(channel_of(step), step.template_id)],
        today=now.astimezone(zone).date(),
    )
    if problems:
        reason = ", ".join(dict.fromkeys(problem.code for problem in problems))
        refuse(session, planned_step_id=planned_step_id, reason=reason, now=now)
        return "skipped"
    mailing = start_mailing(
        session,
        kind="followup",
        channel=channel_of(step),
        template_id=step.template_id,
        recipients=recipients,
        topic=card.demand.slug,
        campaign_ref=card.campaign.public_id,
        facts=card.facts(),
        milestone=_milestone(session, plan),
        now=now,
    )
    row.mailing_id = mailing.id
    session.flush()
    return "sent"


def fire_due(session: Session, *, now: datetime, zone: ZoneInfo) -> int:
    """Fire everything that is due in one transaction; returns how many steps sent something."""
    return sum(
        fire(session, planned_step_id=row_id, now=now, zone=zone) == "sent"
        for row_id in due_ids(session, now)
    )


def refuse(session: Session, *, planned_step_id: int, reason: str, now: datetime) -> None:
    """Skip a step, with the reason that an organizer reads."""
    session.execute(
        update(PlannedStep)
        .where(PlannedStep.id == planned_step_id, PlannedStep.mailing_id.is_(None))
        .values(state="skipped", reason=reason[:200], acted_at=now)
    )


def recipients_of(
    session: Session,
    plan: Plan,
    step: PlanStep,
    occurrence: str,
    *,
    now: datetime,
    zone: ZoneInfo,
) -> Select[int, str | None]:
    """Whom a step means at a moment: its rules, among those whom its anchor concerns."""
    recipients = audience.select_contacts(session, step.rules, now=now)
    concerned = meant_by_anchor(plan, occurrence, zone)
    return recipients if concerned is None else recipients.where(concerned)


def channel_of(step: PlanStep) -> Channel:
    """The channel of a step."""
    return "sms" if step.channel == "sms" else "email"


def _held(session: Session, planned_step_id: int) -> tuple[PlannedStep, PlanStep, Plan]:
    """The row with its step and plan; the plan is locked, so that nobody re-plans meanwhile."""
    return session.execute(
        select(PlannedStep, PlanStep, Plan)
        .join(PlanStep, PlanStep.id == PlannedStep.plan_step_id)
        .join(Plan, Plan.id == PlanStep.plan_id)
        .where(PlannedStep.id == planned_step_id)
        .with_for_update(of=Plan)
        .execution_options(populate_existing=True)
    ).one()


def _claim(session: Session, planned_step_id: int, now: datetime) -> bool:
    result = session.execute(
        update(PlannedStep)
        .where(
            PlannedStep.id == planned_step_id,
            PlannedStep.state == "planned",
            PlannedStep.due_at <= now,
        )
        .values(state="fired", reason=None, acted_at=now)
    )
    return isinstance(result, CursorResult) and result.rowcount == 1


def _milestone(session: Session, plan: Plan) -> str | None:
    """What the mailing follows up, for audiences that ask who was written to about it."""
    return session.scalar(select(Milestone.slug).where(Milestone.id == plan.milestone_id))


def _count(session: Session, recipients: Select[int, str | None]) -> int:
    return session.scalar(select(func.count()).select_from(recipients.subquery())) or 0
