"""A code that somebody asked for arrives at once, in a neutral message, or does not go at all."""

from datetime import datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from mobilize.actions.content import read_messages
from mobilize.contacts.models import Contact
from mobilize.contacts.privacy_models import AddressCode
from mobilize.contacts.service import suppress, withdraw
from mobilize.core.clock import VirtualClock
from mobilize.core.i18n import LANGUAGES, Language
from mobilize.messaging.discretion import telling_in_file
from mobilize.messaging.jobs import forget_unproven
from mobilize.messaging.models import Mailing, Message
from mobilize.messaging.policy import Channel
from mobilize.messaging.providers.transports import Transports
from mobilize.messaging.proving import ask_code, read_detail
from mobilize.messaging.sending import drain
from mobilize.runtime import Runtime
from tests.messaging.people import add_contact, consent_of
from tests.support.campaigns import load_templates
from tests.support.sandbox import Sandbox


@pytest.fixture(autouse=True)
def templates(sending: Runtime) -> None:
    with sending.db.transaction() as session:
        load_templates(session, sending.clock.now())


def asked(
    runtime: Runtime, contact: Contact, channel: Channel = "email", language: Language = "en"
) -> str:
    """Ask for a code to change to another address; the digits that the person will read."""
    with runtime.db.transaction() as session:
        row = ask_code(
            session,
            contact=session.get_one(Contact, contact.id),
            purpose="change",
            channel=channel,
            language=language,
            links=runtime.links,
            settings=runtime.settings,
            now=runtime.clock.now(),
            new=read_detail("email", "new@example.org"),
        )
        digits = runtime.links.digits("code", row.public_id, count=8)
    return f"{digits[:4]} {digits[4:]}"


def person(runtime: Runtime, **values: Any) -> Contact:
    with runtime.db.transaction() as session:
        return add_contact(session, 1, now=runtime.clock.now(), **values)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_code_comes_by_email_and_another_to_the_new_address(
    sending: Runtime, transports: Transports, sandbox: Sandbox, language: Language
) -> None:
    contact = person(sending, language=language, discreet=True)
    digits = asked(sending, contact, language=language)
    drain(sending, transports, worker="one")
    mails = {mail["to"]: sandbox.mail(mail["seq"]) for mail in sandbox.messages()}
    assert set(mails) == {"person1@example.org", "new@example.org"}
    mine, new = mails["person1@example.org"], mails["new@example.org"]
    assert digits in mine["text"]
    assert digits in mine["html"]
    assert digits not in new["text"]
    assert "/preferences/" in mine["html"]
    # Nobody has a page of their own at an address that is only being confirmed.
    assert "/preferences/" not in new["html"]
    telling = telling_in_file()
    for mail in (mine, new):
        assert telling.words_in(mail["subject"]) == ()
        assert mail["custom_args"].keys() == {"m"}


def test_a_code_comes_by_text_at_night_and_into_a_pause(
    sending: Runtime, transports: Transports, sandbox: Sandbox
) -> None:
    clock = sending.clock
    assert isinstance(clock, VirtualClock)
    night = clock.advance(timedelta(hours=16))
    assert night.hour == 7
    contact = person(sending, paused_until=night + timedelta(days=3), consents=())
    digits = asked(sending, contact, "sms")
    drain(sending, transports, worker="one")
    [text] = sandbox.messages("sms")
    assert digits in text["body"]
    assert text["segments"] == 1


def test_a_code_that_waited_too_long_does_not_go(
    sending: Runtime, transports: Transports, sandbox: Sandbox
) -> None:
    contact = person(sending)
    asked(sending, contact)
    clock = sending.clock
    assert isinstance(clock, VirtualClock)
    clock.advance(timedelta(minutes=sending.settings.self_service.code_minutes, seconds=1))
    drain(sending, transports, worker="one")
    assert sandbox.messages() == []
    with sending.db.read() as session:
        assert set(session.scalars(select(Message.reason))) == {"too_late"}


