"""Every webhook example that we know of, signed and posted as the provider does: never a 5xx.

A refused or failing webhook is told again for a day; what we do not know is taken and left alone.
"""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Flask
from flask.testing import FlaskClient
from twilio.request_validator import RequestValidator

from mobilize.app import create_app
from mobilize.runtime import Runtime
from tests.contract.wire import described
from tests.sandbox.conftest import receiver, sandbox, sendgrid, twilio
from tests.support.receiver import Receiver
from tests.support.sandbox import Sandbox, running_sandbox

__all__ = ["receiver", "sandbox", "sendgrid", "twilio"]

EXAMPLES: Final = described("webhook_examples.json")
OF_SENDGRID: Final = EXAMPLES["sendgrid_event_webhook"]
OF_TWILIO: Final = EXAMPLES["twilio"]
KEY: Final = ec.generate_private_key(ec.SECP256R1())
PUBLIC_KEY: Final = base64.b64encode(
    KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
).decode()


def calls_of_sendgrid() -> Iterator[tuple[str, list[Any]]]:
    """Every event and batch of events."""
    for group in ("docs_examples_2021", "observed_payloads"):
        for name, example in OF_SENDGRID[group].items():
            yield name, example if isinstance(example, list) else [example]
    yield "combined batch", OF_SENDGRID["docs_combined_batch_example_2021"]
    bounce = OF_SENDGRID["docs_examples_2021"]["bounce:bounce"]
    current = [
        name.split()[0] for name in OF_SENDGRID["delivery_event_properties_current_docs"]["bounce"]
    ]
    yield "all that a bounce may have today", [dict.fromkeys(current, "x") | bounce]
    dropped = OF_SENDGRID["docs_examples_2021"]["dropped"]
    for reason in OF_SENDGRID["drop_reasons"]:
        yield f"dropped: {reason}", [dropped | {"reason": reason}]


def forms_of_twilio() -> Iterator[tuple[str, str, dict[str, str]]]:
    """Every form, with the webhook that it is for."""
    statuses = OF_TWILIO["sms_status_callback"]
    for name in ("sent", "delivered", "undelivered"):
        yield name, "status", statuses[name]
    for status in OF_TWILIO["message_statuses_spec"]:
        yield status, "status", statuses["sent"] | {"MessageStatus": status, "SmsStatus": status}
    for code in OF_TWILIO["delivery_error_codes"]:
        yield code, "status", statuses["undelivered"] | {"ErrorCode": code}
    for name in ("completed", "busy"):
        yield f"voice {name}", "status", OF_TWILIO["voice_status_callback"][name]
    for status in OF_TWILIO["call_statuses_spec"]:
        call = OF_TWILIO["voice_status_callback"]["busy"]
        yield f"voice: {status}", "status", call | {"CallStatus": status}
    inbound = OF_TWILIO["inbound_sms"]
    yield "inbound", "inbound", inbound["plain"]
    yield "with media", "inbound", inbound["plain"] | inbound["media_extra"]
    for word in inbound["advanced_opt_out_extra"]["OptOutType"].split(" | "):
        told = inbound["advanced_opt_out_extra"] | {"OptOutType": word, "Body": word.lower()}
        yield f"advanced opt-out: {word}", "inbound", inbound["plain"] | told


@pytest.fixture
def web(runtime: Runtime) -> tuple[FlaskClient, Runtime]:
    sendgrid = replace(runtime.settings.sendgrid, webhook_public_key=PUBLIC_KEY)
    ours = replace(runtime, settings=replace(runtime.settings, sendgrid=sendgrid))
    app: Flask = create_app(ours)
    return app.test_client(), ours


def test_no_example_is_left_out() -> None:
    """What is new in the data is used by no test, until it is named here."""
    assert set(EXAMPLES) == {"_about", "sendgrid_event_webhook", "twilio"}
    assert set(OF_SENDGRID) == {
        "transport", "docs_examples_2021", "docs_combined_batch_example_2021",
        "delivery_event_properties_current_docs", "observed_payloads", "drop_reasons", "notes",
    }  # fmt: skip
    assert set(OF_TWILIO) == {
        "transport", "message_statuses_spec", "call_statuses_spec", "sms_status_callback",
        "inbound_sms", "magic_numbers_test_credentials", "delivery_error_codes",
        "voice_status_callback",
    }  # fmt: skip
    assert set(OF_TWILIO["sms_status_callback"]) == {"sent", "delivered", "undelivered", "notes"}
    assert set(OF_TWILIO["voice_status_callback"]) == {"completed", "busy", "notes"}
    vectors = described("signature_vectors.json")
    assert set(vectors) == {
        "_about", "sendgrid_event_webhook", "twilio_request_validator", "derived_with_sdk",
    }  # fmt: skip
    assert len(vectors["sendgrid_event_webhook"]["vectors"]) == 7
    assert len(vectors["twilio_request_validator"]["vectors"]) == 15
    assert len(vectors["twilio_request_validator"]["disputed_vectors"]) == 1
    assert len(vectors["derived_with_sdk"]["vectors"]) >= 2


