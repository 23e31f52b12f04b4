"""Webhooks that go wrong as the providers' own do: repeated, in disorder, late, forged."""

import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
from sendgrid import SendGridAPIClient
from sendgrid.helpers.eventwebhook import EventWebhook, EventWebhookHeader
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from tests.sandbox.letters import letter, people
from tests.support.receiver import Received, Receiver
from tests.support.sandbox import AUTH_TOKEN, Sandbox

PUBLIC = "https://mobilize.example.org"
TEXT = {"to": "+16135550123", "from_": "+16135550100", "body": "Hello"}
NOON, LATER = (datetime(2026, 12, 10, hour, tzinfo=UTC) for hour in (12, 18))


@pytest.fixture
def told(sandbox: Sandbox, receiver: Receiver) -> Receiver:
    sandbox.webhooks(email_events_url=f"{PUBLIC}/events", public_url=PUBLIC, app_url=receiver.url)
    return receiver


def mail(sendgrid: SendGridAPIClient, *addresses: str) -> None:
    sendgrid.client.mail.send.post(request_body=letter(*(addresses or ["one@example.org"])))


def text(twilio: Client) -> None:
    twilio.messages.create(**TEXT, status_callback=f"{PUBLIC}/status?m=msg-1")


def events(told: Receiver) -> list[dict[str, Any]]:
    return [event for call in told.at("/events") for event in json.loads(call.body)]


def names(told: Receiver) -> list[str]:
    return [event["event"] for event in events(told)]


def statuses(told: Receiver) -> list[str]:
    return [call.form["MessageStatus"] for call in told.at("/status")]


def is_genuine(call: Received, sandbox: Sandbox) -> bool:
    if call.path != "/events":
        signature = call.headers.get("X-Twilio-Signature", "")
        valid: bool = RequestValidator(AUTH_TOKEN).validate(
            PUBLIC + call.path, call.form, signature
        )
        return valid
    signature = call.headers.get(EventWebhookHeader.SIGNATURE, "")
    stamp = call.headers[EventWebhookHeader.TIMESTAMP]
    answer: bool = EventWebhook(sandbox.public_key).verify_signature(
        call.body.decode(), signature, stamp
    )
    return answer


def test_a_call_is_made_again_with_the_same_ids(
    sandbox: Sandbox, told: Receiver, sendgrid: SendGridAPIClient, twilio: Client
) -> None:
    sandbox.trick("both", "duplicate", copies=2)
    mail(sendgrid)
    text(twilio)
    report = sandbox.flush()

    assert set(Counter(event["sg_event_id"] for event in events(told)).values()) == {3}
    tokens = Counter(call.headers["I-Twilio-Idempotency-Token"] for call in told.at("/status"))
    assert set(tokens.values()) == {3}
    assert all(is_genuine(call, sandbox) for call in told.received)
    assert (report["delivered"], report["beside"]) == (4, {"duplicate": {"taken": 6, "refused": 0}})


def test_an_event_is_told_again_under_another_id(
    sandbox: Sandbox, told: Receiver, sendgrid: SendGridAPIClient, twilio: Client
) -> None:
    sandbox.trick("both", "new_id", events=["delivered"])
    mail(sendgrid)
    text(twilio)
    sandbox.flush()

    assert names(told) == ["processed", "delivered", "delivered"]
    assert len({event["sg_event_id"] for event in events(told)}) == 3
    assert statuses(told) == ["sent", "delivered", "delivered"]
    tokens = {call.headers["I-Twilio-Idempotency-Token"] for call in told.at("/status")}
    assert len(tokens) == 3


def test_the_last_event_is_told_first(
    sandbox: Sandbox, told: Receiver, sendgrid: SendGridAPIClient, twilio: Client
) -> None:
    sandbox.trick("both", "disorder")
    mail(sendgrid)
    text(twilio)
    sandbox.flush()

    assert names(told) == ["delivered", "processed"]
    assert statuses(told) == ["delivered", "sent"]


def test_an_event_comes_before_the_answer_to_the_request(
    sandbox: Sandbox, told: Receiver, sendgrid: SendGridAPIClient, twilio: Client
) -> None:
    sandbox.trick("both", "early")
    mail(sendgrid)
    assert names(told) == ["processed", "delivered"]
    text(twilio)
    assert statuses(told) == ["sent", "delivered"]


