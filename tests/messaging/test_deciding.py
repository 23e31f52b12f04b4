"""What has no answer: people decide, not sending again is the default, and states move forward."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from mobilize.accounts.models import AuditEntry
from mobilize.core.clock import VirtualClock
from mobilize.core.errors import Conflict, NotFound
from mobilize.messaging import deciding
from mobilize.messaging.jobs import settle_unknown
from mobilize.messaging.models import Chunk, Mailing, Message, ProviderPause
from mobilize.messaging.providers.transports import Transports
from mobilize.messaging.sending import drain
from mobilize.messaging.service import cancel_mailing
from mobilize.runtime import Runtime
from tests.messaging.people import add_contact, lose_answers
from tests.messaging.test_sending import launch, states
from tests.support.sandbox import Sandbox


def make_doubt(runtime: Runtime, people: int = 3) -> int:
    """A mailing that is done, all of whose messages have no answer; returns its id."""
    now = runtime.clock.now()
    with runtime.db.transaction() as session:
        for number in range(1, people + 1):
            add_contact(session, number, now=now)
    mailing_id = launch(runtime)
    with runtime.db.transaction() as session:
        lose_answers(session, now)
        session.execute(update(Chunk).values(state="done"))
        session.execute(update(Mailing).values(state="done", finished_at=now))
    return mailing_id


def test_doubts_are_counted_by_mailing(runtime: Runtime) -> None:
    mailing_id = make_doubt(runtime)
    now = runtime.clock.now()
    with runtime.db.read() as session:
        (group,) = deciding.unknown_by_mailing(session)
        assert deciding.unknown_by_mailing(session, before=now) == []
    assert (group.mailing_id, group.channel, group.count) == (mailing_id, "email", 3)
    assert (group.template, group.oldest) == ("A test", now)


def test_giving_up_sends_nothing_again(
    sending: Runtime, transports: Transports, sandbox: Sandbox
) -> None:
    mailing_id = make_doubt(sending)
    with sending.db.transaction() as session:
        count = deciding.give_up_unknown(session, mailing_id=mailing_id, now=sending.clock.now())
    drain(sending, transports, worker="one")

    assert count == 3
    assert states(sending, mailing_id) == {("failed", deciding.NOT_SENT_AGAIN): 3}
    assert sandbox.messages() == []


def test_sending_again_reopens_the_mailing_and_reaches_each_once(
    sending: Runtime, transports: Transports, sandbox: Sandbox
) -> None:
    mailing_id = make_doubt(sending)
    with sending.db.transaction() as session:
        count = deciding.send_unknown_again(session, mailing_id=mailing_id, now=sending.clock.now())
    drain(sending, transports, worker="one")

    assert count == 3
    assert states(sending, mailing_id) == {("accepted", None): 3}
    assert len(sandbox.messages()) == 3
    with sending.db.read() as session:
        assert session.get_one(Mailing, mailing_id).state == "done"


def test_a_decision_leaves_alone_what_was_answered_meanwhile(runtime: Runtime) -> None:
    mailing_id = make_doubt(runtime)
    now = runtime.clock.now()
    with runtime.db.transaction() as session:
        session.execute(update(Message).where(Message.contact_id == 1).values(state="delivered"))
        assert deciding.give_up_unknown(session, mailing_id=mailing_id, now=now) == 2
        assert deciding.send_unknown_again(session, mailing_id=mailing_id, now=now) == 0
        assert session.get_one(Mailing, mailing_id).state == "done"


def test_a_cancelled_mailing_sends_nothing_again(runtime: Runtime) -> None:
    mailing_id = make_doubt(runtime)
    now = runtime.clock.now()
    with runtime.db.transaction() as session:
        session.get_one(Mailing, mailing_id).state = "sending"
        cancel_mailing(session, mailing_id=mailing_id, now=now)
        with pytest.raises(Conflict):
            deciding.send_unknown_again(session, mailing_id=mailing_id, now=now)


def test_after_the_set_time_a_doubt_is_given_up_and_recorded(
    runtime: Runtime, clock: VirtualClock
) -> None:
    mailing_id = make_doubt(runtime)
    hours = runtime.settings.sending.unknown_hours
    clock.advance(timedelta(hours=hours))
    assert settle_unknown(runtime) == 0
    clock.advance(timedelta(minutes=1))

    assert settle_unknown(runtime) == 3
    assert settle_unknown(runtime) == 0
    assert states(runtime, mailing_id) == {("failed", deciding.NOT_SENT_AGAIN): 3}
    with runtime.db.read() as session:
        entry = session.scalars(
            select(AuditEntry).where(AuditEntry.action == "mailing.give_up_unknown")
        ).one()
    assert (entry.actor, entry.facts) == ("worker", {"messages": 3})


def test_a_lifted_pause_is_gone_and_one_that_is_over_is_not_listed(runtime: Runtime) -> None:
    now = runtime.clock.now()
    with runtime.db.transaction() as session:
        session.add(ProviderPause(provider="sendgrid", reason="the key is revoked", since=now))
        over = now - timedelta(minutes=1)
        session.add(ProviderPause(provider="twilio", reason="busy", since=now, until=over))
        session.flush()
        assert [one.provider for one in deciding.pauses(session, real_now=now)] == ["sendgrid"]
        deciding.lift_pause(session, provider="sendgrid")
        assert deciding.pauses(session, real_now=now) == []
        with pytest.raises(NotFound):
            deciding.lift_pause(session, provider="sendgrid")
