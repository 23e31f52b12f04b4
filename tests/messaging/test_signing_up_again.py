"""Whoever left comes back by the form, as anybody joins: by a yes from that very address."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from mobilize.accounts.models import AuditEntry
from mobilize.contacts.consent_models import ConsentEvent, OptIn, Suppression
from mobilize.contacts.identity import email_hash, phone_hash
from mobilize.contacts.models import Contact
from mobilize.contacts.service import suppress, withdraw
from mobilize.contacts.suppression import closed_by
from mobilize.core.clock import VirtualClock
from mobilize.messaging.lettering import LEAVE
from mobilize.messaging.models import Message, Template, TemplateText
from mobilize.messaging.providers.transports import Transports
from mobilize.messaging.sending import drain
from mobilize.runtime import Runtime
from tests.messaging.people import add_contact, consent_of
from tests.messaging.test_opting_in import (
    BY_EMAIL,
    BY_TEXT,
    E164,
    EMAIL,
    answer,
    confirm_address,
    count,
)
from tests.support.campaigns import load_templates
from tests.support.sandbox import Sandbox

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def web(app: Flask, sending: Runtime, now: datetime) -> FlaskClient:
    sending.attach(app)
    with sending.db.transaction() as session:
        load_templates(session, now)
    return app.test_client()


@pytest.fixture
def aspen(sending: Runtime, clock: VirtualClock, now: datetime) -> Contact:
    """Somebody who was on the list and has left it since, by email and by text."""
    with sending.db.transaction() as session:
        contact = add_contact(session, 142, now=now, email=EMAIL)
    clock.set(now + HOUR)
    with sending.db.transaction() as session:
        for channel in ("email", "sms"):
            withdraw(
                session,
                contact_id=contact.id,
                channel=channel,
                source="leave page",
                actor="supporter",
                now=now + HOUR,
            )
    clock.set(now + 2 * HOUR)
    return contact


def closed(runtime: Runtime, channel: str) -> str | None:
    """Why nothing reaches the one address of these tests on a channel."""
    keys = runtime.keyring
    address = email_hash(keys, EMAIL) if channel == "email" else phone_hash(keys, E164)
    with runtime.db.read() as session:
        return closed_by(session, channel=channel, address_hash=address)


def close(runtime: Runtime, channel: str, reason: str) -> None:
    """Close that address on a channel."""
    keys = runtime.keyring
    address = email_hash(keys, EMAIL) if channel == "email" else phone_hash(keys, E164)
    with runtime.db.transaction() as session:
        suppress(
            session,
            channel=channel,
            address_hash=address,
            reason=reason,
            now=runtime.clock.now(),
        )


def said(runtime: Runtime, contact: Contact, channel: str) -> list[tuple[str, str]]:
    """What the ledger says of a channel, in order, and where each row came from."""
    with runtime.db.read() as session:
        rows = session.execute(
            select(ConsentEvent.action, ConsentEvent.source)
            .where(ConsentEvent.contact_id == contact.id, ConsentEvent.channel == channel)
            .order_by(ConsentEvent.id)
        )
        return [(action, source) for action, source in rows]


def test_only_the_confirmation_opens_an_address_that_was_left(
    sending: Runtime,
    web: FlaskClient,
    aspen: Contact,
    transports: Transports,
    sandbox: Sandbox,
) -> None:
    page = web.post("/en/join", data=BY_EMAIL)
    stranger = web.post("/en/join", data=BY_EMAIL | {"email": "new@example.org"})
    assert page.text == stranger.text
    drain(sending, transports, worker="one")
    address = confirm_address(sandbox)
    web.get(address)
    assert closed(sending, "email") == "unsubscribed"
    with sending.db.read() as session:
        assert not consent_of(session, aspen, "email").granted

    for _again in range(2):
        assert "You are on the list" in web.post(address).text

    assert closed(sending, "email") is None
    assert said(sending, aspen, "email") == [
        ("granted", "test"),
        ("withdrawn", "leave page"),
        ("granted", "form /en/join"),
    ]
    assert closed(sending, "sms") == "unsubscribed", "the number said nothing"
    with sending.db.read() as session:
        lifted = session.get_one(Suppression, ("email", email_hash(sending.keyring, EMAIL)))
        assert (lifted.reason, lifted.lifted_at) == ("unsubscribed", sending.clock.now())
        [entry] = session.scalars(select(AuditEntry).where(AuditEntry.action == "contact.sign_up"))
        assert entry.facts["lifted"] == "unsubscribed"
        [back] = session.scalars(select(Contact).where(Contact.email.is_not(None)))
        assert back.id == aspen.id


def test_a_number_that_was_left_by_the_page_is_opened_by_its_own_yes(
    sending: Runtime, web: FlaskClient, aspen: Contact, transports: Transports, sandbox: Sandbox
) -> None:
    web.post("/fr/join", data=BY_TEXT | {"given_name": "Given142"})
    drain(sending, transports, worker="one")
    assert [text["to"] for text in sandbox.messages("sms")] == [E164]
    assert "Confirmed" in (answer(sending, "OUI") or "")
    assert closed(sending, "sms") is None
    assert said(sending, aspen, "sms")[-1] == ("granted", "form /fr/join")
    assert closed(sending, "email") == "unsubscribed"


def test_the_form_writes_to_no_address_that_somebody_moved_on_from(
    sending: Runtime, web: FlaskClient, transports: Transports, sandbox: Sandbox
) -> None:
    close(sending, "email", "replaced")
    web.post("/en/join", data=BY_EMAIL)
    drain(sending, transports, worker="one")
    assert sandbox.messages() == []
    assert closed(sending, "email") == "replaced"


def test_the_form_writes_discreetly_to_whoever_asked_for_discretion(
    sending: Runtime, web: FlaskClient, aspen: Contact, transports: Transports, sandbox: Sandbox
) -> None:
    with sending.db.transaction() as session:
        session.get_one(Contact, aspen.id).discreet = True
    web.post("/en/join", data=BY_EMAIL)
    web.post("/en/join", data=BY_EMAIL | {"email": "new@example.org"})
    drain(sending, transports, worker="one")
    mails = {mail["to"]: sandbox.mail(mail["seq"]) for mail in sandbox.messages()}
    names = {to: mail["from"]["name"] for to, mail in mails.items()}
    assert names == {
        EMAIL: sending.settings.sendgrid.discreet_name_en,
        "new@example.org": sending.settings.sendgrid.from_name_en,
    }
    assert mails[EMAIL]["text"] != mails["new@example.org"]["text"]
    assert confirm_address(sandbox)


def test_a_text_of_the_form_that_tells_does_not_go_to_a_discreet_person(
    sending: Runtime, web: FlaskClient, aspen: Contact, transports: Transports, sandbox: Sandbox
) -> None:
    with sending.db.transaction() as session:
        session.get_one(Contact, aspen.id).discreet = True
        template = session.scalars(select(Template.id).where(Template.key == "join-confirm")).one()
        session.execute(
            update(TemplateText)
            .where(TemplateText.template_id == template, TemplateText.channel == "sms")
            .values(body="{{ organization }}, for survivors: reply YES. STOP to block us.")
        )
    web.post("/en/join", data=BY_TEXT)
    drain(sending, transports, worker="one")
    assert sandbox.messages("sms") == []
    with sending.db.read() as session:
        assert session.scalars(select(Message.reason)).all() == ["not_discreet"]


@pytest.mark.parametrize("reason", ["bounced", "complaint", "invalid", "erased"])
def test_an_address_that_something_else_closed_gets_nothing_and_stays_closed(
    sending: Runtime,
    web: FlaskClient,
    aspen: Contact,
    transports: Transports,
    sandbox: Sandbox,
    reason: str,
) -> None:
    close(sending, "email", reason)
    page = web.post("/en/join", data=BY_EMAIL)
    assert page.text == web.post("/en/join", data=BY_EMAIL | {"email": "new@example.org"}).text
    drain(sending, transports, worker="one")
    assert [mail["to"] for mail in sandbox.messages()] == ["new@example.org"]
    assert closed(sending, "email") == reason
    with sending.db.read() as session:
        assert "suppressed" in session.scalars(select(Message.reason)).all()


def test_what_closed_the_address_after_the_asking_keeps_it_closed(
    sending: Runtime, web: FlaskClient, aspen: Contact, transports: Transports, sandbox: Sandbox
) -> None:
    web.post("/en/join", data=BY_EMAIL)
    drain(sending, transports, worker="one")
    address = confirm_address(sandbox)
    close(sending, "email", "complaint")
    assert web.post(address).status_code == 409
    assert closed(sending, "email") == "complaint"
    assert said(sending, aspen, "email")[-1] == ("withdrawn", "leave page")


def test_who_is_not_to_be_contacted_is_not_brought_back_by_a_form(
    sending: Runtime, web: FlaskClient, aspen: Contact, transports: Transports, sandbox: Sandbox
) -> None:
    web.post("/en/join", data=BY_EMAIL)
    with sending.db.transaction() as session:
        session.get_one(Contact, aspen.id).do_not_contact = True
    drain(sending, transports, worker="one")
    assert sandbox.messages() == []
    assert "Nothing waits" in (answer(sending, "YES") or "")
    with sending.db.read() as session:
        assert session.scalars(select(Message.reason)).all() == ["do_not_contact"]


def test_a_stop_is_opened_by_start_alone_and_the_yes_comes_after_it(
    sending: Runtime, web: FlaskClient, aspen: Contact, transports: Transports, sandbox: Sandbox
) -> None:
    answer(sending, "STOP", "SM1")
    page = web.post("/en/join", data=BY_TEXT | {"given_name": "Given142"})
    assert "START" in page.text
    drain(sending, transports, worker="one")
    assert sandbox.messages("sms") == [], "the carrier would not take it"
    assert "text START first" in (answer(sending, "YES", "SM2") or "")
    assert closed(sending, "sms") == "unsubscribed"

    said_back = answer(sending, "START", "SM3") or ""
    assert f"{sending.settings.site.public_url}/join" in said_back
    assert "YES" not in said_back, "nobody has seen what YES would mean"
    assert closed(sending, "sms") == "unsubscribed", "START makes no new consent"
    web.post("/en/join", data=BY_TEXT | {"given_name": "Given142"})
    drain(sending, transports, worker="one")
    assert [text["to"] for text in sandbox.messages("sms")] == [E164]
    assert "To confirm your sign-up: YES" in (answer(sending, "START", "SM4") or "")
    assert "Confirmed" in (answer(sending, "YES", "SM5") or "")
    assert closed(sending, "sms") is None
    assert said(sending, aspen, "sms")[-1] == ("granted", "form /en/join")


def test_nobody_is_pestered_by_the_form_however_often_they_leave_by_its_mails(
    sending: Runtime,
    web: FlaskClient,
    transports: Transports,
    sandbox: Sandbox,
    clock: VirtualClock,
    now: datetime,
) -> None:
    went = []
    for day in (0, 0.5, 1, 2, 3, 31, 179, 181):
        clock.set(now + day * DAY)
        web.post("/en/join", data=BY_EMAIL)
        drain(sending, transports, worker="one")
        went.append(len(sandbox.messages()))
        with sending.db.read() as session:
            last = session.scalars(select(Message.id).order_by(Message.id.desc())).first()
        assert last is not None
        web.post(f"/hooks/leave/{sending.links.seal(LEAVE, last)}")
        # A link that is older than a request counts opens nothing at all.
        assert web.post(confirm_address(sandbox)).status_code == (409 if day < 30 else 404)
    assert went == [1, 1, 1, 1, 1, 1, 1, 1], "each no counts anew"
    clock.set(clock.now() + timedelta(days=181))
    web.post("/en/join", data=BY_EMAIL)
    drain(sending, transports, worker="one")
    assert len(sandbox.messages()) == 2
    assert count(sending, Contact) == 0


def test_somebody_who_left_by_the_mail_of_a_sign_up_may_sign_up_anew_half_a_year_after(
    sending: Runtime,
    web: FlaskClient,
    aspen: Contact,
    transports: Transports,
    sandbox: Sandbox,
    clock: VirtualClock,
) -> None:
    web.post("/en/join", data=BY_EMAIL)
    drain(sending, transports, worker="one")
    first = confirm_address(sandbox)
    with sending.db.read() as session:
        [message] = session.scalars(select(Message.id))
    web.post(f"/en/leave/{sending.links.seal(LEAVE, message)}")
    assert web.post(first).status_code == 409
    clock.set(clock.now() + 180 * DAY + HOUR)
    web.post("/en/join", data=BY_EMAIL)
    drain(sending, transports, worker="one")
    assert web.post(confirm_address(sandbox)).status_code == 200
    assert closed(sending, "email") is None
    with sending.db.read() as session:
        states = session.scalars(select(OptIn.state).order_by(OptIn.id)).all()
    assert states == ["lapsed", "confirmed"]
