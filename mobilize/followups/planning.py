"""When a step is due, and when it is too late for it: pure rules over dates, zones and clocks."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

PAST: Final = "past"
TOO_LATE: Final = "too_late"
NOT_CONFIRMED: Final = "not_confirmed"
DATE_GONE: Final = "date_gone"
ENDED: Final = "ended"
REPLANNABLE: Final = (PAST, TOO_LATE, NOT_CONFIRMED, DATE_GONE)
"""Reasons that a moved date can undo: nothing went out for them. What a step waited for in vain
stands behind."""


@dataclass(frozen=True)
class Occurrence:
    """One date that steps are counted from.

    Attributes:
        key: What makes it this one and no other, also when its date moves: the year of a
            yearly milestone, the public id of an alert, the day of completed actions.
        day: The date.
        sure: False while the date is estimated or awaited: nothing is sent until somebody confirms.
    """

    key: str
    day: date
    sure: bool = True


@dataclass(frozen=True)
class Timing:
    """When a step happens, relative to its anchor."""

    offset_days: int
    local_time: time
    max_lateness: timedelta


@dataclass(frozen=True)
class Planned:
    """What planning says of one step on one occurrence."""

    occurrence: str
    due_at: datetime
    state: str
    reason: str | None = None


def local_instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The instant, in UTC, at which clocks in a zone show a time on a day.

    A time that the spring change leaves out happens as much later as clocks jumped (02:30 is then
    03:30); of a time that the fall change shows twice it is the first.
    """
    return datetime.combine(day, at, tzinfo=zone).replace(fold=0).astimezone(UTC)


def due_at(anchor: date, timing: Timing, zone: ZoneInfo) -> datetime:
    """The instant at which a step is due: calendar days from its anchor, at its local time."""
    return local_instant(anchor + timedelta(days=timing.offset_days), timing.local_time, zone)


def is_too_late(due: datetime, timing: Timing, now: datetime) -> bool:
    """Whether a step has been due for so long that its message would make no sense any more."""
    return now - due > timing.max_lateness


def plan(
    occurrence: Occurrence, timing: Timing, zone: ZoneInfo, *, not_before: datetime
) -> Planned:
    """Put a step on an occurrence's date.

    Args:
        occurrence: The date.
        timing: The step.
        zone: Where its local time is shown.
        not_before: Nothing fires that was due before this instant.
    """
    due = due_at(occurrence.day, timing, zone)
    if due < not_before:
        return Planned(occurrence.key, due, "skipped", PAST)
    return Planned(occurrence.key, due, "planned" if occurrence.sure else "awaiting")


def replan(
    standing: Planned, occurrence: Occurrence | None, timing: Timing, zone: ZoneInfo, now: datetime
) -> Planned:
    """Put a step that is already planned where its date stands now.

    What went out stays as it is. A step whose date moved is planned anew, never into the past; one
    whose date is gone is cancelled; one whose date was confirmed is no longer waiting.
    """
    if standing.state == "fired" or not _can_be_undone(standing):
        return standing
    if occurrence is None:
        open_still = standing.state in {"planned", "awaiting"} and standing.due_at > now
        return replace(standing, state="cancelled", reason=DATE_GONE) if open_still else standing
    due = due_at(occurrence.day, timing, zone)
    if due != standing.due_at or standing.reason == DATE_GONE:
        return plan(occurrence, timing, zone, not_before=now)
    if standing.state in {"planned", "awaiting"}:
        return replace(standing, state="planned" if occurrence.sure else "awaiting")
    return standing


def _can_be_undone(standing: Planned) -> bool:
    # One that is due and waits for an organizer has a reason too, and has not ended.
    if standing.state == "planned" or not standing.reason:
        return True
    return standing.reason.split(", ")[0] in REPLANNABLE
