"""Every page in a real browser: nothing out of reach or refused, nothing wider than the screen."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Error, Page

from mobilize.accounts import grants
from mobilize.accounts.models import Account
from mobilize.accounts.service import NewCredentials
from mobilize.messaging.receiving import take_text
from mobilize.runtime import Runtime
from tests.console.conftest import ONE_DATABASE
from tests.messaging.people import add_contact
from tests.support.accounts import make_account
from tests.support.browser import chromium, sign_in
from tests.support.furnished import addresses, furnish
from tests.support.serving import served

pytestmark = [pytest.mark.browser, ONE_DATABASE]

PHONE: Final = 320
"""The narrowest screen on which nobody should have to scroll sideways (WCAG 2.2, 1.4.10)."""
DESKTOP: Final = 1280
_AXE: Final = Axe().axe_script
_LOOK: Final = """
options => axe.run(document, options).then(found => found.violations.map(
  one => `${one.id}: ${one.nodes.map(node => node.html.slice(0, 120)).join(" ")}`
))
"""
_OPTIONS: Final[dict[str, Any]] = {"resultTypes": ["violations"], "preload": False}
"""Styles are not fetched a second time: no rule that is on asks for it."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.mark.parametrize("language", ["en", "fr"])
def test_no_page_has_a_barrier_that_a_tool_finds(
    app: Flask, browser: Browser, runtime: Runtime, now: datetime, language: str
) -> None:
    places = addresses(app, furnish(runtime, app, now), language=language)
    admin = make_account(runtime, role="admin", language=language)
    name_for_care(runtime, admin, now)
    seen, barriers, complaints = set[str](), {}, list[tuple[str, str]]()
    with served(app) as address:
        signed_in = sign_in(browser, address, admin, javascript=True).context.storage_state()
        page = browser.new_context(locale=f"{language}-CA", storage_state=signed_in).new_page()
        page.on("console", lambda message: complaints.append((page.url, message.text)))
        for place in places:
            if is_page(page, address + place):
                seen.add(page.url)
                if found := look(page, language):
                    barriers[place] = found
    assert barriers == {}
    assert len(seen) > 70
    assert [one for one in complaints if one[0] in seen] == []


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_text_that_needs_care_is_read_without_a_barrier(
    app: Flask, browser: Browser, runtime: Runtime, now: datetime, language: str
) -> None:
    """Its page answers to a button alone, since each opening is noted."""
    with runtime.db.transaction() as session:
        add_contact(session, 150, now=now)
        take_text(
            session,
            sender="+16135550150",
            body="He took my passport and I cannot leave the house. Please make it stop",
            provider_ref="SM1",
            settings=runtime.settings,
            now=now,
        )
    organizer = make_account(runtime, role="organizer", language=language)
    name_for_care(runtime, organizer, now)
    with served(app) as address:
        page = sign_in(browser, address, organizer, javascript=True)
        for _ in ("the case", "with its number"):
            if not page.url.rpartition("/console/")[2].startswith("care/cases/"):
                page.goto(f"{address}/console/care")
            page.locator("form[action*='/care/cases/']").filter(
                has_not=page.locator("[action$='/remove']")
            ).locator("button.btn-outline-primary, [name=number] + button").first.click()
            page.get_by_text("He took my passport").wait_for()
            assert look(page, language) == []
        page.get_by_text("+16135550150").wait_for()


def test_what_was_not_taken_is_told_without_a_barrier(
    app: Flask, browser: Browser, runtime: Runtime, now: datetime
) -> None:
    furnish(runtime, app, now)
    page = browser.new_context(locale="fr-CA").new_page()
    with served(app) as address:
        page.goto(f"{address}/fr/a/forged")
        assert look(page, "fr") == []
        page.goto(f"{address}/fr/sign-on/permanent-status")
        page.evaluate("document.querySelector('main form').noValidate = true")
        page.get_by_role("button", name="Envoyer").click()
        page.get_by_role("alert").wait_for()
        assert look(page, "fr") == []
        page.goto(f"{address}/console/sign-in")
        page.get_by_role("button", name="Ouvrir une session").click()
        assert look(page, "fr") == []


def name_for_care(runtime: Runtime, somebody: NewCredentials, now: datetime) -> None:
    """Let an account see the page of texts that need care."""
    with runtime.db.transaction() as session:
        account = session.get_one(Account, somebody.account.id)
        grants.grant(session, account=account, name=grants.CARE, actor="command", now=now)


def is_page(page: Page, address: str) -> bool:
    """Open an address; whether a page of its own is there: no file, piece, mail or other page."""
    try:
        answer = page.goto(address)
    except Error:
        return False  # A file to keep; a refusal is an answer and does not raise.
    assert answer is not None
    assert answer.status == 200, f"{address} answers {answer.status}"
    framed = "sandbox" in answer.headers.get("content-security-policy", "")
    return answer.url == address and not framed and "<html" in answer.text()


def look(page: Page, language: str) -> list[str]:
    """What is in somebody's way on the page that is open, on a phone or before a desk."""
    page.evaluate(_AXE)
    found = []
    for width in (PHONE, DESKTOP):
        page.set_viewport_size({"width": width, "height": 800})
        found += [f"{width}: {one}" for one in page.evaluate(_LOOK, _OPTIONS)]
        wide = page.evaluate("document.documentElement.scrollWidth")
        found += [f"{width}: {wide} pixels wide"] if wide > width else []
    told = page.evaluate("document.documentElement.lang")
    return found if told == language else [*found, f"is in {told}"]
