"""Take the pictures of `docs/images/` again, from a demo that is being served.

    mobilize demo                                   # in one terminal; it prints two secrets
    python scripts/screenshots.py --totp SECRET --approver-totp SECRET    # in another

The secrets are what the demo says the organizer's and the approver's authenticators need. The demo
is the one of this folder's `instance`, unless `--instance` says another.
"""

import argparse
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pyotp
from playwright.sync_api import Browser, FloatRect, Locator, Page, sync_playwright

from mobilize.cli.demo.story import APPROVER, CAMPAIGN, DEMAND, ORGANIZER, PASSWORD

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
MARGIN: Final = 12
"""Pixels left above and below a part of a page."""
SIGN_UPS: Final = """\
Mail,Mobile,First name,Last name,Postcode,Choir?,Remarks
wren.sample@example.org,613-555-0142,Wren,Sample,K1A 0A6,yes,brings a drum
cedar@example.org,236-555-0100,Cedar,Example 3,,no,
aspen@example.org,204-555-0103,Aspen,Exampel 121,,yes,
maple.sample@example.org,418-555-0143,Maple,Sample,H2X 1Y4,no,
merle@example.org,,Merle,Exemple 39,G1X 0A1,no,
"""
"""A sheet from an event, made up like the demo's people; three are on file by another address."""


def supporter(browser: Browser, site: str) -> None:
    """The action page and the call page, in French on a phone."""
    with _page(browser, 390, 844, locale="fr-CA", phone=True, scale=1.5) as page:
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
        page.goto(f"{sandbox}/mail/{_french_mail(page, sandbox)['seq']}")
        page.wait_for_load_state("networkidle")
        _take(page, "sandbox-mail")


def own_page(browser: Browser, sandbox: str) -> None:
    """A supporter's own page in French on a phone, with discreet mode chosen and not yet saved."""
    with _page(browser, 390, 760, locale="fr-CA", phone=True) as page:
        french = _french_mail(page, sandbox)
        words = page.request.get(f"{sandbox}/_ledger/messages/email/{french['seq']}").json()["text"]
        link = next(one for one in words.split() if "/preferences/" in urlsplit(one).path)
        page.goto(link)
        page.locator("#discreet-yes").check()
        page.get_by_role("heading", name="Sécurité").evaluate("title => title.scrollIntoView()")
        _take(page, "own-page-fr")


def organizer(browser: Browser, site: str, sandbox: str, totp: str, instance: Path) -> None:
    """The console: an alert after it went out, and the pages on people and partners."""
    with _page(browser, 1240, 900) as page:
        _sign_in(page, site, ORGANIZER, totp)
        page.goto(f"{site}/console/alerts")
        page.locator("main a[href*='/console/alerts/']:not([href$='/new'])").first.click()
        page.wait_for_load_state("networkidle")
        _take(page, "console-alert")
        page.set_viewport_size({"width": 1000, "height": 900})
        audience(page, site)
        file_of_people(page, site)
        duplicates(page, site, instance)
        person(page, site, sandbox)
        partner(page, site)
        page.goto(f"{site}/console/retention")
        _take(page, "retention", page.locator("main h1"), page.locator("main tr").nth(10))
        ask_export(page, site)


def audience(page: Page, site: str) -> None:
    """The builder with a choice of rules, its sentence and its count."""
    page.goto(f"{site}/console/audiences/new")
    page.get_by_label("Name, for organizers only").fill("Acted lately, in French")
    page.get_by_label("French", exact=True).check()
    page.get_by_label("Quebec").check()
    page.get_by_label("One more rule about").select_option("acted_within")
    page.get_by_role("button", name="Add the rule").click()
    page.get_by_label("days", exact=True).fill("90")
    page.wait_for_load_state("networkidle")
    page.get_by_text("An alert would reach").wait_for()
    _take(page, "audience", page.locator("main form fieldset").first, page.locator("#count"))


def file_of_people(page: Page, site: str) -> None:
    """What each column of a file is; then the file is brought in."""
    page.goto(f"{site}/console/imports")
    sent = {"name": "vigil-sign-ups.csv", "mimeType": "text/csv", "buffer": SIGN_UPS.encode()}
    page.locator("#file").set_input_files([sent])
    page.get_by_role("button", name="Send the file").click()
    for column, read_as in {
        "Mail": "Email address",
        "Mobile": "Phone",
        "First name": "Given name",
        "Last name": "Family name",
        "Postcode": "Postal code",
        "Choir?": "A tag, for whoever says yes",
    }.items():
        page.get_by_label(column, exact=True).select_option(label=read_as)
    page.get_by_label("Language, where a row says none").select_option("en")
    page.get_by_label("Tags, between commas").fill("vigil 2026")
    page.get_by_label("Where they come from").fill("Vigil of 6 December")
    page.locator("main h1").click()
    _take(
        page, "import-columns", page.locator("main h1"), page.locator("main form fieldset").nth(1)
    )
    page.get_by_role("button", name="Look at what it would do").click()
    page.get_by_role("button", name="Bring the file in").click(timeout=60_000)
    page.get_by_role("row", name="Rows read").wait_for(timeout=60_000)


def duplicates(page: Page, site: str, instance: Path) -> None:
    """Two records side by side that may be one person's."""
    mobilize = [sys.executable, "-m", "mobilize", "--instance", str(instance)]
    subprocess.run([*mobilize, "contacts", "duplicates"], check=True)  # noqa: S603 - our own command
    page.goto(f"{site}/console/people/duplicates")
    page.get_by_role("link", name="Compare").first.click()
    _take(page, "duplicates", page.locator("main h1"), page.get_by_role("link", name="All pairs"))


