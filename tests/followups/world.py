"""A milestone with a date, and a plan around it."""

from collections.abc import Mapping
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from mobilize.actions.models import Participation
from mobilize.contacts.models import Contact
from mobilize.followups import service
from mobilize.followups.models import Plan, PlannedStep
from mobilize.followups.queries import dated_rows
from mobilize.strategy.models import Milestone, MilestoneOccurrence
from tests.alerts.world import EVERYBODY, World

TORONTO = ZoneInfo("America/Toronto")
NO_LIMIT = 1_000_000


def add_milestone(
    session: Session, now: datetime, on: date | None, *, state: str = "confirmed"
) -> MilestoneOccurrence:
    """A milestone with one date."""
    milestone = Milestone(
        slug="awareness-day",
        kind="yearly",
        title_en="Awareness Day",
        title_fr="Journée de sensibilisation",
        rule={},
        time_zone="America/Toronto",
        local_time=time(10),
        source="",
        content_hash="0" * 64,
        updated_at=now,
    )
    session.add(milestone)
    session.flush()
    occurrence = MilestoneOccurrence(milestone_id=milestone.id, key="once", on_date=on, state=state)
    session.add(occurrence)
    session.flush()
    return occurrence


def step(
    world: World, offset_days: int, rules: Mapping[str, object] = EVERYBODY, *, hours: int = 24
) -> service.PlanStepDraft:
    """An email at ten o'clock, so many days from the date."""
    return service.PlanStepDraft(
        offset_days=offset_days,
        local_time=time(10),
        rules=rules,
        channel="email",
        template_id=world.template_id,
        max_lateness_hours=hours,
    )


def make_plan(
    session: Session,
    world: World,
    now: datetime,
    *steps: service.PlanStepDraft,
    active: bool = True,
    **anchor: int,
) -> Plan:
    """A plan around the milestone or alert that is given, else after completed actions."""
    kind = next(iter(anchor), "completion_id").removesuffix("_id")
    plan = service.create_plan(
        session,
        name="Around the day",
        campaign_id=world.campaign.id,
        anchor=kind,
        steps=steps,
        created_by=world.author,
        now=now,
        **anchor,
    )
    if active:
        activate(session, world, plan, now)
    return plan


def activate(session: Session, world: World, plan: Plan, now: datetime) -> None:
    """Activate a plan as its author."""
    service.activate(
        session,
        plan_id=plan.id,
        activated_by=world.author,
        now=now,
        zone=TORONTO,
        two_person_over=NO_LIMIT,
    )


def standing(session: Session, plan: Plan) -> list[tuple[str, str | None]]:
    """State and reason of a plan's dated steps, by when they are due."""
    session.expire_all()
    return [(row.state, row.reason) for row in dated_rows(session, plan.id)]


def due_dates(session: Session, plan: Plan) -> list[datetime]:
    """When a plan's steps are due."""
    session.expire_all()
    return [row.due_at for row in dated_rows(session, plan.id)]


def complete(session: Session, world: World, email: str, now: datetime) -> None:
    """Somebody completed the campaign's action."""
    contact_id = next(
        contact.id for contact in session.scalars(select(Contact)) if contact.email == email
    )
    session.add(
        Participation(
            campaign_id=world.campaign.id,
            contact_id=contact_id,
            language="en",
            completed_at=now,
        )
    )
    session.flush()


def only_row(session: Session) -> PlannedStep:
    """The one dated step there is."""
    session.expire_all()
    return session.scalars(select(PlannedStep)).one()
