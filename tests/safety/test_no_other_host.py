"""No page and no message asks another host for anything; the links that lead out are few and known.

Every page that can be reached from the start is opened, in both languages, and so is every file
that those pages fetch.
"""

import re
from collections import deque
from typing import Final

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from mobilize.actions.models import Campaign
from mobilize.contacts.models import Contact
from mobilize.messaging.models import Message
from mobilize.messaging.providers.transports import Transports
from mobilize.messaging.queries import template_by_key
from mobilize.messaging.queueing import queue_to_address
from mobilize.messaging.sending import drain
from mobilize.messaging.service import start_mailing
from mobilize.runtime import Runtime
from tests.messaging.people import add_contact
from tests.safety.markup import Page, in_style, is_elsewhere
from tests.support.accounts import make_account, sign_in
from tests.support.campaigns import invited, open_campaign
from tests.support.sandbox import Sandbox

ONE_DATABASE = pytest.mark.parametrize("db", ["sqlite"], indirect=True)
OFFICIAL: Final = re.compile(
    r"https://(www\.)?(ourcommons|noscommunes|canada|justice|elections)\.(gc\.)?ca(/|$)"
)
"""Where a link, never more than a link, may lead besides the quick exit: the House of Commons and
Elections Canada."""
_FILES: Final = (".css", ".js", ".svg")
_READABLE: Final = {"text/css", "text/javascript"}


def crawl(client: FlaskClient, starts: list[str], *, prefix: str = "/") -> dict[str, str]:
    """Every page of ours that links lead to from the starts, and its HTML."""
    waiting, pages = deque(starts), dict[str, str]()
    while waiting:
        address = waiting.popleft().partition("#")[0]
        if address in pages or not address.startswith(prefix):
            continue
        answer = client.get(address)
        if 300 <= answer.status_code < 400:
            pages[address] = ""
            target = answer.headers["Location"]
            waiting += [target] if target.startswith("/") else []
            continue
        assert answer.status_code == 200, f"a link leads to {address}: {answer.status_code}"
        if answer.mimetype != "text/html":
            pages[address] = ""
            continue
        pages[address] = answer.text
        waiting += [link for link in Page(answer.text).links if link.startswith("/")]
    return pages


def check_pages(client: FlaskClient, runtime: Runtime, pages: dict[str, str]) -> None:
    ours = runtime.settings.site.public_url
    site = runtime.settings.site
    exits = (site.quick_exit_en, site.quick_exit_fr)
    files: set[str] = set()
    for address, html in pages.items():
        page = Page(html)
        elsewhere = [one for one in page.fetched if is_elsewhere(one, ours)]
        assert elsewhere == [], f"{address} fetches {elsewhere}"
        outward = [one for one in page.links if is_elsewhere(one, ours)]
        unknown = [one for one in outward if one not in exits and not OFFICIAL.match(one)]
        assert unknown == [], f"{address} leads to {unknown}"
        files |= {one for one in page.fetched if one.partition("?")[0].endswith(_FILES)}
    assert files, "the pages have a stylesheet"
    for file in files:
        with client.get(file) as answer:
            assert answer.status_code == 200, file
            text = answer.get_data(as_text=True) if answer.mimetype in _READABLE else ""
            if answer.mimetype == "text/css":
                assert [one for one in in_style(text) if is_elsewhere(one, ours)] == [], file
            if answer.mimetype == "text/javascript" and "vendor" not in file:
                assert "://" not in text, file


@ONE_DATABASE
def test_no_public_page_asks_another_host(runtime: Runtime, client: FlaskClient) -> None:
    now = runtime.clock.now()
    with runtime.db.transaction() as session:
        campaign = open_campaign(session, now)
        message = invited(session, campaign, now)
    act, leave = (runtime.links.seal(purpose, message.id) for purpose in ("act", "leave"))
    starts = [
        f"/{language}/{page}"
        for language in ("en", "fr")
        for page in ("", f"a/{act}", f"leave/{leave}", "sign-on/permanent-status", "privacy")
    ]
    pages = crawl(client, [*starts, "/api/v1/docs"])
    assert len(pages) > 20
    check_pages(client, runtime, pages)


@ONE_DATABASE
@pytest.mark.parametrize("language", ["en", "fr"])
def test_no_page_of_the_console_asks_another_host(
    runtime: Runtime, client: FlaskClient, language: str
) -> None:
    with runtime.db.transaction() as session:
        open_campaign(session, runtime.clock.now())
    somebody = make_account(runtime, role="admin", language=language)
    assert sign_in(client, somebody).status_code == 303
    pages = crawl(client, ["/console/"], prefix="/console")
    assert len(pages) > 6
    check_pages(client, runtime, pages)


@pytest.mark.parametrize(
    "key", ["lasting-protection-alert", "lasting-protection-reminder", "sign-on-invitation"]
)
def test_no_mail_asks_another_host(
    sending: Runtime, transports: Transports, sandbox: Sandbox, key: str
) -> None:
    now = sending.clock.now()
    with sending.db.transaction() as session:
        open_campaign(session, now)
        add_contact(session, 1, now=now, language="en")
        add_contact(session, 2, now=now, language="fr")
        template = template_by_key(session, key)
        assert template is not None
        start_mailing(
            session,
            kind="alert",
            channel="email",
            template_id=template.id,
            recipients=select(Contact.id, Contact.language).where(Contact.email.is_not(None)),
            topic="permanent-status",
            campaign_ref=session.scalars(select(Campaign.public_id)).one(),
            facts={
                language: {"demand": "x", "campaign": "y", "closes_on": "z", "sign_on_url": "/x"}
                for language in ("en", "fr")
            },
            now=now,
        )
    drain(sending, transports, worker="one")

    assert {mail["language"] for mail in check_mails(sending, sandbox)} == {"en", "fr"}


def test_no_mail_of_the_softwares_own_asks_another_host(
    sending: Runtime, transports: Transports, sandbox: Sandbox
) -> None:
    now = sending.clock.now()
    keys = ("sign-on-confirm", "sign-on-confirmed", "sign-on-withdrawn")
    with sending.db.transaction() as session:
        open_campaign(session, now)
        for key in keys:
            for language in ("en", "fr"):
                queue_to_address(
                    session,
                    template_key=key,
                    address=f"{key}-{language}@example.org",
                    language="en" if language == "en" else "fr",
                    dedupe_key=f"{key}:{language}",
                    variables={"partner": "Sample", "demand": "Root Causes"},
                    now=now,
                )
    drain(sending, transports, worker="one")
    with sending.db.read() as session:
        assert set(session.scalars(select(Message.state))) == {"accepted"}

    assert len(check_mails(sending, sandbox)) == 2 * len(keys)


def check_mails(runtime: Runtime, sandbox: Sandbox) -> list[dict[str, object]]:
    """The mails as their readers get them, each of which asks nobody else for anything."""
    ours = runtime.settings.site.public_url
    mails = [sandbox.mail(item["seq"]) for item in sandbox.messages()]
    for mail in mails:
        page = Page(mail["html"])
        assert page.fetched == [], f"{mail['subject']} fetches {page.fetched}"
        outward = [one for one in page.links if is_elsewhere(one, ours)]
        assert outward == [], f"{mail['subject']} leads to {outward}"
        assert not re.search(
            r"<(img|script|style[^>]*>\s*@import|iframe|object|embed)\b", mail["html"]
        )
        for address in re.findall(r"https?://[^\s\"'<>)]+", mail["text"]):
            assert not is_elsewhere(address, ours), f"{mail['subject']} leads to {address}"
    return mails
