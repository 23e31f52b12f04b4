"""Faults on request, as the official clients meet them."""

import json
import socket
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime

import pytest
import requests
from python_http_client.exceptions import HTTPError, TooManyRequestsError
from sendgrid import SendGridAPIClient
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from tests.sandbox.letters import letter
from tests.support.sandbox import ACCOUNT_SID, API_KEY, AUTH_TOKEN, Sandbox

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


def test_a_pause_told_as_a_date_and_as_a_reset(
    sandbox: Sandbox, sendgrid: SendGridAPIClient
) -> None:
    sandbox.tell("/_control/clock", now="2026-12-10T14:00:00Z")
    sandbox.faults("sendgrid", "429", retry_after=90, retry_after_date=True, reset=60)
    with pytest.raises(TooManyRequestsError) as caught:
        sendgrid.client.mail.send.post(request_body=MAIL)

    headers = caught.value.headers
    told = parsedate_to_datetime(headers["Retry-After"])
    assert told.isoformat() == "2026-12-10T14:01:30+00:00"
    assert (headers["X-RateLimit-Remaining"], headers["X-RateLimit-Reset"]) == ("0", "1796911260")


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("400", 400), ("401", 401), ("403", 403), ("413", 413),
        ("500", 500), ("502", 502), ("503", 503), ("504", 504),
    ],
)  # fmt: skip
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


@pytest.mark.parametrize(("kind", "is_page"), [("500", False), ("502", True), ("504", True)])
@pytest.mark.parametrize("said", [None, True, False])
def test_what_stands_before_the_api_answers_with_a_page(
    sandbox: Sandbox, sendgrid: SendGridAPIClient, kind: str, is_page: bool, said: bool | None
) -> None:
    sandbox.faults("sendgrid", kind, html=said)
    with pytest.raises(HTTPError) as caught:
        sendgrid.client.mail.send.post(request_body=MAIL)
    assert caught.value.body.startswith(b"<html>") is (is_page if said is None else said)


def test_a_refusal_names_the_bad_recipients_or_nobody(
    sandbox: Sandbox, sendgrid: SendGridAPIClient, twilio: Client
) -> None:
    body = letter("one@example.org", "two@example.net", "three@example.org", "four@example.net")
    for to, places in (("*@EXAMPLE.net", [1, 3]), ("", [0])):
        sandbox.faults("sendgrid", "bad_recipient", to=to)
        with pytest.raises(HTTPError) as caught:
            sendgrid.client.mail.send.post(request_body=body)
        fields = [problem["field"] for problem in json.loads(caught.value.body)["errors"]]
        assert fields == [f"personalizations.{place}.to.0.email" for place in places]
    sandbox.faults("sendgrid", "400")
    with pytest.raises(HTTPError) as caught:
        sendgrid.client.mail.send.post(request_body=body)
    assert [problem["field"] for problem in json.loads(caught.value.body)["errors"]] == [None]
    sandbox.faults("twilio", "400", code=21614)
    with pytest.raises(TwilioRestException) as text:
        twilio.messages.create(**TEXT)
    assert (text.value.status, text.value.code) == (400, 21614)
    assert accepted(sandbox) == (0, 0)


def test_a_fault_of_some_people_leaves_the_others_alone(
    sandbox: Sandbox, sendgrid: SendGridAPIClient, twilio: Client
) -> None:
    sandbox.faults("both", "500", to=["*@example.net", "+1613555019?"], count=None)
    outcomes = [
        _posted(sendgrid, letter("one@example.org")),
        _posted(sendgrid, letter("one@example.org", "two@example.net")),
        _went_out(twilio),
        _went_out(twilio, to="+16135550199"),
    ]
    assert outcomes == [True, False, True, False]


def test_a_fault_of_one_sender_leaves_the_others_alone(sandbox: Sandbox, twilio: Client) -> None:
    sandbox.faults("twilio", "500", sender="+16135550101", count=None)
    assert [_went_out(twilio), _went_out(twilio, from_="+16135550101")] == [True, False]


