"""Signing up: one message to the address, whose answer makes it consent; nobody learns anything."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from mobilize.accounts.jobs import let_go
from mobilize.app import create_app
from mobilize.contacts import opt_ins
from mobilize.contacts.consent_models import (
    Consent,
    ConsentEvent,
    ConsentWording,
    OptIn,
    Suppression,
)
from mobilize.contacts.erasing import tombstone
from mobilize.contacts.identity import email_hash
from mobilize.contacts.ledger import NewConsent, record
from mobilize.contacts.models import Contact
from mobilize.contacts.service import suppress
from mobilize.core.clock import VirtualClock
from mobilize.messaging.jobs import lapse_sign_ups
from mobilize.messaging.lettering import LEAVE
from mobilize.messaging.models import Message
from mobilize.messaging.providers.transports import Transports
from mobilize.messaging.receiving import take_text
from mobilize.messaging.sending import drain
from mobilize.partners.models import Partner
from mobilize.runtime import Runtime
from tests.messaging.people import add_contact
from tests.support.campaigns import adopted_demand, load_templates
from tests.support.sandbox import Sandbox
from tests.support.serving import served

EMAIL = "aspen@example.org"
PHONE = "613-555-0142"
E164 = "+16135550142"
BY_EMAIL = {
    "email": EMAIL,
    "given_name": "Aspen",
    "postal_code": "K1A 0A6",
    "language": "en",
    "us_email": "yes",
}
BY_TEXT = {"phone": PHONE, "given_name": "Aspen", "language": "fr", "us_sms": "yes"}


@pytest.fixture
def web(app: Flask, sending: Runtime, now: datetime) -> FlaskClient:
    sending.attach(app)
    with sending.db.transaction() as session:
        load_templates(session, now)
        adopted_demand(session, now)
    return app.test_client()


def confirm_address(sandbox: Sandbox, to: str = EMAIL) -> str:
    """Where the link of the last mail to somebody leads."""
    mails = [one for one in sandbox.messages() if one["to"] == to]
    assert mails, "no mail went"
    text = sandbox.mail(mails[-1]["seq"])["text"]
    found = re.search(r"https?://[^/\s]+(/../join/confirm/[\w-]+)", text)
    assert found is not None, text
    return str(found[1])


def ledger(session: Session) -> list[tuple[str, str, str, str, str | None]]:
    return [
        (one.channel, one.organization, one.topic, one.action, one.basis)
        for one in session.scalars(select(ConsentEvent).order_by(ConsentEvent.id))
    ]


def count(runtime: Runtime, model: type[Contact | Message | OptIn]) -> int:
    with runtime.db.read() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def answer(runtime: Runtime, words: str, ref: str = "SM1", sender: str = E164) -> str | None:
    with runtime.db.transaction() as session:
        return take_text(
            session,
            sender=sender,
            body=words,
            provider_ref=ref,
            settings=runtime.settings,
            now=runtime.clock.now(),
        )


def test_an_address_that_is_confirmed_joins_with_the_words_that_were_shown(
    sending: Runtime, web: FlaskClient, transports: Transports, sandbox: Sandbox
) -> None:
    form = web.get("/en/join")
    assert web.post("/en/join", data=BY_EMAIL).status_code == 200
    assert count(sending, Contact) == 0, "a stranger has no record before they confirm"
    drain(sending, transports, worker="one")
    [mail] = sandbox.messages()
    assert mail["to"] == EMAIL
    address = confirm_address(sandbox)

    page = web.get(address)
    assert "may send me emails about its campaigns" in page.text
    web.head(address)
    assert count(sending, Contact) == 0, "looking changes nothing: mail scanners open links"

    for _again in range(2):
        assert "You are on the list" in web.post(address).text
    with sending.db.read() as session:
        [contact] = session.scalars(select(Contact))
        assert (contact.email, contact.given_name, contact.language) == (EMAIL, "Aspen", "en")
        assert (contact.fsa, contact.phone) == ("K1A", None)
        assert contact.source == "form /en/join"
        assert ledger(session) == [("email", "us", "", "granted", "express")]
        [event] = session.scalars(select(ConsentEvent))
        words = session.get_one(ConsentWording, event.wording_id)
        for shown in (form.text, page.text):
            assert all(line in shown for line in words.text.splitlines())
        assert (words.language, event.source) == ("en", "form /en/join")
        [row] = session.scalars(select(OptIn))
        assert row.public_id in event.evidence
        assert "2026-11-22 15:00 UTC" in event.evidence
        assert (row.state, row.address, row.answers) == ("confirmed", None, None)
        [message] = session.scalars(select(Message))
        assert (message.contact_id, message.address) == (contact.id, None)


def test_the_link_to_leave_in_that_mail_leaves_in_the_name_of_whoever_joined(
    sending: Runtime, web: FlaskClient, transports: Transports, sandbox: Sandbox
) -> None:
    web.post("/en/join", data=BY_EMAIL)
    drain(sending, transports, worker="one")
    web.post(confirm_address(sandbox))
    with sending.db.read() as session:
        [message] = session.scalars(select(Message.id))
    web.post(f"/hooks/leave/{sending.links.seal(LEAVE, message)}")
    with sending.db.read() as session:
        assert [one.granted for one in session.scalars(select(Consent))] == [False]


def test_a_number_joins_by_its_own_yes_and_not_before(
    sending: Runtime, web: FlaskClient, transports: Transports, sandbox: Sandbox
) -> None:
    web.post("/fr/join", data=BY_TEXT)
    drain(sending, transports, worker="one")
    [text] = sandbox.messages("sms")
    assert (text["to"], "Répondez OUI" in text["body"]) == (E164, True)
    with served(create_app(sending)) as address:
        public = sending.settings.site.public_url
        sandbox.webhooks(
            inbound_sms_url=f"{public}/hooks/twilio/inbound", public_url=public, app_url=address
        )
        sandbox.inbound_sms(E164, sending.settings.twilio.from_number, "Oui merci!")

    with sending.db.read() as session:
        [contact] = session.scalars(select(Contact))
        assert (contact.phone, contact.language) == (E164, "fr")
        assert contact.sms_confirmed_at == sending.clock.now()
        assert ledger(session) == [("sms", "us", "", "granted", "express")]
        [words] = session.scalars(select(ConsentWording))
        assert words.language == "fr"
        assert "des textos sur ses campagnes" in words.text


@pytest.mark.parametrize("db", ["sqlite"], indirect=True)
@pytest.mark.parametrize("words", ["Oui mais une fois par mois", "START", "AIDE", "peut-être"])
def test_anything_but_a_plain_yes_confirms_nothing(
    sending: Runtime, web: FlaskClient, words: str
) -> None:
    web.post("/fr/join", data=BY_TEXT)
    answer(sending, words)
    assert count(sending, Contact) == 0


def test_a_yes_out_of_the_blue_is_told_that_nothing_waits(
    sending: Runtime, web: FlaskClient
) -> None:
    said = answer(sending, "YES")
    assert said is not None
    assert f"{sending.settings.site.public_url}/join" in said
    assert count(sending, Contact) == 0
    with sending.db.transaction() as session:
        add_contact(session, 142, now=sending.clock.now())
    answer(sending, "STOP", "SM2")
    said = answer(sending, "OUI", "SM3")
    assert said is not None
    assert "text START first" in said
    said = answer(sending, "START", "SM4")
    assert said is not None
    assert "again" in said


def test_two_of_a_family_join_with_one_phone_and_one_yes(
    sending: Runtime, web: FlaskClient, transports: Transports, clock: VirtualClock, now: datetime
) -> None:
    for day, name in enumerate(("Aspen", "Birch", "BIRCH")):
        clock.set(now + timedelta(days=day, minutes=day))
        web.post("/fr/join", data=BY_TEXT | {"given_name": name})
        drain(sending, transports, worker="one")
    answer(sending, "OUI")
    with sending.db.read() as session:
        names = session.scalars(select(Contact.given_name).order_by(Contact.id)).all()
    assert names == ["Aspen", "BIRCH"]


def test_a_yes_confirms_nothing_of_which_no_text_went(
    sending: Runtime,
    web: FlaskClient,
    transports: Transports,
    sandbox: Sandbox,
) -> None:
    """Somebody else may have typed the number; who has it saw nothing that YES could mean."""
    web.post("/en/join", data=BY_TEXT)
    assert "Nothing waits" in (answer(sending, "YES", "SM1") or "")
    answer(sending, "STOP", "SM2")
    web.post("/en/join", data=BY_TEXT)
    drain(sending, transports, worker="one")
    assert sandbox.messages("sms") == []
    said = answer(sending, "START", "SM3") or ""
    assert "can reach you again" in said
    assert "YES" not in said
    assert "Nothing waits" in (answer(sending, "YES", "SM4") or "")
    assert count(sending, Contact) == 0


def test_a_text_that_did_not_arrive_is_answered_by_no_yes(
    sending: Runtime, web: FlaskClient, transports: Transports
) -> None:
    web.post("/en/join", data=BY_TEXT)
    drain(sending, transports, worker="one")
    with sending.db.transaction() as session:
        session.execute(update(Message).values(state="bounced"))
    assert "Nothing waits" in (answer(sending, "YES") or "")
    assert count(sending, Contact) == 0


@pytest.mark.parametrize("by", [BY_EMAIL, BY_TEXT], ids=["email", "sms"])
def test_one_sign_up_message_a_day_goes_to_an_address_whatever_names_came_with_it(
    sending: Runtime,
    web: FlaskClient,
    transports: Transports,
    sandbox: Sandbox,
    clock: VirtualClock,
    now: datetime,
    by: Mapping[str, str],
) -> None:
    channel = "sms" if by is BY_TEXT else "email"
    pages = set()
    for hour, name in enumerate(["Aspen", "Birch", "Cedar", "Aspen"]):
        clock.set(now + timedelta(hours=hour))
        pages.add(web.post("/en/join", data={**by, "given_name": name}).text)
        drain(sending, transports, worker="one")
    assert len(sandbox.messages(channel)) == 1
    assert len(pages) == 1, "whoever asks learns nothing"
    clock.set(now + timedelta(days=1, hours=1))
    web.post("/en/join", data=by)
    drain(sending, transports, worker="one")
    assert len(sandbox.messages(channel)) == 2


def test_the_day_is_counted_from_when_a_message_went(
    sending: Runtime,
    web: FlaskClient,
    transports: Transports,
    sandbox: Sandbox,
    clock: VirtualClock,
) -> None:
    # Monday 23:30 in Ottawa: the text waits until nine.
    clock.set(datetime.fromisoformat("2026-11-24T04:30:00Z"))
    web.post("/en/join", data=BY_TEXT)
    clock.set(datetime.fromisoformat("2026-11-24T14:00:00Z"))
    drain(sending, transports, worker="one")
    clock.set(datetime.fromisoformat("2026-11-25T13:00:00Z"))
    web.post("/en/join", data=BY_TEXT | {"given_name": "Birch"})
    clock.set(datetime.fromisoformat("2026-11-25T14:30:00Z"))
    drain(sending, transports, worker="one")
    assert len(sandbox.messages("sms")) == 1


def test_who_is_on_the_list_hears_so_once_a_day(
    sending: Runtime, web: FlaskClient, transports: Transports, sandbox: Sandbox
) -> None:
    with sending.db.transaction() as session:
        add_contact(session, 1, now=sending.clock.now(), email=EMAIL)
    for _again in range(3):
        web.post("/en/join", data=BY_EMAIL)
        drain(sending, transports, worker="one")
    assert [mail["to"] for mail in sandbox.messages()] == [EMAIL]


@pytest.mark.parametrize("first", ["email", "sms"])
def test_both_addresses_of_one_form_are_one_person(
    sending: Runtime, web: FlaskClient, transports: Transports, sandbox: Sandbox, first: str
) -> None:
    web.post("/en/join", data=BY_TEXT | BY_EMAIL)
    drain(sending, transports, worker="one")
    address = confirm_address(sandbox)
    if first == "sms":
        answer(sending, "YES")
    assert "ends in …42" in web.get(address).text, "the mailbox sees which number came with it"
    web.post(address)
    if first == "email":
        answer(sending, "YES")
    with sending.db.read() as session:
        [contact] = session.scalars(select(Contact))
        assert (contact.email, contact.phone) == (EMAIL, E164)
        assert {one[0] for one in ledger(session)} == {"email", "sms"}


def test_who_agreed_to_it_before_hears_so_and_an_unknown_address_gets_the_same_page(
    sending: Runtime,
    web: FlaskClient,
    transports: Transports,
    sandbox: Sandbox,
) -> None:
    with sending.db.transaction() as session:
        add_contact(session, 1, now=sending.clock.now(), email=EMAIL)
        gone = email_hash(sending.keyring, "gone@example.org")
        suppress(
            session,
            channel="email",
            address_hash=gone,
            reason="bounced",
            now=sending.clock.now(),
        )
        add_contact(
            session,
            2,
            now=sending.clock.now(),
            email="quiet@example.org",
            do_not_contact=True,
            consents=(),
        )
    forms = [
        BY_EMAIL | {"email": to}
        for to in (EMAIL, "gone@example.org", "quiet@example.org", "new@example.org")
    ]
    pages = [web.post("/en/join", data=form).text for form in forms]
    assert len(set(pages)) == 1

    drain(sending, transports, worker="one")
    subjects = {mail["to"]: sandbox.mail(mail["seq"])["subject"] for mail in sandbox.messages()}
    assert set(subjects) == {EMAIL, "new@example.org"}
    assert subjects[EMAIL] != subjects["new@example.org"]
    assert count(sending, Contact) == 2


def test_an_implied_consent_that_is_confirmed_is_renewed_as_express(
    sending: Runtime, web: FlaskClient, transports: Transports, sandbox: Sandbox, now: datetime
) -> None:
    with sending.db.transaction() as session:
        contact = add_contact(session, 1, now=now, email=EMAIL, consents=(), language=None)
        implied = NewConsent(
            contact_id=contact.id,
            channel="email",
            action="granted",
            basis="implied_donation",
            basis_date=(now - timedelta(days=700)).date(),
            evidence="receipt",
            source="import",
            actor="command",
            occurred_at=now,
        )
        record(session, events=[implied], now=now)
    web.post("/en/join", data=BY_EMAIL)
    drain(sending, transports, worker="one")
    web.post(confirm_address(sandbox))
    with sending.db.read() as session:
        [person] = session.scalars(select(Contact))
        assert (person.id, person.given_name, person.language) == (contact.id, "Given1", "en")
        assert ledger(session)[-1] == ("email", "us", "", "renewed", "express")
        assert session.scalars(select(Consent.expires_at)).all() == [None]


def test_topics_are_granted_one_by_one(
    sending: Runtime, web: FlaskClient, transports: Transports, sandbox: Sandbox
) -> None:
    web.post("/en/join", data=BY_EMAIL | {"topic_permanent-status": "yes", "topic_made-up": "yes"})
    drain(sending, transports, worker="one")
    web.post(confirm_address(sandbox))
    with sending.db.read() as session:
        assert ledger(session) == [("email", "us", "permanent-status", "granted", "express")]


def test_a_form_shared_with_a_partner_asks_for_each_apart(
    sending: Runtime, web: FlaskClient, transports: Transports, sandbox: Sandbox, now: datetime
) -> None:
    with sending.db.transaction() as session:
        partner = Partner(
            name_en="Example House",
            name_fr="Maison Exemple",
            name_norm="example house",
            website="https://house.example.org",
            created_at=now,
            updated_at=now,
        )
        session.add(partner)
        session.flush()
    form = f"/en/join/with/{partner.public_id}"
    assert web.get(form).status_code == 404
    with sending.db.transaction() as session:
        session.get_one(Partner, partner.id).shares_form = True
    page = web.get(form)
    for box in ("us_email", "us_sms", "partner_email", "partner_sms"):
        assert f'name="{box}" value="yes">' in page.text, "each asked by itself, and unticked"

    web.post(form, data={**BY_EMAIL, "us_email": "", "partner_email": "yes"})
    drain(sending, transports, worker="one")
    address = confirm_address(sandbox)
    assert "Example House may send me emails" in web.get(address).text
    web.post(address)
    with sending.db.read() as session:
        assert ledger(session) == [("email", partner.public_id, "", "granted", "express")]
        [words] = session.scalars(select(ConsentWording.text))
    assert "Example House" in words
    assert sending.settings.site.organization_en not in words


@pytest.mark.parametrize(
    ("form", "problem"),
    [
        ({"us_email": ""}, "Tick what you agree to"),
        ({"email": "nobody"}, "Write an email address"),
        ({"phone": PHONE}, "You gave a number"),
        ({"us_sms": "yes"}, "mobile number, such as"),
        ({"us_sms": "yes", "phone": "1-800-555-0199"}, "mobile number, such as"),
        ({"us_sms": "yes", "phone": "+1 876 555 0123"}, "mobile number, such as"),
        ({"us_sms": "yes", "phone": "+33 6 12 34 56 78"}, "mobile number, such as"),
        ({"postal_code": "12345"}, "Write a postal code"),
        ({"language": "es"}, "Choose a language"),
        ({"given_name": "x" * 101}, "too long"),
    ],
)
@pytest.mark.parametrize("db", ["sqlite"], indirect=True)
def test_a_form_that_cannot_be_used_says_why_and_keeps_what_was_typed(
    sending: Runtime, web: FlaskClient, form: Mapping[str, str], problem: str
) -> None:
    page = web.post("/en/join", data={**BY_EMAIL, **form})
    assert page.status_code == 422
    assert problem in page.text
    assert "K1A 0A6" in page.text or "postal_code" in form
    assert count(sending, OptIn) == 0


def test_one_address_gets_few_messages_however_often_it_is_typed(
    sending: Runtime, web: FlaskClient, transports: Transports, clock: VirtualClock, now: datetime
) -> None:
    for day in range(8):
        clock.set(now + timedelta(days=day, hours=day))
        for name in ("Aspen", "Birch"):
            web.post("/en/join", data=BY_EMAIL | {"given_name": name})
        drain(sending, transports, worker="one")
    assert count(sending, Message) == sending.settings.sign_ups.per_address


@pytest.mark.parametrize("after", [timedelta(0), timedelta(days=2)], ids=["at once", "later"])
def test_what_another_form_asked_is_not_taken_over(
    sending: Runtime,
    web: FlaskClient,
    transports: Transports,
    sandbox: Sandbox,
    clock: VirtualClock,
    now: datetime,
    after: timedelta,
) -> None:
    web.post("/en/join", data=BY_EMAIL)
    drain(sending, transports, worker="one")
    address = confirm_address(sandbox)
    clock.set(now + after)
    other = {"phone": "613-555-0199", "us_sms": "yes", "topic_permanent-status": "yes"}
    web.post("/fr/join", data=BY_EMAIL | other | {"given_name": "Mallow", "language": "fr"})
    drain(sending, transports, worker="one")
    answer(sending, "YES", sender="+16135550199")

    assert "A number that ends in" not in web.get(address).text
    assert "You are on the list" in web.post(address).text
    with sending.db.read() as session:
        [contact] = session.scalars(select(Contact).where(Contact.email.is_not(None)))
        assert (contact.given_name, contact.language, contact.phone) == ("Aspen", "en", None)
        assert ("email", "us", "", "granted", "express") in ledger(session)
        assert "permanent-status" not in {
            topic for channel, _, topic, *_ in ledger(session) if channel == "email"
        }


@pytest.mark.parametrize("db", ["sqlite"], indirect=True)
def test_networks_and_all_forms_together_are_limited(
    app: Flask, sending: Runtime, web: FlaskClient
) -> None:
    def post(number: int, network: str) -> int:
        return web.post(
            "/en/join",
            data=BY_EMAIL | {"email": f"p{number}@example.org"},
            environ_base={"REMOTE_ADDR": network},
        ).status_code

    most = sending.settings.sign_ups.per_network
    one_network = [post(n, f"2001:db8::{n + 1:x}") for n in range(most + 1)]
    assert one_network == [200] * most + [429]
    assert post(100, "2001:db8:1::1") == 200
    assert web.get("/en/join").status_code == 200

    limits = replace(sending.settings.sign_ups, per_hour=count(sending, OptIn))
    replace(sending, settings=replace(sending.settings, sign_ups=limits)).attach(app)
    assert post(101, "192.0.2.9") == 429


def test_what_nobody_confirms_is_gone_in_time(
    sending: Runtime,
    web: FlaskClient,
    transports: Transports,
    sandbox: Sandbox,
    clock: VirtualClock,
    now: datetime,
) -> None:
    web.post("/en/join", data=BY_TEXT | BY_EMAIL)
    drain(sending, transports, worker="one")
    address = confirm_address(sandbox)
    clock.set(now + timedelta(days=sending.settings.sign_ups.confirm_days))
    lapse_sign_ups(sending)
    with sending.db.read() as session:
        assert set(session.scalars(select(Message.address))) == {None}
        rows = session.scalars(select(OptIn)).all()
        assert {(row.state, row.address, row.answers) for row in rows} == {("lapsed", None, None)}
        assert {(where, state): n for where, state, n in opt_ins.counts(session)} == {
            ("email", "lapsed"): 1,
            ("sms", "lapsed"): 1,
        }
    assert "can no longer be confirmed" in web.get(address).text
    assert web.post(address).status_code == 409
    assert "Nothing waits" in (answer(sending, "YES") or "")
    assert count(sending, Contact) == 0

    clock.set(now + timedelta(days=38))
    let_go(sending)
    assert count(sending, OptIn) == 0


def test_who_blocked_us_from_the_mail_cannot_be_signed_up_by_it_any_more(
    sending: Runtime, web: FlaskClient, transports: Transports, sandbox: Sandbox
) -> None:
    web.post("/en/join", data=BY_EMAIL)
    drain(sending, transports, worker="one")
    with sending.db.read() as session:
        [message] = session.scalars(select(Message.id))
    web.post(f"/hooks/leave/{sending.links.seal(LEAVE, message)}")
    assert web.post(confirm_address(sandbox)).status_code == 409
    assert count(sending, Contact) == 0
    with sending.db.read() as session:
        closings = session.execute(select(Suppression.channel, Suppression.reason)).all()
    assert set(closings) == {("email", "unsubscribed"), ("form", "unsubscribed")}


def test_a_text_asked_for_at_night_waits_for_the_morning_there(
    sending: Runtime,
    web: FlaskClient,
    transports: Transports,
    sandbox: Sandbox,
    clock: VirtualClock,
) -> None:
    # Monday 23:30 in Ottawa; still 20:30 in Vancouver, where the second form's postal code is.
    clock.set(datetime.fromisoformat("2026-11-24T04:30:00Z"))
    web.post("/en/join", data=BY_TEXT)
    web.post("/en/join", data=BY_TEXT | {"phone": "613-555-0143", "postal_code": "V6B 1A1"})
    drain(sending, transports, worker="one")
    assert [text["to"] for text in sandbox.messages("sms")] == ["+16135550143"]
    clock.set(datetime.fromisoformat("2026-11-24T14:00:00Z"))
    drain(sending, transports, worker="one")
    assert {text["to"] for text in sandbox.messages("sms")} == {"+16135550143", E164}


def test_erasing_somebody_takes_what_forms_said_of_them(
    sending: Runtime, web: FlaskClient, now: datetime
) -> None:
    with sending.db.transaction() as session:
        contact_id = add_contact(session, 1, now=now, email=EMAIL, consents=()).id
    web.post("/en/join", data=BY_EMAIL)
    with sending.db.transaction() as session:
        tombstone(session, contact_id=contact_id, actor="supporter", now=now)
    with sending.db.read() as session:
        [row] = session.scalars(select(OptIn))
        assert (row.state, row.address, row.answers) == ("lapsed", None, None)
