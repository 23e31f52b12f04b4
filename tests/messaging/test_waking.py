"""Workers on other machines are woken after commit; whether they are changes no outcome."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from kombu.connection import Connection

from mobilize.celery_worker import send_for_a_while
from mobilize.core.db import Database
from mobilize.core.errors import SetupError
from mobilize.messaging import jobs
from mobilize.messaging.providers.transports import Transports
from mobilize.messaging.queueing import queue_to_address
from mobilize.messaging.templates import save_template
from mobilize.runtime import Runtime
from mobilize.settings import Broker
from mobilize.waking import Lane, Nudger, celery_app, nudges_waiting, queue_name
from tests.faults.crowd import add_crowd
from tests.messaging.test_sending import TEXTS, launch, states
from tests.support.brokers import queues_of_ones_own, unreachable
from tests.support.sandbox import CHECKOUT, Sandbox

pytestmark = pytest.mark.parametrize("db", ["postgresql"], indirect=True)


def with_broker(runtime: Runtime, broker: Broker) -> Runtime:
    return replace(runtime, settings=replace(runtime.settings, broker=broker))


@pytest.fixture(params=["redis", "rabbitmq"])
def woken(request: pytest.FixtureRequest, sending: Runtime) -> Iterator[Runtime]:
    """The installation with a broker, whose commits nudge."""
    with queues_of_ones_own(request.param) as broker:
        runtime = with_broker(sending, broker)
        nudger = Nudger(runtime.settings)
        runtime.db.after_commit(nudger)
        yield runtime
        nudger.close()


def nudges(runtime: Runtime, lane: Lane) -> list[list[str]]:
    """The arguments of the tasks that wait on a lane, taken out."""
    found = []
    with Connection(runtime.settings.broker.url) as connection:
        queue = celery_app(runtime.settings).amqp.queues[queue_name(runtime.settings, lane)]
        bound = queue.bind(connection.default_channel)
        bound.declare()
        while (message := bound.get(no_ack=True)) is not None:
            found.append(message.decode()[0])
    return found


def thank(runtime: Runtime, number: int, *, then: Exception | None = None) -> None:
    now = runtime.clock.now()
    with runtime.db.transaction() as session:
        save_template(session, key="test", name="A test", texts=TEXTS, now=now)
        queue_to_address(
            session,
            template_key="test",
            address=f"person{number}@example.org",
            language="en",
            dedupe_key=f"test-{number}",
            now=now,
        )
        if then is not None:
            raise then


def test_a_commit_wakes_the_lane_once_and_tells_the_broker_of_nobody(woken: Runtime) -> None:
    thank(woken, 1)
    thank(woken, 2)

    assert nudges(woken, "first") == [["first"]], "one that waits is enough for both"
    assert nudges(woken, "bulk") == []

    launch(woken)

    assert nudges(woken, "bulk") == [["bulk"]]
    assert nudges(woken, "first") == []


def test_what_is_undone_wakes_nobody(woken: Runtime) -> None:
    with pytest.raises(SetupError):
        thank(woken, 1, then=SetupError("undone"))

    assert nudges(woken, "first") == []


def test_a_nudge_that_was_lost_is_made_good_by_the_leader(woken: Runtime) -> None:
    thank(woken, 1)
    nudges(woken, "first")

    assert jobs.wake(woken) == 2, "the bulk lane's workers send thank-yous too"
    assert nudges(woken, "first") == [["first"]]


def test_nobody_is_woken_for_nothing(woken: Runtime, transports: Transports) -> None:
    thank(woken, 1)
    nudges(woken, "first")
    assert send_for_a_while(woken, transports, worker="one", lane="first") == 1

    assert jobs.wake(woken) == 0
    assert nudges(woken, "first") == nudges(woken, "bulk") == []


def test_a_broker_that_is_gone_stops_nothing(
    sending: Runtime, transports: Transports, sandbox: Sandbox
) -> None:
    runtime = with_broker(sending, unreachable())
    runtime.db.after_commit(Nudger(runtime.settings))

    thank(runtime, 1)
    jobs.wake(runtime)

    assert send_for_a_while(runtime, transports, worker="one", lane="first") == 1
    assert [mail["to"] for mail in sandbox.messages()] == ["person1@example.org"]


def test_who_keeps_to_the_first_lane_leaves_a_blast_alone(
    sending: Runtime, transports: Transports, sandbox: Sandbox
) -> None:
    with sending.db.transaction() as session:
        add_crowd(session, 4, now=sending.clock.now())
    mailing_id = launch(sending)
    thank(sending, 9)

    send_for_a_while(sending, transports, worker="one", lane="first")

    assert [mail["to"] for mail in sandbox.messages()] == ["person9@example.org"]
    assert states(sending, mailing_id) == {("queued", None): 4}


def test_a_task_that_comes_twice_sends_once(
    sending: Runtime, transports: Transports, sandbox: Sandbox
) -> None:
    with sending.db.transaction() as session:
        add_crowd(session, 300, now=sending.clock.now())
    mailing_id = launch(sending, "sms")

    threads = [
        threading.Thread(
            target=send_for_a_while,
            args=[sending, transports],
            kwargs={"worker": f"slot-{number}", "lane": "bulk", "seconds": 120},
        )
        for number in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert states(sending, mailing_id) == {("accepted", None): 300}
    assert sandbox.summary()["duplicates"]["by_opaque_id"]["count"] == 0


def test_a_task_whose_time_is_up_wakes_the_next(woken: Runtime, transports: Transports) -> None:
    with woken.db.transaction() as session:
        add_crowd(session, 250, now=woken.clock.now())
    launch(woken, "sms")
    nudges(woken, "bulk")

    assert send_for_a_while(woken, transports, worker="one", lane="bulk", seconds=0) == 1

    assert nudges(woken, "bulk") == [["bulk"]]


def test_how_many_nudges_wait_can_be_asked(woken: Runtime) -> None:
    thank(woken, 1)

    assert nudges_waiting(woken.settings) == {"first": 1, "bulk": 0}


def test_a_broker_that_does_not_answer_is_said(sending: Runtime) -> None:
    with pytest.raises(SetupError, match="The broker does not answer"):
        nudges_waiting(with_broker(sending, unreachable()).settings)


def test_celery_as_we_set_it_gives_back_what_a_dead_worker_held(woken: Runtime) -> None:
    conf = celery_app(woken.settings).conf
    assert conf.task_acks_late
    assert conf.task_reject_on_worker_lost
    assert conf.worker_prefetch_multiplier == 1
    assert conf.accept_content == ["json"]
    if woken.settings.broker.url.startswith("redis"):
        longest = woken.settings.sending.lease_seconds
        assert conf.broker_transport_options["visibility_timeout"] > longest


def test_one_machine_needs_no_celery(db: Database) -> None:
    script = (
        "import sys, mobilize.cli, mobilize.worker, mobilize.app\n"
        "assert not {'celery', 'kombu'} & set(sys.modules), 'Celery was imported'"
    )
    subprocess.run([sys.executable, "-c", script], cwd=CHECKOUT, check=True)
