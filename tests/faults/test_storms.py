"""Providers that fail for a while, or after they accepted: everybody gets it once all the same."""

import threading
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from mobilize.contacts.service import withdraw
from mobilize.messaging.breaker import OPENS_AFTER
from mobilize.messaging.models import Message, ProviderPause, Submission
from mobilize.messaging.providers.transports import Transports, open_transports
from mobilize.messaging.sending import Sender, drain
from mobilize.runtime import Runtime
from tests.faults.conftest import WayBack
from tests.faults.crowd import add_crowd, mailing_state
from tests.faults.invariants import check_invariants
from tests.faults.workers import PATIENCE
from tests.messaging.test_sending import launch, states
from tests.support.sandbox import Sandbox

pytestmark = pytest.mark.faults


def drain_until_done(
    runtime: Runtime, transports: Transports, mailing_id: int, worker: str = "one"
) -> None:
    """Send, wait out the provider's pauses, send again: as a worker does."""
    deadline = time.monotonic() + PATIENCE
    while mailing_state(runtime, mailing_id) != "done":
        assert time.monotonic() < deadline, "the mailing does not end"
        if not drain(runtime, transports, worker=worker):
            time.sleep(0.05)


@pytest.mark.parametrize(
    ("channel", "provider", "kind"),
    [("email", "sendgrid", "429"), ("sms", "twilio", "429"), ("sms", "twilio", "503")],
)
def test_a_storm_of_refusals_heals_and_everybody_gets_it_once(
    sending: Runtime,
    transports: Transports,
    sandbox: Sandbox,
    channel: str,
    provider: str,
    kind: str,
) -> None:
    people = 400 if channel == "email" else 60
    with sending.db.transaction() as session:
        add_crowd(session, people, now=sending.clock.now())
    # Twilio's own 503 (20503) says to try again.
    sandbox.faults(provider, kind, count=2, retry_after=0, html=False)
    mailing_id = launch(sending, channel)

    drain_until_done(sending, transports, mailing_id)

    assert states(sending, mailing_id) == {("accepted", None): people}
    check_invariants(sending, sandbox)


def test_one_channels_storm_does_not_touch_the_other(
    sending: Runtime, transports: Transports, sandbox: Sandbox
) -> None:
    with sending.db.transaction() as session:
        add_crowd(session, 20, now=sending.clock.now())
    sandbox.faults("sendgrid", "429", count=None)
    mails, texts = launch(sending, "email"), launch(sending, "sms")

    drain(sending, transports, worker="one")

    assert states(sending, texts) == {("accepted", None): 20}
    assert states(sending, mails) == {("queued", None): 20}
    check_invariants(sending, sandbox, finished=False)


def test_an_endless_storm_ends_visibly_not_silently(
    sending: Runtime, transports: Transports, sandbox: Sandbox
) -> None:
    few = replace(sending.settings.sending, max_attempts=2)
    patient = replace(sending, settings=replace(sending.settings, sending=few))
    with sending.db.transaction() as session:
        add_crowd(session, 1, now=sending.clock.now())
    sandbox.faults("sendgrid", "429", count=None, retry_after=0)
    mailing_id = launch(sending)

    drain_until_done(patient, transports, mailing_id)

    assert states(sending, mailing_id) == {("failed", "given_up"): 1}
    assert sandbox.messages() == []
    check_invariants(sending, sandbox)


def test_a_provider_that_asks_to_be_called_at_once_each_time_makes_nobody_be_given_up(
    sending: Runtime, transports: Transports, sandbox: Sandbox
) -> None:
    with sending.db.transaction() as session:
        add_crowd(session, 40, now=sending.clock.now())
    sandbox.faults("sendgrid", "429", count=None, retry_after=0)
    mailing_id = launch(sending)

    drain(sending, transports, worker="one")

    assert states(sending, mailing_id) == {("queued", None): 40}
    with sending.db.read() as session:
        pause = session.get_one(ProviderPause, "sendgrid")
        assert pause.failures == OPENS_AFTER
        assert pause.until is not None
        assert pause.until > pause.since + timedelta(seconds=1)


@pytest.mark.parametrize(
    "kind", ["accept_then_reset", "accept_then_500", "accept_then_503", "accept_then_timeout"]
)
def test_accepted_but_unanswered_is_unknown_until_events_prove_it(
    sending: Runtime, transports: Transports, sandbox: Sandbox, way_back: WayBack, kind: str
) -> None:
    with sending.db.transaction() as session:
        add_crowd(session, 600, now=sending.clock.now())
    sandbox.faults("sendgrid", kind, count=1, seconds=0.1)
    way_back.cut()
    mailing_id = launch(sending)
    drain_until_done(sending, transports, mailing_id)
    drain(sending, transports, worker="two")
    assert states(sending, mailing_id) == {("unknown", "no_answer"): 300, ("accepted", None): 300}

    way_back.mend()

    assert states(sending, mailing_id) == {("delivered", None): 600}
    check_invariants(sending, sandbox)


