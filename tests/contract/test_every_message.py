"""Every kind of message and every text that is shipped, as the providers' descriptions want it."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from flask import Flask
from openapi_core import OpenAPI

from mobilize.actions.content import read_messages
from mobilize.alerts.trial import send_test
from mobilize.core.clock import VirtualClock
from mobilize.core.i18n import LANGUAGES
from mobilize.messaging.models import CODE, OPT_IN, REPLY, STANDING_KINDS, TEST
from mobilize.messaging.policy import Channel
from mobilize.messaging.providers.transports import open_transports
from mobilize.messaging.queueing import queue_code, queue_to_address, queue_to_contact
from mobilize.messaging.sending import drain
from mobilize.runtime import Runtime
from tests.alerts.world import TODAY, make_alert, make_world
from tests.contract.wire import SENDGRID, TWILIO, as_sent_to, speaking_to
from tests.messaging.conftest import clock
from tests.messaging.people import add_contact
from tests.messaging.test_inbox import DAYTIME, reply, text
from tests.messaging.test_opting_in import BY_EMAIL, BY_TEXT
from tests.messaging.test_sending import launch
from tests.support.campaigns import adopted_demand, load_templates
from tests.support.receiver import Received, Receiver
from tests.support.sandbox import CHECKOUT

__all__ = ["clock"]
BULK: Final = ("alert", "followup")
PLAIN: Final = "transactional"
SHIPPED: Final = [
    (content.key, channel)
    for content in read_messages()
    for channel in ("email", "sms")
    if any(text.channel == channel for text in content.texts)
]
BARE: Final[dict[Channel, str]] = {"email": "new@example.org", "sms": "+16135550142"}
NAMES: Final = {
    "campaign", "closes_on", "code", "days", "demand", "mp", "organization", "reply_due_on",
    "riding", "thanks", "words",
}  # fmt: skip
LINKS: Final = {"action_url", "confirm_url", "manage_url", "sign_on_url", "stay_url"}
VARIABLES: Final = {name: f"A made-up {name}" for name in NAMES} | {
    name: f"https://mobilize.example.org/en/{name}" for name in LINKS
}


@pytest.fixture
def speaking(runtime: Runtime, recorder: Receiver) -> Runtime:
    return speaking_to(runtime, recorder)


def go(runtime: Runtime) -> None:
    drain(runtime, open_transports(runtime.settings), worker="one")


def check(
    seen: list[Received], channel: str, sendgrid_api: OpenAPI, twilio_api: OpenAPI
) -> Iterator[str]:
    """Hold each request against the description; the words that each carries are given."""
    for one in seen:
        if channel == "email":
            sendgrid_api.validate_request(as_sent_to(SENDGRID, one))
            body = json.loads(one.body)
            assert "custom_args" not in body, "an erratum: they belong to each recipient"
            yield from (part["value"] for part in body["content"])
        else:
            twilio_api.validate_request(as_sent_to(TWILIO, one))
            assert re.search(r"\?m=[\w-]{22}$", one.form["StatusCallback"])
            yield one.form["Body"]


def test_no_kind_of_message_is_left_out() -> None:
    """A kind that is new in the code is sent by no test below, until it is named here."""
    named = set()
    for module in Path(CHECKOUT, "mobilize").rglob("*.py"):
        if "sandbox" not in module.parts:
            named |= set(re.findall(r"start_mailing\([^)]*?kind=\"(\w+)\"", module.read_text()))
    assert named == set(BULK)
    assert set(STANDING_KINDS) == {PLAIN, CODE, OPT_IN, REPLY, TEST}


@pytest.mark.parametrize("channel", ["email", "sms"])
@pytest.mark.parametrize("kind", BULK)
def test_a_mailing_to_many(
    speaking: Runtime, recorder: Receiver, sendgrid_api: OpenAPI, twilio_api: OpenAPI,
    kind: str, channel: str,
) -> None:  # fmt: skip
    with speaking.db.transaction() as session:
        for number, language in enumerate(LANGUAGES * 2, start=1):
            add_contact(
                session, number, now=speaking.clock.now(), language=language, discreet=number > 2
            )
    launch(speaking, channel, kind=kind)
    go(speaking)
    assert len(recorder.received) == (2 if channel == "email" else 4)
    assert all(check(recorder.received, channel, sendgrid_api, twilio_api))


@pytest.mark.parametrize("channel", ["email", "sms"])
def test_each_shipped_text_to_one_person(
    speaking: Runtime, recorder: Receiver, sendgrid_api: OpenAPI, twilio_api: OpenAPI,
    channel: Channel,
) -> None:  # fmt: skip
    """To somebody on file, to somebody who asked for discretion, and to a bare address."""
    now = speaking.clock.now()
    keys = [key for key, where in SHIPPED if where == channel]
    with speaking.db.transaction() as session:
        load_templates(session, now)
        people = [
            (add_contact(session, number, now=now, language=one, discreet=number > 2).id, one)
            for number, one in enumerate(LANGUAGES * 2, start=1)
        ]
    for key in keys:
        recorder.received.clear()
        with speaking.db.transaction() as session:
            for contact_id, language in people:
                queue_to_contact(
                    session,
                    template_key=key,
                    channel=channel,
                    contact_id=contact_id,
                    language=language,
                    dedupe_key=f"{key}:{contact_id}",
                    variables=VARIABLES,
                    now=now,
                )
            for language in LANGUAGES:
                queue_to_address(
                    session,
                    template_key=key,
                    channel=channel,
                    address=BARE[channel],
                    language=language,
                    dedupe_key=f"{key}:{language}",
                    variables=VARIABLES,
                    now=now,
                )
        go(speaking)
        words = list(check(recorder.received, channel, sendgrid_api, twilio_api))
        assert words, key
        assert all(words), key


@pytest.mark.parametrize("channel", ["email", "sms"])
def test_a_code(
    speaking: Runtime, recorder: Receiver, sendgrid_api: OpenAPI, twilio_api: OpenAPI,
    channel: Channel,
) -> None:  # fmt: skip
    now = speaking.clock.now()
    with speaking.db.transaction() as session:
        load_templates(session, now)
        queue_code(
            session,
            template_key="address-code",
            channel=channel,
            language="fr",
            dedupe_key="code:1",
            until=now + timedelta(minutes=10),
            now=now,
            address=BARE[channel],
            code_ref="a-code",
            digits=8,
        )
    go(speaking)
    words = list(check(recorder.received, channel, sendgrid_api, twilio_api))
    assert words
    assert all(words)


@pytest.mark.parametrize(("channel", "form"), [("email", BY_EMAIL), ("sms", BY_TEXT)])
def test_what_confirms_a_sign_up(
    speaking: Runtime, recorder: Receiver, sendgrid_api: OpenAPI, twilio_api: OpenAPI,
    app: Flask, channel: str, form: dict[str, str],
) -> None:  # fmt: skip
    speaking.attach(app)
    with speaking.db.transaction() as session:
        load_templates(session, speaking.clock.now())
        adopted_demand(session, speaking.clock.now())
    assert app.test_client().post("/fr/join", data=form).status_code == 200
    go(speaking)
    assert list(check(recorder.received, channel, sendgrid_api, twilio_api))


def test_an_organizers_answer_to_a_text(
    speaking: Runtime, recorder: Receiver, sendgrid_api: OpenAPI, twilio_api: OpenAPI,
    clock: VirtualClock,
) -> None:  # fmt: skip
    clock.set(DAYTIME)
    with speaking.db.transaction() as session:
        load_templates(session, DAYTIME)
    text(speaking, "When is the next meeting?")
    reply(speaking, "On Tuesday: 🌻 at seven, {{ there }} & then.")
    go(speaking)
    [words] = check(recorder.received, "sms", sendgrid_api, twilio_api)
    assert words == "On Tuesday: 🌻 at seven, {{ there }} & then."


def test_a_test_to_ones_own_address_has_no_unsubscribe_button(
    speaking: Runtime, recorder: Receiver, sendgrid_api: OpenAPI, twilio_api: OpenAPI
) -> None:
    now = speaking.clock.now()
    with speaking.db.transaction() as session:
        world = make_world(session, now)
        send_test(
            session,
            alert=make_alert(session, world, now),
            account_id=world.author,
            settings=speaking.settings,
            now=now,
            today=TODAY,
            actor="command",
        )
    go(speaking)
    assert all(check(recorder.received, "email", sendgrid_api, twilio_api))
    bodies = [json.loads(one.body) for one in recorder.received]
    assert sorted(body["subject"].split(" ")[0] for body in bodies) == ["[Essai]", "[Test]"]
    for body in bodies:
        (letter,) = body["personalizations"]
        assert letter["to"] == [{"email": "organizer@example.org"}]
        assert not letter["headers"]
        assert set(letter["custom_args"]) == {"m"}
