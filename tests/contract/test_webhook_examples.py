"""Every webhook example that we know of is read without an error, and to the right end."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from mobilize.core.keys import Keyring
from mobilize.core.tokens import Links
from mobilize.messaging.events import from_sendgrid, from_twilio
from tests.support.shared import shared_file

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)

STATES = {
    "processed": ("accepted", None),
    "dropped": ("dropped", None),
    "delivered": ("delivered", None),
    "deferred": ("deferred", None),
    "bounce:bounce": ("bounced", "bounced"),
    "bounce:blocked": ("bounced", None),
    "spamreport": ("complained", "complaint"),
    "unsubscribe": (None, "unsubscribed"),
    "group_unsubscribe": (None, "unsubscribed"),
}
PASSED_OVER = {"open", "click", "group_resubscribe"}


@pytest.fixture(scope="module")
def examples() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        shared_file("specs/webhook_examples.json").read_text("utf-8")
    )
    return found


@pytest.fixture(scope="module")
def links(keyring: Keyring) -> Links:
    return Links(keyring)


def test_each_documented_event_of_sendgrid(examples: dict[str, Any], links: Links) -> None:
    documented = examples["sendgrid_event_webhook"]["docs_examples_2021"]
    assert set(documented) == set(STATES) | PASSED_OVER
    for name, example in documented.items():
        ours = {**one_of(example), "m": links.seal("provider", 7)}
        read = from_sendgrid([ours], links=links, now=NOW)
        if name in PASSED_OVER:
            assert read == [], name
            continue
        (event,) = read
        assert (event.state, event.suppress) == STATES[name], name
        assert event.message_id == 7
        assert "@" not in json.dumps(dict(event.facts)), name


def one_of(example: Any) -> dict[str, Any]:
    """The event itself, whether it stands alone or in a list of one."""
    if isinstance(example, list):
        (example,) = example
    event: dict[str, Any] = example
    return event


def test_a_batch_as_documented_is_read_whole(examples: dict[str, Any], links: Links) -> None:
    batch = examples["sendgrid_event_webhook"]["docs_combined_batch_example_2021"]
    told = [item for item in batch if item["event"] not in PASSED_OVER]
    read = from_sendgrid(batch, links=links, now=NOW)
    assert [event.kind for event in read] == [item["event"] for item in told]


def test_each_observed_payload_of_sendgrid(examples: dict[str, Any], links: Links) -> None:
    """None carries a token of ours: they are read, and name no message."""
    for name, payload in examples["sendgrid_event_webhook"]["observed_payloads"].items():
        for event in from_sendgrid([payload], links=links, now=NOW):
            assert event.message_id is None, name
            assert len(event.key) <= 160
            assert "@" not in json.dumps(dict(event.facts)), name


def test_an_event_under_a_new_id_is_still_the_same(examples: dict[str, Any], links: Links) -> None:
    payload = examples["sendgrid_event_webhook"]["observed_payloads"]["delivered"]
    ours = {**payload, "m": links.seal("provider", 7)}
    again = {**ours, "sg_event_id": "another"}
    nameless = {name: value for name, value in ours.items() if name != "sg_event_id"}
    keys = {event.key for event in from_sendgrid([ours, again, nameless], links=links, now=NOW)}
    assert len(keys) == 1


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"event": None},
        {"event": "delivered", "timestamp": "soon", "m": 5},
        {"event": "delivered", "timestamp": 1513299569000, "m": ["x"]},
        {"event": "deferred", "attempt": {"n": 1}, "response": None},
        {"event": "something_new", "timestamp": -(10**20)},
    ],
)
def test_an_odd_event_is_no_error(odd: dict[str, Any], links: Links) -> None:
    for event in from_sendgrid([odd], links=links, now=NOW):
        assert event.message_id is None


@pytest.mark.parametrize(
    ("name", "state", "suppress"),
    [
        ("sent", "accepted", None),
        ("delivered", "delivered", None),
        ("undelivered", "bounced", "invalid"),
    ],
)
def test_each_status_callback_of_twilio(
    examples: dict[str, Any], links: Links, name: str, state: str, suppress: str | None
) -> None:
    form = examples["twilio"]["sms_status_callback"][name]
    (event,) = from_twilio(form, token=links.seal("provider", 9), links=links, now=NOW)
    assert (event.message_id, event.state, event.suppress) == (9, state, suppress)
    assert "+1" not in json.dumps(dict(event.facts))


def test_every_status_that_twilio_names_is_read(examples: dict[str, Any], links: Links) -> None:
    for status in examples["twilio"]["message_statuses_spec"]:
        form = {"MessageSid": "SM1", "MessageStatus": status}
        read = from_twilio(form, token=links.seal("provider", 9), links=links, now=NOW)
        assert len(read) <= 1, status


def test_what_is_no_status_of_a_text_is_passed_over(examples: dict[str, Any], links: Links) -> None:
    forms = [examples["twilio"]["inbound_sms"]["plain"]]
    voice = examples["twilio"]["voice_status_callback"]
    forms += [voice["completed"], voice["busy"]]
    for form in forms:
        assert from_twilio(form, token="", links=links, now=NOW) == []