def person(page: Page, site: str, sandbox: str) -> None:
    """Somebody who acted: who they are, what holds, and everything in the order of time."""
    latest = _mails(page, sandbox, after=4000, limit=1000)
    acted = next(one for one in latest if one["accepted_at"] == latest[-1]["accepted_at"])
    page.goto(f"{site}/console/people")
    page.locator("#search").fill(acted["to"])
    page.get_by_role("button", name="Search").click()
    page.locator("main tbody a").first.click()
    _take(
        page,
        "person",
        page.locator("main h1"),
        page.locator("section[aria-labelledby=holds] table"),
    )
    _take(page, "person-timeline", page.locator("section[aria-labelledby=line]"))


def partner(page: Page, site: str) -> None:
    """An organization with what it signed, and who speaks for it."""
    page.goto(f"{site}/console/partners")
    # The first one took its signature back.
    page.locator("main tbody a").nth(1).click()
    page.get_by_role("link", name="Change").click()
    page.get_by_label("Membership").select_option("member")
    page.get_by_label("Member since").fill("2019-05-01")
    page.get_by_label("Ridings served").select_option(["48002", "48003"])
    page.get_by_label("Ridings with an office").select_option(["48002"])
    page.get_by_role("button", name="Save").click()
    _take(page, "partner", page.locator("main h1"), page.locator("main table"))


def ask_export(page: Page, site: str) -> None:
    """Ask for an export that needs a second person."""
    page.goto(f"{site}/console/exports/new")
    page.get_by_label("What for; the audit log keeps it").fill(
        "Phone tree for the visits in January"
    )
    page.get_by_label("English", exact=True).check()
    parts = page.get_by_role("group", name="Parts of the records").get_by_role("checkbox")
    for part in parts.all():
        part.uncheck()
    for wanted in ("Name", "Phone", "Language", "Riding, province and postal area"):
        page.get_by_label(wanted, exact=True).last.check()
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url("**/console/exports/*")


def approver(browser: Browser, site: str, totp: str) -> None:
    """The console as the second person sees it: an export that waits for them."""
    with _page(browser, 1000, 900) as page:
        _sign_in(page, site, APPROVER, totp)
        page.goto(f"{site}/console/exports")
        page.locator("main tbody a").first.click()
        _take(
            page,
            "export-waits",
            page.locator("main h1"),
            page.get_by_role("link", name="All exports"),
        )


def _sign_in(page: Page, site: str, email: str, totp: str) -> None:
    page.goto(f"{site}/console/")
    page.get_by_label("Email address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Code from your authenticator").fill(pyotp.TOTP(totp).now())
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/console/")


def _french_mail(page: Page, sandbox: str) -> dict[str, Any]:
    # The first chunk is English and has a thousand mails; the second is French.
    return _mails(page, sandbox, after=1000, limit=1)[0]


def _mails(page: Page, sandbox: str, *, after: int, limit: int) -> list[dict[str, Any]]:
    asked = f"{sandbox}/_ledger/messages?channel=email&after={after}&limit={limit}"
    listed: list[dict[str, Any]] = page.request.get(asked).json()["items"]
    return listed


@contextmanager
def _page(
    browser: Browser,
    width: int,
    height: int,
    *,
    locale: str = "en-CA",
    phone: bool = False,
    scale: float = 1,
) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": width, "height": height},
        device_scale_factor=scale,
        is_mobile=phone,
        locale=locale,
        reduced_motion="reduce",
    )
    try:
        yield context.new_page()
    finally:
        context.close()


def _take(page: Page, name: str, *parts: Locator) -> None:
    """Keep what the window shows; with parts of the page, from the first of them to the last."""
    IMAGES.mkdir(exist_ok=True)
    path = IMAGES / f"{name}.png"
    if parts:
        size = len(page.screenshot(path=path, full_page=True, clip=_around(page, parts)))
    else:
        size = len(page.screenshot(path=path))
    if size > LARGEST:
        raise SystemExit(f"{name}.png has {size} bytes; {LARGEST} is the most")
    print(f"{name}.png: {size} bytes")


def _around(page: Page, parts: tuple[Locator, ...]) -> FloatRect:
    page.evaluate("scrollTo(0, 0)")
    boxes = [box for part in parts if (box := part.bounding_box())]
    top = min(box["y"] for box in boxes) - MARGIN
    bottom = max(box["y"] + box["height"] for box in boxes) + MARGIN
    width = page.evaluate("document.documentElement.clientWidth")
    return {"x": 0, "y": top, "width": width, "height": bottom - top}


def main() -> None:
    """Take all pictures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--totp", required=True, help="the organizer's authenticator secret")
    parser.add_argument("--approver-totp", required=True, help="the approver's")
    parser.add_argument("--instance", type=Path, default=Path("instance"))
    parser.add_argument("--site", default="http://127.0.0.1:8000")
    parser.add_argument("--sandbox", default="http://127.0.0.1:8025")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    given = parser.parse_args()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=given.chromium, args=list(FLAGS))
        supporter(browser, given.site)
        demands(browser, given.site)
        mail(browser, given.sandbox)
        own_page(browser, given.sandbox)
        organizer(browser, given.site, given.sandbox, given.totp, given.instance / "demo")
        approver(browser, given.site, given.approver_totp)
        browser.close()


if __name__ == "__main__":
    main()
