"""What Twilio tells us afterwards, checked with its own validator."""

import pytest
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from tests.support.receiver import Received, Receiver
from tests.support.sandbox import AUTH_TOKEN, Sandbox

US = "+16135550100"
THEM = "+16135550123"
PUBLIC = "https://mobilize.example.org"


def is_signed(call: Received, origin: str) -> bool:
    signature = call.headers["X-Twilio-Signature"]
    valid: bool = RequestValidator(AUTH_TOKEN).validate(origin + call.path, call.form, signature)
    return valid


def send(client: Client, receiver: Receiver, to: str = THEM) -> str:
    callback = f"{receiver.url}/status?m=msg-1"
    message = client.messages.create(to=to, from_=US, body="Hello", status_callback=callback)
    return str(message.sid)


def test_statuses_are_told_in_order_and_signed(
    sandbox: Sandbox, receiver: Receiver, twilio: Client
) -> None:
    sid = send(twilio, receiver)
    assert sandbox.flush()["delivered"] == 2

    assert [call.form["MessageStatus"] for call in receiver.received] == ["sent", "delivered"]
    assert {call.form["MessageSid"] for call in receiver.received} == {sid}
    assert all(call.path == "/status?m=msg-1" for call in receiver.received)
    assert all(is_signed(call, receiver.url) for call in receiver.received)
    assert not is_signed(receiver.received[0], PUBLIC)


def test_the_signature_covers_the_public_address(
    sandbox: Sandbox, receiver: Receiver, twilio: Client
) -> None:
    sandbox.webhooks(public_url=PUBLIC, app_url=receiver.url)
    twilio.messages.create(to=THEM, from_=US, body="Hello", status_callback=f"{PUBLIC}/status?m=1")
    sandbox.flush()

    assert len(receiver.received) == 2
    assert all(is_signed(call, PUBLIC) for call in receiver.received)


def test_an_undelivered_text_tells_why(
    sandbox: Sandbox, receiver: Receiver, twilio: Client
) -> None:
    send(twilio, receiver, to="+16005550105")
    sandbox.flush()
    last = receiver.received[-1].form
    assert (last["MessageStatus"], last["ErrorCode"]) == ("undelivered", "30005")


def test_a_silent_number_tells_nothing(
    sandbox: Sandbox, receiver: Receiver, twilio: Client
) -> None:
    send(twilio, receiver, to="+16005550110")
    assert sandbox.flush()["delivered"] == 0
    assert receiver.received == []


def test_a_retry_carries_the_same_idempotency_token(
    sandbox: Sandbox, receiver: Receiver, twilio: Client
) -> None:
    receiver.statuses.append(503)
    send(twilio, receiver)
    sandbox.flush()

    tokens = [call.headers["I-Twilio-Idempotency-Token"] for call in receiver.received]
    assert tokens[0] == tokens[1] != tokens[2]


def test_a_text_from_a_person_reaches_our_webhook_signed(
    sandbox: Sandbox, receiver: Receiver
) -> None:
    sandbox.webhooks(inbound_sms_url=f"{receiver.url}/inbound")
    receiver.answer = b"<Response><Message>Thank you &amp; merci</Message></Response>"
    outcome = sandbox.inbound_sms(THEM, US, "Où? Ça")

    [call] = receiver.received
    assert is_signed(call, receiver.url)
    assert (call.form["From"], call.form["To"], call.form["Body"]) == (THEM, US, "Où? Ça")
    assert call.form["FromCity"] == ""
    assert outcome["webhook_status"] == 200
    assert [reply["body"] for reply in outcome["replies"]] == ["Thank you & merci"]
    assert [text["direction"] for text in sandbox.messages("sms")] == ["inbound", "outbound-reply"]


def test_an_opt_out_holds_our_answer_back(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.webhooks(inbound_sms_url=f"{receiver.url}/inbound")
    receiver.answer = b"<Response><Message><Body>Goodbye</Body></Message></Response>"
    outcome = sandbox.inbound_sms(THEM, US, "STOP")

    assert (outcome["replies"], outcome["blocked"]) == ([], ["Goodbye"])
    stop, notice = sandbox.messages("sms")
    assert (stop["body"], notice["to"]) == ("STOP", THEM)


@pytest.mark.parametrize("answer", [b"", b"<Response/>"])
def test_an_empty_answer_sends_nothing(sandbox: Sandbox, receiver: Receiver, answer: bytes) -> None:
    sandbox.webhooks(inbound_sms_url=f"{receiver.url}/inbound")
    receiver.answer = answer
    assert sandbox.inbound_sms(THEM, US, "Hello")["replies"] == []


def test_an_answer_that_is_no_twiml_is_a_mistake(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.webhooks(inbound_sms_url=f"{receiver.url}/inbound")
    receiver.answer = b"Thank you"
    answer = sandbox.session.post(
        f"{sandbox.url}/_control/inbound-sms", json={"from": THEM, "to": US, "body": "Hello"}
    )
    assert answer.status_code == 400
    assert "not XML" in answer.json()["error"]


def test_some_people_answer_stop_by_themselves(
    sandbox: Sandbox, receiver: Receiver, twilio: Client
) -> None:
    sandbox.webhooks(inbound_sms_url=f"{receiver.url}/inbound")
    send(twilio, receiver, to="+16005550111")
    sandbox.flush()

    paths = [call.path.partition("?")[0] for call in receiver.received]
    assert paths == ["/status", "/status", "/inbound"]
    assert receiver.received[-1].form["Body"] == "STOP"
    assert sandbox.state()["opted_out"] == ["+16005550111"]
