"""Take the pictures of `docs/images/` again, from a demo that is being served.

    mobilize demo                                  # in one terminal; it prints the secret
    python scripts/screenshots.py --totp SECRET    # in another

SECRET is what the demo says an authenticator needs.
"""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pyotp
from playwright.sync_api import Browser, Page, sync_playwright

from mobilize.cli.demo.story import CAMPAIGN, DEMAND, ORGANIZER, PASSWORD

IMAGES: Final = Path(__file__).parent.parent / "docs" / "images"
FLAGS: Final = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
LARGEST: Final = 200_000
"""Bytes that one picture may have: whoever clones the project carries all of them."""


def supporter(browser: Browser, site: str) -> None:
    """The action page and the call page, in French on a phone."""
    with _page(browser, 390, 844, locale="fr-CA", phone=True) as page:
        page.goto(f"{site}/fr/c/{CAMPAIGN}/where")
        page.get_by_label("Code postal").fill("K1A 0A6")
        page.get_by_role("button", name="Trouver").click()
        page.get_by_label("Ottawa-Centre").check()
        page.get_by_role("button", name="C’est celle-ci").click()
        page.locator("section[aria-labelledby=seat]").evaluate("seat => seat.scrollIntoView()")
        _take(page, "action-page-fr")
        page.get_by_role("link", name="Appeler", exact=True).click()
        page.wait_for_url("**/call")
        _take(page, "call-page-fr")


def demands(browser: Browser, site: str) -> None:
    """A demand, and who stands behind it."""
    with _page(browser, 1000, 900) as page:
        page.goto(f"{site}/en/d/{DEMAND}")
        _take(page, "demand")


def mail(browser: Browser, sandbox: str) -> None:
    """The alert as a French-speaking supporter gets it, in the sandbox's mail page."""
    with _page(browser, 1000, 860) as page:
        # The first chunk is English and has a thousand mails; the second is French.
        listed = page.request.get(f"{sandbox}/_ledger/messages?channel=email&after=1000&limit=1")
        page.goto(f"{sandbox}/mail/{listed.json()['items'][0]['seq']}")
        page.wait_for_load_state("networkidle")
        _take(page, "sandbox-mail")


def organizer(browser: Browser, site: str, totp: str) -> None:
    """The console: an alert after it went out."""
    with _page(browser, 1240, 900) as page:
        page.goto(f"{site}/console/")
        page.get_by_label("Email address").fill(ORGANIZER)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_label("Code from your authenticator").fill(pyotp.TOTP(totp).now())
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/console/")
        page.goto(f"{site}/console/alerts")
        page.locator("main a[href*='/console/alerts/']:not([href$='/new'])").first.click()
        page.wait_for_load_state("networkidle")
        _take(page, "console-alert")


@contextmanager
def _page(
    browser: Browser, width: int, height: int, *, locale: str = "en-CA", phone: bool = False
) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": width, "height": height},
        device_scale_factor=1.5 if phone else 1,
        is_mobile=phone,
        locale=locale,
        reduced_motion="reduce",
    )
    try:
        yield context.new_page()
    finally:
        context.close()


def _take(page: Page, name: str) -> None:
    IMAGES.mkdir(exist_ok=True)
    size = len(page.screenshot(path=IMAGES / f"{name}.png"))
    if size > LARGEST:
        raise SystemExit(f"{name}.png has {size} bytes; {LARGEST} is the most")
    print(f"{name}.png: {size} bytes")


def main() -> None:
    """Take all pictures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--totp", required=True, help="the demo's authenticator secret")
    parser.add_argument("--site", default="http://127.0.0.1:8000")
    parser.add_argument("--sandbox", default="http://127.0.0.1:8025")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    given = parser.parse_args()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=given.chromium, args=list(FLAGS))
        supporter(browser, given.site)
        demands(browser, given.site)
        mail(browser, given.sandbox)
        organizer(browser, given.site, given.totp)
        browser.close()


if __name__ == "__main__":
    main()
