"""What really goes over the wire to the providers, held against their own API descriptions.

The bytes are those that our adapters and the providers' SDKs put on a socket. Where a description
is known to be wrong or silent, a test says so and fails on the day it is mended.
"""

import json
import re
from typing import Any

import pytest
import requests
from openapi_core import OpenAPI
from openapi_core.contrib.requests import RequestsOpenAPIRequest
from openapi_core.exceptions import OpenAPIError

from mobilize.messaging.providers.transports import open_transports
from mobilize.messaging.sending import drain
from mobilize.runtime import Runtime
from tests.contract.wire import SENDGRID, TWILIO, as_sent_to, described, speaking_to
from tests.messaging.people import add_contact
from tests.messaging.test_sending import launch
from tests.support.receiver import Received, Receiver

ACCOUNT = "AC" + "0" * 31 + "1"
MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"

DISCREET = (4, 5)
"""Who of the five people asked for discretion: one in each language."""


def mail_request(body: Any) -> RequestsOpenAPIRequest:
    return RequestsOpenAPIRequest(
        requests.Request(
            "POST", f"{SENDGRID}/v3/mail/send", json=body, headers={"Authorization": "Bearer SG.x"}
        )
    )


def text_request(**form: str) -> RequestsOpenAPIRequest:
    return RequestsOpenAPIRequest(
        requests.Request("POST", TWILIO + MESSAGES, data=form, auth=(ACCOUNT, "token"))
    )


def sent(runtime: Runtime, recorder: Receiver, channel: str) -> list[Received]:
    """Send a mailing to five people in two languages, and give what came over the wire."""
    sending = speaking_to(runtime, recorder)
    with sending.db.transaction() as session:
        for number in range(1, 6):
            language = "fr" if number % 2 else "en"
            add_contact(
                session,
                number,
                now=sending.clock.now(),
                language=language,
                discreet=number in DISCREET,
            )
    launch(sending, channel)
    drain(sending, open_transports(sending.settings), worker="one")
    return recorder.received


def test_a_mailing_by_email_is_what_sendgrid_describes(
    runtime: Runtime, recorder: Receiver, sendgrid_api: OpenAPI
) -> None:
    seen = sent(runtime, recorder, "email")

    assert [one.path for one in seen] == ["/v3/mail/send"] * 2
    for one in seen:
        sendgrid_api.validate_request(as_sent_to(SENDGRID, one))
    bodies = [json.loads(one.body) for one in seen]
    letters = [letter for body in bodies for letter in body["personalizations"]]
    assert sorted(letter["to"][0]["email"] for letter in letters) == [
        f"person{number}@example.org" for number in range(1, 6)
    ]
    discreet = {f"person{number}@example.org" for number in DISCREET}
    for letter in letters:
        own = {"from", "subject"} if letter["to"][0]["email"] in discreet else set()
        assert set(letter) == {"to", "substitutions", "custom_args", "headers"} | own
        # RFC 8058: one address by https in the list's header, and the one-click header beside it.
        assert letter["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert re.fullmatch(
            r"<https?://[^<>,\s]+/hooks/leave/[\w-]{22}>", letter["headers"]["List-Unsubscribe"]
        )
        assert set(letter["headers"]) == {"List-Unsubscribe", "List-Unsubscribe-Post"}
        assert set(letter["custom_args"]) == {"m"}, "beside a message stands an opaque token only"
    for body in bodies:
        # No categories, no names, and custom_args with each recipient: see the erratum below.
        assert set(body) == {"from", "subject", "content", "personalizations", "tracking_settings"}
        [text, page] = [one["value"] for one in body["content"]]
        for part in (text, page):
            assert "100 Example Street" in part, "CASL s. 6(2): how to reach the sender"
            assert "~l2~" in part, "and how to leave"
        assert body["tracking_settings"]["subscription_tracking"] == {"enable": False}
        assert body["tracking_settings"]["open_tracking"] == {"enable": False}
        assert body["tracking_settings"]["click_tracking"]["enable"] is False


def test_a_mailing_by_text_is_what_twilio_describes(
    runtime: Runtime, recorder: Receiver, twilio_api: OpenAPI
) -> None:
    seen = sent(runtime, recorder, "sms")

    assert [one.path for one in seen] == [MESSAGES] * 5
    for one in seen:
        twilio_api.validate_request(as_sent_to(TWILIO, one))
        assert set(one.form) == {"To", "From", "Body", "StatusCallback"}
        assert re.search(r"/hooks/twilio/status\?m=[\w-]{22}$", one.form["StatusCallback"])
    assert sorted(one.form["To"] for one in seen) == [f"+1613555000{n}" for n in range(1, 6)]


