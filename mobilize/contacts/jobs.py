"""What contacts do by the clock: noting the ends of consents, looking for duplicates."""

import structlog
from sqlalchemy.orm import Session

from mobilize.contacts.duplicates import advance
from mobilize.contacts.expiring import BATCH, write_expired
from mobilize.contacts.recalling import knows_all, recall
from mobilize.runtime import Runtime

log = structlog.stdlib.get_logger(__name__)


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


def recall_noes(runtime: Runtime, *, settled: bool = True) -> int:
    """Say again to a database that was brought back from a copy which noes it has forgotten.

    Args:
        runtime: The installation.
        settled: Leave the last seconds for the next time: their transactions may be under way.

    Returns:
        How many it had forgotten.
    """
    if runtime.journal is None:
        return 0
    now = runtime.clock.now()
    said = recall(runtime.db, runtime.journal, now=now, settled=settled)
    if said:
        log.warning("opt_outs.recalled", noes=said)
    return said


def knows_all_noes(runtime: Runtime, session: Session, *, settled: bool = True) -> bool:
    """Whether the database has forgotten none of the noes beside it, as one from a copy has.

    Args:
        runtime: The installation.
        session: The transaction in which something is about to be sent.
        settled: As for `recall_noes`, which is to be called where it has.
    """
    return runtime.journal is None or knows_all(session, runtime.journal, settled=settled)


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
