"""Milestone rules as pure functions: from a rule and years to local days and UTC instants."""

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

_WEEKDAYS = [name.lower() for name in calendar.day_name]
_MONTHS = [name.lower() for name in calendar.month_name]
_ORDINALS = {"first": 0, "second": 1, "third": 2, "fourth": 3, "last": -1}
_DAY = re.compile(r"(\d\d)-(\d\d)")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_WEEKDAY = re.compile(r"(\w+) (\w+) of (\w+)")
_LEAP_YEAR = 2000


@dataclass(frozen=True, slots=True)
class Span:
    """The local days of one occurrence; `key` is the same however often it is computed."""

    key: str
    start: date | None
    end: date | None = None


def check_rule(rule: str) -> None:
    """Refuse a rule that cannot be read.

    Raises:
        ValueError: With the part that is wrong.
    """
    spans(rule, range(_LEAP_YEAR, _LEAP_YEAR + 1))


def spans(rule: str, years: range) -> list[Span]:
    """The occurrences of a rule; a single day and `none` do not depend on the years.

    Raises:
        ValueError: The rule cannot be read, or its window ends before it starts.
    """
    if rule == "none":
        return [Span(key="once", start=None)]
    first, joined, last = rule.partition(" to ")
    if _DATE.fullmatch(first):
        end = date.fromisoformat(last) if joined else None
        return [_span("once", date.fromisoformat(first), end)]
    return [
        _span(str(year), _day_in(first, year), _day_in(last, year) if joined else None)
        for year in years
    ]


def instant(day: date, local_time: time, time_zone: str) -> datetime:
    """The UTC instant of a local day and time.

    A time that the spring change leaves out moves on by as much as the clocks do (02:30 becomes
    03:30); of a time that comes twice in the fall, the first is meant (PEP 495, fold 0).
    """
    local = datetime.combine(day, local_time.replace(fold=0), tzinfo=ZoneInfo(time_zone))
    return local.astimezone(UTC)


def _span(key: str, start: date, end: date | None) -> Span:
    if end is not None and end < start:
        raise ValueError(f"the window ends on {end}, before it starts on {start}")
    return Span(key=key, start=start, end=end)


def _day_in(rule: str, year: int) -> date:
    if match := _DAY.fullmatch(rule):
        month, day = int(match[1]), int(match[2])
        date(_LEAP_YEAR, month, day)
        # 29 February is kept on the 28th in common years, as the last day of its month.
        if (month, day) == (2, 29) and not calendar.isleap(year):
            day = 28
        return date(year, month, day)
    if match := _WEEKDAY.fullmatch(rule):
        return _weekday_in(match[1], match[2], match[3], year)
    raise ValueError(f"`{rule}` is no rule")


def _weekday_in(ordinal: str, weekday: str, month: str, year: int) -> date:
    if ordinal not in _ORDINALS or weekday not in _WEEKDAYS or month not in _MONTHS[1:]:
        raise ValueError(f"`{ordinal} {weekday} of {month}` names no day")
    number = _MONTHS.index(month)
    days = [
        day
        for day in calendar.Calendar().itermonthdates(year, number)
        if day.month == number and day.weekday() == _WEEKDAYS.index(weekday)
    ]
    return days[_ORDINALS[ordinal]]
