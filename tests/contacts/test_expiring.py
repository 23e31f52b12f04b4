"""Consents end on their calendar day; the ledger says so after, organizers hear of it before."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from mobilize.contacts.consent import effective
from mobilize.contacts.consent_models import ConsentEvent
from mobilize.contacts.expiring import count_ending, ending
from mobilize.contacts.histories import history_of
from mobilize.contacts.jobs import note_expired
from mobilize.contacts.ledger import NewConsent, record
from mobilize.contacts.models import Contact
from mobilize.contacts.projection import rebuild_projection
from mobilize.contacts.queries import standing_consents
from mobilize.contacts.service import withdraw
from mobilize.core.clock import VirtualClock
from mobilize.core.db import Database
from mobilize.messaging.gate import gate
from mobilize.messaging.policy import policy_from
from mobilize.runtime import Runtime
from tests.messaging.people import add_contact
from tests.support.accounts import bearer, make_account, make_key, sign_in


@pytest.fixture
def clock(runtime: Runtime) -> VirtualClock:
    assert isinstance(runtime.clock, VirtualClock)
    return runtime.clock


def implied(
    session: Session,
    number: int,
    now: datetime,
    *,
    basis: str = "implied_donation",
    day: date = date(2024, 12, 10),
    topic: str = "",
    contact: Contact | None = None,
) -> Contact:
    """Somebody whose consent to email ends two years after a day; their own where none is given."""
    person = contact or add_contact(session, number, now=now, consents=())
    event = NewConsent(
        contact_id=person.id,
        channel="email",
        topic=topic,
        action="granted",
        basis=basis,
        basis_date=day,
        evidence="receipt",
        source="import",
        actor="command",
        occurred_at=datetime.combine(day, datetime.min.time(), UTC),
    )
    record(session, events=[event], now=now)
    return person


def refusal(session: Session, runtime: Runtime, now: datetime) -> str | None:
    """Why an alert by email would not go to the one contact."""
    rules = gate(
        channel="email",
        kind="alert",
        topic="",
        now=now,
        policy=policy_from(runtime.settings),
        recent=(),
    )
    statement = select(rules.refusal).select_from(Contact)
    for consent, condition in rules.joins:
        statement = statement.outerjoin(consent, condition)
    return session.scalar(statement)


def test_the_gate_goes_by_the_date_and_waits_for_no_job(runtime: Runtime, now: datetime) -> None:
    with runtime.db.transaction() as session:
        implied(session, 1, now)
    ends = datetime(2026, 12, 10, tzinfo=UTC)
    with runtime.db.read() as session:
        assert refusal(session, runtime, ends - timedelta(microseconds=1)) is None
        assert refusal(session, runtime, ends) == "consent_expired"


def test_each_end_is_noted_once_as_of_the_day_and_changes_nothing_else(
    runtime: Runtime, clock: VirtualClock, now: datetime
) -> None:
    with runtime.db.transaction() as session:
        people = [implied(session, number, now).id for number in range(1, 8)]
        add_contact(session, 20, now=now)
        withdraw(
            session,
            contact_id=people[0],
            channel="email",
            source="page",
            actor="supporter",
            now=now,
        )
    assert note_expired(runtime) == 0
    clock.set(datetime(2026, 12, 10, 3, tzinfo=UTC))
    assert note_expired(runtime, batch=2) == 6
    assert note_expired(runtime) == 0
    with runtime.db.transaction() as session:
        noted = session.scalars(select(ConsentEvent).where(ConsentEvent.action == "expired")).all()
        assert sorted(one.contact_id for one in noted) == people[1:]
        assert {(one.occurred_at, one.actor, one.basis) for one in noted} == {
            (datetime(2026, 12, 10, tzinfo=UTC), "worker", "implied_donation")
        }
        decided = effective(
            history_of(session, people[1]),
            channel="email",
            organization="us",
            topic="",
            at=clock.now(),
        )
        assert decided.reason == "expired"
        before = [(one.granted, one.event_id) for one in standing_consents(session, people[1])]
        rebuild_projection(session)
        session.expire_all()
        assert [(o.granted, o.event_id) for o in standing_consents(session, people[1])] == before

        # A new gift starts the clock anew, and its end is noted again.
        contact = session.get_one(Contact, people[1])
        implied(session, 0, clock.now(), day=date(2026, 12, 9), contact=contact)
    clock.set(datetime(2029, 1, 1, tzinfo=UTC))
    assert note_expired(runtime) == 1


def test_a_longer_consent_is_not_said_to_have_ended(
    runtime: Runtime, clock: VirtualClock, now: datetime
) -> None:
    with runtime.db.transaction() as session:
        contact = implied(session, 1, now)
        implied(session, 1, now, day=date(2026, 11, 1), contact=contact)
    clock.set(datetime(2026, 12, 11, tzinfo=UTC))
    assert note_expired(runtime) == 0


def test_who_may_still_be_asked_is_listed_page_by_page(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        soon = [implied(session, number, now).id for number in range(1, 4)]
        implied(session, 4, now, day=date(2025, 6, 1))
        implied(session, 5, now, day=date(2024, 11, 1))
        implied(session, 6, now, day=date(2026, 6, 10), basis="implied_inquiry")
        quiet = implied(session, 7, now)
        quiet.do_not_contact = True
        left = implied(session, 8, now)
        withdraw(
            session, contact_id=left.id, channel="email", source="p", actor="supporter", now=now
        )
        stays = add_contact(session, 9, now=now, consents=("email",))
        implied(session, 9, now, topic="services", contact=stays)
        session.flush()
        last = soon[-1] + 3

        first = ending(session, now=now, limit=2)
        rest = ending(session, now=now, limit=2, after=first.after or 0)
        assert [one.contact.id for one in first.items] == soon[:2]
        assert [one.contact.id for one in rest.items] == [soon[2], last]
        assert rest.after is None
        assert {one.basis for one in rest.items} == {"implied_donation", "implied_inquiry"}
        assert rest.items[-1].ends_at == datetime(2026, 12, 10, tzinfo=UTC)
        assert count_ending(session, now=now) == 4
        assert count_ending(session, now=now, within=timedelta(days=200)) == 5


@pytest.mark.parametrize("db", ["sqlite"], indirect=True)
def test_organizers_are_told_in_the_console_and_over_json(
    client: FlaskClient, runtime: Runtime, now: datetime
) -> None:
    with runtime.db.transaction() as session:
        implied(session, 1, now)
    assert (
        sign_in(
            client, make_account(runtime, role="organizer", email="two@example.org")
        ).status_code
        == 303
    )
    overview = client.get("/console/").text
    assert "/console/consents/ending" in overview
    page = client.get("/console/consents/ending").text
    assert "Given1 Family1" in page
    assert "implied by a gift" in page

    key = bearer(make_key(runtime))
    answer = client.get("/api/v1/contacts/consents/ending?days=20", headers=key).get_json()
    [one] = answer["items"]
    assert (one["channel"], one["basis"], one["topic"]) == ("email", "implied_donation", "")
    assert one["ends_at"] == "2026-12-10T00:00:00+00:00"
    assert answer["after"] is None
    sooner = client.get("/api/v1/contacts/consents/ending?days=10", headers=key).get_json()
    assert sooner["items"] == []
    assert client.get("/api/v1/contacts/sign-ups", headers=key).get_json() == []
