"""Chromium for tests: Debian's own, driven by Playwright, kept from calling anybody else."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from mobilize.accounts.service import NewCredentials
from tests.support.accounts import PASSWORD, code

CHROMIUM: Final = Path(os.environ.get("MOBILIZE_TEST_CHROMIUM", "/usr/bin/chromium"))
_FLAGS: Final = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser without a window; where there is none the test skips, except in CI."""
    if not CHROMIUM.exists():
        reason = f"no Chromium at {CHROMIUM}; install it or set MOBILIZE_TEST_CHROMIUM"
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(_FLAGS))
        try:
            yield browser
        finally:
            browser.close()


def sign_in(
    browser: Browser, address: str, credentials: NewCredentials, *, javascript: bool
) -> Page:
    """A browser of their own, signed in with password and code."""
    context = browser.new_context(java_script_enabled=javascript, locale="en-CA")
    page = context.new_page()
    page.goto(f"{address}/console/")
    page.get_by_label("Email address").fill(credentials.account.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Code from your authenticator").fill(code(credentials))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/console/")
    return page
