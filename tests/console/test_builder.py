"""The builder of an audience in a real browser, with and without JavaScript."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect

from mobilize.runtime import Runtime
from tests.alerts.world import World
from tests.console.conftest import ONE_DATABASE
from tests.support.accounts import make_account
from tests.support.browser import chromium, sign_in
from tests.support.serving import served

pytestmark = [pytest.mark.browser, ONE_DATABASE]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.mark.parametrize("javascript", [True, False], ids=["with script", "without script"])
def test_rules_are_added_said_counted_and_saved(
    app: Flask, runtime: Runtime, world: World, browser: Browser, javascript: bool
) -> None:
    organizer = make_account(runtime, role="organizer")
    with served(app) as address:
        page = sign_in(browser, address, organizer, javascript=javascript)
        page.set_default_timeout(15_000)
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))

        def look() -> None:
            if not javascript:
                page.get_by_role("button", name="Count again").click()

        page.get_by_role("link", name="Audiences").first.click()
        page.get_by_role("link", name="Write an audience").click()
        page.get_by_label("Name, for organizers only").fill("Quiet of late")
        page.get_by_role("checkbox", name="French").check()
        page.get_by_label("One more rule about").select_option(label="Acted in the last days")
        page.get_by_role("button", name="Add the rule").click()
        expect(page.get_by_text("is not complete")).to_be_visible()

        rule = page.get_by_role("group", name="Rule 1")
        rule.get_by_label("days").fill("30")
        rule.get_by_label("Holds or not").select_option(label="Does not hold")
        look()
        said = "French-speaking people who have not acted in the last 30 days"
        expect(page.get_by_text(said)).to_be_visible()
        expect(page.get_by_text("2 people at this moment")).to_be_visible()
        if not javascript:
            page.get_by_role("button", name="Whom does it reach?").click()
        expect(page.get_by_text("An alert would reach 2 by email and 2 by text")).to_be_visible()

        page.get_by_label("One more rule about").select_option(label="Speaks for a partner")
        page.get_by_role("button", name="Add the rule").click()
        page.get_by_role("group", name="Rule 2").get_by_role("button").click()
        expect(page.get_by_role("group", name="Rule 2")).to_have_count(0)
        page.get_by_role("button", name="Save the audience").click()

        row = page.get_by_role("row", name=re.compile("Quiet of late"))
        expect(row.get_by_text(said)).to_be_visible()
        expect(row.get_by_text("2 people" if javascript else "Count")).to_be_visible()
        assert complaints == []
