"""Of two records' wishes the safer: whatever the hour, it is safe by both."""

from datetime import UTC, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobilize.contacts.safer import Wishes, contradict, safer

NONE = Wishes(
    do_not_contact=False, discreet=False, no_voicemail=False, safe_channel=None, safe_from=None,
    safe_until=None, paused_until=None,
)  # fmt: skip
TIMES = st.builds(time, st.integers(0, 23), st.sampled_from([0, 30]))
DAY = datetime(2026, 12, 24, tzinfo=UTC)


@st.composite
def wishes(draw: st.DrawFn) -> Wishes:
    hours = draw(st.none() | st.tuples(TIMES, TIMES).filter(lambda both: both[0] != both[1]))
    return Wishes(
        do_not_contact=draw(st.booleans()),
        discreet=draw(st.booleans()),
        no_voicemail=draw(st.booleans()),
        safe_channel=draw(st.sampled_from([None, "email", "sms"])),
        safe_from=hours[0] if hours else None,
        safe_until=hours[1] if hours else None,
        paused_until=draw(st.sampled_from([None, DAY, DAY.replace(month=11)])),
    )


def is_safe(one: Wishes, channel: str, at: time) -> bool:
    """Whether a person may be reached on a channel at an hour, as the gate has it."""
    if one.do_not_contact or one.safe_channel not in {None, channel}:
        return False
    begin, end = one.safe_from, one.safe_until
    if begin is None or end is None:
        return True
    return begin <= at < end if begin < end else at >= begin or at < end


@given(one=wishes(), other=wishes(), at=TIMES, channel=st.sampled_from(["email", "sms"]))
def test_what_is_safe_by_the_safer_is_safe_by_both(
    one: Wishes, other: Wishes, at: time, channel: str
) -> None:
    both = safer(one, other)
    if is_safe(both, channel, at):
        assert is_safe(one, channel, at)
        assert is_safe(other, channel, at)
    assert both.discreet == (one.discreet or other.discreet)
    assert both.no_voicemail == (one.no_voicemail or other.no_voicemail)
    asleep = [until for until in (one.paused_until, other.paused_until) if until]
    assert both.paused_until == max(asleep, default=None)


@given(one=wishes())
def test_who_wished_nothing_takes_nothing_away(one: Wishes) -> None:
    assert safer(one, NONE) == safer(NONE, one) == safer(one, one) == one


@pytest.mark.parametrize(
    ("one", "other", "common"),
    [
        ((8, 12), (10, 20), (10, 12)),
        ((22, 6), (23, 5), (23, 5)),
        ((22, 6), (5, 23), (5, 6)),
        ((21, 6), (5, 23), (21, 23)),
        ((20, 2), (0, 4), (0, 2)),
        ((8, 12), (12, 14), None),
    ],
)
def test_hours_that_lie_in_both_stand(
    one: tuple[int, int], other: tuple[int, int], common: tuple[int, int] | None
) -> None:
    first, second = (
        Wishes(**{**vars(NONE), "safe_from": time(a), "safe_until": time(b)})
        for a, b in (one, other)
    )
    assert contradict(first, second) == (common is None)
    if common is not None:
        found = safer(first, second)
        assert (found.safe_from, found.safe_until) == (time(common[0]), time(common[1]))
