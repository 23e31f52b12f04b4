"""When a message may reach somebody: the hours of texts where they live, and hours they named."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Time, and_, bindparam, case, false, func, null, or_, true

from mobilize.contacts.models import Contact
from mobilize.core.columns import constant
from mobilize.messaging.policy import Channel, GatePolicy

ZONES: Final = (
    "America/St_Johns",
    "America/Goose_Bay",
    "America/Halifax",
    "America/Moncton",
    "America/Glace_Bay",
    "America/Toronto",
    "America/Iqaluit",
    "America/Winnipeg",
    "America/Rankin_Inlet",
    "America/Resolute",
    "America/Regina",
    "America/Edmonton",
    "America/Cambridge_Bay",
    "America/Yellowknife",
    "America/Inuvik",
    "America/Fort_Nelson",
    "America/Dawson_Creek",
    "America/Creston",
    "America/Vancouver",
    "America/Whitehorse",
    "America/Dawson",
    "America/Blanc-Sablon",
    "America/Atikokan",
    "America/Thunder_Bay",
)
"""The zones that a contact in Canada can be in."""
_QUARTER: Final = timedelta(minutes=15)
TIME_ZONE: Final = "time_zone"
"""Among the variables of a message to a bare number: the zone that the number is in."""


def put_off(channel: Channel, now: datetime, policy: GatePolicy) -> ColumnElement[bool]:
    """Whether it is a wrong hour for a person of a query with `Contact` in it."""
    closed = ~in_safe_hours(now)
    if channel == "sms":
        closed = or_(closed, ~_zone_open(now, policy))
    return closed


def _zone_open(now: datetime, policy: GatePolicy) -> ColumnElement[bool]:
    """Whether texts may go out where the person lives; unknown means: wherever they might live."""
    is_open = open_zones(now, policy)
    opened = Contact.time_zone.in_([constant(zone) for zone, yes in is_open.items() if yes])
    if all(is_open.values()):
        return or_(Contact.time_zone.is_(None), opened)
    return and_(Contact.time_zone.is_not(None), opened)


def open_zones(now: datetime, policy: GatePolicy) -> Mapping[str, bool]:
    """For each zone whether texts may go out there now."""
    result = {}
    for zone in ZONES:
        local = now.astimezone(_zone(zone))
        opens, closes = policy.hours(local)
        result[zone] = opens <= local.time() < closes
    return result


def may_text_at(zone: str | None, now: datetime, policy: GatePolicy) -> bool:
    """Whether a text may go to a number in a zone now; to one of no known zone only if to any."""
    is_open = open_zones(now, policy)
    known = is_open.get(zone) if zone is not None else None
    return all(is_open.values()) if known is None else known


def next_quarter(now: datetime) -> datetime:
    """The next full quarter of an hour: when to look again for whoever named hours of their own."""
    return now.replace(minute=now.minute - now.minute % 15, second=0, microsecond=0) + _QUARTER


def next_opening(now: datetime, policy: GatePolicy) -> datetime:
    """The next full quarter of an hour in which some closed zone opens, within a day."""
    standing = open_zones(now, policy)
    moment = now
    for _ in range(4 * 72):
        moment = next_quarter(moment)
        later = open_zones(moment, policy)
        if any(later[zone] and not standing[zone] for zone in ZONES) or all(later.values()):
            return moment
    return now + timedelta(days=1)


def in_safe_hours(now: datetime) -> ColumnElement[bool]:
    """Whether it is an hour that the person named as safe, in their own zone."""
    zones: defaultdict[str, list[str]] = defaultdict(list)
    for zone, name in zip(ZONES, _local_names(now), strict=True):
        zones[name].append(zone)
    clocks = {name: bindparam(name, at, Time()) for name, at in local_times(now).items()}
    own_clock = case(
        *(
            (Contact.time_zone.in_(map(constant, alike)), clocks[name])
            for name, alike in zones.items()
        ),
        else_=null(),
    )
    # Where the zone is not known it must be a safe hour wherever they might live.
    everywhere = and_(*map(_within_wish, clocks.values()))
    within = case((Contact.time_zone.is_(None), everywhere), else_=_within_wish(own_clock))
    # What is not known must count as unsafe: the caller takes NULL for "need not wait".
    return case((Contact.safe_from.is_(None), true()), else_=func.coalesce(within, false()))


def local_times(now: datetime) -> dict[str, time]:
    """What the clocks of all zones show, as `in_safe_hours` names it in a query."""
    return {
        name: now.astimezone(_zone(zone)).time().replace(microsecond=0)
        for name, zone in zip(_local_names(now), ZONES, strict=True)
    }


def _local_names(now: datetime) -> list[str]:
    """A name for the local time of each zone; those whose clocks show the same share it."""
    minutes = [int(_offset(now, zone).total_seconds()) // 60 for zone in ZONES]
    return [f"local_{'before' if one < 0 else 'after'}_{abs(one)}" for one in minutes]


def _offset(now: datetime, zone: str) -> timedelta:
    return now.astimezone(_zone(zone)).utcoffset() or timedelta()


def shape_of(channel: Channel, now: datetime, policy: GatePolicy) -> tuple[object, ...]:
    """What `put_off` is made of besides local times: at two moments of one shape it is the same."""
    opened = tuple(open_zones(now, policy).values()) if channel == "sms" else ()
    return (*_local_names(now), *opened)


def _within_wish(local: ColumnElement[time]) -> ColumnElement[bool]:
    begun, not_over = Contact.safe_from <= local, local < Contact.safe_until
    # Of ordinary hours both hold within them, and one before or after. Of a night worker's, which
    # span midnight, one holds within them, before or after it, and neither by day.
    spans_midnight = Contact.safe_from > Contact.safe_until
    return (begun == not_over) != spans_midnight


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
