"""Firing a step whose time has come: claimed once, refused or put off with a reason, or sent."""

from datetime import datetime
from typing import Final, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import CursorResult, Select, func, select, update
from sqlalchemy.orm import Session

from mobilize.alerts import audience
from mobilize.alerts.content import StepDraft, campaign_card
from mobilize.alerts.models import Alert
from mobilize.alerts.preflight import find_problems
from mobilize.alerts.spending import Terms, start_budget, text_bill
from mobilize.followups.anchors import meant_by_anchor
from mobilize.followups.dates import timing_of
from mobilize.followups.models import Plan, PlannedStep, PlanStep
from mobilize.followups.planning import TOO_LATE, is_too_late
from mobilize.messaging.policy import Channel
from mobilize.messaging.service import start_mailing
from mobilize.strategy.models import Milestone

Outcome = Literal["sent", "skipped", "waits", "taken"]
WAITS_FOR: Final = frozenset({"postal_address_missing", "price_missing", "over_cap"})
"""What the settings or a cap say against it, and an organizer can put right while it is time."""


def fire(
    session: Session, *, planned_step_id: int, now: datetime, zone: ZoneInfo, terms: Terms
) -> Outcome:
    """Send a step that is due, let it wait for an organizer, or skip it, both with the reason.

    The row is claimed by a conditional update: of two schedulers that try at once, one sends. What
    an alert is asked before its launch is asked here too.

    Args:
        session: The transaction; when it is undone, the step is as due as before.
        planned_step_id: The step on its date.
        now: The moment.
        zone: The organization's zone.
        terms: What text messages cost and may cost, and who the sender is.

    Returns:
        What became of it; `taken` where somebody else was faster, or the plan is not active.
    """
    row, step, plan = _held(session, planned_step_id)
    waited_for = row.reason
    if plan.state != "active" or not _claim(session, planned_step_id, now):
        return "taken"
    if is_too_late(row.due_at, timing_of(step), now):
        reason = f"{TOO_LATE}, {waited_for}" if waited_for else TOO_LATE
        refuse(session, planned_step_id=planned_step_id, reason=reason, now=now)
        return "skipped"
    card = campaign_card(session, plan.campaign_id)
    recipients = recipients_of(session, plan, step, row.occurrence, now=now, zone=zone)
    today, own_cap = now.astimezone(zone).date(), own_cap_of(session, plan)
    draft = StepDraft(channel_of(step), step.template_id)
    problems = find_problems(
        session,
        card=card,
        people=_count(session, recipients),
        steps=[draft],
        today=today,
        recipients=recipients,
    )
    if not problems:
        bill = text_bill(
            session,
            card=card,
            recipients=recipients,
            steps=[draft],
            own_cap_cents=own_cap,
            terms=terms,
            now=now,
            today=today,
            kind="followup",
        )
        problems = terms.problems() + (bill.problems() if bill else [])
    if problems:
        codes = list(dict.fromkeys(problem.code for problem in problems))
        waits = WAITS_FOR.issuperset(codes)
        (_wait if waits else refuse)(
            session, planned_step_id=planned_step_id, reason=", ".join(codes), now=now
        )
        return "waits" if waits else "skipped"
    mailing = start_mailing(
        session,
        kind="followup",
        channel=draft.channel,
        template_id=step.template_id,
        recipients=recipients,
        topic=card.demand.slug,
        campaign_ref=card.campaign.public_id,
        facts=card.facts(),
        milestone=_milestone(session, plan),
        now=now,
    )
    if draft.channel == "sms":
        start_budget(session, mailing.id, terms, own_cap_cents=own_cap)
    row.mailing_id = mailing.id
    session.flush()
    return "sent"


def own_cap_of(session: Session, plan: Plan) -> int | None:
    """The cap of each step's text messages in cents: what follows an alert has the alert's own."""
    return session.scalar(select(Alert.text_cap_cents).where(Alert.id == plan.alert_id))


def refuse(session: Session, *, planned_step_id: int, reason: str, now: datetime) -> None:
    """Skip a step, with the reason that an organizer reads."""
    session.execute(
        update(PlannedStep)
        .where(PlannedStep.id == planned_step_id, PlannedStep.mailing_id.is_(None))
        .values(state="skipped", reason=reason[:200], acted_at=now)
    )


def _wait(session: Session, *, planned_step_id: int, reason: str, now: datetime) -> None:
    """Leave a step due, with what an organizer has to put right."""
    session.execute(
        update(PlannedStep)
        .where(PlannedStep.id == planned_step_id)
        .values(state="planned", reason=reason, acted_at=now)
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
