"""The ledger and its wordings are only ever added to: the database itself refuses all else."""

from datetime import datetime
from threading import Barrier, Thread

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from mobilize.contacts import joining
from mobilize.contacts.consent_models import ConsentEvent
from mobilize.contacts.erasing import tombstone
from mobilize.contacts.ledger import NewConsent, record
from mobilize.contacts.queries import standing_consents
from mobilize.contacts.wordings import wording_id
from mobilize.core.clock import SystemClock
from mobilize.core.db import Database


def granted(contact_id: int, now: datetime, wording: int | None = None) -> NewConsent:
    return NewConsent(
        contact_id=contact_id,
        channel="email",
        action="granted",
        basis="express",
        evidence="form",
        source="form",
        actor="supporter",
        wording_id=wording,
        occurred_at=now,
    )


@pytest.fixture
def contact_id(db: Database) -> int:
    """Somebody with one consent and its wording on file, written today: the database's own day."""
    now = SystemClock().now()
    with db.transaction() as session:
        found = joining.create(session, email="a@example.org", actor="supporter", now=now).id
        words = wording_id(session, name="form", language="en", text="I agree.", now=now)
        record(session, events=[granted(found, now, words)], now=now)
    return found


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE consent_events SET evidence = 'forged'",
        "UPDATE consent_events SET contact_id = contact_id",
        "DELETE FROM consent_events",
        "UPDATE consent_wordings SET text = 'I agree to anything.'",
        "DELETE FROM consent_wordings",
    ],
)
@pytest.mark.usefixtures("contact_id")
def test_what_is_written_stays_as_it_was_written(db: Database, change: str) -> None:
    with pytest.raises(DatabaseError, match="only ever added to"), db.transaction() as session:
        session.execute(text(change))
    with db.read() as session:
        assert session.scalars(select(ConsentEvent.evidence)).all() == ["form"]


@pytest.mark.usefixtures("contact_id")
def test_it_cannot_be_emptied_at_once_either(db: Database) -> None:
    if db.is_sqlite:
        return  # it knows no TRUNCATE
    with pytest.raises(DatabaseError, match="only ever added to"), db.transaction() as session:
        session.execute(text("TRUNCATE consent_events CASCADE"))


def test_erasing_a_person_needs_no_exception(db: Database, now: datetime, contact_id: int) -> None:
    with db.transaction() as session:
        tombstone(session, contact_id=contact_id, actor="supporter", now=now)
    with db.read() as session:
        actions = session.scalars(select(ConsentEvent.action).order_by(ConsentEvent.id)).all()
    assert actions == ["granted", "withdrawn"]


def test_two_who_write_at_once_both_count(db: Database, now: datetime, contact_id: int) -> None:
    """One topic and the whole list are left side by side, by twenty people."""
    with db.transaction() as session:
        people = [
            joining.create(session, email=f"p{one}@example.org", actor="command", now=now).id
            for one in range(20)
        ]
        record(session, events=[granted(one, now) for one in people], now=now, fresh=True)
    start = Barrier(2)

    def leave(topic: str) -> None:
        for one in people:
            start.wait(timeout=30)
            with db.transaction() as session:
                left = NewConsent(
                    contact_id=one,
                    channel="email",
                    topic=topic,
                    action="withdrawn",
                    source="leave page",
                    actor="supporter",
                    occurred_at=now,
                )
                record(session, events=[left], now=now)

    threads = [Thread(target=leave, args=[topic]) for topic in ("services", "")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with db.read() as session:
        for one in people:
            stands = {(kept.topic, kept.granted) for kept in standing_consents(session, one)}
            assert stands == {("", False), ("services", False)}
