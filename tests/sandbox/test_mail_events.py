"""What SendGrid tells us afterwards, checked with its own verifier."""

import json
from typing import Any

import pytest
from sendgrid import SendGridAPIClient
from sendgrid.helpers.eventwebhook import EventWebhook, EventWebhookHeader

from tests.sandbox.letters import letter, people
from tests.support.receiver import Received, Receiver
from tests.support.sandbox import Sandbox


@pytest.fixture
def told(sandbox: Sandbox, receiver: Receiver) -> Receiver:
    sandbox.webhooks(email_events_url=f"{receiver.url}/events")
    return receiver


def events(told: Receiver) -> list[dict[str, Any]]:
    return [event for call in told.received for event in json.loads(call.body)]


def is_signed(call: Received, sandbox: Sandbox, body: bytes | None = None) -> bool:
    webhook = EventWebhook(sandbox.public_key)
    answer: bool = webhook.verify_signature(
        (call.body if body is None else body).decode(),
        call.headers[EventWebhookHeader.SIGNATURE],
        call.headers[EventWebhookHeader.TIMESTAMP],
    )
    return answer


def test_events_are_signed_over_the_raw_body(
    sandbox: Sandbox, told: Receiver, sendgrid: SendGridAPIClient
) -> None:
    sendgrid.client.mail.send.post(request_body=letter("one@example.org"))
    sandbox.flush()

    [call] = told.received
    assert is_signed(call, sandbox)
    assert call.body.endswith(b"\r\n")
    assert not is_signed(call, sandbox, call.body.rstrip())


def test_an_event_carries_our_arguments_and_the_requests_id(
    sandbox: Sandbox, told: Receiver, sendgrid: SendGridAPIClient
) -> None:
    body = letter("one@example.org", categories=["alert"])
    answer = sendgrid.client.mail.send.post(request_body=body)
    sandbox.flush()

    processed, delivered = events(told)
    assert (processed["event"], delivered["event"]) == ("processed", "delivered")
    assert delivered["email"] == "one@example.org"
    assert delivered["send_id"] == "send-0"
    assert delivered["category"] == "alert"
    assert delivered["sg_message_id"].startswith(answer.headers["X-Message-Id"])
    assert processed["sg_event_id"] != delivered["sg_event_id"]


@pytest.mark.parametrize(
    ("mailbox", "names", "state"),
    [
        ("someone", ["processed", "delivered"], "delivered"),
        ("bounce+511", ["processed", "bounce"], "bounced"),
        ("bounce+511-17", ["processed", "bounce"], "bounced"),
        ("blocked", ["processed", "bounce"], "blocked"),
        ("deferred-then-delivered", ["processed", "deferred", "delivered"], "delivered"),
        ("dropped-unsub-3", ["dropped"], "dropped"),
        ("spam", ["processed", "delivered", "spamreport"], "delivered"),
        ("unsub", ["processed", "delivered", "unsubscribe"], "delivered"),
        ("groupunsub", ["processed", "delivered", "group_unsubscribe"], "delivered"),
        ("silent", [], "accepted"),
    ],
)
@pytest.mark.parametrize("domain", ["example.org", "example.com"])
def test_magic_mailboxes(
    sandbox: Sandbox, told: Receiver, sendgrid: SendGridAPIClient,
    mailbox: str, domain: str, names: list[str], state: str,
) -> None:  # fmt: skip
    sendgrid.client.mail.send.post(request_body=letter(f"{mailbox}@{domain}"))
    sandbox.flush()

    assert [event["event"] for event in events(told)] == names
    assert sandbox.ledger()["email"]["by_state"] == {state: 1}


def test_a_bounce_says_which_kind(
    sandbox: Sandbox, told: Receiver, sendgrid: SendGridAPIClient
) -> None:
    body = letter("bounce+512@example.org", "blocked@example.org")
    sendgrid.client.mail.send.post(request_body=body)
    sandbox.flush()

    hard, block = (event for event in events(told) if event["event"] == "bounce")
    assert (hard["type"], hard["status"]) == ("bounce", "5.1.2")
    assert block["type"] == "blocked"


@pytest.mark.parametrize(
    ("mailbox", "reason"),
    [
        ("bounce+511", "Bounced Address"),
        ("unsub", "Unsubscribed Address"),
        ("spam", "Spam Reporting Address"),
    ],
)
def test_who_is_suppressed_is_dropped_the_next_time(
    sandbox: Sandbox, told: Receiver, sendgrid: SendGridAPIClient, mailbox: str, reason: str
) -> None:
    for address in (f"{mailbox}@example.org", f"{mailbox.upper()}@example.org"):
        sendgrid.client.mail.send.post(request_body=letter(address))
    sandbox.flush()

    [dropped] = [event for event in events(told) if event["event"] == "dropped"]
    assert dropped["reason"] == reason


def test_events_come_in_batches_of_500_at_most(
    sandbox: Sandbox, told: Receiver, sendgrid: SendGridAPIClient
) -> None:
    sendgrid.client.mail.send.post(request_body=letter(*people(1000)))

    told_all = {"done": True, "delivered": 2000, "pending": 0, "refused": [], "beside": {}}
    assert sandbox.flush() == told_all
    assert max(len(json.loads(call.body)) for call in told.received) == 500
    assert len({event["sg_event_id"] for event in events(told)}) == 2000


def test_a_refused_call_is_repeated_with_the_same_events(
    sandbox: Sandbox, told: Receiver, sendgrid: SendGridAPIClient
) -> None:
    told.statuses.append(500)
    sendgrid.client.mail.send.post(request_body=letter("one@example.org"))

    assert sandbox.flush()["delivered"] == 2
    first, second = told.received
    assert first.body == second.body


def test_a_call_that_is_always_refused_is_reported_and_can_be_tried_again(
    sandbox: Sandbox, told: Receiver, sendgrid: SendGridAPIClient
) -> None:
    told.statuses.extend([500] * 3)
    sendgrid.client.mail.send.post(request_body=letter("one@example.org"))

    report = sandbox.flush()
    assert report["done"]
    assert report["refused"] == [
        {"url": f"{told.url}/events", "events": 2, "reason": "answered 500"}
    ]
    assert sandbox.flush(retry_refused=True)["refused"] == []
    assert len(events(told)) == 4 * 2


def test_events_carry_the_virtual_time(
    sandbox: Sandbox, told: Receiver, sendgrid: SendGridAPIClient
) -> None:
    sandbox.tell("/_control/clock", now="2026-12-10T09:00:00-05:00")
    sendgrid.client.mail.send.post(request_body=letter("one@example.org"))
    sandbox.flush()

    assert {event["timestamp"] for event in events(told)} == {1796911200}
    assert told.received[0].headers[EventWebhookHeader.TIMESTAMP] == "1796911200"
    assert sandbox.messages()[0]["accepted_at"] == "2026-12-10T14:00:00+00:00"


def test_nothing_off_this_machine_is_called(sandbox: Sandbox, sendgrid: SendGridAPIClient) -> None:
    sandbox.webhooks(email_events_url="https://example.org/events")
    sendgrid.client.mail.send.post(request_body=letter("one@example.org"))

    [refused] = sandbox.flush()["refused"]
    assert "loopback" in refused["reason"]
