"""What contacts do by the clock: noting the ends of consents."""

from mobilize.contacts.expiring import BATCH, write_expired
from mobilize.runtime import Runtime


def note_expired(runtime: Runtime, *, batch: int = BATCH) -> int:
    """Note in the ledger which consents have ended, a batch in each transaction.

    Returns:
        How many were noted.
    """
    noted = 0
    while True:
        with runtime.db.transaction() as session:
            fresh = write_expired(session, now=runtime.clock.now(), limit=batch)
        noted += fresh
        if fresh < batch:
            return noted
