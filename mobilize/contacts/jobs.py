"""What contacts do by the clock: noting the ends of consents, looking for duplicates."""

from mobilize.contacts.duplicates import advance
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


def find_duplicates(runtime: Runtime, *, at_once: bool = False) -> int:
    """Look at everybody who changed since the last round, a thousand in each transaction.

    A round that was stopped goes on where it was.

    Args:
        runtime: The installation.
        at_once: Do not wait until somebody changed, or some minutes went by.

    Returns:
        How many records were looked at.
    """
    looked_at, begin = 0, at_once
    while True:
        now = runtime.clock.now()
        with runtime.db.transaction() as session:
            done = advance(session, now=now, at_once=begin)
        if done is None:
            return looked_at
        looked_at, begin = looked_at + done, False
