"""The worker's tick of follow-ups: dates as they stand now, then whatever is due."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

import structlog

from mobilize.alerts.spending import terms_from
from mobilize.core.errors import MobilizeError
from mobilize.followups.dates import drop_unconfirmed, plan_ahead
from mobilize.followups.firing import fire, refuse
from mobilize.followups.queries import due_ids
from mobilize.runtime import Runtime

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Tick:
    """What one tick did."""

    planned: int
    fired: int
    skipped: int


def run_due(runtime: Runtime) -> Tick:
    """Bring the plans up to date and fire what is due, each step in a transaction of its own.

    A second scheduler, a crash or a restart changes nothing: what stands in the tables decides.
    """
    now, zone = runtime.clock.now(), ZoneInfo(runtime.settings.time.zone)
    terms = terms_from(runtime.settings)
    with runtime.db.transaction() as session:
        planned = plan_ahead(session, now=now, zone=zone)
        skipped = drop_unconfirmed(session, now=now)
    with runtime.db.read() as session:
        due = due_ids(session, now)
    fired = 0
    for row_id in due:
        try:
            with runtime.db.transaction() as session:
                outcome = fire(session, planned_step_id=row_id, now=now, zone=zone, terms=terms)
        except MobilizeError as error:
            _log.warning("followup_refused", planned_step=row_id, code=error.code)
            with runtime.db.transaction() as session:
                refuse(session, planned_step_id=row_id, reason=error.message, now=now)
            outcome = "skipped"
        if outcome == "waits":
            _log.warning("followup_waits", planned_step=row_id)
        fired += outcome == "sent"
        skipped += outcome == "skipped"
    return Tick(planned=planned, fired=fired, skipped=skipped)
