"""When a step is due, over clock changes and moved dates."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from mobilize.followups.planning import Occurrence, Timing, due_at, is_too_late, plan

TORONTO = ZoneInfo("America/Toronto")
TEN = time(10, 0)


def timing(offset_days: int = 0, at: time = TEN, hours: int = 24) -> Timing:
    return Timing(offset_days, at, timedelta(hours=hours))


@pytest.mark.parametrize(
    ("zone", "day", "at", "expected"),
    [
        # Ten o'clock stays ten o'clock on both sides of a clock change.
        ("America/Toronto", date(2027, 3, 13), TEN, datetime(2027, 3, 13, 15, tzinfo=UTC)),
        ("America/Toronto", date(2027, 3, 14), TEN, datetime(2027, 3, 14, 14, tzinfo=UTC)),
        # 02:30 is left out that night, and becomes 03:30.
        (
            "America/Toronto",
            date(2027, 3, 14),
            time(2, 30),
            datetime(2027, 3, 14, 7, 30, tzinfo=UTC),
        ),
        # 01:30 comes twice; the first one counts.
        (
            "America/Toronto",
            date(2027, 11, 7),
            time(1, 30),
            datetime(2027, 11, 7, 5, 30, tzinfo=UTC),
        ),
        # Half an hour off in Newfoundland, no clock change in Saskatchewan.
        ("America/St_Johns", date(2027, 7, 30), TEN, datetime(2027, 7, 30, 12, 30, tzinfo=UTC)),
        ("America/Regina", date(2027, 7, 30), TEN, datetime(2027, 7, 30, 16, tzinfo=UTC)),
    ],
)
def test_a_local_time_is_one_instant(zone: str, day: date, at: time, expected: datetime) -> None:
    assert due_at(day, timing(at=at), ZoneInfo(zone)) == expected


def test_offsets_are_calendar_days_and_not_hours() -> None:
    before = due_at(date(2027, 3, 15), timing(-7), TORONTO)
    after = due_at(date(2027, 3, 15), timing(0), TORONTO)

    assert after - before == timedelta(days=7) - timedelta(hours=1)


def test_the_29th_of_february_is_counted_through() -> None:
    assert due_at(date(2028, 2, 22), timing(14), TORONTO).date() == date(2028, 3, 7)


def test_a_step_is_too_late_only_after_its_limit() -> None:
    due = datetime(2027, 2, 21, 15, tzinfo=UTC)

    assert not is_too_late(due, timing(hours=24), due + timedelta(hours=24))
    assert is_too_late(due, timing(hours=24), due + timedelta(hours=24, seconds=1))


def test_what_was_due_before_is_never_planned() -> None:
    occurrence = Occurrence("2027-02-22", date(2027, 2, 22))
    then = datetime(2027, 2, 10, tzinfo=UTC)

    early = plan(occurrence, timing(-14), TORONTO, not_before=then)
    late = plan(occurrence, timing(-7), TORONTO, not_before=then)

    assert (early.state, early.reason) == ("skipped", "past")
    assert (late.state, late.reason) == ("planned", None)


def test_an_estimated_date_waits_for_somebody_to_confirm_it() -> None:
    occurrence = Occurrence("budget", date(2027, 11, 4), sure=False)

    planned = plan(occurrence, timing(-7), TORONTO, not_before=datetime(2027, 1, 1, tzinfo=UTC))

    assert planned.state == "awaiting"
