"""Webhooks replayed, at once, out of order and forged: the outcome is that of each coming once."""

import base64
import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import permutations
from typing import Any, Final
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Flask
from sqlalchemy import func, select
from twilio.request_validator import RequestValidator
from werkzeug.test import TestResponse

from mobilize.app import create_app
from mobilize.contacts.consent_models import ConsentEvent, Suppression
from mobilize.messaging.claims import Claimed, pack
from mobilize.messaging.lettering import PROVIDER
from mobilize.messaging.models import Message, ProviderEvent, Submission
from mobilize.messaging.providers.transports import Transports
from mobilize.messaging.sending import drain
from mobilize.runtime import Runtime
from tests.faults.crowd import add_crowd
from tests.messaging.test_sending import launch
from tests.support.sandbox import Sandbox

pytestmark = pytest.mark.faults

KEY: Final = ec.generate_private_key(ec.SECP256R1())
PUBLIC_KEY: Final = base64.b64encode(
    KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
).decode()
TIMES: Final = 50
AT_ONCE: Final = 8


@pytest.fixture
def app(sending: Runtime) -> Flask:
    sendgrid = replace(sending.settings.sendgrid, webhook_public_key=PUBLIC_KEY)
    return create_app(replace(sending, settings=replace(sending.settings, sendgrid=sendgrid)))


@pytest.fixture
def sent(sending: Runtime, transports: Transports, sandbox: Sandbox) -> list[int]:
    """Messages to six people that the provider took."""
    with sending.db.transaction() as session:
        add_crowd(session, 6, now=sending.clock.now())
    launch(sending)
    drain(sending, transports, worker="one")
    return message_ids(sending)


def message_ids(runtime: Runtime) -> list[int]:
    with runtime.db.read() as session:
        return list(session.scalars(select(Message.id).order_by(Message.id)))


def event(runtime: Runtime, message_id: int, kind: str, **more: Any) -> dict[str, Any]:
    stamp = int(runtime.clock.now().timestamp())
    token = runtime.links.seal(PROVIDER, message_id)
    return {"event": kind, "m": token, "timestamp": stamp, "sg_event_id": f"{kind}", **more}


def call_sendgrid(app: Flask, items: list[dict[str, Any]]) -> TestResponse:
    """One signed call, as SendGrid makes it."""
    body = json.dumps(items).encode() + b"\r\n"
    signature = base64.b64encode(KEY.sign(b"1600112502" + body, ec.ECDSA(hashes.SHA256())))
    return app.test_client().post(
        "/hooks/sendgrid",
        data=body,
        content_type="application/json",
        headers={
            "X-Twilio-Email-Event-Webhook-Signature": signature.decode(),
            "X-Twilio-Email-Event-Webhook-Timestamp": "1600112502",
        },
    )


def call_twilio(runtime: Runtime, app: Flask, message_id: int, **form: str) -> TestResponse:
    """One signed status callback, as Twilio makes it."""
    path = f"/hooks/twilio/status?m={runtime.links.seal(PROVIDER, message_id)}"
    url = runtime.settings.site.public_url + path
    signature = RequestValidator(runtime.settings.secrets.twilio_auth_token).compute_signature(
        url, form
    )
    return app.test_client().post(
        path,
        data=urlencode(form),
        content_type="application/x-www-form-urlencoded",
        headers={"X-Twilio-Signature": signature},
    )


def outcome(runtime: Runtime) -> dict[str, Any]:
    """Everything that an event may change."""
    with runtime.db.read() as session:
        return {
            "states": Counter(session.scalars(select(Message.state))),
            "events": session.scalar(select(func.count()).select_from(ProviderEvent)),
            "ledger": Counter(session.scalars(select(ConsentEvent.action))),
            "suppressions": Counter(session.scalars(select(Suppression.reason))),
        }


def all_kinds(runtime: Runtime, ids: list[int]) -> list[dict[str, Any]]:
    """A mail that arrived, one that bounced, one that annoyed, and three that are on their way."""
    return [
        *(event(runtime, one, "processed") for one in ids),
        event(runtime, ids[0], "delivered"),
        event(runtime, ids[1], "bounce", type="bounce", status="5.1.1"),
        event(runtime, ids[2], "spamreport"),
        event(runtime, ids[3], "deferred", attempt="1"),
        event(runtime, ids[4], "unsubscribe"),
    ]