def test_an_event_proves_a_request_whose_answer_is_lost(
    sandbox: Sandbox, told: Receiver, sendgrid: SendGridAPIClient
) -> None:
    sandbox.trick("sendgrid", "early")
    sandbox.faults("sendgrid", "accept_then_reset")
    with pytest.raises(ConnectionResetError):
        mail(sendgrid)
    assert names(told) == ["processed", "delivered"]


def test_some_events_are_never_told_and_they_are_the_same_in_every_run(
    sandbox: Sandbox, told: Receiver, sendgrid: SendGridAPIClient
) -> None:
    sandbox.trick("sendgrid", "lost", chance=0.3)
    mail(sendgrid, *people(100))
    sandbox.flush()
    assert 0 < 200 - len(events(told)) < 120
    [trick] = sandbox.state()["tricks"]
    assert trick["struck"] == 200 - len(events(told))


def test_a_call_is_replayed_hours_later_byte_for_byte(
    sandbox: Sandbox, told: Receiver, sendgrid: SendGridAPIClient, twilio: Client
) -> None:
    sandbox.set_clock(NOON)
    sandbox.trick("both", "replay", seconds=6 * 3600)
    mail(sendgrid)
    text(twilio)
    sandbox.flush()
    assert (len(told.at("/events")), len(told.at("/status"))) == (1, 2)
    assert sandbox.state()["later"] == {"count": 3, "next": "2026-12-10T18:00:00+00:00"}

    sandbox.set_clock(LATER)
    sandbox.flush()
    first, again = told.at("/events")
    assert (first.body, first.headers) == (again.body, again.headers)
    assert sorted(statuses(told)) == ["delivered", "delivered", "sent", "sent"]


def test_an_event_is_told_late_with_the_time_at_which_it_happened(
    sandbox: Sandbox, told: Receiver, sendgrid: SendGridAPIClient, twilio: Client
) -> None:
    sandbox.set_clock(NOON)
    sandbox.trick("both", "late", seconds=3600, events=["delivered"])
    mail(sendgrid)
    text(twilio)
    sandbox.flush()
    assert (names(told), statuses(told)) == (["processed"], ["sent"])

    sandbox.set_clock(LATER)
    sandbox.flush()
    assert (names(told), statuses(told)) == (["processed", "delivered"], ["sent", "delivered"])
    assert len({event["timestamp"] for event in events(told)}) == 1


def test_a_mail_bounces_days_after_it_was_delivered(
    sandbox: Sandbox, told: Receiver, sendgrid: SendGridAPIClient
) -> None:
    sandbox.set_clock(NOON)
    sandbox.trick("sendgrid", "late_bounce", seconds=6 * 3600)
    mail(sendgrid)
    sandbox.flush()
    assert sandbox.ledger()["email"]["by_state"] == {"delivered": 1}

    sandbox.set_clock(LATER)
    sandbox.flush()
    bounce = events(told)[-1]
    assert (bounce["event"], bounce["type"], bounce["send_id"]) == ("bounce", "bounce", "send-0")
    assert "sg_message_id" not in bounce
    assert bounce["timestamp"] - events(told)[0]["timestamp"] == 6 * 3600
    assert sandbox.ledger()["email"]["by_state"] == {"bounced": 1}
    mail(sendgrid)
    assert sandbox.messages()[-1]["state"] == "dropped"


def test_a_machine_opens_a_mail(
    sandbox: Sandbox, told: Receiver, sendgrid: SendGridAPIClient
) -> None:
    sandbox.trick("sendgrid", "machine_open")
    mail(sendgrid)
    sandbox.flush()
    assert names(told) == ["processed", "delivered", "open"]
    assert events(told)[-1]["sg_machine_open"] is True


def test_events_without_an_id_and_with_fields_that_nobody_knows(
    sandbox: Sandbox, told: Receiver, sendgrid: SendGridAPIClient, twilio: Client
) -> None:
    sandbox.trick("sendgrid", "nameless")
    sandbox.trick("both", "new_fields")
    mail(sendgrid)
    text(twilio)
    sandbox.flush()

    assert all("sg_event_id" not in event for event in events(told))
    assert all(event["AnotherNewParameter"] == "é & = +" for event in events(told))
    assert all(call.form["ANewParameter"] == "" for call in told.at("/status"))
    assert all(is_genuine(call, sandbox) for call in told.received)


