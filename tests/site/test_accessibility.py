"""Our layouts in a real browser, under the strict policy: nothing refused, nothing out of reach."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser

from mobilize.runtime import Runtime
from tests.support.accounts import PASSWORD, code, make_account
from tests.support.browser import chromium
from tests.support.campaigns import adopted_demand
from tests.support.serving import served

pytestmark = pytest.mark.browser

_PLACES = (
    "/en/", "/fr/", "/fr/d/permanent-status", "/fr/join", "/api/v1/docs", "/console/sign-in"
)  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.mark.parametrize("db", ["sqlite"], indirect=True)
def test_the_layouts_have_no_barrier_that_a_tool_finds(
    app: Flask, browser: Browser, runtime: Runtime, now: datetime
) -> None:
    with runtime.db.transaction() as session:
        adopted_demand(session, now)
    somebody = make_account(runtime)
    page = browser.new_context(viewport={"width": 360, "height": 740}).new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    with served(app) as address:
        for place in _PLACES:
            page.goto(address + place)
            found = Axe().run(page)
            assert found.violations_count == 0, f"{place}: {found.generate_report()}"
        page.get_by_label("Email address").fill("organizer@example.org")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_label("Code from your authenticator").fill(code(somebody))
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("button", name="Sign out").wait_for()
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
    assert complaints == []
