"""The log seals itself, and a change to it shows."""

from datetime import datetime

from sqlalchemy import delete, text, update

from mobilize.accounts import audit
from mobilize.accounts.audit import Verification
from mobilize.accounts.models import AuditEntry
from mobilize.core.db import Database


def write(db: Database, now: datetime, count: int) -> None:
    with db.transaction() as session:
        for number in range(count):
            audit.record(
                session,
                now=now,
                actor="worker",
                action="alert.launch",
                subject_kind="alert",
                subject_id=f"a{number}",
                facts={"people": number, "share": 0.5},
            )


def seal(db: Database, now: datetime) -> int:
    with db.transaction() as session:
        return audit.seal(session, now)


def verify(db: Database) -> Verification:
    with db.read() as session:
        return audit.verify(session)


def test_what_is_not_sealed_yet_is_named(db: Database, now: datetime) -> None:
    write(db, now, 3)
    assert seal(db, now) == 3
    write(db, now, 2)
    assert verify(db) == Verification(sealed=3, unsealed=2, broken_at=None)


def test_sealing_goes_on_where_it_ended_in_batches(db: Database, now: datetime) -> None:
    write(db, now, 1001)
    assert seal(db, now) == 1001
    assert seal(db, now) == 0
    write(db, now, 1)
    assert seal(db, now) == 1
    assert verify(db) == Verification(sealed=1002, unsealed=0, broken_at=None)


def test_a_changed_entry_breaks_the_chain_at_its_run(db: Database, now: datetime) -> None:
    for _run in range(3):
        write(db, now, 2)
        seal(db, now)
    with db.transaction() as session:
        session.execute(update(AuditEntry).where(AuditEntry.id == 4).values(actor="somebody"))
    assert verify(db) == Verification(sealed=2, unsealed=4, broken_at=3)


def test_a_missing_entry_breaks_it_too(db: Database, now: datetime) -> None:
    write(db, now, 3)
    seal(db, now)
    with db.transaction() as session:
        session.execute(delete(AuditEntry).where(AuditEntry.id == 3))
    assert verify(db).broken_at == 1


def test_a_rewritten_seal_breaks_the_next_one(db: Database, now: datetime) -> None:
    for _run in range(2):
        write(db, now, 1)
        seal(db, now)
    with db.transaction() as session:
        session.execute(text("UPDATE audit_seals SET chain_hash = 'x' WHERE first_entry_id = 1"))
    assert verify(db).broken_at == 1
