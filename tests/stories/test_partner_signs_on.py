"""A representative signs on for her organization, confirms by the mail's link, and withdraws.

On a phone, with JavaScript off and again with it on; the links are the ones that the mails carry.
"""

from collections.abc import Iterator
from datetime import datetime

import pytest
from flask import Flask
from playwright.sync_api import Browser, ViewportSize, expect
from sqlalchemy import select

from mobilize.messaging.models import Message
from mobilize.partners.models import SignOn
from mobilize.runtime import Runtime
from tests.support.browser import chromium
from tests.support.campaigns import adopted_demand, load_templates
from tests.support.partners import EMAIL, signing_partner
from tests.support.serving import served

pytestmark = pytest.mark.browser
PHONE = ViewportSize(width=360, height=740)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


def mailed(runtime: Runtime, name: str) -> str:
    """The path of a link that the newest mail carries."""
    with runtime.db.read() as session:
        newest = session.scalars(select(Message).order_by(Message.id.desc())).first()
    assert newest is not None
    link = newest.variables["links"][name]
    token = runtime.links.seal(link["purpose"], link["id"])
    path: str = link["path"].format(language=newest.language, token=token)
    return path


@pytest.mark.parametrize("db", ["sqlite"], indirect=True)
@pytest.mark.parametrize("javascript", [False, True], ids=["without script", "with script"])
def test_a_partner_signs_on_and_withdraws(
    app: Flask, runtime: Runtime, browser: Browser, now: datetime, javascript: bool
) -> None:
    with runtime.db.transaction() as session:
        adopted_demand(session, now)
        load_templates(session, now)
        signing_partner(session, now)
    context = browser.new_context(viewport=PHONE, java_script_enabled=javascript)
    page = context.new_page()
    with served(app) as address:
        page.goto(f"{address}/en/sign-on/permanent-status")
        page.get_by_label("Organization", exact=True).select_option("Example Settlement Centre")
        page.get_by_label("Your name").fill("Sam Placeholder")
        page.get_by_label("Your work email").fill(EMAIL)
        page.get_by_label("I may sign in the name").check()
        page.get_by_role("button", name="Send").click()
        expect(page.get_by_role("heading", name="Look into your mailbox")).to_be_visible()

        page.goto(address + mailed(runtime, "confirm_url"))
        page.get_by_role("button", name="Confirm").click()
        expect(page.get_by_text("Confirmed. Thank you")).to_be_visible()
        page.goto(f"{address}/en/d/permanent-status")
        expect(page.get_by_text("Example Settlement Centre")).to_be_visible()

        page.goto(address + mailed(runtime, "manage_url"))
        page.get_by_role("button", name="Withdraw the sign-on").click()
        expect(page.get_by_text("Withdrawn.")).to_be_visible()
        page.goto(f"{address}/en/d/permanent-status")
        expect(page.get_by_text("No organization has signed on yet.")).to_be_visible()
    context.close()
    with runtime.db.read() as session:
        assert session.scalars(select(SignOn)).one().state == "withdrawn"
