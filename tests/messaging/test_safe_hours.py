"""Safe hours: a message waits until it is an hour that the person named, in their own zone."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from mobilize.contacts import merging
from mobilize.contacts.consent_models import OptIn
from mobilize.contacts.erasing import erase
from mobilize.contacts.models import Contact
from mobilize.core.clock import VirtualClock
from mobilize.messaging import leasing, outbox
from mobilize.messaging.gate import gate
from mobilize.messaging.models import Message
from mobilize.messaging.policy import policy_from
from mobilize.messaging.providers.transports import Transports
from mobilize.messaging.sending import drain
from mobilize.runtime import Runtime
from tests.messaging.people import add_contact
from tests.messaging.test_sending import launch
from tests.support.campaigns import load_templates
from tests.support.sandbox import Sandbox

TORONTO = ZoneInfo("America/Toronto")
NIGHT = (time(22), time(6))
DAY = (time(9), time(17))


def waits(runtime: Runtime, at: datetime) -> bool:
    """Whether an email to the one person there is would wait at an instant."""
    rules = gate(
        channel="email",
        kind="alert",
        topic="",
        now=at,
        policy=policy_from(runtime.settings),
        recent=(),
    )
    statement = select(rules.put_off).select_from(Contact)
    with runtime.db.read() as session:
        return session.scalars(statement).one()


@pytest.mark.parametrize(
    ("hours", "local", "expected"),
    [
        (NIGHT, time(21, 59), True),
        (NIGHT, time(22), False),
        (NIGHT, time(0), False),
        (NIGHT, time(5, 59), False),
        (NIGHT, time(6), True),
        (NIGHT, time(12), True),
        (DAY, time(8, 59), True),
        (DAY, time(9), False),
        (DAY, time(17), True),
        (DAY, time(23), True),
        ((None, None), time(3), False),
    ],
)
def test_a_message_waits_for_the_hours_that_a_person_named(
    runtime: Runtime, hours: tuple[time | None, time | None], local: time, expected: bool
) -> None:
    now = runtime.clock.now()
    with runtime.db.transaction() as session:
        add_contact(session, 1, now=now, safe_from=hours[0], safe_until=hours[1])
    day = now.date() + timedelta(days=1)
    assert waits(runtime, datetime.combine(day, local, TORONTO)) is expected


@pytest.mark.parametrize(("local", "expected"), [(time(9), True), (time(12, 30), False)])
def test_without_a_zone_it_must_be_a_safe_hour_wherever_the_person_may_live(
    runtime: Runtime, local: time, expected: bool
) -> None:
    now = runtime.clock.now()
    with runtime.db.transaction() as session:
        contact = add_contact(session, 1, now=now, safe_from=DAY[0], safe_until=DAY[1])
        contact.time_zone = None
    day = now.date() + timedelta(days=1)
    assert waits(runtime, datetime.combine(day, local, TORONTO)) is expected


def test_a_message_goes_in_safe_hours_at_night_though_no_texts_go_then(
    sending: Runtime, transports: Transports, sandbox: Sandbox, clock: VirtualClock
) -> None:
    with sending.db.transaction() as session:
        add_contact(session, 1, now=clock.now(), safe_from=NIGHT[0], safe_until=NIGHT[1])
    launch(sending)
    went = []
    for hour in range(10, 28):
        clock.set(datetime.combine(date(2026, 11, 22), time(0), TORONTO) + timedelta(hours=hour))
        drain(sending, transports, worker="one")
        went.append((hour, len(sandbox.messages())))
    assert (21, 0) in went
    assert (22, 1) in went


SIGN_UP = {"email": "person1@example.org", "language": "en", "us_email": "yes"}


@pytest.fixture
def web(app: Flask, sending: Runtime, now: datetime) -> FlaskClient:
    sending.attach(app)
    with sending.db.transaction() as session:
        load_templates(session, now)
    return app.test_client()


def test_a_sign_up_is_asked_about_in_the_safe_hours_of_whoever_is_on_file_there(
    sending: Runtime,
    web: FlaskClient,
    transports: Transports,
    sandbox: Sandbox,
    clock: VirtualClock,
    now: datetime,
) -> None:
    with sending.db.transaction() as session:
        add_contact(session, 1, now=now, consents=(), safe_from=NIGHT[0], safe_until=NIGHT[1])
    page = web.post("/en/join", data=SIGN_UP)
    assert page.text == web.post("/en/join", data=SIGN_UP | {"email": "new@example.org"}).text
    drain(sending, transports, worker="one")
    assert [mail["to"] for mail in sandbox.messages()] == ["new@example.org"]

    night = datetime.combine(now.date(), NIGHT[0], TORONTO)
    clock.set(night)
    drain(sending, transports, worker="one")
    assert {mail["to"] for mail in sandbox.messages()} == {SIGN_UP["email"], "new@example.org"}
    days = timedelta(days=sending.settings.sign_ups.confirm_days)
    with sending.db.read() as session:
        ends = session.scalars(select(OptIn.expires_at).order_by(OptIn.id)).all()
    assert ends == [night + days, now + days], "the time to answer begins with the sending"


@pytest.mark.parametrize("held", [False, True], ids=["waiting", "held by a worker"])
def test_the_message_of_a_sign_up_that_waits_is_let_go_when_its_person_is_erased(
    sending: Runtime,
    web: FlaskClient,
    transports: Transports,
    sandbox: Sandbox,
    clock: VirtualClock,
    now: datetime,
    held: bool,
) -> None:
    with sending.db.transaction() as session:
        ana = add_contact(session, 1, now=now, consents=(), safe_from=NIGHT[0], safe_until=NIGHT[1])
    web.post("/en/join", data=SIGN_UP)
    if held:
        with sending.db.transaction() as session:
            outbox.group(session, now=now)
            long_ago = now - timedelta(days=3650)
            assert leasing.lease(session, worker="one", now=now, real_now=long_ago, seconds=60)
    else:
        drain(sending, transports, worker="one")
    with sending.db.transaction() as session:
        erase(session, contact=session.get_one(Contact, ana.id), actor="supporter", now=now)
    clock.set(now + timedelta(days=1))
    drain(sending, transports, worker="two")
    assert sandbox.messages() == []
    with sending.db.read() as session:
        [message] = session.scalars(select(Message))
    assert (message.state, message.reason, message.address) == ("skipped", "erased", None)


def test_a_sign_up_at_another_channel_than_the_safe_one_is_not_asked_about(
    sending: Runtime, web: FlaskClient, transports: Transports, sandbox: Sandbox, now: datetime
) -> None:
    with sending.db.transaction() as session:
        kept, merged = (add_contact(session, number, now=now, consents=()) for number in (2, 1))
        merging.merge(session, kept=kept, merged=merged, actor="command", now=now)
    web.post("/en/join", data=SIGN_UP)
    with sending.db.transaction() as session:
        session.get_one(Contact, kept.id).safe_channel = "sms"
    drain(sending, transports, worker="one")
    assert sandbox.messages() == []
    with sending.db.read() as session:
        assert session.scalars(select(Message.reason)).all() == ["safe_channel"]


def test_a_sign_up_whose_time_ran_out_before_its_message_went_is_let_go(
    sending: Runtime,
    web: FlaskClient,
    transports: Transports,
    sandbox: Sandbox,
    clock: VirtualClock,
    now: datetime,
) -> None:
    web.post("/en/join", data=SIGN_UP)
    clock.set(now + timedelta(days=sending.settings.sign_ups.confirm_days))
    drain(sending, transports, worker="one")
    assert sandbox.messages() == []
    with sending.db.read() as session:
        assert session.scalars(select(Message.reason)).all() == ["too_late"]
