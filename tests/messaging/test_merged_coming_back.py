"""People whose records were merged come back from any address of theirs, and are reached there."""

from datetime import date, datetime, timedelta
from typing import Any, Literal

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from mobilize.contacts import merging
from mobilize.contacts.consent_models import ConsentEvent
from mobilize.contacts.identity_models import Merge
from mobilize.contacts.ledger import NewConsent, record
from mobilize.contacts.models import Contact
from mobilize.contacts.service import suppress, withdraw
from mobilize.core.clock import VirtualClock
from mobilize.messaging.providers.transports import Transports
from mobilize.messaging.sending import drain
from mobilize.runtime import Runtime
from tests.messaging.people import add_contact, consent_of
from tests.messaging.test_opting_in import answer, confirm_address
from tests.messaging.test_sending import launch
from tests.support.campaigns import load_templates
from tests.support.sandbox import Sandbox

HOUR = timedelta(hours=1)
ANA, MARIA = "person1@example.org", "person2@example.org"
JOIN = {"email": MARIA, "language": "en", "us_email": "yes"}
TEXTS = {"phone": "+16135550002", "language": "en", "us_sms": "yes"}
YES = {"us_email": "yes", "us_sms": "yes"}


@pytest.fixture
def web(app: Flask, sending: Runtime, now: datetime) -> FlaskClient:
    sending.attach(app)
    with sending.db.transaction() as session:
        load_templates(session, now)
    return app.test_client()


@pytest.fixture
def ana(sending: Runtime, now: datetime) -> Contact:
    with sending.db.transaction() as session:
        return add_contact(session, 1, now=now - HOUR)


@pytest.fixture
def maria(sending: Runtime, now: datetime) -> Contact:
    """Ana too, as she signed up another time."""
    with sending.db.transaction() as session:
        return add_contact(session, 2, now=now - HOUR)


def number(contact: Contact) -> str:
    assert contact.phone is not None
    return contact.phone


def merge(runtime: Runtime, kept: Contact, merged: Contact, **choices: str) -> int:
    with runtime.db.transaction() as session:
        row = merging.merge(
            session,
            kept=session.get_one(Contact, kept.id),
            merged=session.get_one(Contact, merged.id),
            actor="command",
            now=runtime.clock.now(),
            choices=choices,
        )
        return row.id


def part(runtime: Runtime, merge_id: int) -> None:
    with runtime.db.transaction() as session:
        row = session.get_one(Merge, merge_id)
        merging.undo(session, row=row, actor="command", now=runtime.clock.now())


def agree(session: Session, contact: Contact, channel: str, at: datetime, **more: Any) -> None:
    said = {"basis": "express", **more}
    event = NewConsent(
        contact_id=contact.id,
        channel=channel,
        action="granted",
        source="test",
        evidence="form",
        actor="command",
        occurred_at=at,
        **said,
    )
    record(session, events=[event], now=at)


def addresses(runtime: Runtime, *people: Contact) -> list[tuple[str | None, str | None]]:
    found = [on_file(runtime, one) for one in people]
    return [(one.email, one.phone) for one in found]


def agrees(session: Session, contact: Contact, channel: str) -> bool:
    session.expire_all()
    return consent_of(session, contact, channel).granted


def on_file(runtime: Runtime, contact: Contact) -> Contact:
    with runtime.db.read() as session:
        return session.get_one(Contact, contact.id)


@pytest.mark.parametrize("side", ["kept", "merged"], ids=["ana's number", "maria's number"])
@pytest.mark.parametrize("stops", ["ana", "maria"])
@pytest.mark.parametrize("merged_first", [True, False])
def test_start_reaches_whoever_the_stop_of_that_number_had_stopped(
    sending: Runtime,
    clock: VirtualClock,
    now: datetime,
    ana: Contact,
    maria: Contact,
    side: str,
    stops: str,
    merged_first: bool,
) -> None:
    sender = number({"ana": ana, "maria": maria}[stops])
    if merged_first:
        merge(sending, ana, maria, phone=side)
    clock.set(now + HOUR)
    answer(sending, "STOP", "SM1", sender)
    clock.set(now + 2 * HOUR)
    if not merged_first:
        merge(sending, ana, maria, phone=side)
    with sending.db.read() as session:
        assert not agrees(session, ana, "sms")
    clock.set(now + 3 * HOUR)
    assert "again" in (answer(sending, "START", "SM2", sender) or "")
    with sending.db.read() as session:
        assert agrees(session, ana, "sms")
        assert agrees(session, ana, "email")