def test_what_changed_between_asking_and_sending_is_asked_again(
    sending: Runtime, transports: Transports, sandbox: Sandbox
) -> None:
    contact = person(sending)
    asked(sending, contact)
    with sending.db.transaction() as session:
        one = session.get_one(Contact, contact.id)
        one.safe_from, one.safe_until = time(1), time(2)
    drain(sending, transports, worker="one")
    assert [mail["to"] for mail in sandbox.messages()] == ["new@example.org"]
    with sending.db.read() as session:
        reasons = session.scalars(select(Message.reason).where(Message.contact_id == contact.id))
        assert set(reasons) == {"outside_safe_hours"}


@pytest.mark.parametrize("channel", ["email", "sms"])
def test_whoever_left_every_channel_gets_the_code_for_their_own_page(
    sending: Runtime, transports: Transports, sandbox: Sandbox, channel: Channel, now: datetime
) -> None:
    contact = person(sending)
    with sending.db.transaction() as session:
        for one in ("email", "sms"):
            withdraw(
                session,
                contact_id=contact.id,
                channel=one,
                source="leave page",
                actor="supporter",
                now=now,
            )
    asked(sending, contact, channel)
    drain(sending, transports, worker="one")
    mine = {"email": contact.email, "sms": contact.phone}[channel]
    assert mine in {one["to"] for one in sandbox.messages(channel)}
    with sending.db.read() as session:
        assert not consent_of(session, contact, channel).granted


def test_no_code_goes_to_a_number_that_texted_stop(
    sending: Runtime, transports: Transports, sandbox: Sandbox, now: datetime
) -> None:
    contact = person(sending)
    with sending.db.transaction() as session:
        assert contact.phone_hash is not None
        for reason in ("stop", "unsubscribed"):
            suppress(
                session, channel="sms", address_hash=contact.phone_hash, reason=reason, now=now
            )
    asked(sending, contact, "sms")
    drain(sending, transports, worker="one")
    assert sandbox.messages("sms") == []


@pytest.mark.parametrize("reason", ["bounced", "erased", "complaint"])
def test_no_code_goes_where_something_else_than_their_will_closed_the_address(
    sending: Runtime, transports: Transports, sandbox: Sandbox, reason: str, now: datetime
) -> None:
    contact = person(sending)
    with sending.db.transaction() as session:
        assert contact.email_hash is not None
        suppress(session, channel="email", address_hash=contact.email_hash, reason=reason, now=now)
    asked(sending, contact)
    drain(sending, transports, worker="one")
    assert [mail["to"] for mail in sandbox.messages()] == ["new@example.org"]


def test_an_address_that_nobody_proved_is_not_kept(
    sending: Runtime, transports: Transports, sandbox: Sandbox
) -> None:
    contact = person(sending)
    asked(sending, contact)
    clock = sending.clock
    assert isinstance(clock, VirtualClock)

    def kept() -> tuple[int, int]:
        forget_unproven(sending)
        with sending.db.read() as session:
            codes = session.scalars(select(AddressCode.new_address)).all()
            messages = session.scalars(select(Message.address)).all()
        return (len([one for one in codes if one]), len([one for one in messages if one]))

    drain(sending, transports, worker="one")
    assert kept() == (2, 1)
    clock.advance(timedelta(minutes=sending.settings.self_service.code_minutes))
    assert kept() == (0, 1)
    clock.advance(timedelta(days=1))
    assert kept() == (0, 0)


def test_a_mailing_of_codes_is_never_done(
    sending: Runtime, transports: Transports, sandbox: Sandbox
) -> None:
    contact = person(sending)
    for _ in range(2):
        asked(sending, contact)
        drain(sending, transports, worker="one")
    with sending.db.read() as session:
        states = session.scalars(select(Mailing.state).where(Mailing.kind == "code"))
        assert set(states) == {"sending"}
    assert len(sandbox.messages()) == 4


def test_the_messages_for_codes_exist_in_both_languages_and_on_both_channels() -> None:
    ours = {"address-code", "new-address-code", "address-changed"}
    found = {
        (message.key, text.channel, text.language)
        for message in read_messages()
        for text in message.texts
        if message.key in ours
    }
    assert len(found) == len(ours) * 2 * len(LANGUAGES)
