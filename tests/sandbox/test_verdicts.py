"""The ledger judges: nothing twice, nobody after an opt-out, no forgery believed, pauses kept."""

from typing import Any

import pytest
import requests
from python_http_client.exceptions import HTTPError
from sendgrid import SendGridAPIClient
from twilio.rest import Client

from tests.sandbox.letters import letter, people
from tests.support.receiver import Receiver
from tests.support.sandbox import Sandbox

US, THEM = "+16135550100", "+16135550123"


def mail(sendgrid: SendGridAPIClient, *addresses: str) -> None:
    sendgrid.client.mail.send.post(request_body=letter(*addresses))


def text(twilio: Client, to: str = THEM) -> None:
    twilio.messages.create(to=to, from_=US, body="Hello")


def verdict(sandbox: Sandbox, name: str, **grace: float) -> dict[str, Any]:
    found = sandbox.verdicts(**grace)
    one: dict[str, Any] = found["verdicts"][name]
    assert found["ok"] is all(each["ok"] for each in found["verdicts"].values())
    return one


def test_good_manners(
    sandbox: Sandbox, receiver: Receiver, sendgrid: SendGridAPIClient, twilio: Client
) -> None:
    sandbox.webhooks(email_events_url=receiver.url)
    mail(sendgrid, "one@example.org", "unsub@example.org")
    text(twilio)
    sandbox.flush()
    found = sandbox.verdicts()

    assert found["ok"] is True
    assert {each["ok"] for each in found["verdicts"].values()} == {True}
    assert found["notes"]["answers"] == {"sendgrid": {"202": 1}, "twilio": {"201": 1}}
    assert found["notes"]["fastest_second"]["email"] == {"requests": 1, "recipients": 2}


def test_the_same_id_twice(sandbox: Sandbox, sendgrid: SendGridAPIClient) -> None:
    mail(sendgrid, *people(3))
    mail(sendgrid, "other@example.org")
    twice = verdict(sandbox, "nothing_twice")
    assert (twice["ok"], twice["count"], twice["surplus"]) == (False, 1, 1)
    assert twice["first"] == [{"key": ["email", "send-0"], "count": 2}]


def test_nobody_after_an_opt_out_that_we_were_told(
    sandbox: Sandbox, receiver: Receiver, sendgrid: SendGridAPIClient
) -> None:
    sandbox.webhooks(email_events_url=receiver.url)
    mail(sendgrid, "unsub@example.org", "spam@example.org", "one@example.org")
    sandbox.flush()
    mail(sendgrid, "two@example.org", "Unsub@example.org", "spam@example.org")

    late = verdict(sandbox, "none_after_opt_out")
    assert (late["ok"], late["opt_outs"], late["count"]) == (False, 2, 2)
    assert [(one["to"], one["seq"]) for one in late["first"]] == [
        ("Unsub@example.org", 5),
        ("spam@example.org", 6),
    ]
    assert verdict(sandbox, "none_after_opt_out", opt_out_grace=600)["ok"]


def test_an_opt_out_that_nobody_took_is_not_held_against_us(
    sandbox: Sandbox, receiver: Receiver, sendgrid: SendGridAPIClient
) -> None:
    receiver.statuses.extend([503] * 20)
    sandbox.webhooks(email_events_url=receiver.url)
    mail(sendgrid, "unsub@example.org")
    sandbox.flush()
    mail(sendgrid, "unsub@example.org")
    assert verdict(sandbox, "none_after_opt_out")["ok"]


def test_an_opt_out_on_our_own_page_is_told_to_the_judge(
    sandbox: Sandbox, sendgrid: SendGridAPIClient, twilio: Client
) -> None:
    mail(sendgrid, "one@example.org")
    sandbox.tell("/_control/opt-outs", to=["one@example.org", THEM])
    assert verdict(sandbox, "none_after_opt_out")["ok"]
    mail(sendgrid, "one@example.org")
    text(twilio)
    late = verdict(sandbox, "none_after_opt_out")
    assert [one["channel"] for one in late["first"]] == ["email", "sms"]

    sandbox.tell("/_control/opt-ins", to=THEM)
    text(twilio)
    assert verdict(sandbox, "none_after_opt_out")["count"] == 2


