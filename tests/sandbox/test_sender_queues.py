"""Texts wait in their sender's queue, at so many segments a second, as long as they are valid."""

from datetime import UTC, datetime, timedelta

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from tests.support.receiver import Receiver
from tests.support.sandbox import Sandbox

US, OTHER = "+16135550100", "+16135550101"
NOON = datetime(2026, 12, 10, 12, tzinfo=UTC)
SERVICE = "MG" + "a" * 32


def send(twilio: Client, number: int = 0, **given: object) -> str:
    message = twilio.messages.create(
        **({"to": f"+161355502{number:02}", "from_": US, "body": "Hello"} | given)
    )
    return str(message.sid)


@pytest.fixture
def slowly(sandbox: Sandbox) -> Sandbox:
    sandbox.set_clock(NOON)
    sandbox.faults("twilio", "mps", limit=1)
    return sandbox


def by_state(sandbox: Sandbox) -> dict[str, int]:
    states: dict[str, int] = sandbox.ledger()["sms"]["by_state"]
    return states


def test_a_segment_a_second_for_each_sender(slowly: Sandbox, twilio: Client) -> None:
    for number in range(4):
        send(twilio, number, body="x" * (200 if number == 0 else 100))
    send(twilio, 9, from_=OTHER)

    assert by_state(slowly) == {"delivered": 2, "queued": 3}
    for seconds, delivered in ((1, 2), (2, 3), (3, 4), (4, 5)):
        slowly.set_clock(NOON + timedelta(seconds=seconds))
        assert by_state(slowly)["delivered"] == delivered


def test_a_text_that_waits_says_so_and_is_told_when_it_goes(
    slowly: Sandbox, twilio: Client, receiver: Receiver
) -> None:
    send(twilio)
    sid = send(twilio, 1, status_callback=f"{receiver.url}/status?m=1")
    slowly.flush()
    waiting = twilio.messages(sid).fetch()
    assert (waiting.status, waiting.date_sent, receiver.received) == ("queued", None, [])

    slowly.set_clock(NOON + timedelta(seconds=1))
    slowly.flush()
    assert [call.form["MessageStatus"] for call in receiver.received] == ["sent", "delivered"]
    assert twilio.messages(sid).fetch().date_sent == NOON + timedelta(seconds=1)


def test_a_text_that_waits_too_long_expires(
    slowly: Sandbox, twilio: Client, receiver: Receiver
) -> None:
    for number in range(10):
        send(twilio, number)
    send(twilio, 10, validity_period=5, status_callback=f"{receiver.url}/status?m=1")
    slowly.set_clock(NOON + timedelta(minutes=1))
    slowly.flush()

    [call] = receiver.received
    assert (call.form["MessageStatus"], call.form["ErrorCode"]) == ("failed", "30036")
    assert by_state(slowly) == {"delivered": 10, "failed": 1}


def test_a_full_queue_refuses_a_number_and_fails_a_service(
    sandbox: Sandbox, twilio: Client
) -> None:
    sandbox.set_clock(NOON)
    sandbox.faults("twilio", "mps", limit=1, queue=2)
    for number in range(3):
        send(twilio, number)
        send(twilio, number + 50, from_=None, messaging_service_sid=SERVICE)
    send(twilio, 3, from_=OTHER)
    with pytest.raises(TwilioRestException) as caught:
        send(twilio, 4)
    assert caught.value.code == 21611
    sid = send(twilio, 60, from_=None, messaging_service_sid=SERVICE)
    assert twilio.messages(sid).fetch().error_code == 30001


def test_who_says_stop_meanwhile_gets_nothing_out_of_the_queue(
    slowly: Sandbox, twilio: Client
) -> None:
    send(twilio)
    sid = send(twilio, 1)
    slowly.inbound_sms("+16135550201", US, "STOP")
    slowly.set_clock(NOON + timedelta(seconds=1))
    gone = twilio.messages(sid).fetch()
    assert (gone.status, gone.error_code) == ("failed", 21610)