def test_every_example_of_sendgrid_is_taken(web: tuple[FlaskClient, Runtime]) -> None:
    client, _ = web
    for name, events in calls_of_sendgrid():
        body = json.dumps(events).encode() + b"\r\n"
        signature = base64.b64encode(KEY.sign(b"1600112502" + body, ec.ECDSA(hashes.SHA256())))
        answer = client.post(
            "/hooks/sendgrid",
            data=body,
            content_type="application/json;charset=utf-8",
            headers={
                "X-Twilio-Email-Event-Webhook-Signature": signature.decode(),
                "X-Twilio-Email-Event-Webhook-Timestamp": "1600112502",
            },
        )
        assert answer.status_code in range(200, 300), (name, answer.text)


def test_every_example_of_twilio_is_taken(web: tuple[FlaskClient, Runtime]) -> None:
    client, runtime = web
    validator = RequestValidator(runtime.settings.secrets.twilio_auth_token)
    account = runtime.settings.twilio.account_sid
    for name, hook, example in forms_of_twilio():
        path = f"/hooks/twilio/{hook}" + ("?m=nobody-knows" if hook == "status" else "")
        form = example | {"AccountSid": account}
        url = runtime.settings.site.public_url + path
        answer = client.post(
            path,
            data=urlencode(form),
            content_type="application/x-www-form-urlencoded; charset=UTF-8",
            headers={"X-Twilio-Signature": validator.compute_signature(url, form)},
        )
        assert answer.status_code in range(200, 300), (name, answer.text)


@pytest.fixture(scope="module")
def process() -> Iterator[Sandbox]:
    with running_sandbox() as one:
        yield one


def test_the_sandbox_tells_what_the_examples_tell(
    sandbox: Sandbox, receiver: Receiver, sendgrid: Any, twilio: Any
) -> None:
    """Its own webhooks carry the examples' fields, and none that no example has."""
    sandbox.webhooks(
        email_events_url=f"{receiver.url}/events", inbound_sms_url=f"{receiver.url}/inbound"
    )
    letters = [
        {"to": [{"email": f"{name}@example.org"}]}
        for name in ("one", "bounce+511", "blocked", "dropped-unsub", "deferred-then-delivered",
                     "spam", "unsub")
    ]  # fmt: skip
    sendgrid.client.mail.send.post(
        request_body={
            "from": {"email": "us@example.org"}, "subject": "A word", "personalizations": letters,
            "content": [{"type": "text/plain", "value": "Hello"}],
        }
    )  # fmt: skip
    for number in ("+16135550123", "+16005550105"):
        twilio.messages.create(
            to=number, from_="+16135550100", body="Hello",
            status_callback=f"{receiver.url}/status?m=1",
        )  # fmt: skip
    sandbox.inbound_sms("+16135550123", "+16135550100", "Hello")
    sandbox.flush()

    for call in receiver.at("/events"):
        for event in json.loads(call.body):
            name = event["event"]
            key = f"bounce:{event['type']}" if name == "bounce" else name
            assert set(event) <= set(OF_SENDGRID["docs_examples_2021"][key]), event
    for call in receiver.at("/status"):
        example = OF_TWILIO["sms_status_callback"][call.form["MessageStatus"]]
        assert set(call.form) ^ set(example) <= {"MessagingServiceSid"}
    [call] = receiver.at("/inbound")
    assert set(call.form) == set(OF_TWILIO["inbound_sms"]["plain"])


def test_the_sandbox_knows_every_magic_number(sandbox: Sandbox, twilio: Any) -> None:
    magic = OF_TWILIO["magic_numbers_test_credentials"]
    usual = {"To": "+16135550123", "From": "+16135550100", "Body": "Hello"}
    codes = {}
    for field, numbers in (("From", magic["sms_from"]), ("To", magic["sms_to"])):
        for number, code in numbers.items():
            answer = sandbox.session.post(
                f"{twilio.api.base_url}/2010-04-01/Accounts/{twilio.account_sid}/Messages.json",
                data=usual | {field: number},
                auth=(twilio.username, twilio.password),
            )
            codes[field, number] = (answer.json().get("code"), code)
    assert all(found == wanted for found, wanted in codes.values()), codes
