"""Bringing in a file in a real browser, with and without JavaScript."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect

from mobilize.contacts.import_jobs import bring_in_files
from mobilize.runtime import Runtime
from tests.console.conftest import ONE_DATABASE
from tests.support.accounts import make_account
from tests.support.browser import chromium, sign_in
from tests.support.serving import served

pytestmark = [pytest.mark.browser, ONE_DATABASE]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("javascript", [True, False], ids=["with script", "without script"])
def test_a_file_is_sent_mapped_looked_at_and_brought_in(
    app: Flask,
    runtime: Runtime,
    browser: Browser,
    tmp_path: Path,
    javascript: bool,
) -> None:
    path = tmp_path / "list.csv"
    path.write_text("Mail,Choir?\nana@example.org,yes\nbroken,no\n", "utf-8")
    organizer = make_account(runtime, role="organizer")
    with served(app) as address:
        page = sign_in(browser, address, organizer, javascript=javascript)
        page.set_default_timeout(15_000)
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))

        def work() -> None:
            bring_in_files(runtime)
            if not javascript:
                page.get_by_role("link", name="Look again").click()

        page.get_by_role("navigation").get_by_role("link", name="Imports").click()
        page.get_by_label("A file of supporters").set_input_files(path)
        page.get_by_role("button", name="Send the file").click()
        page.get_by_label("Mail", exact=True).select_option(label="Email address")
        page.get_by_label("Choir?").select_option(label="A tag, for whoever says yes")
        page.get_by_role("button", name="Look at what it would do").click()
        expect(page.get_by_text("Dry run under way")).to_be_visible()
        work()
        expect(page.get_by_text("nothing was written")).to_be_visible()
        expect(page.get_by_role("cell", name="choir?", exact=True)).to_be_visible()
        expect(page.get_by_text("This is no email address")).to_be_visible()

        page.get_by_role("button", name="Bring the file in").click()
        expect(page.get_by_text("Is being brought in", exact=True)).to_be_visible()
        work()
        expect(page.get_by_role("link", name="Download these rows")).to_be_visible()
        page.get_by_role("link", name="Take this import back").click()
        expect(page.get_by_text("1 person whom the file brought is removed.")).to_be_visible()
        page.get_by_role("button", name="Take the import back").click()
        expect(page.get_by_text("The import is being taken back.")).to_be_visible()
        assert complaints == []
        page.context.close()
