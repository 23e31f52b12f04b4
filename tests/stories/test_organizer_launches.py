"""An organizer writes an alert, a second person approves it, and it goes out: all in the browser.

The providers are the sandbox; the worker's part is played by the test, as a real worker would.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from mobilize.app import create_app
from mobilize.core.clock import VirtualClock
from mobilize.core.db import Database
from mobilize.core.keys import Keyring
from mobilize.core.tokens import Links
from mobilize.messaging.providers.transports import open_transports
from mobilize.messaging.sending import drain
from mobilize.runtime import Runtime
from tests.alerts.world import make_world
from tests.support.accounts import make_account
from tests.support.browser import chromium, sign_in
from tests.support.installation import make_settings
from tests.support.sandbox import ACCOUNT_SID, API_KEY, AUTH_TOKEN, Sandbox, running_sandbox
from tests.support.serving import served

pytestmark = [
    pytest.mark.browser,
    # The story is the browser's; the statements behind it run on both databases elsewhere.
    pytest.mark.parametrize("db", ["sqlite"], indirect=True),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox() as running:
        yield running


@pytest.fixture
def runtime(
    tmp_path: Path, db: Database, keyring: Keyring, now: datetime, sandbox: Sandbox
) -> Runtime:
    """An installation whose providers are the running sandbox."""
    settings = make_settings(
        tmp_path,
        database_url=db.engine.url.render_as_string(hide_password=False),
        SENDGRID_URL=sandbox.url,
        TWILIO_URL=sandbox.url,
        TWILIO_ACCOUNT_SID=ACCOUNT_SID,
        SECRETS_SENDGRID_API_KEY=API_KEY,
        SECRETS_TWILIO_AUTH_TOKEN=AUTH_TOKEN,
    )
    clock = VirtualClock(db)
    clock.set(now)
    parts = Runtime(settings=settings, db=db, clock=clock, keyring=keyring, links=Links(keyring))
    with db.transaction() as session:
        make_world(session, now, people=4)
    return parts


@pytest.fixture
def app(runtime: Runtime) -> Flask:
    return create_app(runtime)


@pytest.mark.parametrize("javascript", [True, False], ids=["with script", "without script"])
def test_an_organizer_launches_and_a_second_person_approves(
    app: Flask, runtime: Runtime, sandbox: Sandbox, browser: Browser, javascript: bool
) -> None:
    writer = make_account(runtime, role="organizer", email="writer@example.org")
    second = make_account(runtime, role="approver", email="second@example.org", language="fr")
    with served(app) as address:
        desk = sign_in(browser, address, writer, javascript=javascript)
        desk.set_default_timeout(15_000)
        complaints: list[str] = []
        desk.on("console", lambda message: complaints.append(message.text))
        choose_audience(desk, javascript=javascript)
        write_messages(desk, javascript=javascript)
        read_both_languages(desk)
        desk.get_by_role("button", name="Submit for approval").click()
        expect(desk.get_by_text("The alert is in review")).to_be_visible()
        place = desk.url

        approve(sign_in(browser, address, second, javascript=javascript), place)

        desk.reload()
        desk.get_by_role("link", name="Launch").click()
        desk.get_by_role("button", name="Launch now").click()
        expect(desk.get_by_text("The alert is on its way.")).to_be_visible()
        expect(desk.get_by_role("row", name="Waiting to go")).to_be_visible()

        drain(runtime, open_transports(runtime.settings), worker="story")
        if not javascript:
            desk.get_by_role("link", name="Reload").click()
        taken = desk.get_by_role("row", name=re.compile("^Taken by the provider"))
        expect(taken).to_be_visible(timeout=15_000)
        # The browser says so in its console where a page breaks its own content policy.
        assert complaints == []

    mails = sandbox.messages("email")
    assert {mail["to"] for mail in mails} == {"person1@example.org", "person3@example.org"}
    assert "Given1" in sandbox.mail(mails[0]["seq"])["text"]
    assert len(sandbox.messages("sms")) == 2


def choose_audience(desk: Page, *, javascript: bool) -> None:
    """The French-speaking half; the page says how many they are before anything is kept."""
    desk.get_by_role("link", name="Alerts").first.click()
    desk.get_by_role("link", name="Write an alert").click()
    desk.get_by_label("Name, for organizers only").fill("Autumn calls")
    desk.get_by_role("combobox", name="Campaign", exact=True).select_option(index=1)
    desk.get_by_role("checkbox", name="French").check()
    if not javascript:
        desk.get_by_role("button", name="Count again").click()
    expect(desk.get_by_text("2 people at this moment")).to_be_visible()
    desk.get_by_role("button", name="Save and go on to the messages").click()


def write_messages(desk: Page, *, javascript: bool) -> None:
    """Email and text, English and French; a costly character is named while it is typed."""
    desk.get_by_label("Send an email").check()
    desk.get_by_label("Send a text message").check()
    desk.locator("#subject_en").fill("A call that counts")
    desk.locator("#subject_fr").fill("Un appel qui compte")
    desk.locator("#email_en").fill("Hello {{ given_name }},\n\n[Act now]({{ action_url }})")
    desk.locator("#email_fr").fill("Bonjour {{ given_name }},\n\n[Agir]({{ action_url }})")
    desk.locator("#sms_en").fill("Call today: {{ action_url }} STOP to end")
    desk.locator("#sms_fr").fill("Appelez: {{ action_url }} ARRÊT pour finir")
    if not javascript:
        desk.get_by_role("button", name="Count the characters again").click()
    expect(desk.locator("#cost-fr kbd")).to_have_text(["Ê", "E"])
    desk.locator("#sms_fr").fill("Appelez: {{ action_url }} ARRET pour finir")
    desk.get_by_role("button", name="Save and look at the preview").click()


def read_both_languages(desk: Page) -> None:
    """Each as a person gets it; the mail stands in a frame."""
    frame = desk.frame_locator("iframe:not(.phone)").nth(1)
    expect(frame.get_by_text("Bonjour Alex,")).to_be_visible()
    expect(desk.get_by_text("STOP to end")).to_be_visible()
    for language in ("English", "French"):
        desk.get_by_role("button", name=f"I have read the {language} words").click()
        expect(desk.get_by_text(f"The {language} words are marked as reviewed.")).to_be_visible()
    desk.get_by_role("link", name="Go on to the check").click()


def approve(desk: Page, place: str) -> None:
    """In French, from the first page of the console."""
    desk.get_by_role("link", name="Autumn calls").click()
    assert desk.url == place
    desk.get_by_role("link", name="Examiner et approuver").click()
    expect(
        desk.frame_locator("iframe:not(.phone)").first.get_by_text("Hello Alex,")
    ).to_be_visible()
    desk.get_by_role("button", name="Approuver").click()
    expect(desk.get_by_text("L’alerte est approuvée")).to_be_visible()
    desk.context.close()
