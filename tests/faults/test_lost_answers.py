"""The provider took it and its answer is lost, at any point: it is never sent again by itself.

Each run loses some answers of a mailing: of requests that were taken, by a time-out or a reset, and
of some that were not. All of these are unknown, and stay so for whoever sends after it. A later
word of the provider, or its own list of texts, proves those that it took. About the rest an
organizer decides; where nobody does, it is given up after `sending.unknown_hours`.

`make faults` loses answers at a hundred seeded points on each database; the suite at a few.
"""

import os
import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import pytest

from mobilize.core.clock import VirtualClock
from mobilize.messaging import deciding
from mobilize.messaging.jobs import ask_about_texts, settle_unknown
from mobilize.messaging.models import Message
from mobilize.messaging.policy import Channel
from mobilize.messaging.providers.transports import open_transports
from mobilize.messaging.sending import drain
from mobilize.messaging.states import REACHED_PROVIDER
from mobilize.runtime import Runtime
from tests.faults.conftest import WayBack
from tests.faults.crowd import add_crowd, ids_in
from tests.faults.invariants import (
    accepted_ids,
    all_accounted_for,
    consent_for_each,
    none_after_withdrawal,
    once_each,
)
from tests.faults.test_storms import drain_until_done
from tests.messaging.test_sending import launch, states
from tests.support.sandbox import Sandbox

pytestmark = pytest.mark.faults

GIVEN: Final = int(os.environ.get("MOBILIZE_FAULT_RUNS", "2"))
RUNS: Final = GIVEN if GIVEN >= 100 else 3 * GIVEN
PEOPLE: Final = 24
MAILINGS: Final = 3
CALLS: Final = {"email": 2 * MAILINGS, "sms": MAILINGS * PEOPLE}
"""How many requests the mailings of one run take at least: of emails one for each language."""


@dataclass(frozen=True)
class Plan:
    """What is to happen in one run.

    Attributes:
        loss: How answers of what was taken are lost.
        lost: How many.
        after: How many requests are answered before that.
        not_taken: After how many requests one is reset that the provider never took; None: none.
        hears: What becomes known: events at once or later, what the provider's list of texts
            says, or nothing.
        decision: What is decided about those in doubt: `again`, `not again`, or by nobody.
    """

    channel: Channel
    loss: str
    lost: int
    after: int
    not_taken: int | None
    hears: str
    decision: str