def test_an_opt_out_at_an_instant_is_judged_by_the_sandboxs_clock(
    sandbox: Sandbox, sendgrid: SendGridAPIClient
) -> None:
    for minute in (0, 1, 2):
        sandbox.tell("/_control/clock", now=f"2026-12-10T14:0{minute}:00Z")
        mail(sendgrid, "one@example.org")
    sandbox.tell("/_control/opt-outs", to="one@example.org", at="2026-12-10T14:00:30Z")
    late = verdict(sandbox, "none_after_opt_out")
    assert [one["seconds_late"] for one in late["first"]] == [30, 90]
    assert verdict(sandbox, "none_after_opt_out", opt_out_grace=60)["count"] == 1


def test_stop_is_an_opt_out_and_start_ends_it(
    sandbox: Sandbox, receiver: Receiver, twilio: Client
) -> None:
    sandbox.webhooks(inbound_sms_url=receiver.url)
    sandbox.inbound_sms(THEM, US, "STOP")
    assert verdict(sandbox, "none_after_opt_out")["opt_outs"] == 1
    sandbox.inbound_sms(THEM, US, "START")
    text(twilio)
    assert verdict(sandbox, "none_after_opt_out")["ok"]


@pytest.mark.parametrize("answer", [200, 403])
def test_a_forgery_that_was_believed(
    sandbox: Sandbox, receiver: Receiver, sendgrid: SendGridAPIClient, answer: int
) -> None:
    sandbox.webhooks(email_events_url=receiver.url)
    sandbox.trick("sendgrid", "wrong_key")
    receiver.statuses.extend([answer] * 2)
    mail(sendgrid, "one@example.org")
    sandbox.flush()
    found = verdict(sandbox, "no_forgery_believed")
    assert found["believed"] == ({"wrong_key": 1} if answer == 200 else {})


def test_a_request_during_the_pause_that_was_told(
    sandbox: Sandbox, sendgrid: SendGridAPIClient, twilio: Client
) -> None:
    sandbox.faults("sendgrid", "429", retry_after=600)
    with pytest.raises(HTTPError):
        mail(sendgrid, "one@example.org")
    assert verdict(sandbox, "pauses_kept") == {"ok": True, "told": 1, "ignored": {}}
    text(twilio)
    mail(sendgrid, "one@example.org")
    assert verdict(sandbox, "pauses_kept", pause_grace=600)["ok"]
    found = verdict(sandbox, "pauses_kept", pause_grace=0)
    assert (found["ok"], found["ignored"]) == (False, {"sendgrid": 1})


def test_answers_are_counted_and_broken_connections_are_none(
    sandbox: Sandbox, sendgrid: SendGridAPIClient
) -> None:
    for kind in ("reset_before", "accept_then_reset"):
        sandbox.faults("sendgrid", kind)
        with pytest.raises(ConnectionResetError):
            mail(sendgrid, "one@example.org")
    mail(sendgrid, "two@example.org")
    assert sandbox.verdicts()["notes"]["answers"] == {"sendgrid": {"none": 2, "202": 1}}


def test_what_was_accepted_between_two_instants(
    sandbox: Sandbox, sendgrid: SendGridAPIClient, twilio: Client
) -> None:
    for minute in (0, 1, 2):
        sandbox.tell("/_control/clock", now=f"2026-12-10T14:0{minute}:00Z")
        mail(sendgrid, f"at-{minute}@example.org")
        text(twilio)
    span = {"since": "2026-12-10T14:01:00Z", "until": "2026-12-10T14:02:00Z"}
    assert [one["to"] for one in sandbox.messages(**span)] == ["at-1@example.org"]
    assert [one["seq"] for one in sandbox.messages("sms", **span)] == [2]
    answer = requests.get(f"{sandbox.url}/_ledger/messages", params={"since": "noon"}, timeout=10)
    assert (answer.status_code, "noon" in answer.json()["error"]) == (400, True)
