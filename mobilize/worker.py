"""The background process: threads that send, and one leader's ticks that find what is due.

The scheduler only ticks. What is due stands in tables, so a crash, a restart or a second worker
changes nothing.
"""

import signal
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy.exc import SQLAlchemyError

import mobilize.accounts.jobs
import mobilize.alerts.jobs
import mobilize.contacts.import_jobs
import mobilize.contacts.jobs
import mobilize.followups.jobs
import mobilize.holdings
import mobilize.messaging.jobs
from mobilize.core import leases
from mobilize.core.garbage import collect_seldom
from mobilize.messaging.providers.transports import Transports, open_transports
from mobilize.messaging.sending import Sender
from mobilize.runtime import Runtime

log = structlog.stdlib.get_logger(__name__)

Job = Callable[[Runtime], object]

TICKS: Final[tuple[tuple[Job, int], ...]] = (
    (mobilize.followups.jobs.run_due, 15),
    (mobilize.alerts.jobs.finish_done, 10),
    (mobilize.alerts.jobs.keep_sets, 60),
    (mobilize.messaging.jobs.wake, 2),
    (mobilize.messaging.jobs.watch, 10),
    (mobilize.contacts.import_jobs.bring_in_files, 5),
    (mobilize.accounts.jobs.seal_audit, 60),
    (mobilize.contacts.jobs.find_duplicates, 300),
    (mobilize.accounts.jobs.let_go, 3 * 3600),
    (mobilize.messaging.jobs.ask_about_texts, 60),
    (mobilize.messaging.jobs.settle_unknown, 600),
    (mobilize.contacts.jobs.note_expired, 3600),
    (mobilize.messaging.jobs.lapse_sign_ups, 3600),
    (mobilize.messaging.jobs.forget_unproven, 600),
)
"""What the leader does, and every how many seconds."""

SENDERS: Final = 2
"""How many threads send: one makes its letters ready while the other waits for an answer."""
WORKERS: Final = 2
"""How many such processes one machine runs: Python uses one core in each."""
_LEADER: Final = "leader"
_LEADER_SECONDS: Final = 60
_IDLE_SECONDS: Final = 0.5
_AFTER_ERROR_SECONDS: Final = 5.0
_LOOKS_SECONDS: Final = 1.0
_LEAP: Final = timedelta(seconds=2)
"""A clock that is off by more than this within a second was set; by less it is being corrected."""


class Worker:
    """Sends and ticks until it is told to stop.

    Args:
        runtime: The installation.
        transports: The providers; those that the settings name where not given.
        senders: How many threads send.
    """

    def __init__(
        self, runtime: Runtime, *, transports: Transports | None = None, senders: int = SENDERS
    ) -> None:
        self._stopping = threading.Event()
        self.runtime = replace(runtime, stopping=self._stopping)
        self.transports = transports or open_transports(runtime.settings)
        self.name = leases.own_name()
        self._senders = senders

    def run(self) -> None:
        """Work until a signal asks to stop; what is under way ends first where it can go on."""
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: self._stopping.set())
        collect_seldom()
        threads = self.start()
        log.info("worker_started", worker=self.name)
        self._stopping.wait()
        self.stop(threads)
        log.info("worker_stopped", worker=self.name)

    def start(self) -> list[threading.Thread]:
        """Start the sending threads and the ticks; return the threads."""
        self.scheduler = BackgroundScheduler(timezone="UTC")
        for job, seconds in TICKS:
            self.scheduler.add_job(
                self._tick,
                "interval",
                args=[job],
                seconds=seconds,
                id=f"{job.__module__}.{job.__name__}",
                max_instances=1,
                coalesce=True,
            )
        self.scheduler.start()
        threads = [
            threading.Thread(target=self._send, args=[number], name=f"sender-{number}")
            for number in range(self._senders)
        ]
        threads.append(threading.Thread(target=self._watch_the_clock, name="clock"))
        for thread in threads:
            thread.start()
        return threads

    def stop(self, threads: list[threading.Thread]) -> None:
        """Let the threads finish what they hold, and give the lead back."""
        self._stopping.set()
        self.scheduler.shutdown(wait=True)
        for thread in threads:
            thread.join()
        try:
            leases.release(self.runtime.db, _LEADER, holder=self.name)
        except SQLAlchemyError:
            # It runs out by itself; where nothing can be written, that is no reason to fail.
            log.exception("lead_not_given_back", worker=self.name)

    def _send(self, number: int) -> None:
        sender = Sender(self.runtime, self.transports, worker=f"{self.name}-{number}")
        while not self._stopping.is_set():
            try:
                busy = sender.send_next()
            except Exception:
                # A worker that dies of one bad chunk or one lost connection sends nothing more.
                log.exception("sending_failed", worker=self.name)
                self._stopping.wait(_AFTER_ERROR_SECONDS)
                continue
            if not busy:
                self._stopping.wait(_IDLE_SECONDS)

    def _watch_the_clock(self) -> None:
        """Tick at once when the machine's clock is set.

        The scheduler counts by that clock: put back by a day, it would not tick for a day.
        """
        ahead = self._ahead()
        while not self._stopping.wait(_LOOKS_SECONDS):
            standing, ahead = ahead, self._ahead()
            if abs(ahead - standing) > _LEAP:
                leap = round((ahead - standing).total_seconds())
                log.warning("clock_was_set", worker=self.name, seconds=leap)
                for job in self.scheduler.get_jobs():
                    job.modify(next_run_time=self.runtime.machine.now())

    def _ahead(self) -> datetime:
        """What the machine's clock showed when one that nobody sets stood at nought."""
        return self.runtime.machine.now() - timedelta(seconds=time.monotonic())

    def _leads(self) -> bool:
        return leases.hold(
            self.runtime.db,
            _LEADER,
            holder=self.name,
            seconds=_LEADER_SECONDS,
            now=self.runtime.machine.now(),
        )

    def _tick(self, job: Job) -> None:
        try:
            if self._leads():
                job(self.runtime)
        except Exception:
            log.exception("tick_failed", job=f"{job.__module__}.{job.__name__}")


def tick_once(runtime: Runtime) -> None:
    """Do everything that is due, once and in order: for the demo, rehearsals and tests."""
    for job, _seconds in TICKS:
        job(runtime)
