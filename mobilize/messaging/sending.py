"""One step of the sending loop: lease, ask the gate, commit the claim, call, commit the outcome.

No transaction is open while the provider is called. What happens in between — a crash, a time-out —
leaves a request behind that is `submitting` still: its messages become `unknown` and are never sent
again blindly.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final, TypeVar

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from mobilize.contacts.jobs import knows_all_noes, recall_noes
from mobilize.core.outages import is_outage
from mobilize.messaging import breaker, leasing, outbox, text_budgets
from mobilize.messaging.figures import count_outcomes
from mobilize.messaging.known import Known
from mobilize.messaging.models import BULK_LANE
from mobilize.messaging.pacing import Pacer
from mobilize.messaging.policy import policy_from
from mobilize.messaging.preparing import Prepared, prepare
from mobilize.messaging.providers.outcomes import AT_ONCE, Pace
from mobilize.messaging.providers.transports import Transports
from mobilize.messaging.recording import put_back, record, set_aside
from mobilize.runtime import Runtime

log = structlog.stdlib.get_logger(__name__)

_TIDIES_EVERY: Final = 1.0
"""Seconds that a message that stands alone may wait for its chunk while a blast goes out."""
_AGAIN_SECONDS: Final = 2.0
Result = TypeVar("Result")


class Sender:
    """Sends chunk by chunk, and remembers what need not be asked for each.

    Args:
        runtime: The installation.
        transports: The providers by channel.
        worker: A name for its leases.
        lane: The last lane that it takes from; the transactional one comes first in any case.
    """

    def __init__(
        self, runtime: Runtime, transports: Transports, *, worker: str, lane: int = BULK_LANE
    ) -> None:
        self._runtime = runtime
        self._transports = transports
        self._worker = worker
        self._lane = lane
        self._policy = policy_from(runtime.settings)
        self._known = Known()
        self._pacer = Pacer(runtime.settings)
        self._tidied: float | None = None
        self._has_asked = False
        """Whether it was asked if the database has forgotten a no, since this sender began."""

    def waiting(self, session: Session, *, at_most: int) -> int:
        """How many chunks could be taken now; it counts to `at_most`."""
        return leasing.waiting(
            session,
            now=self._runtime.clock.now(),
            real_now=self._runtime.machine.now(),
            lane=self._lane,
            full=self._pacer.without_room(session),
            at_most=at_most,
        )

    def send_next(self) -> bool:
        """Send the next chunk, if one may go.

        Returns:
            Whether there was a chunk: call again at once; else wait a little.
        """
        real_now = self._runtime.machine.now()
        # By a clock that nobody sets: else nothing would be tidied for as long as one was put back.
        is_untidy = self._tidied is None or time.monotonic() - self._tidied >= _TIDIES_EVERY
        if is_untidy:
            self._tidy(real_now)
        found, prepared, pace = self._take(real_now)
        if not found and not is_untidy:
            # Nothing goes, as far as was seen a moment ago: a message may have come since.
            self._tidy(real_now)
            found, prepared, pace = self._take(real_now)
        if prepared is not None:
            self._send(prepared, pace)
        return found

    def _send(self, prepared: Prepared, pace: Pace) -> None:
        """Call the provider, and write down what came of it."""
        runtime = self._runtime
        try:
            batch = prepared.batch
        except Exception as error:
            # Nothing has gone. What one text brings up must not stop all that waits behind it.
            log.exception("letters_failed", worker=self._worker)
            failed = error
            self._keep(
                lambda session: set_aside(session, prepared, failed, now=runtime.clock.now())
            )
            return
        if prepared.is_counted and not self._may_cost(prepared):
            return
        outcomes = self._transports[prepared.channel].send(batch, pace)
        count_outcomes(prepared.channel, outcomes)

        def note(session: Session) -> None:
            record(
                session,
                prepared,
                outcomes,
                now=runtime.clock.now(),
                real_now=runtime.machine.now(),
                max_attempts=runtime.settings.sending.max_attempts,
            )
            if prepared.is_counted:
                text_budgets.settle(session, prepared.chunk[0], batch, outcomes)

        self._keep(note)

    def _keep(self, work: Callable[[Session], Result]) -> Result:
        """Write down what is known of a request that was begun, as soon as that can be done.

        Where the disk is full, the process alone knows whether it was taken: it goes on trying for
        as long as it lives, so that nobody's message is in doubt for want of room.
        """
        while True:
            try:
                with self._runtime.db.transaction() as session:
                    return work(session)
            except SQLAlchemyError as error:
                if not is_outage(error):
                    raise
                log.exception("outcome_not_written", worker=self._worker)
                if self._runtime.stopping.wait(_AGAIN_SECONDS):
                    raise

    def _may_cost(self, prepared: Prepared) -> bool:
        """Count what texts cost before they go; those that would pass the cap are put back."""
        runtime, batch = self._runtime, prepared.batch
        segments = text_budgets.segments_of(batch, batch.letters)
        # Not kept trying: what goes out has asked the gate a moment ago, not an hour.
        with runtime.db.transaction() as session:
            if text_budgets.reserve(session, mailing_id=prepared.chunk[0], segments=segments):
                return True
        self._keep(
            lambda session: put_back(
                session, prepared, text_budgets.CAP_REACHED, now=runtime.clock.now()
            )
        )
        return False

    def _tidy(self, real_now: datetime) -> None:
        """Take back what dead workers held, and put what stands alone into chunks."""
        now, seconds = self._runtime.clock.now(), self._runtime.settings.sending.lease_seconds
        with self._runtime.db.transaction() as session:
            outbox.recover(session, now=now, real_now=real_now, seconds=seconds)
            outbox.group(session, now=now)
        self._tidied = time.monotonic()

    def _take(self, real_now: datetime) -> tuple[bool, Prepared | None, Pace]:
        """Lease a chunk and make it ready.

        Returns:
            Whether there was a chunk, what is to be sent of it, and how fast.
        """
        try:
            with self._runtime.db.transaction() as session:
                return self._take_in(session, real_now)
        except _NoRoom:
            # Somebody else was faster; everything is as before, and the next look sees it.
            return True, None, AT_ONCE
        except _Forgotten:
            recall_noes(self._runtime, settled=self._has_asked)
            self._has_asked = True
            return True, None, AT_ONCE

    def _take_in(self, session: Session, real_now: datetime) -> tuple[bool, Prepared | None, Pace]:
        runtime, now = self._runtime, self._runtime.clock.now()
        if not knows_all_noes(runtime, session, settled=self._has_asked):
            raise _Forgotten
        self._has_asked = True
        lease = leasing.lease(
            session,
            worker=self._worker,
            now=now,
            real_now=real_now,
            seconds=runtime.settings.sending.lease_seconds,
            lane=self._lane,
            full=self._pacer.without_room(session),
        )
        if lease is None:
            outbox.finish_mailings(session, now=now)
            return False, None, AT_ONCE
        chunk, channel = lease.chunk, lease.channel
        prepared = prepare(
            session,
            chunk,
            settings=runtime.settings,
            links=runtime.links,
            known=self._known,
            policy=self._policy,
            now=now,
            at_most=1 if lease.is_probe else self._pacer.at_most(channel, chunk.lane),
        )
        if prepared is None:
            key = (chunk.mailing_id, chunk.language, chunk.number)
            outbox.release(session, key, state="done")
            if lease.is_probe:
                breaker.give_probe_back(session, provider=outbox.PROVIDER_OF[channel])
            return True, None, AT_ONCE
        pace = self._pacer.take(
            session, channel, chunk.lane, size=prepared.size, write=lambda: prepared.batch
        )
        if pace is None:
            raise _NoRoom
        is_counted = channel == "sms" and self._known.is_counted(session, chunk.mailing_id)
        ready = replace(prepared, is_troubled=lease.is_troubled, is_counted=is_counted)
        return True, ready, pace


class _Forgotten(Exception):
    """The database does not know of every no that was said, and sends nothing until it does.

    It may have been brought back from a copy before this process began, or under its hands.
    """


class _NoRoom(Exception):
    """The sender's rate leaves no room; what was begun is undone."""


def drain(runtime: Runtime, transports: Transports, *, worker: str, senders: int = 1) -> int:
    """Send until nothing may go now; return how many chunks went.

    Args:
        runtime: The installation.
        transports: The providers by channel.
        worker: A name for the leases.
        senders: How many threads send, as a worker has several.
    """
    with ThreadPoolExecutor(senders, thread_name_prefix=worker) as pool:
        names = [worker if number == 0 else f"{worker}-{number}" for number in range(senders)]
        return sum(pool.map(partial(_drain, runtime, transports), names))


def _drain(runtime: Runtime, transports: Transports, worker: str) -> int:
    sender, count = Sender(runtime, transports, worker=worker), 0
    while sender.send_next():
        count += 1
    return count
