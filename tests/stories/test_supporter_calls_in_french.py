"""A supporter opens the link of a message on a phone, finds her MP, calls, and says how it went.

In French, on a small screen, with JavaScript off and again with it on.
"""

from collections.abc import Iterator
from datetime import datetime

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, ViewportSize, expect
from sqlalchemy import select

from mobilize.actions.models import MpContact, Participation
from mobilize.messaging.models import Message
from mobilize.runtime import Runtime
from tests.support.browser import chromium
from tests.support.campaigns import invited, open_campaign
from tests.support.serving import served

pytestmark = pytest.mark.browser
PHONE = ViewportSize(width=360, height=740)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def message(runtime: Runtime, now: datetime) -> Message:
    """The message that a supporter got, of whose riding nothing is known."""
    with runtime.db.transaction() as session:
        campaign = open_campaign(session, now)
        return invited(session, campaign, now, riding=None)


@pytest.mark.parametrize("db", ["sqlite"], indirect=True)
@pytest.mark.parametrize("javascript", [False, True], ids=["without script", "with script"])
def test_a_supporter_calls_in_french(
    app: Flask, runtime: Runtime, message: Message, browser: Browser, javascript: bool
) -> None:
    with served(app) as address:
        context = browser.new_context(
            viewport=PHONE, is_mobile=True, java_script_enabled=javascript, locale="fr-CA"
        )
        page = context.new_page()
        hosts: set[str] = set()
        page.on("request", lambda request: hosts.add(request.url.split("/")[2]))

        page.goto(f"{address}/fr/a/{runtime.links.seal('act', message.id)}")
        expect(page.get_by_role("heading", name="Une protection qui dure")).to_be_visible()
        find_the_riding(page)
        call_and_report(page)

        assert hosts == {address.removeprefix("http://")}
        assert context.cookies() == []
        context.close()

    with runtime.db.read() as session:
        kept = session.scalars(select(MpContact)).one()
        assert (kept.channel, kept.outcome, kept.heard) == ("call", "spoke_staff", "supportive")
        assert kept.reply_due_on is not None
        assert session.scalars(select(Participation)).one().contact_id == message.contact_id
        thanks = session.scalars(select(Message).where(Message.id != message.id)).one()
        assert (thanks.contact_id, thanks.language) == (message.contact_id, "fr")


def find_the_riding(page: Page) -> None:
    """By postal code; it may lie in two ridings, so she is asked which one."""
    page.get_by_role("link", name="Trouver qui siège pour vous").click()
    page.get_by_label("Code postal").fill("k1a 0a6")
    page.get_by_role("button", name="Trouver").click()
    page.get_by_label("Ottawa-Centre").check()
    page.get_by_role("button", name="C’est celle-ci").click()
    expect(page.get_by_text("circonscription : Ottawa-Centre")).to_be_visible()


def call_and_report(page: Page) -> None:
    """The words, the number to tap, what the office will see, then twenty seconds."""
    page.get_by_role("link", name="Appeler", exact=True).click()
    expect(page.get_by_text("Ce que verra le bureau")).to_be_visible()
    page.get_by_label("J’ai parlé avec le personnel").check()
    page.get_by_label("Favorable", exact=True).check()
    page.get_by_label("On m’a promis une réponse").check()
    page.get_by_role("button", name="Envoyer mon compte rendu").click()
    expect(page.get_by_role("heading", name="Merci")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Merci")).to_be_visible()
