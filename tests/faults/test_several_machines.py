"""Two machines send from one database, woken by one broker, and one of them dies in the middle."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import select
from sqlalchemy.engine import make_url

from mobilize.messaging.models import Chunk
from mobilize.messaging.states import REACHED_PROVIDER
from mobilize.runtime import Runtime
from mobilize.waking import Nudger
from tests.faults.conftest import WayBack
from tests.faults.crowd import add_crowd, ids_in, mailing_state
from tests.faults.invariants import accepted_ids, check_invariants
from tests.faults.workers import PATIENCE, running_worker, wait_until, worker_environment
from tests.messaging.test_figures import fetch, free_port
from tests.messaging.test_sending import launch
from tests.support.brokers import Kind, queues_of_ones_own
from tests.support.machines import Machine, machine
from tests.support.sandbox import CHECKOUT, Sandbox

pytestmark = [
    pytest.mark.faults,
    # Several machines need a database that all of them reach.
    pytest.mark.parametrize("db", ["postgresql"], indirect=True),
]

PEOPLE: Final = 600


@dataclass
class Site:
    """The installation, and how a machine is added to it."""

    runtime: Runtime
    sandbox: Sandbox
    log: Path
    stack: ExitStack

    def add_machine(self) -> Machine:
        """Start a machine that sends."""
        settings = self.runtime.settings
        ports = [
            make_url(url).port or 0 for url in (settings.database_url, settings.broker.url)
        ] + [self.sandbox.port]
        return self.stack.enter_context(
            machine(
                [sys.executable, "-m", "mobilize", "celery", "--concurrency", "2"],
                environment=worker_environment(self.runtime, self.sandbox, **self.given),
                ports=ports,
                log=self.log,
            )
        )

    @property
    def given(self) -> dict[str, str]:
        """What each machine is told; all are told the same."""
        broker = self.runtime.settings.broker
        return {
            "BROKER_URL": broker.url,
            "BROKER_PREFIX": broker.prefix,
            "SENDING_LEASE_SECONDS": "3",
        }


@pytest.fixture(params=["redis", "rabbitmq"])
def site(
    request: pytest.FixtureRequest,
    sending: Runtime,
    sandbox: Sandbox,
    way_back: WayBack,
    tmp_path: Path,
) -> Iterator[Site]:
    kind: Kind = request.param
    with ExitStack() as stack:
        broker = stack.enter_context(queues_of_ones_own(kind))
        runtime = replace(sending, settings=replace(sending.settings, broker=broker))
        nudger = Nudger(runtime.settings)
        stack.callback(nudger.close)
        runtime.db.after_commit(nudger)
        with runtime.db.transaction() as session:
            add_crowd(session, PEOPLE, now=runtime.clock.now())
        yield Site(runtime, sandbox, tmp_path / "machines.log", stack)


def test_one_of_two_machines_dies_and_nobody_is_lost_or_written_to_twice(
    site: Site, way_back: WayBack
) -> None:
    runtime, sandbox = site.runtime, site.sandbox
    leader = site.stack.enter_context(
        running_worker(runtime, sandbox, site.log, "--senders", "0", **site.given)
    )
    machines = [site.add_machine(), site.add_machine()]
    wait_until(lambda: site.log.read_text("utf-8").count(" ready.") == 2, "both up", leader)
    # A provider that takes its time leaves room to die before it accepts, and after.
    sandbox.faults("twilio", "slow", count=None, chance=1, seconds=0.1)
    mailing_id = launch(runtime, "sms")
    groups = {one.process.pid for one in machines}
    wait_until(lambda: _at_work(runtime) == groups, "both at work", leader)

    machines[0].pull_the_plug()
    sandbox.clear_faults()
    wait_until(partial(_is_done, runtime, mailing_id), "the end", leader)
    way_back.mend()

    taken = set(accepted_ids(runtime, sandbox))
    reached = ids_in(runtime, mailing_id, *REACHED_PROVIDER)
    unknown = ids_in(runtime, mailing_id, "unknown")
    assert reached == taken, "what the provider took is proven by its events"
    assert len(reached | unknown) == PEOPLE, "somebody is in no such state"
    check_invariants(runtime, sandbox, mailing_id=mailing_id)


@pytest.mark.parametrize("site", ["redis"], indirect=True)
def test_asked_to_stop_a_sender_ends_its_chunk_and_leaves_the_rest(site: Site) -> None:
    runtime, sandbox = site.runtime, site.sandbox
    sandbox.faults("twilio", "slow", count=None, chance=1, seconds=0.05)
    port = free_port()
    with (
        site.log.open("ab") as file,
        subprocess.Popen(
            [sys.executable, "-m", "mobilize", "celery"],
            cwd=CHECKOUT,
            env=worker_environment(runtime, sandbox, **site.given, METRICS_PORT=str(port)),
            stdout=file,
            stderr=file,
            start_new_session=True,
        ) as sender,
    ):
        try:
            mailing_id = launch(runtime, "sms")
            wait_until(lambda: bool(ids_in(runtime, mailing_id, "accepted")), "a text", sender)
            wait_until(lambda: _handed_over(port) >= 1, "the first figures", sender)
            sender.terminate()
            assert sender.wait(timeout=PATIENCE) == 0
        finally:
            if sender.poll() is None:
                os.killpg(sender.pid, signal.SIGKILL)

    gone = ids_in(runtime, mailing_id, *REACHED_PROVIDER)
    assert gone == set(accepted_ids(runtime, sandbox))
    assert len(gone | ids_in(runtime, mailing_id, "queued")) == PEOPLE, "nothing is in doubt"
    with runtime.db.read() as session:
        states = set(session.scalars(select(Chunk.state)))
    assert "leased" not in states


def _handed_over(port: int) -> float:
    told = fetch(f"http://127.0.0.1:{port}/metrics")
    return told.get(("mobilize_messages_handed_over_total", "sms", "accepted"), 0)


def _at_work(runtime: Runtime) -> set[int]:
    """The machines that hold chunks now, by their group; a lease names its process."""
    with runtime.db.read() as session:
        holders = session.scalars(select(Chunk.leased_by).where(Chunk.state == "leased")).all()
    processes = [int(holder.split("-")[-3]) for holder in holders if holder]
    return {os.getpgid(process) for process in processes}


def _is_done(runtime: Runtime, mailing_id: int) -> bool:
    return mailing_state(runtime, mailing_id) == "done"
