"""Did she get it? Everything that is known of one message, in order."""

from datetime import datetime, timedelta
from typing import Final

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from mobilize.contacts.models import Contact
from mobilize.contacts.service import withdraw
from mobilize.core.clock import SystemClock, VirtualClock
from mobilize.core.errors import NotFound
from mobilize.messaging.events import Event, apply
from mobilize.messaging.history import History, history_of, ref_of
from mobilize.messaging.models import Message
from mobilize.messaging.providers.transports import Transports
from mobilize.messaging.sending import drain
from mobilize.messaging.service import pause_mailing
from mobilize.runtime import Runtime
from tests.messaging.people import add_contact
from tests.messaging.test_sending import launch
from tests.support.accounts import bearer, make_account, make_key, sign_in
from tests.support.sandbox import Sandbox

ONE_DATABASE: Final = pytest.mark.parametrize("db", ["sqlite"], indirect=True)


@pytest.fixture
def ana(sending: Runtime) -> str:
    """Her public id; others are written to as well."""
    with sending.db.transaction() as session:
        people = [add_contact(session, number, now=sending.clock.now()) for number in (1, 2, 3)]
        return people[-1].public_id


def message_of(runtime: Runtime, person: str) -> tuple[int, str]:
    """The last message to somebody: our row, and what it is called in addresses."""
    with runtime.db.read() as session:
        found = session.scalars(
            select(Message.id)
            .join(Contact, Contact.id == Message.contact_id)
            .where(Contact.public_id == person)
            .order_by(Message.id.desc())
        ).first()
        assert found is not None
        return found, ref_of(session, found)


def leave(session: Session, person: Contact, now: datetime) -> None:
    withdraw(
        session,
        contact_id=person.id,
        channel="email",
        source="link",
        actor="supporter",
        now=now,
    )


def history(runtime: Runtime, person: str, ref: str | None = None) -> History:
    with runtime.db.read() as session:
        return history_of(
            session,
            contact=session.scalars(select(Contact).where(Contact.public_id == person)).one(),
            ref=ref or message_of(runtime, person)[1],
            now=runtime.clock.now(),
            real_now=SystemClock().now(),
        )


def hear(runtime: Runtime, message_id: int, kind: str, state: str) -> None:
    """The provider tells something of a message."""
    now = runtime.clock.now()
    told = Event(
        provider="sendgrid",
        key=f"{kind}:{message_id}",
        message_id=message_id,
        kind=kind,
        state="deferred" if state == "deferred" else "delivered",
        suppress=None,
        occurred_at=now,
        facts={"response": "450 try later"} if state == "deferred" else {},
    )
    with runtime.db.transaction() as session:
        apply(session, [told], now=now)


def test_every_call_every_word_and_what_she_said_since(
    sending: Runtime, transports: Transports, sandbox: Sandbox, clock: VirtualClock, ana: str
) -> None:
    begun = clock.now()
    launch(sending)
    sandbox.faults("sendgrid", "429", count=1, retry_after=0)
    drain(sending, transports, worker="one")
    message_id, _ = message_of(sending, ana)
    clock.set(begun + timedelta(minutes=1))
    hear(sending, message_id, "deferred", "deferred")
    clock.set(begun + timedelta(minutes=2))
    hear(sending, message_id, "delivered", "delivered")
    clock.set(begun + timedelta(minutes=3))
    with sending.db.transaction() as session:
        person = session.scalars(select(Contact).where(Contact.public_id == ana)).one()
        leave(session, person, clock.now())

    seen = history(sending, ana)

    assert (seen.state, seen.holds) == ("delivered", ())
    minutes = [(entry.at - begun) // timedelta(minutes=1) for entry in seen.entries]
    assert minutes == [0, 0, 0, 1, 2, 3]
    told = [
        (entry.kind, entry.facts.get("state") or entry.facts.get("event")) for entry in seen.entries
    ]
    assert told == [
        ("sending.queued", None),
        ("sending.attempt", "not_sent"),
        ("sending.attempt", "accepted"),
        ("sending.event", "deferred"),
        ("sending.event", "delivered"),
        ("consent.withdrawn", None),
    ]
    assert seen.entries[1].facts["address"] == "present"
    assert seen.entries[3].facts["response"] == "450 try later"


def test_who_was_refused_at_the_gate_is_told_why(
    sending: Runtime, transports: Transports, ana: str
) -> None:
    launch(sending)
    now = sending.clock.now()
    with sending.db.transaction() as session:
        person = session.scalars(select(Contact).where(Contact.public_id == ana)).one()
        leave(session, person, now)
    drain(sending, transports, worker="one")

    seen = history(sending, ana)

    assert seen.state == "skipped"
    ended = next(entry for entry in seen.entries if entry.kind == "sending.ended")
    assert ended.facts == {"state": "skipped", "reason": seen.reason}
    assert seen.reason is not None
    assert "sending.attempt" not in {entry.kind for entry in seen.entries}


def test_why_it_waits_is_told(sending: Runtime, ana: str) -> None:
    mailing_id = launch(sending)
    assert history(sending, ana).holds == []

    with sending.db.transaction() as session:
        pause_mailing(session, mailing_id=mailing_id, reason="A wrong date")

    [hold] = history(sending, ana).holds
    assert (hold.kind, hold.reason) == ("mailing", "A wrong date")


@ONE_DATABASE
def test_a_message_is_found_on_the_timeline_and_with_its_person_alone(
    sending: Runtime, transports: Transports, client: FlaskClient, ana: str
) -> None:
    launch(sending)
    drain(sending, transports, worker="one")
    key = bearer(make_key(sending, role="organizer"))
    place = f"/api/v1/contacts/{ana}"

    line = client.get(f"{place}/timeline", headers=key).get_json()["items"]
    [ref] = [entry["facts"]["message"] for entry in line if entry["kind"] == "message"]
    answer = client.get(f"{place}/messages/{ref}", headers=key).get_json()

    assert (answer["id"], answer["state"]) == (ref, "accepted")
    assert [entry["kind"] for entry in answer["entries"]] == ["sending.queued", "sending.attempt"]
    with sending.db.read() as session:
        other = session.scalars(select(Contact.public_id).where(Contact.public_id != ana)).first()
    assert other is not None
    with pytest.raises(NotFound):
        history(sending, other, ref)
    assert client.get(f"{place}/messages/{ref[::-1]}", headers=key).status_code == 404


@ONE_DATABASE
@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Handed to SendGrid", "it was taken", "SendGrid says: it was delivered"]),
        ("fr", ["Remis à SendGrid", "accepté", "SendGrid dit\N{NO-BREAK SPACE}: il a été livré"]),
    ],
)
def test_the_page_says_it_in_words(
    sending: Runtime,
    transports: Transports,
    app: Flask,
    ana: str,
    language: str,
    words: list[str],
) -> None:
    launch(sending)
    drain(sending, transports, worker="one")
    message_id, ref = message_of(sending, ana)
    hear(sending, message_id, "delivered", "delivered")
    client = app.test_client()
    somebody = make_account(sending, role="organizer", email="o@example.org", language=language)
    assert sign_in(client, somebody).status_code == 303

    person = client.get(f"/console/people/{ana}").get_data(as_text=True)
    assert f"/console/people/{ana}/messages/{ref}" in person
    page = client.get(f"/console/people/{ana}/messages/{ref}").get_data(as_text=True)

    assert [word for word in words if word not in page] == []
    assert "person3@example.org" not in page
