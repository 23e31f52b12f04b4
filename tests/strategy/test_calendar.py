"""Rules become the right days, and days the right instants."""

from datetime import UTC, date, datetime, time

import pytest

from mobilize.strategy.calendar import Span, check_rule, instant, spans


def days(rule: str, first: int, last: int) -> list[date | None]:
    return [span.start for span in spans(rule, range(first, last + 1))]


def test_a_day_of_the_year_comes_every_year() -> None:
    assert spans("02-22", range(2027, 2029)) == [
        Span("2027", date(2027, 2, 22)),
        Span("2028", date(2028, 2, 22)),
    ]


def test_the_leap_day_is_kept_on_the_28th_in_common_years() -> None:
    assert days("02-29", 2027, 2028) == [date(2027, 2, 28), date(2028, 2, 29)]


def test_weekdays_of_a_month() -> None:
    assert days("last monday of january", 2026, 2028) == [
        date(2026, 1, 26),
        date(2027, 1, 25),
        date(2028, 1, 31),
    ]
    assert days("third monday of september", 2026, 2027) == [date(2026, 9, 21), date(2027, 9, 20)]
    assert days("third monday of october", 2029, 2029) == [date(2029, 10, 15)]


def test_a_window_has_an_end() -> None:
    assert spans("third monday of september to 12-15", range(2027, 2028)) == [
        Span("2027", date(2027, 9, 20), date(2027, 12, 15))
    ]


def test_a_single_day_and_no_day_keep_their_key_whatever_the_years() -> None:
    assert spans("2028-01-27", range(2026, 2030)) == [Span("once", date(2028, 1, 27))]
    assert spans("none", range(2026, 2030)) == [Span("once", None)]


@pytest.mark.parametrize(
    "rule", ["", "13-01", "02-30", "fifth monday of may", "soon", "12-15 to 09-20", "2027-02-29"]
)
def test_what_is_no_rule_is_refused(rule: str) -> None:
    with pytest.raises(ValueError, match=r"is no rule|names no day|before it starts|month|day"):
        check_rule(rule)


@pytest.mark.parametrize(
    ("day", "at", "zone", "expected"),
    [
        (date(2027, 2, 22), time(10), "America/Toronto", datetime(2027, 2, 22, 15, tzinfo=UTC)),
        (date(2027, 7, 30), time(10), "America/Toronto", datetime(2027, 7, 30, 14, tzinfo=UTC)),
        (date(2027, 7, 30), time(10), "America/Regina", datetime(2027, 7, 30, 16, tzinfo=UTC)),
        (
            date(2027, 7, 30),
            time(10),
            "America/St_Johns",
            datetime(2027, 7, 30, 12, 30, tzinfo=UTC),
        ),
    ],
)
def test_ten_o_clock_is_local(day: date, at: time, zone: str, expected: datetime) -> None:
    assert instant(day, at, zone) == expected


def test_a_time_that_spring_leaves_out_moves_on_by_an_hour() -> None:
    gap = instant(date(2027, 3, 14), time(2, 30), "America/Toronto")
    assert gap == instant(date(2027, 3, 14), time(3, 30), "America/Toronto")


def test_of_a_time_that_comes_twice_the_first_is_meant() -> None:
    twice = instant(date(2027, 11, 7), time(1, 30), "America/Toronto")
    assert twice == datetime(2027, 11, 7, 5, 30, tzinfo=UTC)
