"""A clock that leaps, by an hour or a day, either way: nothing goes early, twice or never.

The installation's clock decides what is due: what it fires stays fired when it is put back, and
what comes too late says so. The machine's clock decides about leases and waits: put back, it makes
nobody wait for the old time to come again. A worker whose clock leaps goes on sending and ticking.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select, update

from mobilize.contacts.models import Contact
from mobilize.contacts.service import withdraw
from mobilize.core import leases
from mobilize.core.clock import SystemClock
from mobilize.core.db import Database
from mobilize.core.leases import Lease
from mobilize.followups.jobs import Tick, run_due
from mobilize.followups.models import PlannedStep
from mobilize.messaging.models import Mailing, Message, SenderPace
from mobilize.messaging.policy import Channel
from mobilize.messaging.providers.outcomes import AT_ONCE, Batch, Outcome, Pace
from mobilize.messaging.providers.transports import Transports
from mobilize.messaging.sending import Sender, drain
from mobilize.runtime import Runtime
from mobilize.worker import Worker
from tests.alerts.world import make_world
from tests.faults.crowd import add_crowd, ids_in, mailing_state
from tests.faults.invariants import accepted_ids, check_invariants
from tests.faults.test_merge_gives_way import wait_until
from tests.followups.world import add_milestone, make_plan, step
from tests.messaging.people import add_contact
from tests.messaging.test_sending import launch, states
from tests.support.sandbox import Sandbox

pytestmark = pytest.mark.faults

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
LEAPS: Final = pytest.mark.parametrize("leap", [-DAY, -HOUR, HOUR, DAY], ids=str)
BACK: Final = pytest.mark.parametrize("leap", [-DAY, -HOUR], ids=str)


@dataclass
class Leaping:
    """A clock that stands where it is put, also earlier."""

    moment: datetime

    def now(self) -> datetime:
        """Where it stands."""
        return self.moment


@dataclass
class Ahead:
    """The machine's clock, and how far it is off."""

    by: timedelta = timedelta()

    def now(self) -> datetime:
        """What it shows."""
        return SystemClock().now() + self.by


@pytest.fixture
def clock(now: datetime) -> Leaping:
    return Leaping(now)


@pytest.fixture
def machine() -> Ahead:
    return Ahead()


@pytest.fixture
def leaping(sending: Runtime, clock: Leaping, machine: Ahead) -> Runtime:
    """An installation both of whose clocks may be set."""
    return replace(sending, clock=clock, machine=machine)


def crowd(runtime: Runtime, people: int) -> None:
    with runtime.db.transaction() as session:
        add_crowd(session, people, now=runtime.clock.now() - 2 * DAY)


# What the installation's clock decides.


@LEAPS
@pytest.mark.parametrize("channel", ["email", "sms"])
def test_a_leap_in_the_middle_of_a_mailing_sends_nothing_twice_and_loses_nobody(
    leaping: Runtime,
    transports: Transports,
    sandbox: Sandbox,
    clock: Leaping,
    now: datetime,
    channel: str,
    leap: timedelta,
) -> None:
    crowd(leaping, 80)
    # Two in the afternoon: an hour more or less is no quiet hour.
    clock.moment = now + 2 * HOUR
    mailing_id = launch(leaping, channel)
    assert Sender(leaping, transports, worker="one").send_next()
    assert len(ids_in(leaping, mailing_id, "accepted")) == 40

    clock.moment += leap
    drain(leaping, transports, worker="one")
    drain(leaping, transports, worker="two")
    clock.moment = now + 2 * DAY + 2 * HOUR
    drain(leaping, transports, worker="one")

    assert states(leaping, mailing_id) == {("accepted", None): 80}
    check_invariants(leaping, sandbox)


@LEAPS
def test_a_text_that_waits_for_the_morning_goes_once_and_in_no_quiet_hour(
    leaping: Runtime,
    transports: Transports,
    sandbox: Sandbox,
    clock: Leaping,
    now: datetime,
    leap: timedelta,
) -> None:
    crowd(leaping, 4)
    night = clock.moment = now + 12 * HOUR
    mailing_id = launch(leaping, "sms")
    drain(leaping, transports, worker="one")
    assert states(leaping, mailing_id) == {("queued", None): 4}

    clock.moment = night + leap
    went: list[datetime] = []
    while clock.moment < night + 2 * DAY:
        before = len(sandbox.messages("sms"))
        drain(leaping, transports, worker="one")
        went += [clock.moment] * (len(sandbox.messages("sms")) - before)
        clock.moment += HOUR

    assert len(went) == 4
    assert {is_open(moment) for moment in went} == {True}
    check_invariants(leaping, sandbox)


def is_open(moment: datetime) -> bool:
    """Whether texts may go out in Toronto."""
    local = moment.astimezone(ZoneInfo("America/Toronto"))
    if local.weekday() >= 5:
        return time(10) <= local.time() < time(18)
    return time(9) <= local.time() < time(21, 30)


