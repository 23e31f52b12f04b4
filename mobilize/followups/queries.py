"""Reading plans, their steps, what is due next and what became of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, case, select
from sqlalchemy.orm import Session

from mobilize.alerts.models import Audience
from mobilize.alerts.tidying import same_rules
from mobilize.alerts.uses import Use, finds_uses
from mobilize.core.errors import NotFound
from mobilize.core.paging import PAGE_SIZE, Page
from mobilize.followups.models import Plan, PlannedStep, PlanStep
from mobilize.messaging.models import Mailing, Template, TextBudget
from mobilize.strategy.models import Milestone

_LOOKS_AGAIN: Final = timedelta(minutes=5)


@dataclass(frozen=True)
class DatedStep:
    """A step on its date, as a list shows it."""

    plan_public_id: str
    plan: str
    position: int
    channel: str
    template: str
    occurrence: str
    due_at: datetime
    state: str
    reason: str | None
    acted_at: datetime | None
    mailing_public_id: str | None
    pause_reason: str | None
    """Why its messages were stopped by themselves, where they were."""


def list_plans(session: Session, *, after: int | None = None, size: int = PAGE_SIZE) -> Page[Plan]:
    """Plans, the newest first."""
    statement = select(Plan).order_by(Plan.id.desc()).limit(size + 1)
    if after is not None:
        statement = statement.where(Plan.id < after)
    rows = session.scalars(statement).all()
    return Page(items=rows[:size], after=rows[size - 1].id if len(rows) > size else None)


def plan_by_public_id(session: Session, public_id: str) -> Plan:
    """One plan.

    Raises:
        NotFound: There is none with that id.
    """
    plan = session.scalar(select(Plan).where(Plan.public_id == public_id))
    if plan is None:
        raise NotFound("There is no such plan.", hint="Look it up in the list of plans.")
    return plan


def milestone_id(session: Session, public_id: str) -> int:
    """The milestone that a public id names.

    Raises:
        NotFound: It names none.
    """
    found = session.scalar(select(Milestone.id).where(Milestone.public_id == public_id))
    if found is None:
        raise NotFound("There is no such milestone.", hint="Choose one from the calendar.")
    return found


def steps_of(session: Session, plan_id: int) -> Sequence[PlanStep]:
    """The steps of a plan in their order."""
    return session.scalars(
        select(PlanStep).where(PlanStep.plan_id == plan_id).order_by(PlanStep.position)
    ).all()


def active_plans(session: Session) -> Sequence[Plan]:
    """The plans that the worker follows."""
    return session.scalars(select(Plan).where(Plan.state == "active").order_by(Plan.id)).all()


def dated_rows(session: Session, plan_id: int) -> Sequence[PlannedStep]:
    """Every dated row of a plan."""
    return session.scalars(
        select(PlannedStep)
        .join(PlanStep, PlanStep.id == PlannedStep.plan_step_id)
        .where(PlanStep.plan_id == plan_id)
        .order_by(PlannedStep.due_at, PlannedStep.id)
        # Planning writes these rows in bulk, past the session's memory.
        .execution_options(populate_existing=True)
    ).all()


def due_ids(session: Session, now: datetime) -> Sequence[int]:
    """The rows whose time has come, in plans that are active, the oldest first.

    One that waits for an organizer is looked at again only now and then: its audience is counted.
    """
    waits_still = PlannedStep.reason.is_not(None) & (PlannedStep.acted_at > now - _LOOKS_AGAIN)
    return session.scalars(
        select(PlannedStep.id)
        .join(PlanStep, PlanStep.id == PlannedStep.plan_step_id)
        .join(Plan, Plan.id == PlanStep.plan_id)
        .where(
            Plan.state == "active",
            PlannedStep.state == "planned",
            PlannedStep.due_at <= now,
            ~waits_still,
        )
        .order_by(PlannedStep.due_at, PlannedStep.id)
    ).all()


def unconfirmed(session: Session, now: datetime) -> Sequence[tuple[PlannedStep, PlanStep]]:
    """The rows whose time has come while their date still waits to be confirmed."""
    rows = session.execute(
        select(PlannedStep, PlanStep)
        .join(PlanStep, PlanStep.id == PlannedStep.plan_step_id)
        .join(Plan, Plan.id == PlanStep.plan_id)
        .where(Plan.state == "active", PlannedStep.state == "awaiting", PlannedStep.due_at <= now)
    )
    return rows.all()


def stopped_mailings(session: Session, plan_id: int) -> Sequence[int]:
    """The mailings of a plan that were stopped by themselves."""
    return session.scalars(
        select(Mailing.id)
        .join(PlannedStep, PlannedStep.mailing_id == Mailing.id)
        .join(PlanStep, PlanStep.id == PlannedStep.plan_step_id)
        .where(PlanStep.plan_id == plan_id, Mailing.state == "paused")
        .order_by(Mailing.id)
    ).all()


def budgets_of(session: Session, mailing_ids: Collection[int]) -> Sequence[TextBudget]:
    """What the text messages of mailings may cost, and have."""
    return session.scalars(
        select(TextBudget)
        .where(TextBudget.mailing_id.in_(mailing_ids))
        .order_by(TextBudget.mailing_id)
    ).all()


def next_due(session: Session, *, limit: int = PAGE_SIZE) -> Sequence[DatedStep]:
    """What comes next in all active plans, the soonest first."""
    waiting = PlannedStep.state.in_(("planned", "awaiting"))
    return _dated(session, Plan.state == "active", waiting, limit=limit)


def history(session: Session, plan_id: int) -> Sequence[DatedStep]:
    """All dated steps of a plan, what happened and what is to come, in their order."""
    return _dated(session, Plan.id == plan_id)


def _dated(
    session: Session, *conditions: ColumnElement[bool], limit: int | None = None
) -> list[DatedStep]:
    rows = session.execute(
        select(
            Plan.public_id,
            Plan.name,
            PlanStep.position,
            PlanStep.channel,
            Template.name,
            PlannedStep.occurrence,
            PlannedStep.due_at,
            PlannedStep.state,
            PlannedStep.reason,
            PlannedStep.acted_at,
            Mailing.public_id,
            case((Mailing.state == "paused", Mailing.pause_reason)),
        )
        .select_from(PlannedStep)
        .join(PlanStep, PlanStep.id == PlannedStep.plan_step_id)
        .join(Plan, Plan.id == PlanStep.plan_id)
        .join(Template, Template.id == PlanStep.template_id)
        .outerjoin(Mailing, Mailing.id == PlannedStep.mailing_id)
        .where(*conditions)
        .order_by(PlannedStep.due_at, PlannedStep.id)
        .limit(limit)
    )
    return [DatedStep(*tuple(row)) for row in rows]


@finds_uses
def plans_with(session: Session, audience_ids: Collection[int]) -> list[Use]:
    """Each plan once for an audience; it has the audience's rules where all such steps do."""
    rows = session.execute(
        select(
            PlanStep.audience_id,
            Plan.public_id,
            Plan.name,
            Plan.state,
            PlanStep.rules,
            Audience.rules,
        )
        .join(Plan, Plan.id == PlanStep.plan_id)
        .join(Audience, Audience.id == PlanStep.audience_id)
        .where(PlanStep.audience_id.in_(audience_ids))
        .order_by(Plan.id.desc(), PlanStep.position)
    )
    found: dict[tuple[int, str], Use] = {}
    for audience_id, public_id, name, state, own, theirs in rows:
        before = found.get((audience_id or 0, public_id))
        same = same_rules(own, theirs) and (before is None or before.same)
        found[audience_id or 0, public_id] = Use(
            audience_id or 0, "plan", public_id, name, state, same
        )
    return list(found.values())
