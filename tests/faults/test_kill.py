"""A worker is killed in the middle of a mailing: nobody gets it twice, and nobody is lost.

`make faults` kills two hundred times on each database; the suite kills at a few seeded points.
"""

import os
import random
import signal
import subprocess
import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Final

import pytest

from mobilize.messaging.states import REACHED_PROVIDER
from mobilize.runtime import Runtime
from tests.faults.conftest import WayBack
from tests.faults.crowd import add_crowd, calls_begun, ids_in, is_left_alone, mailing_state
from tests.faults.invariants import accepted_ids, check_invariants
from tests.faults.workers import running_worker, wait_until
from tests.messaging.test_sending import launch
from tests.support.sandbox import Sandbox

pytestmark = pytest.mark.faults

GIVEN: Final = int(os.environ.get("MOBILIZE_FAULT_RUNS", "2"))
MANY: Final = GIVEN >= 100
RUNS: Final = 2 * GIVEN if MANY else GIVEN
PEOPLE: Final = {"email": 10_000 if MANY else 1_200, "sms": 500 if MANY else 120}
CALLS: Final = {"email": 10 if MANY else 2, "sms": 5 if MANY else 2}
"""How many calls, or rounds of calls, a mailing of that size takes at least."""


@pytest.fixture
def crowd(sending: Runtime, way_back: WayBack) -> Runtime:
    """Everybody has an address, a fifth or less a telephone: texts go one by one."""
    with sending.db.transaction() as session:
        add_crowd(session, PEOPLE["email"], phones=PEOPLE["sms"], now=sending.clock.now())
    return sending


def test_killed_at_any_point_it_goes_on_and_sends_to_nobody_twice(
    crowd: Runtime, sandbox: Sandbox, way_back: WayBack, tmp_path: Path
) -> None:
    log = tmp_path / "worker.log"
    with ExitStack() as workers:
        worker = workers.enter_context(running_worker(crowd, sandbox, log))
        for seed in range(RUNS):
            dice = random.Random(seed)  # noqa: S311 - repeatable, not secret
            channel = ("email", "sms")[seed % 2]
            sandbox.reset()
            if seed % 4 < 2:
                # What the provider took is not told before the next worker has to decide.
                way_back.cut()
            mailing_id = _kill_in_the_middle(crowd, sandbox, channel, dice, worker)
            # Who takes over is the next one to be killed.
            worker = workers.enter_context(running_worker(crowd, sandbox, log))
            wait_until(partial(_is_done, crowd, mailing_id), "the end", worker)
            way_back.mend()
            _check_run(crowd, sandbox, channel, mailing_id)


def _kill_in_the_middle(
    runtime: Runtime,
    sandbox: Sandbox,
    channel: str,
    dice: random.Random,
    worker: "subprocess.Popen[bytes]",
) -> int:
    provider = "sendgrid" if channel == "email" else "twilio"
    # A provider that takes its time leaves room to die before it accepts, and after.
    sandbox.faults(provider, "slow", count=None, chance=0.3, seconds=0.3)
    sandbox.faults(provider, "accept_then_timeout", count=None, chance=0.3, seconds=0.6)
    mailing_id = launch(runtime, channel)
    call = dice.randint(1, CALLS[channel])
    # Where too many calls in a row had no answer, the provider is left alone: that is a point too.
    wait_until(
        lambda: calls_begun(runtime, mailing_id) >= call or is_left_alone(runtime, provider),
        f"call {call}",
        worker,
    )
    time.sleep(dice.uniform(0, 0.6))
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    sandbox.clear_faults()
    return mailing_id


def _is_done(runtime: Runtime, mailing_id: int) -> bool:
    return mailing_state(runtime, mailing_id) == "done"


def _check_run(runtime: Runtime, sandbox: Sandbox, channel: str, mailing_id: int) -> None:
    taken = set(accepted_ids(runtime, sandbox))
    reached = ids_in(runtime, mailing_id, *REACHED_PROVIDER)
    unknown = ids_in(runtime, mailing_id, "unknown")
    skipped = ids_in(runtime, mailing_id, "skipped")
    assert reached == taken, "what the provider took is proven by its events"
    assert len(skipped) == PEOPLE["email"] - PEOPLE[channel], "skipped: only who has no telephone"
    assert len(reached | unknown | skipped) == PEOPLE["email"], "somebody is in no such state"
    check_invariants(runtime, sandbox, mailing_id=mailing_id)
