"""The pages about a person in a real browser: nothing refused, nothing out of reach."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser

from mobilize.contacts import custom_fields, joining
from mobilize.contacts.models import Contact
from mobilize.runtime import Runtime
from tests.console.conftest import ONE_DATABASE
from tests.support.accounts import PASSWORD, code, make_account
from tests.support.browser import chromium
from tests.support.serving import served
from tests.test_timeline import everything

pytestmark = [pytest.mark.browser, ONE_DATABASE]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


def test_a_person_s_pages_have_no_barrier_that_a_tool_finds(
    app: Flask, browser: Browser, runtime: Runtime, now: datetime
) -> None:
    with runtime.db.transaction() as session:
        ana = session.get_one(Contact, everything(session, now))
        joining.add_tags(session, contact_id=ana.id, tags=["choir"])
        for kind in ("text", "date", "yes_no"):
            custom_fields.create_field(
                session, key=kind, label_en=kind, label_fr=kind, kind=kind, actor="a", now=now
            )
    somebody = make_account(runtime)
    page = browser.new_context(viewport={"width": 360, "height": 740}).new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    with served(app) as address:
        page.goto(f"{address}/console/sign-in")
        page.get_by_label("Email address").fill("organizer@example.org")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_label("Code from your authenticator").fill(code(somebody))
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("button", name="Sign out").wait_for()
        person = f"/console/people/{ana.public_id}"
        for place in (
            person, f"{person}/timeline", f"{person}/correct", f"{person}/copy",
            f"{person}/erase", "/console/fields", "/console/retention",
        ):  # fmt: skip
            page.goto(address + place)
            found = Axe().run(page)
            assert found.violations_count == 0, f"{place}: {found.generate_report()}"
        page.goto(address + person)
        page.get_by_role("button", name="Show the addresses").click()
        page.get_by_text("ana@example.org").wait_for()
    assert complaints == []
