"""A test of an alert goes to whoever asked for it, through everything, and leads nowhere."""

import re
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from mobilize.accounts.models import Account, AuditEntry
from mobilize.alerts.models import Alert
from mobilize.alerts.trial import Trial, send_test
from mobilize.contacts.service import suppress
from mobilize.core.clock import VirtualClock
from mobilize.core.errors import Conflict, TooMany
from mobilize.messaging.models import Mailing, Message
from mobilize.messaging.providers.transports import Transports
from mobilize.messaging.sending import drain
from mobilize.messaging.templates import TextDraft, save_template
from mobilize.messaging.to_accounts import own_address_hash
from mobilize.runtime import Runtime
from tests.alerts.world import TODAY, World, make_alert, make_world
from tests.support.sandbox import Sandbox


@pytest.fixture
def world(sending: Runtime, now: datetime) -> World:
    with sending.db.transaction() as session:
        return make_world(session, now)


@pytest.fixture
def alert(sending: Runtime, world: World, now: datetime) -> Alert:
    with sending.db.transaction() as session:
        return make_alert(session, world, now)


def ask(sending: Runtime, world: World, alert: Alert) -> Trial:
    with sending.db.transaction() as session:
        return send_test(
            session,
            alert=alert,
            account_id=world.author,
            settings=sending.settings,
            now=sending.clock.now(),
            today=TODAY,
            actor="command",
        )


def reworded(sending: Runtime, world: World, number: int) -> None:
    """Other English words, as an organizer writes who looks at each change."""
    draft = TextDraft(channel="email", language="en", subject=f"Draft {number}", body="Hello")
    with sending.db.transaction() as session:
        save_template(
            session, name="", template_id=world.template_id, texts=[draft], now=sending.clock.now()
        )


def close_own_address(sending: Runtime, world: World) -> None:
    with sending.db.transaction() as session:
        address = own_address_hash(session, session.get_one(Account, world.author))
        now = sending.clock.now()
        suppress(session, channel="email", address_hash=address, reason="bounced", now=now)


def stood(sending: Runtime) -> list[tuple[str, str | None]]:
    with sending.db.read() as session:
        rows = session.execute(select(Message.state, Message.reason).order_by(Message.id))
        return [(row.state, row.reason) for row in rows]


def test_a_test_comes_in_both_languages_to_whoever_asked_and_nobody_else(
    sending: Runtime, transports: Transports, sandbox: Sandbox, world: World, alert: Alert
) -> None:
    trial = ask(sending, world, alert)
    assert list(trial.going) == [("email", "en"), ("email", "fr")]

    drain(sending, transports, worker="one")

    mails = [sandbox.mail(one["seq"]) for one in sandbox.messages()]
    assert [mail["to"] for mail in mails] == ["organizer@example.org"] * 2
    english, french = sorted(mails, key=lambda mail: mail["subject"], reverse=True)
    assert english["subject"].startswith("[Test] ")
    assert french["subject"].startswith("[Essai] ")
    assert "Alex" in english["text"]
    assert "Ottawa" in french["text"]
    with sending.db.read() as session:
        message = session.scalars(select(Message).limit(1)).one()
        assert (message.account_id, message.contact_id, message.address) == (
            world.author,
            None,
            None,
        )
        assert session.get_one(Mailing, message.mailing_id).kind == "test"


def test_no_link_of_a_test_leaves_the_list_or_acts_for_anybody(
    sending: Runtime, transports: Transports, sandbox: Sandbox, world: World, alert: Alert
) -> None:
    ask(sending, world, alert)
    drain(sending, transports, worker="one")

    own = sending.settings.site.public_url.rstrip("/")
    for one in sandbox.messages():
        mail = sandbox.mail(one["seq"])
        assert not [name for name in mail["headers"] if name.startswith("List-Unsubscribe")]
        ours = [
            link for link in re.findall(r'https?://[^\s"<>)]+', mail["html"] + mail["text"])
            if link.startswith(own)
        ]  # fmt: skip
        assert ours
        assert {link.removeprefix(own) for link in ours} <= {"/en/test", "/fr/test"}


