"""Whole runs in which the providers misbehave, judged by the sandbox's own ledger."""

from datetime import timedelta

import pytest

from mobilize.messaging.providers.transports import Transports
from mobilize.messaging.sending import drain
from mobilize.runtime import Runtime
from tests.faults.conftest import WayBack
from tests.faults.crowd import add_crowd
from tests.faults.invariants import check_invariants
from tests.faults.test_storms import drain_until_done
from tests.messaging.test_sending import launch, states
from tests.support.sandbox import Sandbox

pytestmark = pytest.mark.faults


def test_webhooks_that_lie_change_nothing_that_is_true(
    sending: Runtime, transports: Transports, sandbox: Sandbox, way_back: WayBack
) -> None:
    """Repeated, in disorder, early, late, replayed, about strangers, and forged in four ways."""
    now = sending.clock.now()
    sandbox.set_clock(now)
    sandbox.play("liar")
    with sending.db.transaction() as session:
        add_crowd(session, 300, now=now, phones=60)
    mailings = [launch(sending, "email"), launch(sending, "sms")]
    drain(sending, transports, worker="one")
    assert sandbox.flush(seconds=60)["done"]
    sandbox.set_clock(now + timedelta(hours=1))
    assert sandbox.flush(seconds=60)["done"]

    ledger = sandbox.ledger()
    for mailing_id, channel in zip(mailings, ("email", "sms"), strict=True):
        ours = {
            state: count
            for (state, _), count in states(sending, mailing_id).items()
            if state != "skipped"  # without a phone
        }
        assert ours == ledger[channel]["by_state"]
    check_invariants(sending, sandbox)
    judged = sandbox.verdicts()
    assert judged["ok"], judged["verdicts"]
    told = judged["notes"]["webhooks"]
    assert told["refused"] == []
    forged = ("tampered", "wrong_key", "unsigned", "wrong_address")
    assert all(told["beside"][kind]["refused"] > 0 for kind in forged)
    assert all(told["beside"][kind]["taken"] > 0 for kind in ("duplicate", "replay", "foreign"))


@pytest.mark.parametrize("scenario", ["rush-hour", "storm"])
def test_whatever_the_weather_nobody_gets_it_twice_and_every_pause_is_kept(
    sending: Runtime,
    transports: Transports,
    sandbox: Sandbox,
    way_back: WayBack,
    scenario: str,
) -> None:
    with sending.db.transaction() as session:
        add_crowd(session, 20, now=sending.clock.now())
    sandbox.play(scenario)
    mailings = [launch(sending, channel) for channel in ("email", "sms")]
    for mailing_id in mailings:
        drain_until_done(sending, transports, mailing_id)
    assert sandbox.flush(seconds=60)["done"]

    check_invariants(sending, sandbox)
    judged = sandbox.verdicts()
    assert judged["ok"], judged["verdicts"]
    failed = set(judged["notes"]["answers"]["twilio"]) - {"201"}
    assert failed, "nothing went wrong: the scenario tries nobody"
