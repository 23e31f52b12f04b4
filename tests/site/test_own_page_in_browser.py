"""A supporter on a phone, in French: choosing, and being erased, with and without JavaScript."""

from collections.abc import Iterator
from datetime import datetime, time

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, expect

from mobilize.runtime import Runtime
from tests.support.browser import chromium
from tests.support.own_pages import own_page
from tests.support.serving import served

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


def free_of_barriers(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    assert not wide, "the page is wider than the phone"


@pytest.mark.parametrize("db", ["sqlite"], indirect=True)
@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_somebody_makes_messages_discreet_and_is_later_erased(
    app: Flask, browser: Browser, runtime: Runtime, client: FlaskClient, now: datetime, script: bool
) -> None:
    own = own_page(runtime, client, now, language="fr")
    page = browser.new_context(
        viewport={"width": 360, "height": 740}, java_script_enabled=script
    ).new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    with served(app) as address:
        page.goto(address + own.address)
        assert page.title() == "Information"
        if script:
            free_of_barriers(page)

        # A wrong answer keeps what was typed.
        page.get_by_label("Activé : rien").check()
        page.get_by_label("Seulement entre ces heures").check()
        page.get_by_label("À partir de").fill("18:00")
        page.get_by_label("Jusqu’à").fill("18:00")
        page.get_by_role("button", name="Enregistrer").click()
        expect(page.get_by_role("alert")).to_contain_text("rien ne pourrait jamais arriver")
        expect(page.get_by_label("Activé : rien")).to_be_checked()
        if script:
            free_of_barriers(page)

        page.get_by_label("Jusqu’à").fill("20:30")
        page.get_by_role("button", name="Enregistrer").click()
        expect(page.get_by_text("C’est enregistré")).to_be_visible()
        person = own.contact()
        assert (person.discreet, person.safe_from, person.safe_until) == (
            True,
            time(18),
            time(20, 30),
        )
        # Nobody who looks at the page learns of it.
        expect(page.get_by_label("Activé : rien")).not_to_be_checked()

        page.get_by_role("link", name="Faire effacer tout ce qui vous concerne").click()
        page.get_by_label("Par courriel, à l’adresse que nous avons").check()
        if script:
            free_of_barriers(page)
        page.get_by_role("button", name="Envoyer un code").click()
        page.get_by_label("Code", exact=True).fill("1234 5678")
        if script:
            free_of_barriers(page)
        page.get_by_role("button", name="Effacer tout ce qui me concerne").click()
        expect(page.get_by_role("alert")).to_contain_text("Ce n’est pas le bon code")
        assert own.contact().state == "active"

        page.get_by_label("Code", exact=True).fill(own.digits(own.codes()[-1]))
        page.get_by_role("button", name="Effacer tout ce qui me concerne").click()
        expect(page.get_by_text("Tout ce qui vous concerne est effacé.")).to_be_visible()
        if script:
            free_of_barriers(page)
        assert own.contact().state == "tombstoned"
        page.goto(address + own.address)
        expect(page.get_by_role("heading", level=1)).to_have_text("Cette page n’existe pas")
    assert [one for one in complaints if "422" not in one and "404" not in one] == []
