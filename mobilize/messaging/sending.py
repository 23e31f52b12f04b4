"""One step of the sending loop: lease, ask the gate, commit the claim, call, commit the outcome.

No transaction is open while the provider is called. What happens in between — a crash, a time-out —
leaves a request behind that is `submitting` still: its messages become `unknown` and are never sent
again blindly.
"""

from mobilize.core.clock import SystemClock
from mobilize.messaging import outbox
from mobilize.messaging.lettering import Names
from mobilize.messaging.policy import policy_from
from mobilize.messaging.preparing import prepare
from mobilize.messaging.providers.transports import Transports
from mobilize.messaging.recording import record
from mobilize.runtime import Runtime


def send_next(
    runtime: Runtime, transports: Transports, *, worker: str, names: Names | None = None
) -> bool:
    """Send the next chunk, if one may go.

    Args:
        runtime: The installation.
        transports: The providers by channel.
        worker: A name for this worker's leases.
        names: What this worker remembers of ridings and MPs from one chunk to the next.

    Returns:
        Whether there was a chunk: call again at once; else wait a little.
    """
    real_now = SystemClock().now()
    now = runtime.clock.now()
    with runtime.db.transaction() as session:
        outbox.recover(session, now=now, real_now=real_now)
        outbox.group(session, now=now)
        chunk = outbox.lease(
            session,
            worker=worker,
            now=now,
            real_now=real_now,
            seconds=runtime.settings.sending.lease_seconds,
        )
        if chunk is None:
            outbox.finish_mailings(session, now=now)
            return False
        prepared = prepare(
            session,
            chunk,
            settings=runtime.settings,
            links=runtime.links,
            names=names or Names(),
            policy=policy_from(runtime.settings),
            now=now,
        )
        if prepared is None:
            outbox.release(session, (chunk.mailing_id, chunk.language, chunk.number), state="done")
            return True
    outcomes = transports[prepared.channel].send(prepared.batch)
    with runtime.db.transaction() as session:
        record(
            session,
            prepared,
            outcomes,
            now=runtime.clock.now(),
            max_attempts=runtime.settings.sending.max_attempts,
        )
    return True


def drain(runtime: Runtime, transports: Transports, *, worker: str) -> int:
    """Send until nothing may go now; return how many chunks went."""
    count = 0
    names = Names()
    while send_next(runtime, transports, worker=worker, names=names):
        count += 1
    return count