def test_what_is_about_strangers_is_well_signed_and_names_nobody_of_ours(
    sandbox: Sandbox, told: Receiver, sendgrid: SendGridAPIClient, twilio: Client
) -> None:
    sandbox.trick("both", "foreign")
    mail(sendgrid)
    text(twilio)
    sandbox.flush()

    assert all(is_genuine(call, sandbox) for call in told.received)
    strangers = [event for event in events(told) if event["send_id"] != "send-0"]
    assert {event["email"] for event in strangers} == {"stranger@example.net"}
    assert [event["event"] for event in strangers] == ["processed", "delivered"]
    foreign = [call for call in told.at("/status") if call.path != "/status?m=msg-1"]
    assert len(foreign) == 2
    assert {call.form["AccountSid"] for call in foreign} == {"AC" + "9" * 32}


@pytest.mark.parametrize("kind", ["tampered", "wrong_key", "unsigned"])
def test_a_forged_call_comes_beside_the_true_one_and_is_counted(
    sandbox: Sandbox, told: Receiver, sendgrid: SendGridAPIClient, twilio: Client, kind: str
) -> None:
    sandbox.trick("both", kind)
    mail(sendgrid)
    sandbox.flush()
    text(twilio)
    report = sandbox.flush()

    genuine = Counter(
        (call.path.partition("?")[0], is_genuine(call, sandbox)) for call in told.received
    )
    assert genuine == {
        ("/events", True): 1, ("/events", False): 1,
        ("/status", True): 2, ("/status", False): 2,
    }  # fmt: skip
    # This receiver believes everything; a real one refuses them all.
    assert report["beside"] == {kind: {"taken": 3, "refused": 0}}
    assert report["delivered"] == 4


def test_a_text_signed_for_another_scheme_is_forged(
    sandbox: Sandbox, told: Receiver, twilio: Client
) -> None:
    sandbox.trick("twilio", "wrong_address", events=[], count=1)
    text(twilio)
    sandbox.flush()
    [forged] = [call for call in told.received if not is_genuine(call, sandbox)]
    http = PUBLIC.replace("https:", "http:") + forged.path
    signature = forged.headers["X-Twilio-Signature"]
    assert RequestValidator(AUTH_TOKEN).compute_signature(http, forged.form) == signature


def test_a_forged_call_that_is_refused_is_not_made_again(
    sandbox: Sandbox, told: Receiver, sendgrid: SendGridAPIClient
) -> None:
    sandbox.trick("sendgrid", "unsigned")
    told.statuses.extend([403, 403])
    mail(sendgrid)
    report = sandbox.flush()
    assert report["beside"]["unsigned"]["refused"] <= 1
    assert len([call for call in told.received if not is_genuine(call, sandbox)]) == 1


def test_a_text_from_a_person_is_forged_as_well(sandbox: Sandbox, told: Receiver) -> None:
    sandbox.webhooks(inbound_sms_url=f"{PUBLIC}/inbound")
    sandbox.trick("twilio", "wrong_key")
    sandbox.inbound_sms(TEXT["to"], TEXT["from_"], "STOP")
    sandbox.flush()
    assert Counter(is_genuine(call, sandbox) for call in told.at("/inbound")) == {
        True: 1,
        False: 1,
    }


def test_tricks_are_withdrawn(
    sandbox: Sandbox, told: Receiver, sendgrid: SendGridAPIClient
) -> None:
    sandbox.trick("sendgrid", "lost", to="*@example.net")
    mail(sendgrid, "one@example.org", "two@example.net")
    sandbox.session.delete(f"{sandbox.url}/_control/tricks")
    mail(sendgrid, "three@example.net")
    sandbox.flush()
    assert [event["email"] for event in events(told)] == [
        "one@example.org", "one@example.org", "three@example.net", "three@example.net",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("order", "word"),
    [
        ({"provider": "both", "kind": "explode"}, "new_id"),
        ({"provider": "other", "kind": "late"}, "sendgrid"),
        ({"provider": "twilio", "kind": "machine_open"}, "sendgrid"),
        ({"provider": "both", "kind": "late", "chance": 2}, "chance"),
        ({"provider": "both", "kind": "duplicate", "copies": 0}, "copies"),
    ],
)
def test_a_wrong_order_says_what_may_be_ordered(
    sandbox: Sandbox, order: dict[str, Any], word: str
) -> None:
    answer = sandbox.session.post(f"{sandbox.url}/_control/tricks", json=order)
    assert answer.status_code == 400
    assert word in answer.json()["error"]
