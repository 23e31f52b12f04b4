"""The inbox in the console: found, taken, answered in the person's language, closed."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from mobilize.messaging.inbox import canned
from mobilize.messaging.inbox.models import TextReply
from mobilize.messaging.models import TextHold, TextThread
from mobilize.messaging.receiving import take_text
from mobilize.runtime import Runtime
from tests.console.conftest import ONE_DATABASE, Desk
from tests.messaging.people import add_contact
from tests.support.campaigns import load_templates

pytestmark = ONE_DATABASE
NUMBER = "+16135550150"


def texted(runtime: Runtime, words: str, *, sender: str = NUMBER, ref: str = "SM1") -> str:
    """A text comes in; the address of its conversation."""
    with runtime.db.transaction() as session:
        take_text(
            session, sender=sender, body=words, provider_ref=ref, settings=runtime.settings,
            now=runtime.clock.now(),
        )  # fmt: skip
    with runtime.db.read() as session:
        newest = select(TextThread.public_id).order_by(TextThread.last_text_id.desc()).limit(1)
        return f"/console/inbox/{session.scalars(newest).one()}"


@pytest.fixture
def marie(runtime: Runtime) -> None:
    """Somebody who speaks French, and the words that software sends."""
    now = runtime.clock.now()
    with runtime.db.transaction() as session:
        load_templates(session, now)
        canned.load_answers(session, content=canned.read_answers(), now=now)
        add_contact(session, 150, now=now, language="fr")


def test_a_conversation_is_found_taken_answered_and_closed(
    at_desk: Callable[..., Desk], runtime: Runtime, marie: None
) -> None:
    page = texted(runtime, "Où est la rencontre?")
    desk = at_desk()
    assert "Texts" in desk.read("/console/")
    listed = desk.read("/console/inbox")
    assert "Given150 Family150" in listed
    assert "Où est la rencontre?" in listed
    assert NUMBER not in listed
    assert "You look after this conversation." in desk.follow(f"{page}/take")
    shown = desk.read(page)
    key = re.search(r'name="key" value="([^"]+)"', shown)
    assert key is not None
    with runtime.db.read() as session:
        ready = canned.standing(session)[0]
    used = desk.send(f"{page}/answer", do="use", ready=ready.public_id, key=key[1])
    assert ready.body_fr in used.text, "the person's language picks"
    counted = desk.send(f"{page}/answer", do="count", words="Êtes-vous là?", key=key[1]).text
    assert "1 segment" in counted
    assert "<kbd>Ê</kbd>" in counted
    cheaper = desk.send(f"{page}/answer", cheap="words", words="Êtes-vous là?", key=key[1]).text
    assert "Etes-vous là?" in cheaper
    desk.follow(f"{page}/answer", do="send", words="À la mairie.", key=key[1])
    sent = desk.follow(f"{page}/answer", do="send", words="À la mairie.", key=key[1])
    assert sent.count("À la mairie.") == 1, "a second press sends nothing twice"
    assert "Waiting to go" in sent
    assert "Answered" in sent
    closed = desk.follow(f"{page}/state", state="closed")
    assert "Open again" in closed


def test_what_was_typed_stays_where_it_is_refused(
    at_desk: Callable[..., Desk], runtime: Runtime, marie: None
) -> None:
    page = texted(runtime, "A question")
    refused = at_desk().send(f"{page}/answer", do="send", words="x" * 470, key="k")
    assert refused.status_code == 422
    assert "x" * 470 in refused.text
    with runtime.db.read() as session:
        assert session.scalars(select(TextReply)).all() == []


def test_a_search_by_name_or_number_stands_in_no_address(
    at_desk: Callable[..., Desk], runtime: Runtime, marie: None
) -> None:
    texted(runtime, "First")
    texted(runtime, "Second", sender="+16135550199", ref="SM2")
    desk = at_desk()
    by_name = desk.send("/console/inbox", search="Family150").text
    assert "First" in by_name
    assert "Second" not in by_name
    by_number = desk.send("/console/inbox", search="613-555-0199").text
    assert "Second" in by_number
    assert "First" not in by_number
    assert "First" not in desk.read("/console/inbox?state=closed")
    assert "First" not in desk.read("/console/inbox?mine=yes")


@pytest.mark.parametrize(
    ("answer", "says"), [("resume", "go to this number"), ("end-texts", "No more")]
)
def test_held_texts_wait_for_somebody_to_say_what_was_meant(
    at_desk: Callable[..., Desk], runtime: Runtime, marie: None, answer: str, says: str
) -> None:
    page = texted(runtime, "please stop, that is too many")
    desk = at_desk()
    assert "until you say what was meant" in desk.read(page)
    assert says in desk.follow(f"{page}/{answer}")
    with runtime.db.read() as session:
        assert session.scalars(select(TextHold)).all() == []


def test_ready_made_answers_are_written_changed_and_put_away(
    at_desk: Callable[..., Desk], runtime: Runtime, marie: None
) -> None:
    desk = at_desk(language="fr")
    words = {"name_en": "Hello", "name_fr": "Bonjour", "body_en": "Hello!", "body_fr": ""}
    refused = desk.send("/console/canned-answers", **words)
    assert refused.status_code == 422
    assert "Hello!" in refused.text
    assert "Bonjour" in desk.follow("/console/canned-answers", **{**words, "body_fr": "Allô!"})
    with runtime.db.read() as session:
        made = canned.standing(session)[-1].public_id
    changed = desk.follow(f"/console/canned-answers/{made}", **{**words, "body_fr": "Salut!"})
    assert "Salut!" in changed
    assert "Salut!" not in desk.follow(f"/console/canned-answers/{made}/archive")


def test_viewers_do_not_read_what_people_text(
    at_desk: Callable[..., Desk], runtime: Runtime, marie: None, app: Flask
) -> None:
    page = texted(runtime, "A question")
    desk = at_desk("viewer")
    for address in ("/console/inbox", page, "/console/canned-answers"):
        desk.read(address, status=403)
    assert "/console/inbox" not in desk.read("/console/")


def test_the_persons_page_leads_there_and_switches_answers_off(
    at_desk: Callable[..., Desk], runtime: Runtime, marie: None
) -> None:
    page = texted(runtime, "A question")
    desk = at_desk()
    address = re.search(r'href="(/console/people/[^"/]+)"', desk.read(page))
    assert address is not None
    assert page in desk.read(address[1])
    off = desk.follow(f"{address[1]}/text-answers", wanted="no")
    assert "No text goes back to this person by itself" in off
    assert "Let it go by itself" in off
