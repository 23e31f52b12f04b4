"""Rows are taken in one order by all who take several: nobody waits for whoever waits for them.

The order: docs/decisions/0014-sending.md.
"""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from mobilize.alerts import service
from mobilize.alerts.models import Alert
from mobilize.core.clock import SystemClock
from mobilize.messaging import leasing, outbox, text_budgets
from mobilize.messaging.known import Known
from mobilize.messaging.models import Chunk, Mailing, TextBudget
from mobilize.messaging.policy import policy_from
from mobilize.messaging.preparing import Prepared, prepare
from mobilize.messaging.providers.outcomes import NotTried
from mobilize.messaging.recording import put_back, record
from mobilize.messaging.service import HELD
from mobilize.runtime import Runtime
from tests.alerts.test_spending import PRICED, approved, world_of_texts
from tests.alerts.world import World, launch
from tests.faults.test_merge_gives_way import Other, wait_until
from tests.faults.test_taken_at_once import waits_or_is_done

pytestmark = [
    pytest.mark.faults,
    pytest.mark.parametrize("db", ["postgresql"], indirect=True),
]
"""SQLite has one writer at a time, who waits for nobody."""
TERMS = replace(PRICED, cap=Decimal(1))


@pytest.fixture
def on_its_way(runtime: Runtime) -> tuple[World, int]:
    """An alert whose texts go out, held to a cap."""
    now = runtime.clock.now()
    with runtime.db.transaction() as session:
        world = world_of_texts(session, now)
        alert = approved(session, world, now)
        launch(session, world, alert, now, terms=TERMS)
        return world, alert.id


def taken(runtime: Runtime) -> Prepared:
    """A chunk that a worker holds."""
    now, real_now = runtime.clock.now(), SystemClock().now()
    with runtime.db.transaction() as session:
        lease = leasing.lease(session, worker="one", now=now, real_now=real_now, seconds=300)
        assert lease is not None
        prepared = prepare(
            session,
            lease.chunk,
            settings=runtime.settings,
            links=runtime.links,
            known=Known(),
            policy=policy_from(runtime.settings),
            now=now,
        )
        assert prepared is not None
        segments = text_budgets.segments_of(prepared.batch, prepared.batch.letters)
        assert text_budgets.reserve(session, mailing_id=prepared.chunk[0], segments=segments)
    return prepared


def test_an_alert_goes_on_while_a_worker_writes_down_what_texts_cost(
    runtime: Runtime, on_its_way: tuple[World, int]
) -> None:
    (world, alert_id), now = on_its_way, runtime.clock.now()
    prepared = taken(runtime)
    with runtime.db.transaction() as session:
        service.pause(session, alert_id=alert_id, paused_by=world.author, reason="Wait", now=now)

    def resume() -> None:
        with runtime.db.transaction() as session:
            service.resume(
                session, alert_id=alert_id, resumed_by=world.author, terms=TERMS, now=now
            )

    other = Other(resume)
    outcomes = {one.message_id: NotTried("left_for_later") for one in prepared.batch.letters}
    with runtime.db.transaction() as session:
        record(session, prepared, outcomes, now=now, real_now=runtime.machine.now(), max_attempts=3)
        other.start()
        wait_until(lambda: waits_or_is_done(runtime, other))
        text_budgets.settle(session, prepared.chunk[0], prepared.batch, outcomes)
    other.finish()

    with runtime.db.read() as session:
        assert session.get_one(Alert, alert_id).state == "sending"
        assert session.get_one(TextBudget, prepared.chunk[0]).segments == 0


def test_a_chunk_is_put_back_while_it_is_taken_from_a_worker_that_seemed_dead(
    runtime: Runtime, on_its_way: tuple[World, int]
) -> None:
    prepared, now = taken(runtime), runtime.clock.now()
    later = SystemClock().now() + timedelta(hours=1)

    def recover() -> None:
        with runtime.db.transaction() as session:
            outbox.recover(session, now=now, real_now=later, seconds=300)

    other = Other(recover)
    with runtime.db.transaction() as session:
        session.get_one(Mailing, prepared.chunk[0], with_for_update=HELD)
        other.start()
        wait_until(lambda: waits_or_is_done(runtime, other))
        put_back(session, prepared, text_budgets.CAP_REACHED, now=now)
    other.finish()

    with runtime.db.read() as session:
        assert session.get_one(Chunk, prepared.chunk).state == "ready"
