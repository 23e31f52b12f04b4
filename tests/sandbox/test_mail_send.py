"""Mail Send, spoken to by SendGrid's own client."""

from typing import Any

import pytest
from python_http_client.exceptions import BadRequestsError, UnauthorizedError
from sendgrid import SendGridAPIClient

from tests.sandbox.letters import letter, people
from tests.support.sandbox import Sandbox


def refused(client: SendGridAPIClient, body: Any) -> dict[str, str]:
    """The fields and messages of the errors that ``body`` is refused with."""
    with pytest.raises(BadRequestsError) as caught:
        client.client.mail.send.post(request_body=body)
    return {error["field"]: error["message"] for error in caught.value.to_dict["errors"]}


def test_a_request_is_taken_and_named(sandbox: Sandbox, sendgrid: SendGridAPIClient) -> None:
    answer = sendgrid.client.mail.send.post(request_body=letter("one@example.org"))

    assert answer.status_code == 202
    assert answer.body == b""
    [mail] = sandbox.messages()
    assert mail["message_id"] == answer.headers["X-Message-Id"]
    assert (mail["to"], mail["opaque_id"]) == ("one@example.org", "send-0")


def test_each_reader_gets_their_own_words(sandbox: Sandbox, sendgrid: SendGridAPIClient) -> None:
    body = letter("one@example.org", "two@example.org")
    body["personalizations"][1] |= {
        "subject": "Only you, -name-",
        "headers": {"List-Unsubscribe": "<https://example.org/u/2>"},
        "substitutions": {"-name-": "-other-", "-other-": "never read again"},
    }
    sendgrid.client.mail.send.post(request_body=body)

    first, second = sandbox.mail(1), sandbox.mail(2)
    assert first["subject"] == "A word for Person 0"
    assert first["text"] == "Dear Person 0: https://example.org/a/Person 0"
    assert first["language"] == "en"
    assert second["subject"] == "Only you, -other-"
    assert second["headers"] == {"List-Unsubscribe": "<https://example.org/u/2>"}


def test_a_wrong_key_is_unauthorized(sandbox: Sandbox) -> None:
    client = SendGridAPIClient("SG.other", host=sandbox.url)
    with pytest.raises(UnauthorizedError):
        client.client.mail.send.post(request_body=letter("one@example.org"))
    assert sandbox.messages() == []


def test_one_duplicate_refuses_the_whole_request(
    sandbox: Sandbox, sendgrid: SendGridAPIClient
) -> None:
    body = letter("one@example.org", "two@example.org", "ONE@example.org")

    assert list(refused(sendgrid, body)) == ["personalizations.2.to.0.email"]
    assert sandbox.messages() == []


def test_a_thousand_people_and_not_one_more(sandbox: Sandbox, sendgrid: SendGridAPIClient) -> None:
    assert list(refused(sendgrid, letter(*people(1001)))) == ["personalizations"]
    assert sandbox.ledger()["email"]["accepted"] == 0

    sendgrid.client.mail.send.post(request_body=letter(*people(1000)))
    assert sandbox.ledger()["email"]["accepted"] == 1000


def test_copies_count_as_recipients(sandbox: Sandbox, sendgrid: SendGridAPIClient) -> None:
    body = letter(*people(1000))
    body["personalizations"][0]["cc"] = [{"email": "copy@example.org"}]
    assert list(refused(sendgrid, body)) == ["personalizations"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"from": {"email": "nobody"}}, "from.email"),
        ({"from": None}, "from.email"),
        ({"subject": ""}, "personalizations.0.subject"),
        ({"content": []}, "content"),
        ({"content": [{"type": "text/plain", "value": ""}]}, "content.0.value"),
        ({"personalizations": []}, "personalizations"),
        ({"personalizations": [{"to": []}]}, "personalizations.0.to"),
        ({"personalizations": [{"to": [{"email": "a@b"}]}]}, "personalizations.0.to.0.email"),
        ({"categories": ["a", "a"]}, "categories"),
        ({"custom_args": "text"}, "custom_args"),
        ({"headers": {"Subject": "other"}}, "headers.Subject"),
        ({"headers": {"X-Thing": "one\r\nBcc: two@example.org"}}, "headers"),
        ({"reply_to": {"email": "a@example.org"}, "reply_to_list": [{}]}, "reply_to_list"),
    ],
)
def test_what_is_wrong_is_named(
    sandbox: Sandbox, sendgrid: SendGridAPIClient, change: dict[str, Any], field: str
) -> None:
    assert field in refused(sendgrid, letter("one@example.org") | change)
    assert sandbox.messages() == []


@pytest.mark.parametrize("field", ["substitutions", "custom_args"])
def test_too_many_bytes_for_one_person(sendgrid: SendGridAPIClient, field: str) -> None:
    body = letter("one@example.org")
    body["personalizations"][0][field] = {"-long-": "é" * 5000}
    assert list(refused(sendgrid, body)) == [f"personalizations.0.{field}"]


def test_a_dry_run_sends_nothing(sandbox: Sandbox, sendgrid: SendGridAPIClient) -> None:
    dry = letter("one@example.org", mail_settings={"sandbox_mode": {"enable": True}})
    assert sendgrid.client.mail.send.post(request_body=dry).status_code == 200
    assert sandbox.messages() == []


@pytest.mark.parametrize("raw", [b"{", b"[]", b"\xff\xfe", b'"text"'])
def test_what_is_no_mail_is_refused(sandbox: Sandbox, raw: bytes) -> None:
    answer = sandbox.session.post(
        f"{sandbox.url}/v3/mail/send", data=raw, headers={"Authorization": "Bearer SG.sandbox"}
    )
    assert answer.status_code == 400
    assert answer.json()["errors"]