def plan_of(seed: int) -> Plan:
    """The same for the same seed; each channel, loss and way of hearing in turn."""
    dice = random.Random(seed)  # noqa: S311 - repeatable, not secret
    channel: Channel = "email" if seed % 2 == 0 else "sms"
    ways = ["events", "events at once", "nothing", *(["list"] if channel == "sms" else [])]
    hears = ways[seed // 2 % len(ways)]
    return Plan(
        channel=channel,
        loss=("accept_then_timeout", "accept_then_reset")[(seed // 2) % 2],
        lost=dice.randint(1, 2 if channel == "email" else 5),
        after=dice.randrange(CALLS[channel] - 1),
        not_taken=dice.randrange(CALLS[channel]) if dice.random() < 0.7 else None,
        hears=hears,
        # What was taken and never heard of would be sent twice if somebody asked for it.
        decision=dice.choice(["not again", "nobody"] + ["again"] * 2 * (hears != "nothing")),
    )


class Run:
    """One run, step by step."""

    def __init__(self, runtime: Runtime, sandbox: Sandbox, way_back: WayBack, plan: Plan) -> None:
        self.runtime, self.sandbox, self.way_back, self.plan = runtime, sandbox, way_back, plan
        self.transports = open_transports(runtime.settings)
        sandbox.reset()
        if plan.hears == "list":
            sandbox.set_clock(runtime.clock.now())
        if plan.hears == "events at once":
            way_back.mend()
        else:
            way_back.cut()

    def send(self) -> None:
        """All mailings go out, and some answers are lost."""
        plan = self.plan
        provider = "sendgrid" if plan.channel == "email" else "twilio"
        if plan.not_taken is not None:
            self.sandbox.faults(provider, "reset_before", after=plan.not_taken)
        self.sandbox.faults(provider, plan.loss, count=plan.lost, after=plan.after, seconds=3)
        self.mailings = [launch(self.runtime, plan.channel) for _ in range(MAILINGS)]
        for mailing_id in self.mailings:
            drain_until_done(self.runtime, self.transports, mailing_id)
        struck = [fault["struck"] for fault in self.sandbox.state()["faults"]]
        assert sum(struck) > 0, "no answer was lost"
        self.taken = accepted_ids(self.runtime, self.sandbox)
        self.check_nobody_twice()
        if plan.hears == "events at once":
            self.way_back.mend()
        else:
            assert self.those("unknown"), "nobody is in doubt"
        assert len(self.those("unknown", *REACHED_PROVIDER)) == MAILINGS * PEOPLE

    def wait_for_nothing(self) -> None:
        """Others look at it, time goes by: what is in doubt is not sent again."""
        doubt = self.those("unknown")
        self.later(hours=self.runtime.settings.sending.unknown_hours - 24)
        settle_unknown(self.runtime)
        for worker in ("two", "three"):
            drain(self.runtime, self.transports, worker=worker)
        assert accepted_ids(self.runtime, self.sandbox) == self.taken, "sent again by itself"
        assert self.those("unknown") == doubt

    def hear(self) -> None:
        """What becomes known proves what was taken, and nothing else."""
        if self.plan.hears == "list":
            ask_about_texts(self.runtime)
        elif self.plan.hears != "nothing":
            self.way_back.mend()
        if self.plan.hears != "nothing":
            assert self.those(*REACHED_PROVIDER) == set(self.taken)

    def decide(self) -> None:
        """Somebody decides, or nobody in time."""
        left = self.those("unknown")
        now = self.runtime.clock.now()
        if self.plan.decision == "nobody":
            self.later(hours=25)
            assert settle_unknown(self.runtime) == len(left)
        for mailing_id in self.mailings if self.plan.decision != "nobody" else ():
            again = self.plan.decision == "again"
            decided = deciding.send_unknown_again if again else deciding.give_up_unknown
            with self.runtime.db.transaction() as session:
                decided(session, mailing_id=mailing_id, now=now)
        drain(self.runtime, self.transports, worker="four")
        if self.plan.decision == "again":
            assert self.those(*REACHED_PROVIDER) == self.those(*REACHED_PROVIDER, "failed")
            assert set(accepted_ids(self.runtime, self.sandbox)) == set(self.taken) | left
        else:
            assert self.those("failed") == left
            assert accepted_ids(self.runtime, self.sandbox) == self.taken
            reasons = {key for one in self.mailings for key in states(self.runtime, one)}
            assert {why for state, why in reasons if state == "failed"} <= {deciding.NOT_SENT_AGAIN}
        self.check_nobody_twice()

    def check_end(self) -> None:
        """The invariants hold; what was taken and never heard of is in the ledger alone."""
        within = Message.mailing_id.in_(self.mailings)
        if self.plan.hears != "nothing":
            once_each(self.runtime, self.sandbox, within)
        none_after_withdrawal(self.runtime, within)
        consent_for_each(self.runtime, within)
        all_accounted_for(self.runtime, within, finished=True)

    def check_nobody_twice(self) -> None:
        """I1, by the provider's own ledger."""
        taken = accepted_ids(self.runtime, self.sandbox)
        assert {one for one, times in taken.items() if times > 1} == set()

    def those(self, *which: str) -> set[int]:
        """The messages of this run in some states."""
        return {one for each in self.mailings for one in ids_in(self.runtime, each, *which)}

    def later(self, *, hours: float) -> None:
        """Time goes by."""
        clock = self.runtime.clock
        assert isinstance(clock, VirtualClock)
        clock.advance(timedelta(hours=hours))

    def tomorrow(self, *, at: datetime) -> None:
        """Wait for the hour at which texts may go, as the first run began in it."""
        since = self.runtime.clock.now() - at
        self.later(hours=24 - since.total_seconds() / 3600 % 24)


def test_an_answer_that_was_lost_is_never_made_good_by_sending_again(
    sending: Runtime, sandbox: Sandbox, way_back: WayBack
) -> None:
    settings = replace(
        sending.settings,
        sending=replace(sending.settings.sending, email_per_week=10_000, sms_per_week=10_000),
        sendgrid=replace(sending.settings.sendgrid, deadline_seconds=0.4),
        twilio=replace(sending.settings.twilio, deadline_seconds=0.4),
    )
    impatient = replace(sending, settings=settings)
    with sending.db.transaction() as session:
        add_crowd(session, PEOPLE, now=sending.clock.now())
    started = sending.clock.now()
    for seed in range(RUNS):
        run = Run(impatient, sandbox, way_back, plan_of(seed))
        run.send()
        run.wait_for_nothing()
        run.hear()
        run.decide()
        run.check_end()
        run.tomorrow(at=started)
