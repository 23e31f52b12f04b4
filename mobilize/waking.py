"""Who sends is woken after commit, where that is done by Celery's workers on several machines.

On one machine nobody needs to be woken: the worker's threads look for themselves, and nothing here
imports Celery. With a broker a nudge says "look", never what or for whom: the outbox is in the
database, so nothing personal stands in the broker, and a nudge that comes twice, late or never
changes nothing but the moment. The leader nudges again whatever waits (`messaging.jobs.wake`).
"""

import threading
import time
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

import structlog
from sqlalchemy.orm import Session

from mobilize.core.db import tell_after_commit
from mobilize.core.errors import SetupError
from mobilize.settings import Settings

if TYPE_CHECKING:
    from celery import Celery
    from kombu.connection import Connection

log = structlog.stdlib.get_logger(__name__)

Lane = Literal["first", "bulk"]
"""`first`: thank-yous, confirmations, codes. `bulk`: those before the rest, and then the rest."""
LANES: Final[tuple[Lane, ...]] = get_args(Lane)

TASK: Final = "mobilize.drain"
DRAIN_SECONDS: Final = 5.0
"""After this long a task takes no further chunk: what waits goes on as the next task."""
_PATIENCE: Final = 2.0
_REST_SECONDS: Final = 10.0


def wake_after_commit(session: Session, lane: Lane) -> None:
    """Have whoever sends look at the outbox as soon as this transaction is committed."""
    tell_after_commit(session, lane)


def queue_name(settings: Settings, lane: Lane) -> str:
    """The broker's queue for a lane."""
    return f"{settings.broker.prefix}.{lane}"


def celery_app(settings: Settings) -> "Celery":
    """Celery as we use it: nothing is kept in the broker that the database does not know.

    A task is acknowledged when it ended, and comes back when its worker dies in it. That it may so
    run twice is harmless: a chunk is leased in the database, and a message is claimed before it
    goes.

    Raises:
        SetupError: No broker is set, or Celery is not installed.
    """
    if not settings.broker.url:
        raise SetupError(
            "No broker is set.",
            hint="Set MOBILIZE_BROKER_URL, as redis://… or amqp://…; docs/how-to/several-machines "
            "says more. On one machine `mobilize worker` needs none.",
        )
    try:
        from celery import Celery  # noqa: PLC0415 - an extra that one machine does without
        from kombu.entity import Exchange, Queue  # noqa: PLC0415
    except ImportError:
        raise SetupError(
            "A broker is set, and Celery is not installed.",
            hint="pip install 'mobilize[celery]', or leave MOBILIZE_BROKER_URL empty.",
        ) from None
    app = Celery("mobilize", broker=settings.broker.url, set_as_current=False)
    app.conf.update(
        task_queues=[
            Queue(name, Exchange(name, type="direct"), routing_key=name)
            for name in (queue_name(settings, lane) for lane in LANES)
        ],
        task_default_queue=queue_name(settings, "bulk"),
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_ignore_result=True,
        task_serializer="json",
        accept_content=["json"],
        task_default_delivery_mode="transient",
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        # Who can write to the broker can wake a worker, and do nothing else with it.
        worker_enable_remote_control=False,
        worker_detect_quorum_queues=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        broker_connection_retry_on_startup=True,
        broker_transport_options=_transport_options(settings),
    )
    return app


def _transport_options(settings: Settings) -> dict[str, Any]:
    if not settings.broker.url.startswith(("redis://", "rediss://")):
        return {}
    return {
        # Longer than the longest chunk: a chunk that outlasts its lease is taken over anyway.
        "visibility_timeout": settings.sending.lease_seconds + 2 * int(DRAIN_SECONDS),
        # Left at its defaults, Redis gives a dead worker's task back only after many minutes.
        "unacked_restore_interval": 2,
        "unacked_restore_throttle": 1,
    }


class Nudger:
    """Sends the nudges; what one cannot be sent for goes out at the leader's next look.

    Where a nudge waits that nobody took yet, no second one is sent: whoever takes it looks at the
    outbox later than now. So the queues stay short, also while no worker is there to empty them.

    Args:
        settings: The installation's settings, with a broker.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._app = celery_app(settings)
        self._connection: Connection | None = None
        self._lock = threading.Lock()
        self._rests_until = 0.0

    def __call__(self, lanes: Collection[str]) -> None:
        """Nudge those who work on the lanes; it never fails, and never waits for long."""
        with self._lock:
            if time.monotonic() < self._rests_until:
                return
            # A connection that stood idle may be gone without our knowing: a fresh one decides.
            stood_idle = self._connection is not None
            if not self._try(lanes) and not (stood_idle and self._try(lanes)):
                self._rests_until = time.monotonic() + _REST_SECONDS

    def _try(self, lanes: Collection[str]) -> bool:
        is_fresh = self._connection is None
        try:
            self._nudge([lane for lane in LANES if lane in lanes])
        except Exception as error:  # noqa: BLE001 - each broker has errors of its own
            # The message is committed: whoever asked for it must not be told otherwise.
            self._close()
            if is_fresh:
                log.warning("nudge_lost", error=type(error).__name__)
            return False
        return True

    def _nudge(self, lanes: Collection[Lane]) -> None:
        from kombu.messaging import Producer  # noqa: PLC0415 - comes with the extra

        connection = self._connected()
        channel = connection.default_channel
        for lane in lanes:
            queue = self._app.amqp.queues[queue_name(self._settings, lane)].bind(channel)
            if queue.queue_declare().message_count:
                continue
            self._app.send_task(
                TASK, args=[lane], queue=queue.name, producer=Producer(channel), retry=False
            )

    def _connected(self) -> "Connection":
        if self._connection is None:
            self._connection = _connection(self._app, self._settings)
            self._connection.connect()
        return self._connection

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.release()
            except Exception as error:  # noqa: BLE001 - it is gone either way
                log.debug("broker_not_closed", error=type(error).__name__)

    def close(self) -> None:
        """Give the connection back."""
        with self._lock:
            self._close()


def _connection(app: "Celery", settings: Settings) -> "Connection":
    """A connection that gives up soon: whoever asks for it has somebody waiting."""
    connection: Connection = app.connection_for_write(
        connect_timeout=_PATIENCE,
        transport_options=_transport_options(settings)
        | {"socket_connect_timeout": _PATIENCE, "socket_timeout": _PATIENCE},
    )
    return connection


def nudges_waiting(settings: Settings) -> dict[Lane, int]:
    """How many nudges wait in each queue that nobody took yet.

    Raises:
        SetupError: No broker is set, Celery is not installed, or the broker does not answer.
    """
    app = celery_app(settings)
    try:
        with _connection(app, settings) as connection:
            connection.connect()
            queues = {lane: app.amqp.queues[queue_name(settings, lane)] for lane in LANES}
            return {
                lane: queue.bind(connection.default_channel).queue_declare().message_count
                for lane, queue in queues.items()
            }
    except Exception as error:  # noqa: BLE001 - each broker has errors of its own
        raise SetupError(
            f"The broker does not answer ({type(error).__name__}).",
            hint="Start it, or correct MOBILIZE_BROKER_URL.",
        ) from None


def nudger(settings: Settings) -> Callable[[Collection[str]], None] | None:
    """What is to be told of commits: nothing where there is no broker."""
    return Nudger(settings) if settings.broker.url else None
