"""What accounts do by the clock: sealing the audit log, letting go of what is past its time."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from mobilize.accounts import audit
from mobilize.core.clock import SystemClock
from mobilize.core.retention import Rule, rules
from mobilize.runtime import Runtime

_BATCH: Final = 5000
_GRACE: Final = timedelta(days=1)
"""The worker's round comes every three hours: what has waited for a day waits for no round."""


class Past(NamedTuple):
    """What of one thing is past its time.

    Attributes:
        before: What is older goes; none where it is kept for good.
        rows: How much that is, or was.
    """

    rule: Rule
    days: int
    before: datetime | None
    rows: int


def seal_audit(runtime: Runtime) -> None:
    """Close the audit log's tail with a link of the chain."""
    with runtime.db.transaction() as session:
        audit.seal(session, runtime.clock.now())


def past_retention(runtime: Runtime) -> list[Past]:
    """What would go now, by rule; nothing is changed."""
    with runtime.db.read() as session:
        return [
            Past(rule, days, before, rule.count(session, before) if before else 0)
            for rule, days, before in _horizons(runtime)
        ]


def overdue(runtime: Runtime) -> bool:
    """Whether anything should have gone for a day or more, so that no worker lets go of it.

    It does not say of what: that there is any of some things is nothing for everybody.
    """
    with runtime.db.read() as session:
        return any(
            before is not None and rule.count(session, before - _GRACE) > 0
            for rule, _, before in _horizons(runtime)
        )


def let_go(runtime: Runtime) -> list[Past]:
    """Remove what is past its retention, some thousand rows to a transaction; counts are audited.

    Returns:
        What went, by rule.
    """
    gone = [
        Past(rule, days, before, _let_go_of(runtime, rule, before) if before else 0)
        for rule, days, before in _horizons(runtime)
    ]
    # Whatever else was erased since the last round leaves the log of the embedded database too.
    runtime.db.bury()
    return gone


def _let_go_of(runtime: Runtime, rule: Rule, before: datetime) -> int:
    gone = 0
    while True:
        now = runtime.clock.now()
        with runtime.db.transaction() as session:
            rows = rule.remove(session, before, now, _BATCH)
            if rows:
                audit.record(
                    session,
                    now=now,
                    actor="worker",
                    action="retention.let_go",
                    subject_kind="retention",
                    subject_id=rule.name,
                    facts={"rows": rows, "before": before.isoformat()},
                )
        gone += rows
        if rows < _BATCH:
            return gone


def _horizons(runtime: Runtime) -> Iterator[tuple[Rule, int, datetime | None]]:
    campaign, machine = runtime.clock.now(), SystemClock().now()
    for rule in rules():
        days: int = getattr(runtime.settings.retention, rule.setting)
        # What runs on the machine's clock does not end sooner because a campaign's clock was set.
        now = min(campaign, machine) if rule.by_machine else campaign
        yield rule, days, now - timedelta(days=days) if days else None
