"""Of the wishes of two records of one person the safer: pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time
from typing import Final

_DAY: Final = 24 * 3600

Hours = tuple[time, time]


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """How a person may be reached, beyond what they agreed to get."""

    do_not_contact: bool
    discreet: bool
    no_voicemail: bool
    safe_channel: str | None
    safe_from: time | None
    safe_until: time | None
    paused_until: datetime | None


def safer(one: Wishes, other: Wishes) -> Wishes:
    """What is safe by both; where nothing is, nobody contacts the person until somebody has asked.

    Two different channels named as the only safe one leave none, and so do hours that do not meet.
    Then the first one's stay on file beside `do_not_contact`.
    """
    safe_from, safe_until = _common(one, other) or _hours(one) or (None, None)
    pauses = [until for until in (one.paused_until, other.paused_until) if until is not None]
    return Wishes(
        do_not_contact=one.do_not_contact or other.do_not_contact or contradict(one, other),
        discreet=one.discreet or other.discreet,
        no_voicemail=one.no_voicemail or other.no_voicemail,
        safe_channel=one.safe_channel or other.safe_channel,
        safe_from=safe_from,
        safe_until=safe_until,
        paused_until=max(pauses, default=None),
    )


def contradict(one: Wishes, other: Wishes) -> bool:
    """Whether what two records name as safe leaves nothing that is."""
    channels = {one.safe_channel, other.safe_channel} - {None}
    both_have_hours = _hours(one) is not None and _hours(other) is not None
    return len(channels) > 1 or (both_have_hours and _common(one, other) is None)


def _common(one: Wishes, other: Wishes) -> Hours | None:
    """The hours that are safe by both; where one named none, the other's."""
    first, second = _hours(one), _hours(other)
    return first or second if first is None or second is None else _met(first, second)


def _hours(wishes: Wishes) -> Hours | None:
    if wishes.safe_from is None or wishes.safe_until is None:
        return None
    return wishes.safe_from, wishes.safe_until


def _met(one: Hours, other: Hours) -> Hours | None:
    """The longest span of a day that lies in both; they may span midnight."""
    found = [
        (max(begin, start), min(end, stop))
        for begin, end in _spans(one)
        for start, stop in _spans(other)
        if max(begin, start) < min(end, stop)
    ]
    # What ends at midnight and what begins there are one span of a night.
    late = next((span for span in found if span[1] == _DAY), None)
    early = next((span for span in found if span[0] == 0), None)
    if late and early and late != early:
        found = [span for span in found if span not in {late, early}]
        found.append((late[0], _DAY + early[1]))
    if not found:
        return None
    begin, end = max(found, key=lambda span: (span[1] - span[0], -span[0]))
    return (_time(begin), _time(end)) if end - begin < _DAY else one


def _spans(hours: Hours) -> Iterator[tuple[int, int]]:
    begin, end = map(_seconds, hours)
    if begin < end:
        yield begin, end
    elif begin > end:
        yield begin, _DAY
        if end:
            yield 0, end


def _seconds(at: time) -> int:
    return at.hour * 3600 + at.minute * 60 + at.second


def _time(seconds: int) -> time:
    hours, rest = divmod(seconds % _DAY, 3600)
    return time(hours, rest // 60, rest % 60)
