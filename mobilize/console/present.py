"""The campaign's present moment, as the console's pages speak of it."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from mobilize.runtime import runtime


def now() -> datetime:
    """The moment on the campaign's clock, which may be virtual."""
    return runtime().clock.now()


def zone() -> ZoneInfo:
    """The zone in which the organization counts its days."""
    return ZoneInfo(runtime().settings.time.zone)


def today() -> date:
    """The campaign's day, where the organization is."""
    return now().astimezone(zone()).date()