@pytest.mark.parametrize(
    ("leap", "becomes"),
    [(HOUR, ("fired", None)), (DAY, ("skipped", "too_late"))],
    ids=["an hour", "a day"],
)
def test_a_step_that_a_leap_made_due_fires_once_or_is_too_late_also_when_it_was_a_mistake(
    leaping: Runtime,
    transports: Transports,
    sandbox: Sandbox,
    clock: Leaping,
    now: datetime,
    leap: timedelta,
    becomes: tuple[str, str | None],
) -> None:
    due = datetime(2026, 11, 30, 15, tzinfo=UTC)
    with leaping.db.transaction() as session:
        world = make_world(session, now)
        milestone = add_milestone(session, now, due.date())
        tens = step(world, 0, hours=6)
        make_plan(session, world, now, tens, milestone_id=milestone.milestone_id)

    clock.moment = due - HOUR / 2
    assert run_due(leaping).fired == 0
    clock.moment += leap
    run_due(leaping)
    # It is put back: what is due comes again, and nothing of it happens twice.
    for moment in (due - HOUR / 2, due, due + HOUR, due + DAY):
        clock.moment = moment
        assert run_due(leaping) == Tick(planned=0, fired=0, skipped=0)
        drain(leaping, transports, worker="one")

    with leaping.db.read() as session:
        rows = session.execute(select(PlannedStep.state, PlannedStep.reason)).all()
        mailings = session.scalar(select(func.count(Mailing.id)))
    assert rows == [becomes]
    assert mailings == (becomes[0] == "fired")
    assert len(sandbox.messages()) == 4 * mailings
    check_invariants(leaping, sandbox)


def test_a_step_waits_for_its_hour_however_often_the_clock_is_put_back(
    leaping: Runtime, clock: Leaping, now: datetime
) -> None:
    due = datetime(2026, 11, 30, 15, tzinfo=UTC)
    with leaping.db.transaction() as session:
        world = make_world(session, now)
        milestone = add_milestone(session, now, due.date())
        make_plan(session, world, now, step(world, 0), milestone_id=milestone.milestone_id)

    for before in (HOUR / 60, DAY, HOUR, HOUR / 60):
        clock.moment = due - before
        assert run_due(leaping) == Tick(planned=0, fired=0, skipped=0)
    clock.moment = due
    assert run_due(leaping) == Tick(planned=0, fired=1, skipped=0)


@BACK
@pytest.mark.parametrize("topic", ["", "permanent-status"], ids=["everything", "topic"])
def test_a_no_counts_though_the_clock_was_ahead_when_the_yes_was_said(
    leaping: Runtime,
    transports: Transports,
    sandbox: Sandbox,
    clock: Leaping,
    leap: timedelta,
    topic: str,
) -> None:
    with leaping.db.transaction() as session:
        person = add_contact(session, 1, now=clock.moment)
    clock.moment += leap
    with leaping.db.transaction() as session:
        withdraw(
            session,
            contact_id=person.id,
            channel="email",
            topic=topic,
            source="test",
            actor="supporter",
            now=clock.moment,
        )
        # At another address too: what was left is the person's no, and not the address's.
        session.execute(update(Contact).values(email="other@example.org", email_hash=b"o" * 32))
    for moment in (clock.moment, clock.moment - leap, clock.moment + 2 * DAY):
        clock.moment = moment
        mailing_id = launch(leaping)
        drain(leaping, transports, worker="one")
        ((state, reason),) = states(leaping, mailing_id)
        assert (state, reason) == ("skipped", "left_topic" if topic else "no_consent")
    assert sandbox.messages() == []


# What the machine's clock decides.


@dataclass
class Meanwhile:
    """A provider at whose calls something happens after it took what it was given, once."""

    transports: Transports
    happens: list[Callable[[], object]]
    name: str = "meanwhile"

    def send(self, batch: Batch, pace: Pace = AT_ONCE) -> Mapping[int, Outcome]:
        """Let it be taken, and then let it happen."""
        channel: Channel = "email" if batch.subject else "sms"
        outcomes = self.transports[channel].send(batch, pace)
        if self.happens:
            self.happens.pop()()
        return outcomes


class Died(BaseException):
    """A worker's process is gone."""


def die() -> None:
    """End as a killed process does."""
    raise Died


@LEAPS
@pytest.mark.parametrize("channel", ["email", "sms"])
def test_a_leap_in_the_middle_of_a_call_makes_nobody_get_it_twice(
    leaping: Runtime,
    transports: Transports,
    sandbox: Sandbox,
    machine: Ahead,
    channel: str,
    leap: timedelta,
) -> None:
    crowd(leaping, 80)
    mailing_id = launch(leaping, channel)

    def somebody_takes_over() -> None:
        machine.by += leap
        drain(leaping, transports, worker="two")

    slow = Meanwhile(transports, [somebody_takes_over])
    drain(leaping, {"email": slow, "sms": slow}, worker="one")

    assert states(leaping, mailing_id) == {("accepted", None): 80}
    check_invariants(leaping, sandbox)