EXPECTED: Final = {
    "states": {"delivered": 1, "bounced": 1, "complained": 1, "deferred": 1, "accepted": 2},
    "events": 11,
    "ledger": {"granted": 12, "bounced": 1, "complaint": 1, "withdrawn": 1},
    "suppressions": {"bounced": 1, "complaint": 1, "unsubscribed": 1},
}


def test_fifty_times_in_a_row_is_once(sending: Runtime, app: Flask, sent: list[int]) -> None:
    items = all_kinds(sending, sent)
    answers = {call_sendgrid(app, items).status_code for _ in range(TIMES)}
    assert answers == {204}
    assert outcome(sending) == EXPECTED


def test_fifty_times_at_once_is_once(sending: Runtime, app: Flask, sent: list[int]) -> None:
    items = all_kinds(sending, sent)
    # Each call in an order of its own, so that two meet in the middle.
    orders = [items[at % 11 :] + items[: at % 11] for at in range(TIMES)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = set(pool.map(lambda order: call_sendgrid(app, order).status_code, orders))
    assert answers == {204}
    assert outcome(sending) == EXPECTED


def test_an_event_under_fifty_ids_is_once(sending: Runtime, app: Flask, sent: list[int]) -> None:
    for number in range(TIMES):
        renamed = [{**item, "sg_event_id": f"id-{number}"} for item in all_kinds(sending, sent)]
        assert call_sendgrid(app, renamed).status_code == 204
    assert outcome(sending) == EXPECTED


@pytest.mark.parametrize("order", list(permutations(("processed", "deferred", "delivered"))))
def test_any_order_ends_the_same(
    sending: Runtime, app: Flask, sent: list[int], order: tuple[str, ...]
) -> None:
    for kind in order:
        assert call_sendgrid(app, [event(sending, sent[0], kind)]).status_code == 204
    with sending.db.read() as session:
        assert session.get_one(Message, sent[0]).state == "delivered"


def test_one_call_that_tells_the_whole_story_leaves_out_none_of_it(
    sending: Runtime, app: Flask, sent: list[int]
) -> None:
    """A mailbox takes a mail and sends it back later; in any order that is the same."""
    kinds = ("bounce", "delivered", "deferred", "processed")
    for message_id, order in zip(sent, permutations(kinds), strict=False):
        items = [event(sending, message_id, kind) for kind in order]
        assert call_sendgrid(app, items).status_code == 204
    with sending.db.read() as session:
        for message_id in sent:
            message = session.get_one(Message, message_id)
            assert message.state == "bounced"
            assert message.delivered_at is not None


def test_a_texts_callbacks_at_once_are_once(
    sending: Runtime, transports: Transports, app: Flask
) -> None:
    with sending.db.transaction() as session:
        add_crowd(session, 1, now=sending.clock.now())
    launch(sending, "sms")
    drain(sending, transports, worker="one")
    (message_id,) = message_ids(sending)
    forms = [
        {"MessageSid": "SM1", "MessageStatus": status, **more}
        for status, more in (("sent", {}), ("undelivered", {"ErrorCode": "30005"}))
    ]

    def call(at: int) -> int:
        return call_twilio(sending, app, message_id, **forms[at % 2]).status_code

    with ThreadPoolExecutor(AT_ONCE) as pool:
        assert set(pool.map(call, range(TIMES))) == {204}
    assert outcome(sending) == {
        "states": {"bounced": 1},
        "events": 2,
        "ledger": {"granted": 2, "bounced": 1},
        "suppressions": {"invalid": 1},
    }


def test_an_opt_out_that_overtakes_our_own_commit_still_counts(
    sending: Runtime, app: Flask
) -> None:
    """The provider tells of a mail while we still wait for its answer."""
    with sending.db.transaction() as session:
        (contact_id,) = add_crowd(session, 1, now=sending.clock.now())
        session.flush()
    launch(sending)
    ids = message_ids(sending)
    with sending.db.transaction() as session:
        message = session.get_one(Message, ids[0])
        request = Submission(
            mailing_id=message.mailing_id,
            language=message.language,
            chunk_no=message.chunk_no,
            claim=pack([Claimed(message.id, None, b"h" * 32)]),
            provider="sendgrid",
            size=1,
            started_at=sending.clock.now(),
        )
        session.add(request)
    assert call_sendgrid(app, [event(sending, ids[0], "unsubscribe")]).status_code == 204

    with sending.db.read() as session:
        actions = session.scalars(
            select(ConsentEvent.action).where(
                ConsentEvent.contact_id == contact_id, ConsentEvent.channel == "email"
            )
        ).all()
    assert "withdrawn" in actions


def test_events_of_nobody_we_know_are_taken_and_harm_nothing(
    sending: Runtime, app: Flask, sent: list[int]
) -> None:
    before = outcome(sending)
    strange = [
        {"event": "delivered", "timestamp": 1, "sg_event_id": "x"},
        {"event": "bounce", "m": "A" * 22, "timestamp": 1},
        event(sending, 10**9, "unsubscribe"),
        {"event": "delivered", "m": sending.links.seal("act", sent[0]), "timestamp": 1},
    ]
    assert call_sendgrid(app, strange).status_code == 204
    after = outcome(sending)
    assert {**after, "events": 0} == {**before, "events": 0}


def test_the_forged_are_turned_away_and_leave_nothing(
    sending: Runtime, app: Flask, sent: list[int]
) -> None:
    before = outcome(sending)
    items = all_kinds(sending, sent)
    body = json.dumps(items).encode()
    signature = base64.b64encode(KEY.sign(b"1600112502" + body, ec.ECDSA(hashes.SHA256()))).decode()
    right = {
        "X-Twilio-Email-Event-Webhook-Signature": signature,
        "X-Twilio-Email-Event-Webhook-Timestamp": "1600112502",
    }
    other = ec.generate_private_key(ec.SECP256R1())
    forged = base64.b64encode(other.sign(b"1600112502" + body, ec.ECDSA(hashes.SHA256()))).decode()
    wrong: list[tuple[bytes, dict[str, str]]] = [
        (body, {}),
        (body, {**right, "X-Twilio-Email-Event-Webhook-Timestamp": "1600112503"}),
        (body, {**right, "X-Twilio-Email-Event-Webhook-Signature": "not base64"}),
        (body, {**right, "X-Twilio-Email-Event-Webhook-Signature": forged}),
        (body + b"\r\n", right),
        (body.replace(b"bounce", b"bounde", 1), right),
        (json.dumps(items, separators=(",", ":")).encode(), right),
    ]
    client = app.test_client()
    for said, headers in wrong:
        answer = client.post(
            "/hooks/sendgrid", data=said, headers=headers, content_type="application/json"
        )
        assert answer.status_code == 403
    for path in ("/hooks/twilio/status?m=x", "/hooks/twilio/inbound"):
        assert client.post(path, data={"From": "+16135550101"}).status_code == 403
        headers = {"X-Twilio-Signature": "RSOYDt4T1cUTdK1PDd93/VVr8B8="}
        assert client.post(path, data={"Body": "STOP"}, headers=headers).status_code == 403
    assert outcome(sending) == before


def test_a_host_that_the_request_claims_does_not_count(
    sending: Runtime, app: Flask, sent: list[int]
) -> None:
    """Twilio's signature covers our public address from the settings, whatever a proxy says."""
    path = f"/hooks/twilio/status?m={sending.links.seal(PROVIDER, sent[0])}"
    form = {"MessageSid": "SM1", "MessageStatus": "delivered"}
    token = sending.settings.secrets.twilio_auth_token
    signature = RequestValidator(token).compute_signature(f"http://evil.example.org{path}", form)
    answer = app.test_client().post(
        path,
        data=form,
        headers={
            "X-Twilio-Signature": signature,
            "Host": "evil.example.org",
            "X-Forwarded-Host": "evil.example.org",
        },
    )
    assert answer.status_code == 403
