"""Webhooks that nobody takes are told again as the providers document it, on the virtual clock."""

from datetime import UTC, datetime, timedelta

import pytest
from sendgrid import SendGridAPIClient
from twilio.rest import Client

from tests.sandbox.letters import letter
from tests.support.receiver import Receiver
from tests.support.sandbox import Sandbox

NOON = datetime(2026, 12, 10, 12, tzinfo=UTC)
NOBODY_LISTENS = "http://127.0.0.1:1"


@pytest.fixture
def told(sandbox: Sandbox, receiver: Receiver) -> Receiver:
    sandbox.set_clock(NOON)
    sandbox.tell("/_control/retries", policy="as-provider")
    sandbox.webhooks(email_events_url=f"{receiver.url}/events")
    return receiver


def test_sendgrid_tries_again_after_growing_gaps_for_a_day(
    sandbox: Sandbox, told: Receiver, sendgrid: SendGridAPIClient
) -> None:
    told.statuses.extend([503] * 100)
    sendgrid.client.mail.send.post(request_body=letter("one@example.org"))
    sandbox.flush()
    came: list[int] = []
    while following := sandbox.state()["later"]["next"]:
        at = datetime.fromisoformat(following)
        came.append(round((at - NOON).total_seconds() / 60))
        sandbox.set_clock(at)
        sandbox.flush()

    gaps = [later - sooner for sooner, later in zip([0, *came], came, strict=False)]
    assert gaps == sorted(gaps)
    assert gaps[0] < 10
    assert 12 * 60 < came[-1] <= 24 * 60
    assert len(told.received) == len(came) + 1
    [refused] = sandbox.flush()["refused"]
    assert refused["reason"] == "answered 503"


def test_what_is_taken_at_last_is_told_once(
    sandbox: Sandbox, told: Receiver, sendgrid: SendGridAPIClient
) -> None:
    told.statuses.append(503)
    sendgrid.client.mail.send.post(request_body=letter("one@example.org"))
    assert sandbox.flush()["delivered"] == 0
    sandbox.set_clock(NOON + timedelta(hours=1))
    assert sandbox.flush()["delivered"] == 2
    assert sandbox.state()["later"]["count"] == 0


@pytest.mark.parametrize(
    ("fragment", "attempts"),
    [("", 1), ("#rc=2", 1), ("#rc=2&rp=5xx", 3), ("#rc=3&rp=all", 4), ("#rc=9&rp=ct,5xx", 6)],
)
def test_twilio_tries_a_callback_that_failed_as_its_address_asks(
    sandbox: Sandbox, told: Receiver, twilio: Client, fragment: str, attempts: int
) -> None:
    told.statuses.extend([500] * 20)
    twilio.messages.create(
        to="+16135550123", from_="+16135550100", body="Hello",
        status_callback=f"{told.url}/status?m=1{fragment}",
    )  # fmt: skip
    sandbox.flush()
    sent = [call for call in told.received if call.form["MessageStatus"] == "sent"]
    assert len(sent) == attempts
    assert {call.path for call in sent} == {"/status?m=1"}


def test_twilio_tries_once_more_where_nobody_answered_the_line(
    sandbox: Sandbox, told: Receiver, twilio: Client
) -> None:
    twilio.messages.create(
        to="+16135550123", from_="+16135550100", body="Hello",
        status_callback=f"{NOBODY_LISTENS}/status?m=1",
    )  # fmt: skip
    refused = sandbox.flush()["refused"]
    assert len(refused) == 2
    assert "refused" in refused[0]["reason"]


def test_there_are_two_policies(sandbox: Sandbox) -> None:
    answer = sandbox.session.post(f"{sandbox.url}/_control/retries", json={"policy": "never"})
    assert answer.status_code == 400
    assert "quick, as-provider" in answer.json()["error"]