def test_start_brings_nothing_back_that_was_left_in_another_way_since(
    sending: Runtime, clock: VirtualClock, now: datetime, ana: Contact, maria: Contact
) -> None:
    merge(sending, ana, maria)
    clock.set(now + HOUR)
    answer(sending, "STOP", "SM1", number(maria))
    clock.set(now + 2 * HOUR)
    with sending.db.transaction() as session:
        withdraw(
            session,
            contact_id=ana.id,
            channel="sms",
            source="leave page",
            actor="supporter",
            now=clock.now(),
        )
    clock.set(now + 3 * HOUR)
    said = answer(sending, "START", "SM2", number(maria)) or ""
    assert "To sign up for them" in said, "it does not promise texts"
    with sending.db.read() as session:
        assert not agrees(session, ana, "sms")


def leave(runtime: Runtime, contact: Contact, *channels: str) -> None:
    with runtime.db.transaction() as session:
        for channel in channels:
            withdraw(
                session,
                contact_id=contact.id,
                channel=channel,
                source="leave page",
                actor="supporter",
                now=runtime.clock.now(),
            )


def test_who_confirms_from_the_mailbox_of_a_merged_record_is_reached_there(
    sending: Runtime,
    web: FlaskClient,
    transports: Transports,
    sandbox: Sandbox,
    clock: VirtualClock,
    now: datetime,
    ana: Contact,
    maria: Contact,
) -> None:
    merge_id = merge(sending, ana, maria)
    clock.set(now + HOUR)
    leave(sending, ana, "email")
    clock.set(now + 2 * HOUR)
    web.post("/en/join", data=JOIN)
    drain(sending, transports, worker="one")
    assert web.post(confirm_address(sandbox, MARIA)).status_code == 200
    assert on_file(sending, ana).email == MARIA
    launch(sending)
    drain(sending, transports, worker="one")
    assert [mail["to"] for mail in sandbox.messages()] == [MARIA, MARIA]

    part(sending, merge_id)
    assert (on_file(sending, ana).email, on_file(sending, maria).email) == (ANA, MARIA)


def test_an_address_that_reaches_the_person_stays_as_it_was_chosen(
    sending: Runtime,
    web: FlaskClient,
    transports: Transports,
    sandbox: Sandbox,
    ana: Contact,
    maria: Contact,
) -> None:
    merge(sending, ana, maria)
    web.post("/en/join", data=JOIN)
    drain(sending, transports, worker="one")
    web.post(confirm_address(sandbox, MARIA))
    assert on_file(sending, ana).email == ANA
    with sending.db.read() as session:
        assert agrees(session, ana, "email")
        assert session.scalars(select(Contact.state).order_by(Contact.id)).all() == [
            "active",
            "merged",
        ]


@pytest.mark.parametrize(
    "said",
    [
        None,
        {"organization": "choir"},
        {"topic": "open-work-permits"},
        {"basis": "implied_inquiry", "basis_date": date(2026, 11, 1)},
    ],
    ids=["nothing", "to a partner", "to a topic", "what ends by itself"],
)
def test_a_yes_opens_no_other_address_that_did_not_say_it_too(
    sending: Runtime,
    web: FlaskClient,
    transports: Transports,
    sandbox: Sandbox,
    now: datetime,
    said: dict[str, Any] | None,
) -> None:
    with sending.db.transaction() as session:
        ana, maria = (add_contact(session, number, now=now, consents=()) for number in (1, 2))
        for channel in ("email", "sms") if said else ():
            agree(session, ana, channel, now - HOUR, **said or {})
    merge_id = merge(sending, ana, maria)
    web.post("/en/join", data=JOIN | TEXTS)
    drain(sending, transports, worker="one")
    web.post(confirm_address(sandbox, MARIA))
    assert "Confirmed" in (answer(sending, "YES", sender=number(maria)) or "")
    launch(sending)
    launch(sending, channel="sms")
    drain(sending, transports, worker="one")
    assert [mail["to"] for mail in sandbox.messages()] == [MARIA, MARIA]
    assert {text["to"] for text in sandbox.messages("sms")} == {number(maria)}
    with sending.db.read() as session:
        events = session.scalars(select(ConsentEvent).order_by(ConsentEvent.id)).all()
        assert [(one.action, one.address_hash) for one in events[-2:]] == [
            ("granted", maria.email_hash),
            ("granted", maria.phone_hash),
        ], "it is new to that address"

    part(sending, merge_id)
    assert addresses(sending, ana, maria) == [(ANA, number(ana)), (MARIA, number(maria))]


