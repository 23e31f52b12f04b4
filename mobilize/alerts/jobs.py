"""The worker's ticks of alerts: each follows its mailings, and sets of people are kept."""

from mobilize.alerts import service
from mobilize.alerts.set_keeping import BATCH
from mobilize.alerts.set_keeping import keep_sets as keep_some
from mobilize.runtime import Runtime


def finish_done(runtime: Runtime) -> int:
    """Finish alerts that have nothing left to send, pause those whose mailing was stopped.

    Returns:
        How many alerts changed their state.
    """
    now = runtime.clock.now()
    with runtime.db.transaction() as session:
        return service.settle(session, now=now)


def keep_sets(runtime: Runtime, *, limit: int = 4 * BATCH) -> int:
    """Make anew the sets of people that are stale, so that long lists are counted at once.

    A file that is being brought in makes the same blocks stale again and again, so a tick does only
    so much of it; what is stale meanwhile is counted from the tables themselves.

    Args:
        runtime: The installation.
        limit: How many blocks at most.

    Returns:
        How many blocks were made.
    """
    made = 0
    while made < limit:
        with runtime.db.transaction() as session:
            few = keep_some(session, now=runtime.clock.now())
        made += few
        if few < BATCH:
            break
    return made