def test_a_fault_waits_for_its_turn_and_for_its_hour(sandbox: Sandbox, twilio: Client) -> None:
    sandbox.faults("twilio", "500", after=2)
    assert [_went_out(twilio) for _ in range(4)] == [True, True, False, True]

    sandbox.tell("/_control/clock", now="2026-12-10T14:00:00Z")
    sandbox.faults("twilio", "500", begins=60, ends=120, count=None)
    went_out = []
    for clock in ("14:00:59", "14:01:00", "14:01:59", "14:02:00"):
        sandbox.tell("/_control/clock", now=f"2026-12-10T{clock}Z")
        went_out.append(_went_out(twilio))
    assert went_out == [True, False, False, True]


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


@pytest.mark.parametrize("kind", ["drip", "slow_headers"])
def test_an_answer_that_trickles_passes_every_read(
    sandbox: Sandbox, sendgrid: SendGridAPIClient, twilio: Client, kind: str
) -> None:
    """The SDKs' time-out is that of one read: only a deadline of the sender's own ends this."""
    sandbox.faults("both", kind, seconds=0.8, count=3)
    sendgrid.client.timeout = 0.3
    assert sendgrid.client.mail.send.post(request_body=MAIL).status_code == 202
    assert twilio.messages.create(**TEXT).status == "queued"
    body = json.dumps(MAIL).encode()
    with socket.create_connection(("127.0.0.1", sandbox.port), timeout=10) as line:
        line.sendall(
            b"POST /v3/mail/send HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
            b"Authorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s"
            % (API_KEY.encode(), len(body), body)
        )
        pieces = list(iter(lambda: line.recv(65536), b""))
    assert len(pieces) > 5
    assert b"".join(pieces).startswith(b"HTTP/1.1 202 ")


def test_what_is_slow_can_fail_as_well(sandbox: Sandbox, twilio: Client) -> None:
    sandbox.faults("twilio", "latency", seconds=0.01, spread=0.5)
    sandbox.faults("twilio", "500", every=2, count=None)
    assert [_went_out(twilio) for _ in range(4)] == [True, False, True, False]
    slow, broken = sandbox.state()["faults"]
    assert (slow["struck"], broken["struck"]) == (4, 2)


def test_no_more_at_once_than_the_account_may(sandbox: Sandbox, twilio: Client) -> None:
    sandbox.faults("twilio", "concurrency", limit=2)
    sandbox.faults("twilio", "latency", seconds=1)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: post_text(sandbox), range(4)))

    assert sorted(answer.status_code for answer in answers) == [201, 201, 429, 429]
    busy = [answer for answer in answers if answer.status_code == 429]
    assert {answer.json()["code"] for answer in busy} == {20429}
    assert {int(answer.headers["Twilio-Concurrent-Requests"]) for answer in busy} <= {3, 4}


def test_no_more_in_a_span_than_the_account_may(sandbox: Sandbox, twilio: Client) -> None:
    sandbox.faults("twilio", "rate", limit=3, seconds=600, retry_after=1)
    assert [_went_out(twilio) for _ in range(5)] == [True] * 3 + [False] * 2
    assert accepted(sandbox) == (0, 3)


def post_text(sandbox: Sandbox) -> requests.Response:
    """One text, by hand: the SDK hides the headers of a refusal."""
    return requests.post(
        f"{sandbox.url}/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json",
        data={"To": TEXT["to"], "From": TEXT["from_"], "Body": TEXT["body"]},
        auth=(ACCOUNT_SID, AUTH_TOKEN),
        timeout=10,
    )


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


def _posted(sendgrid: SendGridAPIClient, body: dict[str, object]) -> bool:
    try:
        sendgrid.client.mail.send.post(request_body=body)
    except HTTPError:
        return False
    return True


def _went_out(twilio: Client, **changes: str) -> bool:
    try:
        twilio.messages.create(**(TEXT | changes))
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
        ({"provider": "twilio", "kind": "500", "begins": 5, "ends": 5}, "after begins"),
        ({"provider": "twilio", "kind": "slow", "seconds": 1000}, "600"),
        ({"provider": "twilio", "kind": "rate", "limit": 0}, "limit"),
    ],
)
def test_a_wrong_order_says_what_may_be_ordered(
    sandbox: Sandbox, order: dict[str, str], word: str
) -> None:
    answer = sandbox.session.post(f"{sandbox.url}/_control/faults", json=order)
    assert answer.status_code == 400
    assert word in answer.json()["error"]
