"""The pages that supporters and partners use, on a small phone: no barrier that a tool finds."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser

from mobilize.mps.queries import CURRENT_ORDER, riding_ids
from mobilize.runtime import Runtime
from tests.site.conftest import Scene
from tests.support.browser import chromium
from tests.support.serving import served

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


def places(runtime: Runtime, scene: Scene) -> list[str]:
    """Every page of this part, in one language or the other."""
    with runtime.db.read() as session:
        riding_id = riding_ids(session, CURRENT_ORDER)["35075"]
    here = f"/en/c/lasting-protection/at/{runtime.links.seal('place', riding_id)}"
    return [
        scene.personal,
        "/fr/c/lasting-protection",
        "/en/c/lasting-protection/where",
        *(f"{here}/{channel}" for channel in ("call", "write", "visit")),
        "/fr/a/forged",
        f"/fr/leave/{runtime.links.seal('leave', scene.message.id)}",
        "/fr/sign-on/permanent-status",
        "/en/privacy",
    ]


@pytest.mark.parametrize("db", ["sqlite"], indirect=True)
def test_no_page_has_a_barrier_or_scrolls_sideways(
    app: Flask, browser: Browser, runtime: Runtime, scene: Scene
) -> None:
    page = browser.new_context(viewport={"width": 320, "height": 640}).new_page()
    with served(app) as address:
        for place in places(runtime, scene):
            page.goto(address + place)
            found = Axe().run(page)
            assert found.violations_count == 0, f"{place}: {found.generate_report()}"
            width = page.evaluate("document.documentElement.scrollWidth")
            assert width <= 320, f"{place} is {width} pixels wide"
        # A form that comes back with its mistakes.
        page.goto(f"{address}/en/sign-on/permanent-status")
        page.evaluate("document.querySelector('main form').noValidate = true")
        page.get_by_role("button", name="Send").click()
        page.get_by_role("alert").wait_for()
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
