"""Who cancels or merges while a worker takes a chunk waits for it: its claim is not seen before.

What a worker has claimed and not committed yet goes out a moment later.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import select, text

from mobilize.contacts.models import Contact
from mobilize.core.clock import SystemClock
from mobilize.messaging import leasing
from mobilize.messaging.known import Known
from mobilize.messaging.models import Chunk, Message, Submission
from mobilize.messaging.policy import policy_from
from mobilize.messaging.preparing import prepare
from mobilize.messaging.service import cancel_mailing
from mobilize.runtime import Runtime
from tests.faults.crowd import add_crowd
from tests.faults.test_merge_gives_way import Other, merge, wait_until
from tests.messaging.test_sending import launch, states

pytestmark = [
    pytest.mark.faults,
    pytest.mark.parametrize("db", ["postgresql"], indirect=True),
]
"""SQLite has one writer at a time: there nobody sees anything half done."""


@contextmanager
def taking(runtime: Runtime) -> Iterator[set[int]]:
    """A worker takes the first chunk; it commits at the end. Given is who is in its claim."""
    with runtime.db.transaction() as session:
        now, real_now = runtime.clock.now(), SystemClock().now()
        lease = leasing.lease(session, worker="one", now=now, real_now=real_now, seconds=300)
        assert lease is not None
        chunk = lease.chunk
        prepared = prepare(
            session,
            chunk,
            settings=runtime.settings,
            links=runtime.links,
            known=Known(),
            policy=policy_from(runtime.settings),
            now=now,
        )
        assert prepared is not None
        assert prepared.size == chunk.size
        yield {letter.message_id for letter in prepared.batch.letters}


def waits_or_is_done(runtime: Runtime, other: Other) -> bool:
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with runtime.db.read() as session:
        return not other.is_alive() or bool(session.scalar(waiting))


def test_what_is_being_taken_is_not_called_cancelled(sending: Runtime) -> None:
    with sending.db.transaction() as session:
        add_crowd(session, 20, now=sending.clock.now())
    mailing_id = launch(sending)

    def cancel() -> None:
        with sending.db.transaction() as session:
            cancel_mailing(session, mailing_id=mailing_id, now=sending.clock.now())

    other = Other(cancel)
    with taking(sending) as claimed:
        other.start()
        wait_until(lambda: waits_or_is_done(sending, other))
    other.finish()

    assert states(sending, mailing_id) == {("queued", None): 10, ("cancelled", "cancelled"): 10}
    with sending.db.read() as session:
        waiting = session.scalars(select(Message.id).where(Message.state == "queued"))
        assert set(waiting) == claimed
        assert set(session.scalars(select(Chunk.state))) == {"leased", "done"}


def test_of_two_records_that_are_merged_the_message_that_is_being_taken_is_the_one_that_goes(
    sending: Runtime,
) -> None:
    with sending.db.transaction() as session:
        ids = add_crowd(session, 2, now=sending.clock.now())
    launch(sending)
    with sending.db.read() as session:
        english, french = (session.get_one(Contact, one) for one in ids)

    # The chunks are of one language each; the English one goes first.
    other = Other(lambda: merge(sending.db, french, english, sending.clock.now()))
    with taking(sending) as claimed:
        other.start()
        wait_until(lambda: waits_or_is_done(sending, other))
    other.finish()

    with sending.db.read() as session:
        (late,) = session.scalars(select(Message).where(Message.id.not_in(claimed)))
        assert session.scalars(select(Submission.state)).all() == ["submitting"]
        # The gate refuses what is a merged record's.
        assert session.get_one(Contact, late.contact_id).state == "merged"