def test_an_unanswered_text_is_proven_by_its_own_callback(
    sending: Runtime, transports: Transports, sandbox: Sandbox, way_back: WayBack
) -> None:
    with sending.db.transaction() as session:
        add_crowd(session, 12, now=sending.clock.now())
    sandbox.faults("twilio", "accept_then_reset", count=5)
    way_back.cut()
    mailing_id = launch(sending, "sms")
    drain_until_done(sending, transports, mailing_id)
    assert states(sending, mailing_id) == {("unknown", "no_answer"): 5, ("accepted", None): 7}

    way_back.mend()

    assert states(sending, mailing_id) == {("delivered", None): 12}
    check_invariants(sending, sandbox)


def test_not_taken_and_unanswered_stays_unknown_and_is_shown(
    sending: Runtime, transports: Transports, sandbox: Sandbox
) -> None:
    with sending.db.transaction() as session:
        add_crowd(session, 3, now=sending.clock.now())
    sandbox.faults("sendgrid", "reset_before", count=None)
    mailing_id = launch(sending)

    drain_until_done(sending, transports, mailing_id)

    assert states(sending, mailing_id) == {("unknown", "no_answer"): 3}
    assert sandbox.messages() == []
    check_invariants(sending, sandbox)


@pytest.mark.parametrize("html", [True, False])
@pytest.mark.parametrize("provider", ["sendgrid", "twilio"])
def test_what_met_a_503_of_somebody_in_between_is_never_sent_twice(
    sending: Runtime, transports: Transports, sandbox: Sandbox, provider: str, html: bool
) -> None:
    with sending.db.transaction() as session:
        add_crowd(session, 6, now=sending.clock.now())
    sandbox.faults(provider, "accept_then_503", count=2, retry_after=0, html=html)
    channel = "email" if provider == "sendgrid" else "sms"
    mailing_id = launch(sending, channel)

    drain_until_done(sending, transports, mailing_id)

    assert len(sandbox.messages(channel)) == 6
    assert states(sending, mailing_id)["unknown", "no_answer"] >= 2
    check_invariants(sending, sandbox)


@pytest.mark.parametrize("channel", ["email", "sms"])
def test_workers_at_once_send_everything_once(
    sending: Runtime, sandbox: Sandbox, channel: str
) -> None:
    people = 2_200 if channel == "email" else 220
    with sending.db.transaction() as session:
        add_crowd(session, people, now=sending.clock.now())
    mailing_id = launch(sending, channel)
    troubles: list[BaseException] = []

    def work(name: str) -> None:
        try:
            drain_until_done(sending, open_transports(sending.settings), mailing_id, name)
        except BaseException as error:  # noqa: BLE001 - told to the test's own thread
            troubles.append(error)

    threads = [threading.Thread(target=work, args=[f"worker-{n}"]) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert troubles == []
    assert states(sending, mailing_id) == {("accepted", None): people}
    check_invariants(sending, sandbox)


def test_who_leaves_while_it_goes_out_gets_nothing_any_more(
    sending: Runtime, transports: Transports, sandbox: Sandbox
) -> None:
    with sending.db.transaction() as session:
        people = add_crowd(session, 200, now=sending.clock.now())
    mailing_id = launch(sending)
    assert Sender(sending, transports, worker="one").send_next()
    with sending.db.read() as session:
        waiting = session.scalars(
            select(Message.contact_id).where(Message.state == "queued").limit(40)
        ).all()
    assert len(waiting) == 40
    with sending.db.transaction() as session:
        for contact_id in waiting:
            assert contact_id is not None
            withdraw(
                session,
                contact_id=contact_id,
                channel="email",
                source="test",
                actor="supporter",
                now=sending.clock.now(),
            )

    drain_until_done(sending, transports, mailing_id)

    counted = states(sending, mailing_id)
    assert counted[("accepted", None)] == len(people) - 40
    assert sum(count for (state, _), count in counted.items() if state == "skipped") == 40
    check_invariants(sending, sandbox)


def test_each_call_is_on_record_with_its_end(
    sending: Runtime, transports: Transports, sandbox: Sandbox
) -> None:
    with sending.db.transaction() as session:
        add_crowd(session, 10, now=sending.clock.now())
    sandbox.faults("sendgrid", "429", count=1)
    drain_until_done(sending, transports, launch(sending))

    with sending.db.read() as session:
        calls = session.scalars(select(Submission)).all()
    # One message tried again, and both chunks followed it.
    assert sorted(call.state for call in calls) == ["accepted"] * 3 + ["not_sent"]
    assert all(call.finished_at is not None for call in calls)
