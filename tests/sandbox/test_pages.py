"""The pages for people: what they show, and that they ask no host for anything."""

import re

import pytest
from sendgrid import SendGridAPIClient
from twilio.rest import Client

from tests.sandbox.letters import letter, people
from tests.support.sandbox import Sandbox

UNSUBSCRIBE = {
    "List-Unsubscribe": "<https://example.org/u/1>",
    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
}


def page(sandbox: Sandbox, path: str) -> str:
    answer = sandbox.session.get(sandbox.url + path)
    assert answer.status_code == 200
    return answer.text


@pytest.fixture
def mailed(sandbox: Sandbox, sendgrid: SendGridAPIClient) -> Sandbox:
    body = letter("one@example.org", "two@example.org", headers=UNSUBSCRIBE)
    sendgrid.client.mail.send.post(request_body=body)
    return sandbox


def test_the_list_shows_each_readers_subject_and_language(mailed: Sandbox) -> None:
    shown = page(mailed, "/")
    assert "A word for Person 0" in shown
    assert "two@example.org" in shown
    assert '<span class="tag">en</span>' in shown


def test_the_list_finds_a_recipient(mailed: Sandbox) -> None:
    shown = page(mailed, "/?to=two@")
    assert "two@example.org" in shown
    assert "one@example.org" not in shown
    assert "No mail to" in page(mailed, "/?to=nobody")


def test_older_mail_is_a_page_away(sandbox: Sandbox, sendgrid: SendGridAPIClient) -> None:
    sendgrid.client.mail.send.post(request_body=letter(*people(60)))
    [older] = re.findall(r'href="(/\?before=\d+)"', page(sandbox, "/"))
    assert "person-0@example.org" in page(sandbox, older)


def test_a_mail_shows_headers_text_and_links(mailed: Sandbox) -> None:
    shown = page(mailed, "/mail/1")
    assert "Dear Person 0" in shown
    assert "List-Unsubscribe=One-Click" in shown
    assert 'href="https://example.org/a/Person"' in shown
    assert '<iframe class="mail-body" title="The mail as HTML" src="/mail/1/body"' in shown


def test_a_mails_html_is_alone_and_may_load_nothing(mailed: Sandbox) -> None:
    answer = mailed.session.get(f"{mailed.url}/mail/2/body")
    policy = answer.headers["Content-Security-Policy"]
    assert "Dear <b>Person 1</b>" in answer.text
    assert "default-src 'none'" in policy
    assert "sandbox allow-popups" in policy
    assert "allow-scripts" not in policy


def test_what_people_wrote_is_never_markup(
    sandbox: Sandbox, sendgrid: SendGridAPIClient, twilio: Client
) -> None:
    body = letter("one@example.org", subject="<script>alert(1)</script>")
    sendgrid.client.mail.send.post(request_body=body)
    sandbox.inbound_sms("+16135550123", "+16135550100", "<img src=x>")
    for path in ("/", "/mail/1", "/texts", "/texts/+16135550123"):
        assert "<script>" not in page(sandbox, path)
        assert "<img" not in page(sandbox, path)


def test_a_phone_shows_both_sides(sandbox: Sandbox, twilio: Client) -> None:
    twilio.messages.create(
        to="+16135550123", from_="+16135550100", body="Act now: https://example.org/a/1"
    )
    sandbox.inbound_sms("+16135550123", "+16135550100", "STOP")

    assert "+16135550123" in page(sandbox, "/texts")
    shown = page(sandbox, "/texts/+16135550123")
    assert 'href="https://example.org/a/1"' in shown
    assert '<li class="mine">' in shown
    assert "has opted out" in shown


def test_pages_ask_no_other_host_and_run_no_script(mailed: Sandbox) -> None:
    for path in ("/", "/mail/1", "/texts"):
        answer = mailed.session.get(mailed.url + path)
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'self'")
        assert "<script" not in answer.text
        assert "style=" not in answer.text
        loaded = re.findall(r'(?:src|<link[^>]*href)="([^"]+)"', answer.text)
        assert loaded
        assert all(url.startswith("/") for url in loaded)
        assert mailed.session.get(mailed.url + loaded[0]).status_code == 200


@pytest.mark.parametrize("path", ["/mail/9", "/mail/9/body", "/texts/+16135550199", "/nothing"])
def test_what_is_not_there_is_not_found(sandbox: Sandbox, path: str) -> None:
    assert sandbox.session.get(sandbox.url + path).status_code == 404


def test_a_page_shows_what_is_in_force_and_what_the_ledger_says(
    sandbox: Sandbox, sendgrid: SendGridAPIClient
) -> None:
    assert "Nothing. Start the sandbox" in page(sandbox, "/in-force")
    sandbox.play("storm")
    sandbox.faults("twilio", "500", to="+1613555*", count=1)
    shown = page(sandbox, "/in-force")
    assert "In force: storm" in shown
    assert "+1613555*" in shown
    assert "accept_then_reset" in shown
    assert "none after opt out: <strong" in shown
