"""The database goes away in the middle of a mailing: nobody gets it twice, and nobody is lost.

On PostgreSQL every connection is cut at random moments, as a restart or a failover of the server
does, while two real workers send; sometimes those of the web process too, which hears the
providers' events. The workers go on by themselves. On SQLite another process holds the file for
longer than anybody waits.

`make faults` cuts at a hundred seeded moments; the suite at a few.
"""

import os
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import event, func, select, text

from mobilize.core.clock import VirtualClock
from mobilize.core.db import Database
from mobilize.followups.models import PlannedStep
from mobilize.messaging.models import Mailing, Message
from mobilize.messaging.states import REACHED_PROVIDER
from mobilize.runtime import Runtime
from mobilize.worker import Worker
from tests.alerts.world import make_world
from tests.faults.conftest import WayBack
from tests.faults.crowd import add_crowd, calls_begun, ids_in, mailing_state
from tests.faults.invariants import accepted_ids, check_invariants
from tests.faults.test_merge_gives_way import wait_until as wait_for
from tests.faults.workers import running_worker, wait_until
from tests.followups.world import add_milestone, make_plan, step
from tests.messaging.test_sending import launch
from tests.support.sandbox import Sandbox

pytestmark = pytest.mark.faults

GIVEN: Final = int(os.environ.get("MOBILIZE_FAULT_RUNS", "2"))
MANY: Final = GIVEN >= 100
CUTS: Final = 4
"""How often in one mailing."""
RUNS: Final = -(-GIVEN // CUTS) if MANY else GIVEN
PEOPLE: Final = {"email": 3_000, "sms": 160}
ON_POSTGRESQL: Final = pytest.mark.parametrize("db", ["postgresql"], indirect=True)
DAY: Final = date(2026, 11, 30)
BUSY_SECONDS: Final = 0.25
"""How long this process waits for SQLite's lock here; else it is half a minute."""
WORKERS: Final = "workers"
"""What the workers call themselves at the database."""


def cut(runtime: Runtime, *, only: str | None = None) -> int:
    """End all connections to the database but the asking one; how many there were."""
    statement = (
        "SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        " AND (CAST(:only AS text) IS NULL OR application_name = :only)"
    )
    with runtime.db.read() as session:
        return session.scalar(text(statement), {"only": only}) or 0


@contextmanager
def two_workers(
    runtime: Runtime, sandbox: Sandbox, log: Path
) -> Iterator[Sequence["subprocess.Popen[bytes]"]]:
    """Two workers, as one machine runs them; each would be the leader."""
    url = runtime.db.engine.url.update_query_dict({"application_name": WORKERS})
    named = url.render_as_string(hide_password=False)
    started = partial(running_worker, runtime, sandbox, log, DATABASE_URL=named)
    with started() as one, started() as other:
        # One that cannot reach its database as it starts says so, and ends.
        wait_until(lambda: log.read_text("utf-8").count("worker_started") == 2, "both up", one)
        yield one, other


@ON_POSTGRESQL
def test_connections_are_cut_at_any_moment_and_the_workers_go_on_by_themselves(
    sending: Runtime, sandbox: Sandbox, way_back: WayBack, tmp_path: Path
) -> None:
    crowd(sending)
    in_all = 0
    with two_workers(sending, sandbox, tmp_path / "workers.log") as workers:
        for seed in range(RUNS):
            dice = random.Random(seed)  # noqa: S311 - repeatable, not secret
            channel = ("email", "sms")[seed % 2]
            mailing_id = begin(sending, sandbox, channel)
            wait_until(partial(has_begun, sending, mailing_id), "a call", workers[0])
            for _ in range(CUTS):
                time.sleep(dice.uniform(0, 0.8))
                in_all += cut(sending, only=WORKERS if dice.random() < 0.7 else None) > 0
            wait_until(partial(is_done, sending, mailing_id), "the end", workers[1])
            way_back.mend()
            check_run(sending, sandbox, channel, mailing_id)
            assert [worker.poll() for worker in workers] == [None, None]
    assert in_all >= RUNS, "hardly anything was cut"


@ON_POSTGRESQL
def test_a_step_fires_once_whichever_scheduler_is_cut_off(
    sending: Runtime, sandbox: Sandbox, way_back: WayBack, tmp_path: Path, clock: VirtualClock
) -> None:
    steps = 10 if MANY else 2
    now = clock.now()
    with sending.db.transaction() as session:
        world = make_world(session, now, people=6)
        milestone = add_milestone(session, now, DAY)
        offsets = [step(world, days) for days in range(steps)]
        make_plan(session, world, now, *offsets, milestone_id=milestone.milestone_id)
        due = session.scalars(select(PlannedStep.due_at).order_by(PlannedStep.due_at)).all()
    dice = random.Random(1)  # noqa: S311 - repeatable, not secret
    with two_workers(sending, sandbox, tmp_path / "workers.log") as workers:
        for moment in due:
            clock.set(moment)

            def has_fired(moment: datetime = moment) -> bool:
                time.sleep(dice.uniform(0.1, 0.6))
                cut(sending, only=WORKERS)
                return fired(sending, moment) > 0

            wait_until(has_fired, "a step that fires", workers[0])
        wait_until(partial(all_done, sending, steps), "the end", workers[1])
    way_back.mend()

    with sending.db.read() as session:
        assert set(session.scalars(select(PlannedStep.state))) == {"fired"}
        assert session.scalar(select(func.count(Message.id))) == 6 * steps
    check_invariants(sending, sandbox)


@pytest.mark.parametrize("db", ["sqlite"], indirect=True)
def test_another_process_holds_the_file_and_the_worker_goes_on_by_itself(
    sending: Runtime, sandbox: Sandbox, way_back: WayBack
) -> None:
    crowd(sending)
    hurried(sending.db)
    often = replace(sending.settings.sending, email_per_week=10_000, sms_per_week=10_000)
    settings = replace(sending.settings, sending=replace(often, lease_seconds=1))
    worker = Worker(replace(sending, settings=settings))
    threads = worker.start()
    try:
        for seed in range(RUNS):
            dice = random.Random(seed)  # noqa: S311 - repeatable, not secret
            channel = ("email", "sms")[seed % 2]
            mailing_id = begin(sending, sandbox, channel)
            wait_for(partial(has_begun, sending, mailing_id))
            for _ in range(CUTS if MANY else 1):
                time.sleep(dice.uniform(0, 0.8))
                with held_by_another(sending.db):
                    time.sleep(4 * BUSY_SECONDS)
            wait_for(partial(is_done, sending, mailing_id))
            way_back.mend()
            check_run(sending, sandbox, channel, mailing_id)
    finally:
        worker.stop(threads)


def hurried(db: Database) -> None:
    """Let everybody in this process wait for a lock as shortly as if half a minute had passed."""

    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute(f"PRAGMA busy_timeout={int(BUSY_SECONDS * 1000)}")

    event.listen(db.engine, "connect", prepare)
    db.engine.dispose()


@contextmanager
def held_by_another(db: Database) -> Iterator[None]:
    """Another process has begun to write, and does not end."""
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(db.engine.url.database)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline(), "the file could not be held"
        yield
        process.stdin.close()


_HOLD: Final = """
import sqlite3, sys
file = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=60)
file.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


def crowd(runtime: Runtime) -> None:
    """Everybody has an address, and some a telephone: texts go one by one."""
    with runtime.db.transaction() as session:
        add_crowd(session, PEOPLE["email"], phones=PEOPLE["sms"], now=runtime.clock.now())


def begin(runtime: Runtime, sandbox: Sandbox, channel: str) -> int:
    """Launch a mailing; the provider takes its time, which leaves room before a call and after."""
    sandbox.reset()
    provider = "sendgrid" if channel == "email" else "twilio"
    sandbox.faults(provider, "slow", count=None, chance=0.5, seconds=0.2)
    return launch(runtime, channel)


def has_begun(runtime: Runtime, mailing_id: int) -> bool:
    """Whether a call was made."""
    return calls_begun(runtime, mailing_id) >= 1


def is_done(runtime: Runtime, mailing_id: int) -> bool:
    """Whether a mailing has come to its end."""
    return mailing_state(runtime, mailing_id) == "done"


def fired(runtime: Runtime, moment: datetime) -> int:
    """How many steps of a moment have fired."""
    with runtime.db.read() as session:
        return (
            session.scalar(
                select(func.count(PlannedStep.id)).where(
                    PlannedStep.due_at == moment, PlannedStep.state == "fired"
                )
            )
            or 0
        )


def all_done(runtime: Runtime, mailings: int) -> bool:
    """Whether so many mailings have come to their end, and none is left."""
    with runtime.db.read() as session:
        return session.scalars(select(Mailing.state)).all() == ["done"] * mailings


def check_run(runtime: Runtime, sandbox: Sandbox, channel: str, mailing_id: int) -> None:
    """Everybody is in a state, and who was reached is whom the provider took."""
    taken = set(accepted_ids(runtime, sandbox))
    reached = ids_in(runtime, mailing_id, *REACHED_PROVIDER)
    assert reached == taken, "what the provider took is proven by its events"
    skipped = ids_in(runtime, mailing_id, "skipped")
    assert len(skipped) == PEOPLE["email"] - PEOPLE[channel], "skipped: only who has no telephone"
    everybody = reached | skipped | ids_in(runtime, mailing_id, "unknown")
    assert len(everybody) == PEOPLE["email"], "somebody is in no such state"
    check_invariants(runtime, sandbox, mailing_id=mailing_id)