@pytest.mark.parametrize("first", ["kept", "merged"])
@pytest.mark.parametrize("second", ["kept", "merged"])
@pytest.mark.parametrize("into", ["a merged one", "the same one"])
def test_who_answers_from_a_record_further_down_is_reached_there(
    sending: Runtime,
    web: FlaskClient,
    transports: Transports,
    sandbox: Sandbox,
    clock: VirtualClock,
    now: datetime,
    first: Literal["kept", "merged"],
    second: Literal["kept", "merged"],
    into: str,
) -> None:
    """Whichever address stood after each of two merges, each of the other two can come back."""
    with sending.db.transaction() as session:
        people = [add_contact(session, one, now=now - HOUR, consents=()) for one in (1, 2, 3)]
    ana, maria, mia = people
    was = addresses(sending, *people)
    if into == "a merged one":
        merges = [merge(sending, maria, mia, email=first, phone=first)]
        merges += [merge(sending, ana, maria, email=second, phone=second)]
    else:
        merges = [merge(sending, ana, mia, email=first, phone=first)]
        merges += [merge(sending, ana, maria, email=second, phone=second)]
    for time in range(1, 4):
        [[on_file, _number]] = addresses(sending, ana)
        others = [one for one in people if one.email != on_file]
        chosen = others[time % 2]
        # So that no cap is reached.
        clock.set(now + timedelta(days=10 * time))
        web.post("/en/join", data=JOIN | {"email": chosen.email, "phone": chosen.phone} | YES)
        drain(sending, transports, worker="one")
        web.post(confirm_address(sandbox, str(chosen.email)))
        answer(sending, "YES", f"SM{time}", number(chosen))
        assert addresses(sending, ana) == [(chosen.email, chosen.phone)]
        sent = len(sandbox.messages()), len(sandbox.messages("sms"))
        launch(sending)
        launch(sending, channel="sms")
        drain(sending, transports, worker="one")
        assert [mail["to"] for mail in sandbox.messages()[sent[0] :]] == [chosen.email]
        assert [one["to"] for one in sandbox.messages("sms")[sent[1] :]] == [chosen.phone]
        leave(sending, ana, "email", "sms")

    for one in reversed(merges):
        part(sending, one)
    assert addresses(sending, *people) == was


def test_who_is_reached_nowhere_is_asked_at_the_address_that_they_typed(
    sending: Runtime,
    web: FlaskClient,
    transports: Transports,
    sandbox: Sandbox,
    ana: Contact,
    maria: Contact,
) -> None:
    merge(sending, ana, maria)
    with sending.db.transaction() as session:
        assert ana.email_hash is not None
        suppress(
            session,
            channel="email",
            address_hash=ana.email_hash,
            reason="bounced",
            now=sending.clock.now(),
        )
    web.post("/en/join", data=JOIN)
    drain(sending, transports, worker="one")
    web.post(confirm_address(sandbox, MARIA))
    assert on_file(sending, ana).email == MARIA


@pytest.mark.parametrize("confirmed", [True, False])
def test_a_yes_confirms_the_number_that_it_came_from_and_no_other(
    sending: Runtime, web: FlaskClient, transports: Transports, now: datetime, confirmed: bool
) -> None:
    with sending.db.transaction() as session:
        said = ("sms",) if confirmed else ()
        ana = add_contact(session, 1, now=now, consents=said, sms_confirmed=confirmed)
        maria = add_contact(session, 2, now=now, consents=(), sms_confirmed=False)
    merge_id = merge(sending, ana, maria)
    web.post("/en/join", data=TEXTS)
    drain(sending, transports, worker="one")
    assert "Confirmed" in (answer(sending, "YES", sender=number(maria)) or "")
    person = on_file(sending, ana)
    assert person.phone == number(ana if confirmed else maria)
    assert person.sms_confirmed_at == now

    part(sending, merge_id)
    for contact, is_confirmed in ((ana, confirmed), (maria, True)):
        one = on_file(sending, contact)
        assert (one.phone, one.sms_confirmed_at is not None) == (number(contact), is_confirmed)
