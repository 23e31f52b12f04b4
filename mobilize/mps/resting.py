"""When a source outside may be asked: its calls are counted, and after failures it is left alone.

Pure functions over a small state; `finding` keeps the state in a row that all processes share.
"""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

BURST: Final = 5
"""Calls that may go out at once."""
PER_MINUTE: Final = 45
"""Calls that come back in a minute. With the burst no minute ever has more than 50: Represent is
free to 60, and answers 503 above (its own documentation)."""
FAILURES: Final = 5
"""So many in a row, and the source rests."""
REST: Final = timedelta(minutes=2)


class Health(NamedTuple):
    """How a source is faring."""

    tokens: float
    counted_at: datetime
    failures: int = 0
    rests_until: datetime | None = None


def fresh(now: datetime) -> Health:
    """A source that was never asked."""
    return Health(BURST, now)


def take(health: Health, now: datetime) -> tuple[bool, Health]:
    """Whether one call may go out now, and the state after it."""
    # A clock that was put back gives nothing, and takes nothing either.
    since = max((now - health.counted_at).total_seconds(), 0.0)
    tokens = min(health.tokens + since * PER_MINUTE / 60, BURST)
    health = health._replace(tokens=tokens, counted_at=now)
    if tokens < 1 or (health.rests_until is not None and now < health.rests_until):
        return False, health
    if health.rests_until is not None:
        # One tries whether it is back; the others wait for what comes of it.
        health = health._replace(rests_until=now + REST)
    return True, health._replace(tokens=tokens - 1)


def answered(health: Health) -> Health:
    """The state after an answer, also after one that it does not know the code."""
    return health._replace(failures=0, rests_until=None)


def failed(health: Health, now: datetime) -> Health:
    """The state after a call that came to nothing."""
    failures = health.failures + 1
    rests_until = now + REST if failures >= FAILURES else None
    return health._replace(failures=failures, rests_until=rests_until)
