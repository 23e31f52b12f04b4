"""Celery's worker: the sending of `worker`, called by whoever the broker wakes.

The task knows a lane and nothing else. It leases chunks as the worker's threads do, by the same
`Sender`, until nothing is left or its time is up; what it must not do twice, the database refuses.
"""

import logging
import os
import threading
import time
from collections.abc import Sequence
from typing import Final

import structlog
from celery import Celery

from mobilize.core import leases
from mobilize.core.garbage import collect_seldom
from mobilize.messaging.leasing import LAST_LANE
from mobilize.messaging.providers.transports import Transports, open_transports
from mobilize.messaging.sending import Sender
from mobilize.runtime import Runtime, open_runtime
from mobilize.settings import Settings
from mobilize.waking import (
    DRAIN_SECONDS,
    LANES,
    TASK,
    Lane,
    celery_app,
    queue_name,
    wake_after_commit,
)

log = structlog.stdlib.get_logger(__name__)

_TOLD_EACH_TASK: Final = ("celery.worker.strategy", "celery.app.trace")


class Slot:
    """The installation as one process of Celery's pool has it: opened where it is first used.

    Args:
        settings: The installation's settings; a process that was forked opens its own connections.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._process = 0
        self._parts: tuple[Runtime, Transports, str] | None = None

    def parts(self) -> tuple[Runtime, Transports, str]:
        """The installation, the providers, and a name for leases."""
        with self._lock:
            if self._parts is None or self._process != os.getpid():
                self._process = os.getpid()
                runtime = open_runtime(self._settings)
                self._parts = (runtime, open_transports(runtime.settings), leases.own_name())
                collect_seldom()
            return self._parts


def sending_app(settings: Settings) -> Celery:
    """Celery with the one task there is.

    Raises:
        SetupError: No broker is set, or Celery is not installed.
    """
    app, slot = celery_app(settings), Slot(settings)

    @app.task(name=TASK)
    def drain(lane: Lane) -> None:
        runtime, transports, name = slot.parts()
        send_for_a_while(
            runtime, transports, worker=f"{name}-{threading.get_ident() % 100_000}", lane=lane
        )

    return app


def send_for_a_while(
    runtime: Runtime,
    transports: Transports,
    *,
    worker: str,
    lane: Lane,
    seconds: float = DRAIN_SECONDS,
) -> int:
    """Send until nothing may go now, or the time is up; wake the next one where more is left.

    So every place that is free is soon at work, and a task is never long: a worker that is asked to
    stop ends its chunk and not the mailing.

    Args:
        runtime: The installation.
        transports: The providers by channel.
        worker: A name for the leases.
        lane: What to take.
        seconds: After how long no further chunk is taken.

    Returns:
        How many chunks went.
    """
    sender = Sender(runtime, transports, worker=worker, lane=LAST_LANE[lane])
    until, count = time.monotonic() + seconds, 0
    while True:
        _wake_the_next(runtime, sender, lane)
        if not sender.send_next():
            return count
        count += 1
        if time.monotonic() >= until:
            _wake_the_next(runtime, sender, lane, least=1)
            return count


def _wake_the_next(runtime: Runtime, sender: Sender, lane: Lane, *, least: int = 2) -> None:
    """Wake another where more waits than this one is about to take."""
    with runtime.db.transaction() as session:
        if sender.waiting(session, at_most=least) >= least:
            wake_after_commit(session, lane)


def run(settings: Settings, *, concurrency: int, lanes: Sequence[Lane] = LANES) -> None:
    """Send as Celery's worker until a signal asks to stop.

    Args:
        settings: The installation's settings, with a broker.
        concurrency: How many processes send.
        lanes: The queues to serve.

    Raises:
        SetupError: No broker is set, or Celery is not installed.
    """
    for name in _TOLD_EACH_TASK:
        logging.getLogger(name).setLevel(logging.WARNING)
    # One of many on a machine, each with a name of its own; they need not know of each other.
    worker = sending_app(settings).Worker(
        hostname=leases.own_name(),
        concurrency=concurrency,
        queues=[queue_name(settings, lane) for lane in lanes],
        loglevel=settings.logging.level,
        quiet=True,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    )
    worker.start()
