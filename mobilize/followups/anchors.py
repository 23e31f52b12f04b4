"""The dates that a plan's steps are counted from: a milestone's, an alert's, each action's."""

from collections.abc import Collection, Iterable
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, exists, literal, select, union_all
from sqlalchemy.orm import Session

from mobilize.actions.models import Participation
from mobilize.alerts.models import Alert, AlertStep
from mobilize.contacts.models import Contact
from mobilize.followups.models import Plan
from mobilize.followups.planning import Occurrence, local_instant
from mobilize.messaging.models import Message
from mobilize.strategy.models import MilestoneOccurrence

_AHEAD: Final = timedelta(days=400)
"""How far milestones are planned: ahead each yearly one at least once, and back as far, since a
step may come long after its date."""
_LOOK_BACK: Final = timedelta(days=31)
"""How long the worker may have stood still without an action's follow-up being forgotten."""


def occurrences_of(
    session: Session, plan: Plan, *, known: Collection[str], now: datetime, zone: ZoneInfo
) -> Iterable[Occurrence]:
    """The dates that a plan's steps are counted from, as they stand now.

    Args:
        session: The session.
        plan: The plan.
        known: The keys of occurrences that steps are planned for already.
        now: The moment.
        zone: In which zone an instant's day is read.
    """
    if plan.anchor == "milestone":
        return _of_milestone(session, plan, now, zone)
    if plan.anchor == "alert":
        return _of_alert(session, plan, zone)
    return _of_completions(session, plan, known, now, zone)


def meant_by_anchor(plan: Plan, occurrence: str, zone: ZoneInfo) -> ColumnElement[bool] | None:
    """Whom a step can be about at all, before its own rules.

    After an alert, those whom the alert was sent to; after completed actions, those who completed
    one on that day; around a milestone, everybody.
    """
    if plan.anchor == "alert":
        return exists().where(
            Message.contact_id == Contact.id,
            Message.accepted_at.is_not(None),
            Message.mailing_id.in_(
                select(AlertStep.mailing_id).where(AlertStep.alert_id == plan.alert_id)
            ),
        )
    if plan.anchor == "completion":
        return exists().where(
            Participation.contact_id == Contact.id,
            _completed_on(plan, date.fromisoformat(occurrence), zone),
        )
    return None


def _of_milestone(
    session: Session, plan: Plan, now: datetime, zone: ZoneInfo
) -> Iterable[Occurrence]:
    begun = (plan.activated_at or now).astimezone(zone).date()
    rows = session.execute(
        select(MilestoneOccurrence.key, MilestoneOccurrence.on_date, MilestoneOccurrence.state)
        .where(
            MilestoneOccurrence.milestone_id == plan.milestone_id,
            MilestoneOccurrence.state != "cancelled",
            MilestoneOccurrence.on_date >= begun - _AHEAD,
            MilestoneOccurrence.on_date <= now.astimezone(zone).date() + _AHEAD,
        )
        .order_by(MilestoneOccurrence.on_date)
    )
    return [
        Occurrence(key, day, sure=state == "confirmed")
        for key, day, state in rows
        if day is not None
    ]


def _of_alert(session: Session, plan: Plan, zone: ZoneInfo) -> Iterable[Occurrence]:
    alert = session.scalars(select(Alert).where(Alert.id == plan.alert_id)).one()
    if alert.launched_at is None or alert.state == "cancelled":
        return []
    return [Occurrence(alert.public_id, alert.launched_at.astimezone(zone).date())]


def _of_completions(
    session: Session, plan: Plan, known: Collection[str], now: datetime, zone: ZoneInfo
) -> Iterable[Occurrence]:
    today = now.astimezone(zone).date()
    begun = (plan.activated_at or now).astimezone(zone).date()
    first = max(begun, today - _LOOK_BACK)
    recent = [first + timedelta(days=number) for number in range((today - first).days + 1)]
    asked = union_all(
        *(
            select(literal(day.isoformat())).where(exists().where(_completed_on(plan, day, zone)))
            for day in recent
        )
    )
    days = {*known, *session.scalars(asked)}
    return [Occurrence(day, date.fromisoformat(day)) for day in sorted(days)]


def _completed_on(plan: Plan, day: date, zone: ZoneInfo) -> ColumnElement[bool]:
    midnight = time(0)
    return (
        (Participation.campaign_id == plan.campaign_id)
        & (Participation.completed_at >= local_instant(day, midnight, zone))
        & (Participation.completed_at < local_instant(day + timedelta(days=1), midnight, zone))
    )
