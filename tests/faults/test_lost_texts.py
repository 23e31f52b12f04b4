"""Texts whose answer was lost: the provider's own list proves them, and nothing less does."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import requests
from sqlalchemy import select, update

from mobilize.contacts.models import Contact
from mobilize.core.clock import VirtualClock
from mobilize.messaging.deciding import NOT_SENT_AGAIN
from mobilize.messaging.finding import MOST, questions
from mobilize.messaging.jobs import ask_about_texts, settle_unknown
from mobilize.messaging.models import Message, Submission
from mobilize.messaging.providers.transports import Transports
from mobilize.messaging.sending import drain
from mobilize.messaging.service import start_mailing
from mobilize.messaging.templates import TextDraft, save_template
from mobilize.runtime import Runtime
from tests.faults.conftest import WayBack
from tests.faults.crowd import add_crowd
from tests.faults.invariants import check_invariants
from tests.faults.test_storms import drain_until_done
from tests.messaging.people import add_contact
from tests.messaging.test_sending import EVERYBODY, launch, states
from tests.support.sandbox import ACCOUNT_SID, AUTH_TOKEN, Sandbox

pytestmark = pytest.mark.faults

OURS = "+16135550100"
FIRST = "+16135550000"
"""Where the first of the crowd is reached."""


@pytest.fixture
def lost(sending: Runtime, sandbox: Sandbox, now: datetime) -> Runtime:
    """An installation to which no callback ever comes."""
    sandbox.set_clock(now)
    return sending


def crowd(runtime: Runtime, people: int) -> None:
    with runtime.db.transaction() as session:
        add_crowd(session, people, now=runtime.clock.now())
        session.execute(update(Contact).values(language="en"))


def launch_plain(runtime: Runtime) -> int:
    """A mailing whose words are the same for all, without a link."""
    now = runtime.clock.now()
    texts = [
        TextDraft(channel="sms", language="en", body="Call. STOP ends it."),
        TextDraft(channel="sms", language="fr", body="Appelez. ARRET y met fin."),
    ]
    with runtime.db.transaction() as session:
        template = save_template(session, key="plain", name="Plain", texts=texts, now=now)
        return start_mailing(
            session,
            kind="alert",
            channel="sms",
            template_id=template.id,
            recipients=EVERYBODY,
            topic="services",
            campaign_ref=None,
            facts={},
            now=now,
        ).id


def by_another_tool(sandbox: Sandbox, body: str, *, to: str = FIRST) -> None:
    """A text from our number that is none of our messages."""
    answer = requests.post(
        f"{sandbox.url}/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json",
        data={"To": to, "From": OURS, "Body": body},
        auth=(ACCOUNT_SID, AUTH_TOKEN),
        timeout=10,
    )
    assert answer.status_code == 201


def later(clock: VirtualClock, **time: float) -> None:
    clock.set(clock.now() + timedelta(**time))


def provider_refs(runtime: Runtime, mailing_id: int) -> set[str | None]:
    with runtime.db.read() as session:
        return set(
            session.scalars(select(Message.provider_ref).where(Message.mailing_id == mailing_id))
        )


def test_the_providers_list_proves_texts_by_the_link_in_them(
    lost: Runtime, transports: Transports, sandbox: Sandbox, clock: VirtualClock
) -> None:
    crowd(lost, 12)
    sandbox.faults("twilio", "accept_then_reset", count=2)
    mailing_id = launch(lost, "sms")
    drain_until_done(lost, transports, mailing_id)
    assert states(lost, mailing_id) == {("unknown", "no_answer"): 2, ("accepted", None): 10}

    assert ask_about_texts(lost) == 0, "a callback mostly comes sooner"
    later(clock, minutes=2)
    assert ask_about_texts(lost) == 2

    assert {state for state, _ in states(lost, mailing_id)} <= {"accepted", "delivered"}
    assert provider_refs(lost, mailing_id) == {
        text["message_id"] for text in sandbox.messages("sms")
    }
    with lost.db.read() as session:
        assert set(session.scalars(select(Submission.state))) == {"settled"}
    check_invariants(lost, sandbox)


def test_what_is_not_listed_stays_in_doubt_and_is_not_sent_again(
    lost: Runtime, transports: Transports, sandbox: Sandbox, clock: VirtualClock
) -> None:
    crowd(lost, 2)
    sandbox.faults("twilio", "reset_before", count=1)
    mailing_id = launch(lost, "sms")
    drain_until_done(lost, transports, mailing_id)
    later(clock, minutes=2)

    assert ask_about_texts(lost) == 0
    assert states(lost, mailing_id) == {("unknown", "no_answer"): 1, ("accepted", None): 1}
    later(clock, hours=lost.settings.sending.unknown_hours)
    assert ask_about_texts(lost) == 0
    settle_unknown(lost)
    drain(lost, transports, worker="two")

    assert states(lost, mailing_id) == {("failed", NOT_SENT_AGAIN): 1, ("accepted", None): 1}
    assert len(sandbox.messages("sms")) == 1
    check_invariants(lost, sandbox)


def test_a_text_without_a_link_is_proven_by_its_words_alone(
    lost: Runtime, transports: Transports, sandbox: Sandbox, clock: VirtualClock
) -> None:
    crowd(lost, 2)
    sandbox.faults("twilio", "accept_then_reset", count=2)
    mailing_id = launch_plain(lost)
    drain_until_done(lost, transports, mailing_id)
    later(clock, minutes=2)

    assert ask_about_texts(lost) == 2
    check_invariants(lost, sandbox)


@pytest.mark.parametrize("words", ["Your dentist: tomorrow at ten.", "Call. STOP ends it. Or not."])
def test_another_tools_text_to_the_same_number_proves_nothing(
    lost: Runtime, transports: Transports, sandbox: Sandbox, clock: VirtualClock, words: str
) -> None:
    crowd(lost, 1)
    sandbox.faults("twilio", "reset_before", count=1)
    mailing_id = launch_plain(lost)
    drain_until_done(lost, transports, mailing_id)
    by_another_tool(sandbox, words)
    later(clock, minutes=2)

    assert ask_about_texts(lost) == 0
    assert states(lost, mailing_id) == {("unknown", "no_answer"): 1}


def test_the_same_words_of_long_ago_prove_nothing(
    lost: Runtime, transports: Transports, sandbox: Sandbox, clock: VirtualClock
) -> None:
    crowd(lost, 1)
    by_another_tool(sandbox, "Call. STOP ends it.")
    later(clock, hours=1)
    sandbox.set_clock(clock.now())
    sandbox.faults("twilio", "reset_before", count=1)
    mailing_id = launch_plain(lost)
    drain_until_done(lost, transports, mailing_id)
    later(clock, minutes=2)

    assert ask_about_texts(lost) == 0
    assert states(lost, mailing_id) == {("unknown", "no_answer"): 1}


def test_of_two_alike_in_doubt_one_text_proves_neither(
    lost: Runtime, transports: Transports, sandbox: Sandbox, clock: VirtualClock
) -> None:
    sending = replace(lost.settings.sending, sms_per_week=2)
    often = replace(lost, settings=replace(lost.settings, sending=sending))
    crowd(often, 1)
    sandbox.faults("twilio", "accept_then_reset", count=1)
    sandbox.faults("twilio", "reset_before", count=1)
    mailings = [launch_plain(often), launch_plain(often)]
    for mailing_id in mailings:
        drain_until_done(often, transports, mailing_id)
    later(clock, minutes=2)

    assert len(sandbox.messages("sms")) == 1
    assert ask_about_texts(often) == 0
    assert [states(often, one) for one in mailings] == [{("unknown", "no_answer"): 1}] * 2


def test_the_list_is_read_page_by_page(
    lost: Runtime, transports: Transports, sandbox: Sandbox, clock: VirtualClock
) -> None:
    crowd(lost, 1)
    sandbox.faults("twilio", "accept_then_reset", count=1)
    mailing_id = launch(lost, "sms")
    drain_until_done(lost, transports, mailing_id)
    for number in range(70):
        by_another_tool(sandbox, f"Something else, {number}.")
    later(clock, minutes=2)

    assert ask_about_texts(lost) == 1
    assert {state for state, _ in states(lost, mailing_id)} <= {"accepted", "delivered"}


def test_who_has_another_number_by_now_is_not_asked_about(
    lost: Runtime, transports: Transports, sandbox: Sandbox, clock: VirtualClock
) -> None:
    crowd(lost, 1)
    sandbox.faults("twilio", "accept_then_reset", count=1)
    mailing_id = launch(lost, "sms")
    drain_until_done(lost, transports, mailing_id)
    with lost.db.transaction() as session:
        session.scalars(select(Contact)).one().phone = "+16135550177"
    later(clock, minutes=2)

    assert ask_about_texts(lost) == 0
    assert states(lost, mailing_id) == {("unknown", "no_answer"): 1}


def test_whom_nobody_can_ask_about_does_not_hold_up_the_others(
    lost: Runtime, transports: Transports, sandbox: Sandbox, clock: VirtualClock
) -> None:
    crowd(lost, MOST)
    gone = launch(lost, "sms")
    drain_until_done(lost, transports, gone)
    with lost.db.transaction() as session:
        session.execute(update(Submission).values(state="unknown"))
        session.execute(update(Message).values(state="unknown", reason="no_answer"))
        session.execute(update(Contact).values(phone=None))
        add_contact(session, 5000, now=clock.now())
    sandbox.faults("twilio", "accept_then_reset", count=1)
    asked = launch(lost, "sms")
    drain_until_done(lost, transports, asked)
    later(clock, minutes=2)

    assert ask_about_texts(lost) + ask_about_texts(lost) == 1
    assert states(lost, gone) == {("unknown", "no_answer"): MOST}
    assert ("unknown", "no_answer") not in states(lost, asked)


def test_requests_whose_texts_were_all_proven_are_closed_and_never_asked_about(
    lost: Runtime,
    transports: Transports,
    sandbox: Sandbox,
    clock: VirtualClock,
    way_back: WayBack,
) -> None:
    crowd(lost, 3)
    sandbox.faults("twilio", "accept_then_reset", count=2)
    way_back.cut()
    drain_until_done(lost, transports, launch(lost, "sms"))
    way_back.mend()

    with lost.db.read() as session:
        assert "unknown" not in set(session.scalars(select(Submission.state)))
        assert questions(session, now=clock.now() + timedelta(hours=1)).requests == []
