"""What comes back from providers and people: events, one-click leaving, STOP; once and forward."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from mobilize.app import create_app
from mobilize.contacts.consent_models import ConsentEvent, Suppression
from mobilize.contacts.models import Contact
from mobilize.contacts.suppression import Closing, open_again, suppress_all
from mobilize.core.clock import VirtualClock
from mobilize.messaging import events, outbox
from mobilize.messaging.lettering import LEAVE, PROVIDER
from mobilize.messaging.models import InboundText, Mailing, Message, ProviderEvent
from mobilize.messaging.providers.outcomes import AT_ONCE, Batch, Outcome, Pace
from mobilize.messaging.providers.transports import Transports
from mobilize.messaging.sending import drain
from mobilize.runtime import Runtime
from tests.messaging.people import add_contact, consent_of
from tests.messaging.test_sending import launch, states
from tests.support.sandbox import Sandbox
from tests.support.serving import served


@pytest.fixture
def web(sending: Runtime) -> FlaskClient:
    return create_app(sending).test_client()


def only_message(runtime: Runtime) -> Message:
    with runtime.db.read() as session:
        return session.scalars(select(Message).order_by(Message.id)).first()  # type: ignore[return-value]


def sendgrid_event(
    runtime: Runtime, message: Message, kind: str, **more: object
) -> dict[str, object]:
    stamp = int(runtime.clock.now().timestamp())
    return {
        "event": kind,
        "m": runtime.links.seal(PROVIDER, message.id),
        "timestamp": stamp,
        "email": "person1@example.org",
        "sg_event_id": f"{kind}-1",
        **more,
    }


def take(runtime: Runtime, *items: dict[str, object]) -> int:
    now = runtime.clock.now()
    with runtime.db.transaction() as session:
        read = events.from_sendgrid(items, links=runtime.links, now=now)
        return events.apply(session, read, now=now)


@pytest.fixture
def sent(sending: Runtime, transports: Transports) -> Runtime:
    """One mail that the provider took."""
    with sending.db.transaction() as session:
        add_contact(session, 1, now=sending.clock.now())
    launch(sending)
    drain(sending, transports, worker="one")
    return sending


def test_signed_events_come_back_from_the_sandbox_and_move_the_message(
    sending: Runtime, transports: Transports, sandbox: Sandbox
) -> None:
    with sending.db.transaction() as session:
        add_contact(session, 1, now=sending.clock.now())
        add_contact(session, 2, now=sending.clock.now(), email="bounce+511-2@example.org")
    with served(create_app(sending)) as address:
        sandbox.webhooks(email_events_url=f"{address}/hooks/sendgrid")
        mailing_id = launch(sending)
        drain(sending, transports, worker="one")
        sandbox.flush()

    assert states(sending, mailing_id) == {("delivered", None): 1, ("bounced", None): 1}
    with sending.db.read() as session:
        assert session.scalar(select(Suppression.reason)) == "bounced"


def test_the_same_event_is_stored_once_even_under_a_new_id(sent: Runtime) -> None:
    message = only_message(sent)
    delivered = sendgrid_event(sent, message, "delivered")

    taken = [
        take(sent, delivered),
        take(sent, delivered),
        take(sent, {**delivered, "sg_event_id": "another"}),
    ]

    assert taken == [1, 0, 0]
    with sent.db.read() as session:
        assert session.scalar(select(func.count()).select_from(ProviderEvent)) == 1


def test_a_late_event_never_moves_a_message_back(sent: Runtime) -> None:
    message = only_message(sent)
    take(sent, sendgrid_event(sent, message, "delivered"))
    take(sent, sendgrid_event(sent, message, "processed"))
    take(sent, sendgrid_event(sent, message, "deferred"))

    assert only_message(sent).state == "delivered"


def test_any_event_of_a_request_proves_it_for_all_its_recipients(
    sending: Runtime, clock: VirtualClock, transports: Transports, sandbox: Sandbox
) -> None:
    with sending.db.transaction() as session:
        for number in range(1, 4):
            add_contact(session, number, now=sending.clock.now())
    mailing_id = launch(sending)
    sandbox.faults("sendgrid", "accept_then_reset", count=1)
    drain(sending, transports, worker="one")
    assert states(sending, mailing_id) == {("unknown", "no_answer"): 3}

    clock.set(clock.now() + timedelta(days=1))
    take(sending, sendgrid_event(sending, only_message(sending), "delivered"))

    assert states(sending, mailing_id) == {("delivered", None): 1, ("accepted", None): 2}
    with sending.db.read() as session:
        # No message was accepted after its mailing ended: audiences rely on it.
        assert session.get_one(Mailing, mailing_id).finished_at == clock.now()


def test_an_answer_after_the_lease_ran_out_ends_the_mailing_later(
    sending: Runtime, clock: VirtualClock, transports: Transports
) -> None:
    with sending.db.transaction() as session:
        add_contact(session, 1, now=sending.clock.now())
    mailing_id = launch(sending)

    class Slow:
        """A provider whose answer comes when somebody else has given the request up."""

        name = "slow"

        def send(self, batch: Batch, pace: Pace = AT_ONCE) -> Mapping[int, Outcome]:
            outcomes = transports["email"].send(batch, pace)
            now, tomorrow = clock.now(), sending.machine.now() + timedelta(days=1)
            with sending.db.transaction() as session:
                outbox.recover(session, now=now, real_now=tomorrow, seconds=300)
            drain(sending, transports, worker="two")
            with sending.db.read() as session:
                assert session.get_one(Mailing, mailing_id).finished_at == now
            clock.set(now + timedelta(minutes=9))
            return outcomes

    drain(sending, {"email": Slow(), "sms": transports["sms"]}, worker="one")

    assert {state for state, _ in states(sending, mailing_id)} == {"accepted"}
    with sending.db.read() as session:
        assert session.get_one(Mailing, mailing_id).finished_at == clock.now()


def test_a_complaint_closes_the_address_and_the_consent(sent: Runtime) -> None:
    take(sent, sendgrid_event(sent, only_message(sent), "spamreport"))

    with sent.db.read() as session:
        contact = session.scalars(select(Contact)).one()
        assert not consent_of(session, contact, "email").granted
        assert session.scalar(select(Suppression.reason)) == "complaint"


@pytest.mark.parametrize("hard", ["spamreport", "bounce"])
@pytest.mark.parametrize("hard_first", [True, False])
def test_who_also_unsubscribes_in_the_same_call_is_not_opened_by_a_sign_up(
    sent: Runtime, hard: str, hard_first: bool
) -> None:
    message = only_message(sent)
    kinds = (hard, "group_unsubscribe") if hard_first else ("group_unsubscribe", hard)
    take(sent, *(sendgrid_event(sent, message, kind) for kind in kinds))

    said = {"spamreport": "complaint", "bounce": "bounced"}[hard]
    now = sent.clock.now()
    with sent.db.transaction() as session:
        (closed,) = session.scalars(select(Suppression)).all()
        assert closed.reason == said
        assert not open_again(session, channel="email", address_hash=closed.address_hash, now=now)
        told = session.scalars(
            select(ConsentEvent.action).where(ConsentEvent.source == "provider")
        ).all()
    assert sorted(told) == sorted([said, "withdrawn"])


def test_events_of_others_and_nonsense_are_taken_without_harm(sent: Runtime) -> None:
    taken = take(
        sent,
        {"event": "delivered", "m": "forged", "timestamp": "soon"},
        {"event": "open", "timestamp": 1},
        {"nothing": True},
        {"event": "bounce", "category": ["a", "b"], "attempt": "3", "timestamp": 10**15},
    )

    assert taken == 2
    assert only_message(sent).state == "accepted"


@pytest.mark.parametrize("change", ["body", "signature", "missing"])
def test_a_forged_call_is_refused_and_stores_nothing(
    sent: Runtime, web: FlaskClient, change: str
) -> None:
    headers = {
        "X-Twilio-Email-Event-Webhook-Signature": "MEUCIQ" if change == "signature" else "",
        "X-Twilio-Email-Event-Webhook-Timestamp": "1600112502",
    }
    answer = web.post("/hooks/sendgrid", data=b"[]", headers={} if change == "missing" else headers)

    assert answer.status_code == 403
    with sent.db.read() as session:
        assert session.scalar(select(func.count()).select_from(ProviderEvent)) == 0


def test_one_click_leaves_at_once_without_cookie_or_question(
    sent: Runtime, web: FlaskClient
) -> None:
    token = sent.links.seal(LEAVE, only_message(sent).id)

    answers = [
        web.post(f"/hooks/leave/{token}", data={"List-Unsubscribe": "One-Click"}) for _ in range(2)
    ]

    assert [answer.status_code for answer in answers] == [200, 200]
    with sent.db.read() as session:
        contact = session.scalars(select(Contact)).one()
        assert not consent_of(session, contact, "email").granted


def test_a_scanner_that_only_looks_changes_nothing(sent: Runtime, web: FlaskClient) -> None:
    token = sent.links.seal(LEAVE, only_message(sent).id)

    assert web.get(f"/hooks/leave/{token}").status_code == 405
    assert web.head(f"/hooks/leave/{token}").status_code == 405
    with sent.db.read() as session:
        contact = session.scalars(select(Contact)).one()
        assert consent_of(session, contact, "email").granted


def test_a_forged_link_tells_nothing(web: FlaskClient) -> None:
    assert web.post(f"/hooks/leave/{'A' * 22}").status_code == 404
    assert web.post("/hooks/leave/x").status_code == 404


def test_who_left_is_not_reached_by_a_mailing_that_is_already_frozen(
    sending: Runtime, transports: Transports, sandbox: Sandbox, web: FlaskClient
) -> None:
    with sending.db.transaction() as session:
        add_contact(session, 1, now=sending.clock.now())
    mailing_id = launch(sending)
    message = only_message(sending)
    web.post(f"/hooks/leave/{sending.links.seal(LEAVE, message.id)}")

    drain(sending, transports, worker="one")

    assert states(sending, mailing_id) == {("skipped", "no_consent"): 1}
    assert sandbox.messages() == []


@pytest.mark.parametrize("word", ["STOP", "stop please", "Arrêt.", "ARRE\u0302T", "Stop 🙏"])
def test_a_word_to_stop_stops_texts_and_is_answered_once(
    sending: Runtime, sandbox: Sandbox, word: str
) -> None:
    now = sending.clock.now()
    with sending.db.transaction() as session:
        contact = add_contact(session, 150, now=now)
    with served(create_app(sending)) as address:
        public = sending.settings.site.public_url
        sandbox.webhooks(
            inbound_sms_url=f"{public}/hooks/twilio/inbound", public_url=public, app_url=address
        )
        sandbox.inbound_sms("+16135550150", sending.settings.twilio.from_number, word)

    replies = [text for text in sandbox.messages("sms") if text["to"] == "+16135550150"]
    assert len(replies) <= 1
    with sending.db.read() as session:
        assert not consent_of(session, contact, "sms").granted
        assert session.scalar(select(Suppression.reason)) == "stop"
        assert session.scalar(select(InboundText.keyword)) == "stop"


def test_no_text_goes_to_a_number_whose_carrier_keeps_a_stop(
    sending: Runtime, transports: Transports, sandbox: Sandbox
) -> None:
    now = sending.clock.now()
    with sending.db.transaction() as session:
        contact = add_contact(session, 150, now=now)
        assert contact.phone_hash is not None
        suppress_all(session, closings=[Closing("sms", contact.phone_hash, "stop")], now=now)
        lifted = update(Suppression).where(Suppression.channel == "sms").values(lifted_at=now)
        session.execute(lifted)
    mailing_id = launch(sending, "sms")

    drain(sending, transports, worker="one")

    assert states(sending, mailing_id) == {("skipped", "suppressed"): 1}
    assert sandbox.messages("sms") == []


def test_a_link_still_works_after_two_years(sent: Runtime, web: FlaskClient) -> None:
    token = sent.links.seal(LEAVE, only_message(sent).id)
    sent.clock.set(sent.clock.now() + timedelta(days=730))  # type: ignore[attr-defined]

    assert web.post(f"/hooks/leave/{token}").status_code == 200