LETTER: dict[str, Any] = {
    "from": {"email": "alerts@example.org"},
    "subject": "A word",
    "content": [{"type": "text/plain", "value": "Hello"}],
    "personalizations": [{"to": [{"email": "one@example.org"}]}],
}


def test_the_letter_of_the_errata_is_itself_right(sendgrid_api: OpenAPI) -> None:
    sendgrid_api.validate_request(mail_request(LETTER))


def test_erratum_custom_args_of_the_whole_message_are_described_as_text(
    sendgrid_api: OpenAPI,
) -> None:
    """The API takes an object there, as it does for each recipient, where it is described so."""
    of_one = LETTER | {
        "personalizations": [{"to": [{"email": "one@example.org"}], "custom_args": {"m": "x"}}]
    }
    sendgrid_api.validate_request(mail_request(of_one))
    with pytest.raises(OpenAPIError):
        sendgrid_api.validate_request(mail_request(LETTER | {"custom_args": {"m": "x"}}))


@pytest.mark.parametrize(
    "more",
    [
        {"a_field_that_is_none": True},
        {"personalizations": []},
        {"reply_to": {"email": "a@example.org"}, "reply_to_list": [{"email": "b@example.org"}]},
        {"personalizations": [{"to": [{"email": f"p{n}@example.org"} for n in range(1001)]}]},
        {
            "personalizations": [
                {"to": [{"email": "one@example.org"}], "custom_args": {"m": "x" * 10_001}}
            ]
        },
        {"personalizations": [{"to": [{"email": "one@example.org", "name": "Doe, Jane; MP"}]}]},
        {"personalizations": [{"to": [{"email": "one@example.org"}]}] * 2},
    ],
    ids=[
        "unknown field",
        "nobody",
        "two ways to reply",
        "1,001 recipients",
        "too long custom_args",
        "a name like two addresses",
        "one address twice",
    ],
)
def test_erratum_limits_that_stand_in_sendgrids_prose_alone(
    sendgrid_api: OpenAPI, more: dict[str, Any]
) -> None:
    """Accepted by the description, refused by the API: our own code keeps them."""
    sendgrid_api.validate_request(mail_request(LETTER | more))


def test_erratum_answers_that_sendgrid_does_not_describe() -> None:
    """429 comes all the same; `providers.sendgrid` reads it as surely not taken."""
    document = described("sendgrid_mail_v3.json")
    answers = document["paths"]["/v3/mail/send"]["post"]["responses"]
    assert {"200", "429", "503"}.isdisjoint(answers)
    assert "X-Message-Id" not in json.dumps(answers)
    assert "ratelimit" not in json.dumps(answers).lower()
    assert "retry-after" not in json.dumps(answers).lower()


@pytest.mark.parametrize(
    "name", ["sendgrid_mail_v3.json", "twilio_api_v2010.trimmed.json"], ids=["mail", "texts"]
)
def test_neither_provider_lets_a_request_be_made_again_under_a_key(name: str) -> None:
    """The day one does, a call without an answer can be repeated: the `unknown` can go."""
    for path, methods in described(name)["paths"].items():
        if path.endswith(("/Messages.json", "/mail/send")):
            assert "idempotency" not in json.dumps(methods["post"]).lower()


@pytest.mark.parametrize(
    "form",
    [
        {"To": "+16135550101"},
        {"To": "+16135550101", "Body": "No sender"},
        {"To": "not-a-number", "From": "+16135550100", "Body": "Hello"},
    ],
    ids=["recipient alone", "no sender", "no number"],
)
def test_erratum_what_twilio_asks_for_in_prose_alone(
    twilio_api: OpenAPI, form: dict[str, str]
) -> None:
    """Accepted by the description, refused by the API."""
    twilio_api.validate_request(text_request(**form))


def test_erratum_twilio_describes_no_error() -> None:
    document = described("twilio_api_v2010.trimmed.json")
    path = "/2010-04-01/Accounts/{AccountSid}/Messages.json"
    assert set(document["paths"][path]["post"]["responses"]) == {"201"}


@pytest.mark.parametrize(
    "body",
    [
        {key: value for key, value in LETTER.items() if key != "from"},
        LETTER | {"personalizations": LETTER["personalizations"] * 1001},
        LETTER | {"personalizations": [{"to": [{"email": "nowhere"}]}]},
    ],
    ids=["no sender", "1,001 letters", "no address"],
)
def test_the_check_can_fail_for_mail(sendgrid_api: OpenAPI, body: dict[str, Any]) -> None:
    with pytest.raises(OpenAPIError):
        sendgrid_api.validate_request(mail_request(body))


def test_the_check_can_fail_for_texts(twilio_api: OpenAPI) -> None:
    with pytest.raises(OpenAPIError):
        twilio_api.validate_request(text_request(Body="Nobody", From="+16135550100"))