def test_asking_twice_for_the_same_words_sends_them_once(
    sending: Runtime, clock: VirtualClock, now: datetime, world: World, alert: Alert
) -> None:
    ask(sending, world, alert)
    ask(sending, world, alert)
    assert len(stood(sending)) == 2

    clock.set(now + timedelta(minutes=1))
    ask(sending, world, alert)
    reworded(sending, world, 1)
    ask(sending, world, alert)
    assert len(stood(sending)) == 6
    with sending.db.read() as session:
        entries = session.scalars(
            select(AuditEntry).where(AuditEntry.action == "alert.test_send")
        ).all()
        assert [entry.subject_id for entry in entries] == [alert.public_id] * 3
        assert entries[0].facts["messages"] == 2


@pytest.mark.parametrize("most", [1, 3])
def test_an_account_gets_as_many_tests_an_hour_as_the_settings_say(
    sending: Runtime, clock: VirtualClock, now: datetime, world: World, alert: Alert, most: int
) -> None:
    limits = replace(sending.settings.sending, tests_per_hour=most)
    sending = replace(sending, settings=replace(sending.settings, sending=limits))
    for number in range(most):
        reworded(sending, world, number)
        ask(sending, world, alert)
    reworded(sending, world, most)
    with pytest.raises(TooMany, match="as many tests"):
        ask(sending, world, alert)

    clock.set(now + timedelta(hours=1))
    assert ask(sending, world, alert).going


def test_a_closed_address_gets_no_test(
    sending: Runtime, transports: Transports, sandbox: Sandbox, world: World, alert: Alert
) -> None:
    ask(sending, world, alert)
    close_own_address(sending, world)

    drain(sending, transports, worker="one")
    assert stood(sending) == [("skipped", "suppressed")] * 2
    assert sandbox.messages() == []
    with pytest.raises(Conflict, match="closed"):
        ask(sending, world, alert)


def test_the_allow_list_holds_for_tests_too(
    sending: Runtime, transports: Transports, sandbox: Sandbox, world: World, alert: Alert
) -> None:
    ask(sending, world, alert)
    delivery = replace(sending.settings.delivery, mode="allowlist", allowlist=())
    strict = replace(sending, settings=replace(sending.settings, delivery=delivery))
    drain(strict, transports, worker="one")
    assert stood(sending) == [("skipped", "not_allowlisted")] * 2
    with pytest.raises(Conflict, match="allow list"):
        ask(strict, world, alert)

    with sending.db.read() as session:
        own = own_address_hash(session, session.get_one(Account, world.author)).hex()
    listed = replace(delivery, allowlist=(own,))
    open_to_me = replace(sending, settings=replace(sending.settings, delivery=listed))
    reworded(sending, world, 1)
    ask(open_to_me, world, alert)
    drain(open_to_me, transports, worker="one")
    assert [one["to"] for one in sandbox.messages()] == ["organizer@example.org"] * 2


def test_a_suspended_account_gets_no_test(
    sending: Runtime, transports: Transports, sandbox: Sandbox, world: World, alert: Alert
) -> None:
    ask(sending, world, alert)
    with sending.db.transaction() as session:
        session.get_one(Account, world.author).state = "suspended"
    drain(sending, transports, worker="one")
    assert stood(sending) == [("skipped", "account_suspended")] * 2
    assert sandbox.messages() == []


def test_a_test_that_waited_a_day_does_not_go(
    sending: Runtime,
    transports: Transports,
    clock: VirtualClock,
    now: datetime,
    world: World,
    alert: Alert,
) -> None:
    ask(sending, world, alert)
    clock.set(now + timedelta(days=1, minutes=1))
    drain(sending, transports, worker="one")
    assert stood(sending) == [("skipped", "too_late")] * 2


def test_a_text_message_is_not_tested_and_that_is_said(
    sending: Runtime, world: World, now: datetime
) -> None:
    with sending.db.transaction() as session:
        by_text = make_alert(session, world, now, channel="sms")
    with pytest.raises(Conflict, match="no confirmed number"):
        ask(sending, world, by_text)
    assert stood(sending) == []
