"""Faults on request, as the official clients meet them."""

import socket

import pytest
import requests
from python_http_client.exceptions import HTTPError, TooManyRequestsError
from sendgrid import SendGridAPIClient
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from tests.sandbox.letters import letter
from tests.support.sandbox import Sandbox

MAIL = letter("one@example.org")
TEXT = {"to": "+16135550123", "from_": "+16135550100", "body": "Hello"}


def accepted(sandbox: Sandbox) -> tuple[int, int]:
    ledger = sandbox.ledger()
    return ledger["email"]["accepted"], ledger["sms"]["accepted"]


@pytest.mark.parametrize("seconds", [None, 7])
def test_too_many_requests(
    sandbox: Sandbox, sendgrid: SendGridAPIClient, seconds: int | None
) -> None:
    sandbox.faults("sendgrid", "429", retry_after=seconds)
    with pytest.raises(TooManyRequestsError) as caught:
        sendgrid.client.mail.send.post(request_body=MAIL)

    assert caught.value.headers["Retry-After"] == (str(seconds) if seconds else None)
    assert accepted(sandbox) == (0, 0)
    assert sendgrid.client.mail.send.post(request_body=MAIL).status_code == 202


@pytest.mark.parametrize(("kind", "status"), [("500", 500), ("503", 503), ("401", 401)])
def test_errors_before_anything_is_taken(
    sandbox: Sandbox, sendgrid: SendGridAPIClient, twilio: Client, kind: str, status: int
) -> None:
    sandbox.faults("sendgrid", kind)
    sandbox.faults("twilio", kind)
    with pytest.raises(HTTPError) as mail:
        sendgrid.client.mail.send.post(request_body=MAIL)
    with pytest.raises((TwilioRestException, ValueError)) as text:
        twilio.messages.create(**TEXT)

    assert mail.value.status_code == status
    if isinstance(text.value, TwilioRestException):
        assert text.value.status == status
    assert accepted(sandbox) == (0, 0)


def test_a_reset_before_and_one_after(sandbox: Sandbox, sendgrid: SendGridAPIClient) -> None:
    for kind, taken in (("reset_before", 0), ("accept_then_reset", 1)):
        sandbox.faults("sendgrid", kind)
        with pytest.raises(ConnectionResetError):
            sendgrid.client.mail.send.post(request_body=MAIL)
        assert accepted(sandbox) == (taken, 0)


def test_a_text_is_taken_and_its_answer_lost(sandbox: Sandbox, twilio: Client) -> None:
    sandbox.faults("twilio", "accept_then_reset")
    with pytest.raises(requests.ConnectionError):
        twilio.messages.create(**TEXT)
    sandbox.faults("twilio", "accept_then_500")
    with pytest.raises(TwilioRestException):
        twilio.messages.create(**TEXT)
    assert accepted(sandbox) == (0, 2)


def test_a_time_out_after_accepting(sandbox: Sandbox, sendgrid: SendGridAPIClient) -> None:
    sandbox.faults("sendgrid", "accept_then_timeout", seconds=3)
    sendgrid.client.timeout = 0.3
    with pytest.raises(socket.timeout):
        sendgrid.client.mail.send.post(request_body=MAIL)
    assert accepted(sandbox) == (1, 0)


def test_slow_is_not_lost(sandbox: Sandbox, sendgrid: SendGridAPIClient) -> None:
    sandbox.faults("sendgrid", "slow", seconds=0.2)
    assert sendgrid.client.mail.send.post(request_body=MAIL).status_code == 202


def test_every_third_request_and_only_twice(sandbox: Sandbox, twilio: Client) -> None:
    sandbox.faults("twilio", "500", every=3, count=2)
    failed = []
    for number in range(1, 13):
        try:
            twilio.messages.create(**TEXT)
        except TwilioRestException:
            failed.append(number)
    assert failed == [3, 6]


def test_chance_is_seeded(sandbox: Sandbox, twilio: Client) -> None:
    runs = []
    for _ in range(2):
        sandbox.reset()
        sandbox.faults("twilio", "500", chance=0.5, count=None)
        runs.append([_went_out(twilio) for _ in range(12)])
    assert runs[0] == runs[1]
    assert {True, False} == set(runs[0])


def _went_out(twilio: Client) -> bool:
    try:
        twilio.messages.create(**TEXT)
    except TwilioRestException:
        return False
    return True


def test_a_fault_of_one_provider_leaves_the_other_alone(
    sandbox: Sandbox, sendgrid: SendGridAPIClient, twilio: Client
) -> None:
    sandbox.faults("sendgrid", "500", count=None)
    assert _went_out(twilio)
    sandbox.clear_faults()
    assert sendgrid.client.mail.send.post(request_body=MAIL).status_code == 202


@pytest.mark.parametrize(
    ("order", "word"),
    [
        ({"provider": "sendgrid", "kind": "explode"}, "accept_then_reset"),
        ({"provider": "other", "kind": "500"}, "sendgrid"),
        ({"provider": "twilio", "kind": "500", "every": 0}, "every"),
        ({"provider": "twilio", "kind": "500", "colour": "red"}, "colour"),
    ],
)
def test_a_wrong_order_says_what_may_be_ordered(
    sandbox: Sandbox, order: dict[str, str], word: str
) -> None:
    answer = sandbox.session.post(f"{sandbox.url}/_control/faults", json=order)
    assert answer.status_code == 400
    assert word in answer.json()["error"]