@BACK
def test_what_a_dead_worker_held_is_taken_back_though_the_clock_was_put_back(
    leaping: Runtime, transports: Transports, machine: Ahead, sandbox: Sandbox, leap: timedelta
) -> None:
    crowd(leaping, 80)
    mailing_id = launch(leaping)
    deadly = Meanwhile(transports, [die])
    with pytest.raises(Died):
        Sender(leaping, {"email": deadly, "sms": deadly}, worker="one").send_next()

    machine.by += leap
    drain(leaping, transports, worker="two")

    assert states(leaping, mailing_id) == {
        ("accepted", None): 40,
        ("unknown", "worker_stopped"): 40,
    }
    check_invariants(leaping, sandbox)


def test_a_provider_is_not_left_alone_for_a_day_because_the_clock_was_put_back(
    leaping: Runtime, transports: Transports, machine: Ahead, sandbox: Sandbox
) -> None:
    crowd(leaping, 40)
    mailing_id = launch(leaping)
    sandbox.faults("sendgrid", "429", retry_after=3600)
    drain(leaping, transports, worker="one")
    assert states(leaping, mailing_id) == {("queued", None): 40}

    machine.by -= DAY
    drain(leaping, transports, worker="one")

    assert states(leaping, mailing_id) == {("accepted", None): 40}
    check_invariants(leaping, sandbox)


@BACK
def test_whoever_led_and_is_gone_does_not_lead_until_the_old_time_comes_again(
    db: Database, machine: Ahead, leap: timedelta
) -> None:
    def leads(who: str) -> bool:
        return leases.hold(db, "leader", holder=who, seconds=60, now=machine.now())

    assert leads("one")
    assert not leads("two")
    machine.by += leap
    assert leads("two")
    assert not leads("one")


@BACK
def test_a_sender_keeps_its_rate_and_is_not_silent_when_the_databases_clock_is_put_back(
    leaping: Runtime, transports: Transports, sandbox: Sandbox, leap: timedelta
) -> None:
    settings = replace(
        leaping.settings, twilio=replace(leaping.settings.twilio, long_code_per_second=1000)
    )
    paced = replace(leaping, settings=settings)
    crowd(paced, 8)
    first = launch(paced, "sms")
    drain(paced, transports, worker="one")
    # As it stands then, seen from the time before.
    ahead = -leap.total_seconds()
    with paced.db.transaction() as session:
        session.execute(
            update(SenderPace).values(
                bulk_free_at=SenderPace.bulk_free_at + ahead,
                urgent_free_at=SenderPace.urgent_free_at + ahead,
            )
        )
        session.execute(update(Message).values(state="delivered", state_at=clock_before(paced)))
    second = launch(paced, "sms")
    drain(paced, transports, worker="one")

    assert mailing_state(paced, first) == mailing_state(paced, second) == "done"
    assert len(sandbox.messages("sms")) == 16


def clock_before(runtime: Runtime) -> datetime:
    """Long enough ago that nobody has heard too often from us."""
    return runtime.clock.now() - 9 * DAY


# A worker with its threads and ticks, whose machine's clock leaps.


@contextmanager
def at_work(runtime: Runtime, transports: Transports) -> Iterator[Worker]:
    """A worker that sends and ticks."""
    worker = Worker(runtime, transports=transports)
    threads = worker.start()
    try:
        yield worker
    finally:
        worker.stop(threads)


def last_tick(runtime: Runtime) -> datetime | None:
    """Until when the worker leads that ticked last, by its own clock."""
    with runtime.db.read() as session:
        return session.scalar(select(Lease.until).where(Lease.name == "leader"))


def has_ticked(runtime: Runtime, since: datetime) -> bool:
    """Whether there was a tick in the quarter of an hour after an instant."""
    until = last_tick(runtime)
    return until is not None and since < until < since + HOUR / 4


@BACK
def test_a_worker_goes_on_ticking_when_the_clock_is_put_back(
    leaping: Runtime, transports: Transports, machine: Ahead, leap: timedelta
) -> None:
    with at_work(leaping, transports) as worker:
        wait_until(lambda: has_ticked(leaping, machine.now()))
        # As the scheduler stands then: it counts by the clock, and its next time is far off.
        for job in worker.scheduler.get_jobs():
            job.modify(next_run_time=machine.now() - leap)
        machine.by += leap
        wait_until(lambda: has_ticked(leaping, machine.now()))


@LEAPS
def test_a_worker_whose_clock_leaps_sends_to_everybody_once(
    leaping: Runtime, transports: Transports, sandbox: Sandbox, machine: Ahead, leap: timedelta
) -> None:
    crowd(leaping, 160)
    sandbox.faults("twilio", "slow", count=None, seconds=0.05)
    mailing_id = launch(leaping, "sms")
    with at_work(leaping, transports):
        wait_until(lambda: len(accepted_ids(leaping, sandbox)) > 10)
        machine.by += leap
        wait_until(lambda: mailing_state(leaping, mailing_id) == "done")

    assert states(leaping, mailing_id) == {("accepted", None): 160}
    check_invariants(leaping, sandbox)
