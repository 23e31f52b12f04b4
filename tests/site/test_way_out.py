"""The way out in a real browser: by button and by key, with JavaScript and without."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from mobilize.core.db import Database
from mobilize.settings import Settings
from tests.support.browser import chromium
from tests.support.installation import make_settings
from tests.support.serving import served

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def neutral() -> Iterator[str]:
    """A page of another site, such as the weather."""
    weather = Flask("weather")
    weather.add_url_rule("/", "forecast", lambda: "<title>Weather</title>")
    with served(weather) as address:
        yield f"{address}/"


@pytest.fixture
def settings(tmp_path: Path, db: Database, neutral: str) -> Settings:
    """The settings of a test, with the way out leading to that page."""
    url = db.engine.url.render_as_string(hide_password=False)
    return make_settings(tmp_path, database_url=url, SITE_QUICK_EXIT_EN=neutral)


@pytest.fixture
def home(app: Flask) -> Iterator[str]:
    with served(app) as address:
        yield f"{address}/en/"


def opened(browser: Browser, home: str, *, javascript: bool) -> Page:
    """Our first page on a small phone."""
    context = browser.new_context(
        java_script_enabled=javascript, viewport={"width": 360, "height": 640}
    )
    page = context.new_page()
    page.goto(home)
    return page


@pytest.mark.parametrize("javascript", [True, False])
@pytest.mark.parametrize("db", ["sqlite"], indirect=True)
def test_the_button_leads_to_the_neutral_page(
    browser: Browser, home: str, neutral: str, javascript: bool
) -> None:
    page = opened(browser, home, javascript=javascript)
    page.get_by_role("link", name="Leave this page").click()
    page.wait_for_url(neutral)


@pytest.mark.parametrize("db", ["sqlite"], indirect=True)
def test_going_back_does_not_show_the_page_that_was_left(
    browser: Browser, home: str, neutral: str
) -> None:
    page = opened(browser, home, javascript=True)
    page.get_by_role("link", name="Leave this page").click()
    page.wait_for_url(neutral)
    page.go_back()
    assert page.url == "about:blank"


@pytest.mark.parametrize("db", ["sqlite"], indirect=True)
def test_shift_three_times_does_the_same_and_says_how_far_one_is(
    browser: Browser, home: str, neutral: str
) -> None:
    page = opened(browser, home, javascript=True)
    page.keyboard.press("Shift")
    status = page.locator("[data-leave-status]")
    expect(status).to_have_text("Press Shift two more times to leave this page.")
    # A capital letter is typing, not a wish to leave.
    page.keyboard.press("Shift+A")
    expect(status).to_have_text("")
    for _press in range(3):
        page.keyboard.press("Shift")
    page.wait_for_url(neutral)


@pytest.mark.parametrize("db", ["sqlite"], indirect=True)
def test_the_way_out_is_first_to_be_tabbed_to_and_stays_in_sight(
    browser: Browser, home: str
) -> None:
    page = opened(browser, home, javascript=True)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Leave this page")).to_be_focused()
    page.mouse.wheel(0, 5000)
    expect(page.get_by_role("link", name="Leave this page")).to_be_in_viewport()


@pytest.mark.parametrize("db", ["sqlite"], indirect=True)
def test_a_small_phone_needs_no_sideways_scrolling(browser: Browser, home: str) -> None:
    page = opened(browser, home, javascript=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    small = page.evaluate(
        "[...document.querySelectorAll('a.leave, a.language, a.number, .button, button')]"
        ".filter(link => link.getBoundingClientRect().height < 44).map(link => link.outerHTML)"
    )
    assert small == []
