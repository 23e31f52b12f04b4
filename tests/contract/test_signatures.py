"""Webhook signatures: the providers' published vectors, their SDKs, and all that is wrong."""

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from sendgrid.helpers.eventwebhook import EventWebhook
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from mobilize.messaging.signatures import sendgrid_signed, twilio_signed
from tests.support.shared import shared_file

KEY = ec.derive_private_key(20261122, ec.SECP256R1())
PUBLIC_KEY = base64.b64encode(
    KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
).decode()
URL = "https://mobilize.example.org/hooks/twilio/status?m=abc"
WORDS = st.text(max_size=60)
FORMS = st.dictionaries(st.text(min_size=1, max_size=20), st.lists(WORDS, min_size=1, max_size=3))


def vectors() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        shared_file("specs/signature_vectors.json").read_text("utf-8")
    )
    return found


def sendgrid_signature(timestamp: str, body: bytes) -> str:
    signature = KEY.sign(timestamp.encode() + body, ec.ECDSA(hashes.SHA256()))
    return base64.b64encode(signature).decode()


def twilio_signature(token: str, url: str, form: dict[str, list[str]]) -> str:
    """Twilio's rule by hand: the address, then sorted names with their sorted values."""
    said = url + "".join(name + value for name in sorted(form) for value in sorted(set(form[name])))
    digest = hmac.new(token.encode(), said.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def test_every_published_vector_of_sendgrid() -> None:
    listed = vectors()["sendgrid_event_webhook"]["vectors"]
    assert {one["valid"] for one in listed} == {True, False}
    for one in listed:
        answer = sendgrid_signed(
            public_key=one["public_key"],
            body=base64.b64decode(one["payload_base64"]),
            signature=one["signature"],
            timestamp=one["timestamp"],
        )
        assert answer is one["valid"], one["name"]


def test_every_published_vector_of_twilio() -> None:
    # Three sign a JSON body through the address: to us such a call is a form without fields.
    told = vectors()["twilio_request_validator"]
    assert {one["valid"] for one in told["vectors"]} == {True, False}
    for one in told["vectors"]:
        answer = twilio_signed(
            auth_token=told["token"],
            url=one["url"],
            form=MultiDict(one["params"] or {}),
            signature=one["signature"],
        )
        assert answer is one["valid"], one["name"]


def test_the_disputed_vector_is_judged_as_twilios_python_sdk_does() -> None:
    """Its address holds an apostrophe, which another SDK rewrites before it signs."""
    told = vectors()["twilio_request_validator"]
    for one in told["disputed_vectors"]:
        assert one["twilio_python_9_13_0_agrees"] is False
        assert not twilio_signed(
            auth_token=told["token"],
            url=one["url"],
            form=MultiDict(one["params"]),
            signature=one["signature"],
        )


def test_only_the_configured_algorithm_counts() -> None:
    """A caller cannot choose HMAC-SHA256: what we have configured is SHA-1 with the token."""
    for one in vectors()["derived_with_sdk"]["vectors"]:
        answer = twilio_signed(
            auth_token=one["token"],
            url=one["url"],
            form=MultiDict(one["params"]),
            signature=one["signature"],
        )
        assert answer is (one["algorithm"] == "HMAC_SHA1")


@given(body=st.text(max_size=300), timestamp=st.integers(0, 2**33))
def test_sendgrid_agrees_with_the_sdk(body: str, timestamp: int) -> None:
    stamp = str(timestamp)
    signature = sendgrid_signature(stamp, body.encode())
    sdk = EventWebhook(PUBLIC_KEY)
    for said in (body, body + "\r\n"):
        ours = sendgrid_signed(
            public_key=PUBLIC_KEY, body=said.encode(), signature=signature, timestamp=stamp
        )
        assert ours is sdk.verify_signature(said, signature, stamp) is (said == body)


@given(body=st.binary(max_size=300))
def test_sendgrid_is_judged_on_bytes_that_are_no_text(body: bytes) -> None:
    signature = sendgrid_signature("1600112502", body)
    assert sendgrid_signed(
        public_key=PUBLIC_KEY, body=body, signature=signature, timestamp="1600112502"
    )


@given(form=FORMS, token=st.text(min_size=1, max_size=40))
def test_twilio_agrees_with_the_sdk_and_with_the_rule_by_hand(
    form: dict[str, list[str]], token: str
) -> None:
    fields = MultiDict((name, value) for name, values in form.items() for value in values)
    signature = twilio_signature(token, URL, form)
    assert RequestValidator(token).validate(URL, fields, signature)
    assert twilio_signed(auth_token=token, url=URL, form=fields, signature=signature)
    assert not twilio_signed(auth_token=token + "x", url=URL, form=fields, signature=signature)
    more = fields.copy()
    more.add("Body", "tampered")
    if fields.getlist("Body").count("tampered") == 0:
        assert not twilio_signed(auth_token=token, url=URL, form=more, signature=signature)


def test_a_blank_field_is_part_of_what_twilio_signs() -> None:
    signature = twilio_signature("token", URL, {"Body": ["Hello"], "ToCity": [""]})
    with_blank = MultiDict({"Body": "Hello", "ToCity": ""})
    assert twilio_signed(auth_token="token", url=URL, form=with_blank, signature=signature)
    without = MultiDict({"Body": "Hello"})
    assert not twilio_signed(auth_token="token", url=URL, form=without, signature=signature)


@pytest.mark.parametrize("scheme", ["http://mobilize.example.org", "https://other.example.org"])
def test_another_address_is_not_ours(scheme: str) -> None:
    signature = twilio_signature("token", f"{scheme}/hooks/twilio/status?m=abc", {})
    assert not twilio_signed(auth_token="token", url=URL, form=MultiDict(), signature=signature)


@given(
    public_key=st.one_of(st.just(PUBLIC_KEY), st.just(""), WORDS),
    signature=st.one_of(st.none(), WORDS, st.binary(max_size=80).map(lambda b: b.hex())),
    timestamp=st.one_of(st.none(), WORDS),
    body=st.binary(max_size=80),
)
def test_garbage_from_sendgrids_side_is_refused_quietly(
    public_key: str, signature: str | None, timestamp: str | None, body: bytes
) -> None:
    answer = sendgrid_signed(
        public_key=public_key, body=body, signature=signature, timestamp=timestamp
    )
    assert answer is False


@given(
    token=WORDS,
    url=st.one_of(st.just(URL), WORDS, st.just("https://[::1"), st.just("https://a:99999/")),
    signature=st.one_of(st.none(), WORDS),
    form=FORMS,
)
def test_garbage_from_twilios_side_is_refused_quietly(
    token: str, url: str, signature: str | None, form: dict[str, list[str]]
) -> None:
    answer = twilio_signed(auth_token=token, url=url, form=MultiDict(form), signature=signature)
    assert answer is False


@pytest.mark.parametrize(
    "public_key",
    [
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE",
        base64.b64encode(b"no key at all").decode(),
        # A key of a kind that signs otherwise: Ed25519.
        "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=",
        # A curve that nobody knows: its number is changed.
        PUBLIC_KEY.replace("0DAQcD", "0DAX8D"),
    ],
    ids=["cut short", "no key", "Ed25519", "unknown curve"],
)
def test_a_key_that_is_none_refuses_everything(public_key: str) -> None:
    signature = sendgrid_signature("1600112502", b"[]")
    assert not sendgrid_signed(
        public_key=public_key, body=b"[]", signature=signature, timestamp="1600112502"
    )
