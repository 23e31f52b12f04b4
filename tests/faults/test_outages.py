"""Providers that are down for a while: they are left alone, tried by one, and nobody is burned."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from mobilize.accounts.models import AuditEntry
from mobilize.core.clock import SystemClock
from mobilize.messaging import breaker, deciding
from mobilize.messaging.models import Mailing, ProviderPause, Submission
from mobilize.messaging.providers.transports import Transports, open_transports
from mobilize.messaging.reasons import explain_pause
from mobilize.messaging.sending import Sender, drain
from mobilize.runtime import Runtime
from tests.faults.crowd import add_crowd
from tests.faults.invariants import check_invariants
from tests.faults.test_storms import drain_until_done
from tests.messaging.test_sending import launch, states
from tests.support.sandbox import Sandbox

pytestmark = pytest.mark.faults

CHANNELS = [("email", "sendgrid"), ("sms", "twilio")]
BY_CHANNEL = pytest.mark.parametrize(("channel", "provider"), CHANNELS, ids=["email", "sms"])


def pause_of(runtime: Runtime, provider: str) -> ProviderPause | None:
    with runtime.db.read() as session:
        return session.get(ProviderPause, provider)


def is_over(runtime: Runtime, provider: str) -> None:
    """Let the wait be over, as if time had passed."""
    with runtime.db.transaction() as session:
        row = session.get_one(ProviderPause, provider)
        row.until = SystemClock().now() - timedelta(seconds=1)


def crowd(runtime: Runtime, people: int) -> None:
    with runtime.db.transaction() as session:
        add_crowd(session, people, now=runtime.clock.now())


def requests_met(sandbox: Sandbox) -> int:
    """How many requests the faults in force have struck."""
    return sum(fault["struck"] for fault in sandbox.state()["faults"])


@BY_CHANNEL
@pytest.mark.parametrize(
    "said", [{"retry_after": 40}, {"retry_after": 40, "retry_after_date": True}, {"reset": 40}]
)
def test_a_busy_provider_is_left_alone_for_as_long_as_it_says(
    sending: Runtime,
    transports: Transports,
    sandbox: Sandbox,
    channel: str,
    provider: str,
    said: dict[str, int],
) -> None:
    crowd(sending, 30)
    mailing_id = launch(sending, channel)
    sandbox.faults(provider, "429", count=None, **said)

    drain(sending, transports, worker="one")

    pause = pause_of(sending, provider)
    assert pause is not None
    assert pause.until is not None
    assert timedelta(seconds=35) < pause.until - pause.since < timedelta(seconds=50)
    assert pause.reason == "busy 429"
    assert states(sending, mailing_id) == {("queued", None): 30}
    assert sandbox.messages(channel) == []


@BY_CHANNEL
def test_failures_in_a_row_open_it_before_many_are_in_doubt(
    sending: Runtime, transports: Transports, sandbox: Sandbox, channel: str, provider: str
) -> None:
    crowd(sending, 200 if channel == "sms" else 40)
    mailings = [launch(sending, channel) for _ in range(2 if channel == "email" else 1)]
    other = launch(sending, "sms" if channel == "email" else "email")
    # 502 may come from behind somebody who took it, so that what met it is never sent again.
    sandbox.faults(provider, "502", count=None)

    drain(sending, transports, worker="one")

    counted = sum((states(sending, one) for one in mailings), Counter())
    in_doubt = counted["unknown", "no_answer"]
    assert 0 < in_doubt <= (9 + 3 * 8 if channel == "sms" else 60)
    assert counted["queued", None] > 0
    pause = pause_of(sending, provider)
    assert pause is not None
    assert (pause.reason, pause.failures) == ("no_answer 502", breaker.OPENS_AFTER)
    # The other channel goes on.
    assert set(states(sending, other)) == {("accepted", None)}

    # Half open: one message tries it, whoever looks.
    before = requests_met(sandbox)
    is_over(sending, provider)
    for worker in ("one", "two"):
        drain(sending, open_transports(sending.settings), worker=worker)
    assert requests_met(sandbox) == before + 1

    # It heals: one message goes, and all who are left follow it.
    sandbox.clear_faults()
    is_over(sending, provider)
    drain(sending, transports, worker="one")
    counted = sum((states(sending, one) for one in mailings), Counter())
    assert counted["unknown", "no_answer"] == in_doubt + 1
    assert set(counted) == {("unknown", "no_answer"), ("accepted", None)}
    assert pause_of(sending, provider) is None
    check_invariants(sending, sandbox)


def test_while_one_worker_tries_no_other_does(sending: Runtime) -> None:
    now = SystemClock().now()
    with sending.db.transaction() as session:
        session.add(
            ProviderPause(
                provider="twilio",
                reason="no_answer 502",
                since=now,
                until=now - timedelta(seconds=1),
                failures=breaker.OPENS_AFTER,
            )
        )
    with sending.db.transaction() as session:
        assert breaker.standing(session, real_now=now).half_open == {"twilio"}
        soon = now + timedelta(seconds=60)
        granted = [
            breaker.take_probe(session, provider="twilio", real_now=now, until=soon)
            for _ in range(2)
        ]
        assert granted == [True, False]
        assert breaker.standing(session, real_now=now).closed_to_us == {"twilio"}
        # Whoever tried and died does not keep it closed for ever.
        assert breaker.standing(session, real_now=soon).half_open == {"twilio"}


@BY_CHANNEL
@pytest.mark.parametrize("status", ["401", "403"])
def test_a_revoked_key_stops_everything_at_once_and_burns_nobody(
    sending: Runtime,
    transports: Transports,
    sandbox: Sandbox,
    channel: str,
    provider: str,
    status: str,
) -> None:
    crowd(sending, 120)
    mailing_id = launch(sending, channel)
    sandbox.faults(provider, status, count=None)
    for worker in ("one", "two"):
        drain(sending, transports, worker=worker)

    assert states(sending, mailing_id) == {("queued", None): 120}
    # What was in flight already is refused too; nothing else is tried.
    assert requests_met(sandbox) <= sending.settings.twilio.parallel
    with sending.db.read() as session:
        (pause,) = deciding.pauses(session, real_now=SystemClock().now())
        assert pause.until is None
        assert explain_pause(pause.reason, "fr").startswith("Il refuse notre clé")
        notices = session.scalars(select(AuditEntry).where(AuditEntry.action == "provider.pause"))
        assert [(entry.subject_id, entry.facts) for entry in notices] == [
            (provider, {"reason": f"key_refused {status}"})
        ]
        assert session.get_one(Mailing, mailing_id).state == "sending"

    sandbox.clear_faults()
    with sending.db.transaction() as session:
        deciding.lift_pause(session, provider=provider)
    drain(sending, transports, worker="one")
    assert states(sending, mailing_id) == {("accepted", None): 120}
    check_invariants(sending, sandbox)


def test_who_waits_for_a_person_is_not_let_go_by_somebody_slower(sending: Runtime) -> None:
    now = SystemClock().now()
    with sending.db.transaction() as session:
        breaker.block(session, provider="sendgrid", reason="key_refused 401", now=now, real_now=now)
        breaker.note_failure(
            session, provider="sendgrid", reason="busy 429", now=now, real_now=now, at_once=True
        )
        breaker.note_success(session, provider="sendgrid")
    pause = pause_of(sending, "sendgrid")
    assert pause is not None
    assert (pause.reason, pause.until) == ("key_refused 401", None)


@BY_CHANNEL
@pytest.mark.parametrize("kind", ["drip", "slow_headers"])
def test_an_answer_that_drips_ends_at_the_deadline(
    sending: Runtime, sandbox: Sandbox, channel: str, provider: str, kind: str
) -> None:
    crowd(sending, 2)
    settings = replace(
        sending.settings,
        sendgrid=replace(sending.settings.sendgrid, deadline_seconds=0.5),
        twilio=replace(sending.settings.twilio, deadline_seconds=0.5),
    )
    mailing_id = launch(sending, channel)
    # Each single read would wait for ten seconds; a byte comes every fraction of one.
    sandbox.faults(provider, kind, count=1, seconds=30)

    drain_until_done(sending, open_transports(settings), mailing_id)

    assert states(sending, mailing_id) == {("unknown", "no_answer"): 1, ("accepted", None): 1}
    with sending.db.read() as session:
        errors = set(session.scalars(select(Submission.error)))
    assert errors == {None, "no_answer deadline"}
    check_invariants(sending, sandbox)


@BY_CHANNEL
def test_where_nobody_listens_nothing_is_in_doubt(
    sending: Runtime, sandbox: Sandbox, channel: str, provider: str
) -> None:
    crowd(sending, 30)
    mailing_id = launch(sending, channel)
    nowhere = "http://127.0.0.1:1"
    settings = replace(
        sending.settings,
        sendgrid=replace(sending.settings.sendgrid, url=nowhere),
        twilio=replace(sending.settings.twilio, url=nowhere),
    )
    sender = Sender(sending, open_transports(settings), worker="one")

    assert sender.send_next()
    while sender.send_next():
        pass

    assert states(sending, mailing_id) == {("queued", None): 30}
    pause = pause_of(sending, provider)
    assert pause is not None
    assert pause.reason.startswith("no_connection ")


def test_texts_without_an_answer_stay_so_when_others_of_their_batch_go_again(
    sending: Runtime, transports: Transports, sandbox: Sandbox
) -> None:
    crowd(sending, 40)
    mailing_id = launch(sending, "sms")
    sandbox.faults("twilio", "accept_then_reset", count=2)
    sandbox.faults("twilio", "429", count=2, after=2, retry_after=0)

    drain_until_done(sending, transports, mailing_id)

    assert states(sending, mailing_id) == {("unknown", "no_answer"): 2, ("accepted", None): 38}
    check_invariants(sending, sandbox)


@pytest.mark.parametrize("code", [21606, 21659])
def test_a_number_of_ours_that_is_refused_burns_nobody(
    sending: Runtime, transports: Transports, sandbox: Sandbox, code: int
) -> None:
    crowd(sending, 40)
    mailing_id = launch(sending, "sms")
    sandbox.faults("twilio", "400", count=None, code=code)

    drain(sending, transports, worker="one")

    assert states(sending, mailing_id) == {("queued", None): 40}
    pause = pause_of(sending, "twilio")
    assert pause is not None
    assert (pause.reason, pause.until) == (f"sender_refused {code}", None)


@BY_CHANNEL
@pytest.mark.parametrize("status", ["400", "413"])
def test_a_page_instead_of_an_answer_burns_at_most_a_handful(
    sending: Runtime,
    transports: Transports,
    sandbox: Sandbox,
    channel: str,
    provider: str,
    status: str,
) -> None:
    crowd(sending, 200)
    mailing_id = launch(sending, channel)
    sandbox.faults(provider, status, count=None, html=True)

    drain(sending, transports, worker="one")

    counted = states(sending, mailing_id)
    assert counted["queued", None] >= 150
    with sending.db.read() as session:
        stopped = session.get_one(Mailing, mailing_id).pause_reason
        paused = session.get(ProviderPause, provider)
    assert stopped == "text_refused" or (paused is not None and paused.until is None)
    check_invariants(sending, sandbox, finished=False)
