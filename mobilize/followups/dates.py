"""Keeping a plan's steps on their dates: what changed, and bringing the rows up to it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import CursorResult, Table, update
from sqlalchemy.orm import Session

from mobilize.core.db import upsert
from mobilize.followups.anchors import occurrences_of
from mobilize.followups.models import Plan, PlannedStep, PlanStep
from mobilize.followups.planning import (
    NOT_CONFIRMED,
    Planned,
    Timing,
    is_too_late,
    plan,
    replan,
)
from mobilize.followups.queries import active_plans, dated_rows, steps_of, unconfirmed


@dataclass(frozen=True)
class Change:
    """What planning changed, or would change, of one step on one date."""

    position: int
    occurrence: str
    before: Planned | None
    after: Planned


def difference(session: Session, *, plan_id: int, now: datetime, zone: ZoneInfo) -> list[Change]:
    """What `replan_plan` would change, for an organizer to see first; nothing is changed."""
    standing = session.get_one(Plan, plan_id)
    since = standing.activated_at or now
    rows = {(row.plan_step_id, row.occurrence): row for row in dated_rows(session, plan_id)}
    occurrences = {
        occurrence.key: occurrence
        for occurrence in occurrences_of(
            session, standing, known={name for _, name in rows}, now=now, zone=zone
        )
    }
    changes = []
    for step in steps_of(session, plan_id):
        timing = timing_of(step)
        own = {name for step_id, name in rows if step_id == step.id}
        for name in sorted(own | set(occurrences)):
            before = _planned(rows[step.id, name]) if name in own else None
            occurrence = occurrences.get(name)
            if before is not None:
                after = replan(before, occurrence, timing, zone, now)
            else:
                assert occurrence is not None
                after = plan(occurrence, timing, zone, not_before=since)
            if after != before:
                changes.append(Change(step.position, name, before, after))
    return changes


def replan_plan(session: Session, *, plan_id: int, now: datetime, zone: ZoneInfo) -> list[Change]:
    """Put steps where their dates stand now; what has gone stays as it is.

    Asking again changes nothing, and two who ask at once end in the same rows.
    """
    # Whoever fires a step holds the same lock: what went out is never planned again.
    session.get_one(Plan, plan_id, with_for_update=True)
    changes = difference(session, plan_id=plan_id, now=now, zone=zone)
    step_ids = {step.position: step.id for step in steps_of(session, plan_id)}
    table = PlannedStep.__table__
    assert isinstance(table, Table)
    upsert(
        session,
        table,
        [
            {
                "plan_step_id": step_ids[change.position],
                "occurrence": change.occurrence,
                "due_at": change.after.due_at,
                "state": change.after.state,
                "reason": change.after.reason,
            }
            for change in changes
        ],
        key=["plan_step_id", "occurrence"],
        update=["due_at", "state", "reason"],
    )
    return changes


def plan_ahead(session: Session, *, now: datetime, zone: ZoneInfo) -> int:
    """Bring every active plan up to the dates as they stand; returns how many steps changed."""
    return sum(
        len(replan_plan(session, plan_id=standing.id, now=now, zone=zone))
        for standing in active_plans(session)
    )


def drop_unconfirmed(session: Session, *, now: datetime) -> int:
    """Skip the steps whose date nobody confirmed in time; returns how many."""
    late = [
        row.id
        for row, step in unconfirmed(session, now)
        if is_too_late(row.due_at, timing_of(step), now)
    ]
    result = session.execute(
        update(PlannedStep)
        .where(PlannedStep.id.in_(late), PlannedStep.state == "awaiting")
        .values(state="skipped", reason=NOT_CONFIRMED, acted_at=now)
    )
    return result.rowcount if isinstance(result, CursorResult) else 0


def timing_of(step: PlanStep) -> Timing:
    """When a step happens, as planning asks for it."""
    return Timing(step.offset_days, step.local_time, timedelta(hours=step.max_lateness_hours))


def _planned(row: PlannedStep) -> Planned:
    return Planned(row.occurrence, row.due_at, row.state, row.reason)
