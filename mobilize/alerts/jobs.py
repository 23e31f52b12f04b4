"""The worker's tick of alerts: each follows its mailings."""

from mobilize.alerts import service
from mobilize.runtime import Runtime


def finish_done(runtime: Runtime) -> int:
    """Finish alerts that have nothing left to send, pause those whose mailing was stopped.

    Returns:
        How many alerts changed their state.
    """
    now = runtime.clock.now()
    with runtime.db.transaction() as session:
        return service.settle(session, now=now)
