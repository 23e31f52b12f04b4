"""Sealing anew: every sealed column, nobody's change lost, nobody kept waiting."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

import pytest
from sqlalchemy import LargeBinary, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from typing_extensions import override

from mobilize.accounts.models import Account
from mobilize.contacts.models import Contact, ImportChange, ImportRun
from mobilize.core.columns import EncryptedText
from mobilize.core.db import Database
from mobilize.core.errors import SetupError
from mobilize.core.keys import Keyring
from mobilize.core.resealing import count_by_key, hold_unused, reseal, sealed_tables
from mobilize.mps.models import Mp, Stance
from mobilize.mps.stances import record_stance
from mobilize.tables import METADATA
from tests.support.campaigns import adopted_demand

PEOPLE: Final = 25


def ring(sealing: int) -> Keyring:
    return Keyring(
        data_keys={1: b"d" * 32, 2: b"e" * 32},
        index_key=b"i" * 32,
        link_key=b"l" * 32,
        sealing=sealing,
    )


@contextmanager
def opened_with(db: Database, sealing: int) -> Iterator[Database]:
    """The same database, for a process that has other keys."""
    url = db.engine.url.render_as_string(hide_password=False)
    other = Database(url, keyring=ring(sealing))
    try:
        yield other
    finally:
        other.close()


@pytest.fixture
def filled(bare_db: Database, now: datetime) -> Database:
    """People, and what an import kept of them, under key 1; some have no phone."""
    with bare_db.transaction() as session:
        run = ImportRun(
            kind="supporters", file_name="a.csv", file_hash="", actor="command", started_at=now
        )
        people = [
            Contact(
                given_name=f"Person {number}",
                email=f"person{number}@example.org",
                phone=f"+1613555010{number % 10}" if number % 3 else None,
                created_at=now,
                updated_at=now,
            )
            for number in range(PEOPLE)
        ]
        session.add_all([run, *people])
        session.flush()
        session.add_all(
            ImportChange(import_id=run.id, contact_id=one.id, before=f"before {one.id}")
            for one in people
        )
    return bare_db


def content(db: Database) -> list[tuple[object, ...]]:
    with db.read() as session:
        rows = session.execute(
            select(Contact.id, Contact.email, Contact.phone, ImportChange.before)
            .join(ImportChange, ImportChange.contact_id == Contact.id)
            .order_by(Contact.id)
        )
        return [tuple(row) for row in rows]


def under(session: Session) -> dict[str, dict[int, int]]:
    return {name: dict(keys) for name, keys in count_by_key(session, METADATA).items() if keys}


def test_every_sealed_column_of_the_house_is_found_and_no_other_bytes_are() -> None:
    found = {(one.name, name) for one in sealed_tables(METADATA) for name in one.contexts}

    assert {("contacts", "email"), ("accounts", "totp_secret"), ("messages", "address")} <= found
    plain = {
        (table.name, column.name)
        for table in METADATA.tables.values()
        for column in table.columns
        if isinstance(column.type, LargeBinary) and not isinstance(column.type, EncryptedText)
    }
    # Hashes, digests; the packed claims of requests, which hold ids and hashes alone; sets of
    # people, which say no more than who is in them; and the marks of care, which are keyed hashes
    # under a name that tells nobody of what.
    assert {name for _, name in plain if not name.endswith("_hash")} == {"claim", "bits", "mark"}


def test_all_of_it_stands_under_the_new_key_and_says_what_it_said(filled: Database) -> None:
    said = content(filled)
    with opened_with(filled, 2) as db:
        done = reseal(db, ring(2), METADATA, batch=4)

        with db.read() as session:
            counts = under(session)
        assert content(db) == said
    phones = sum(phone is not None for _, _, phone, _ in said)
    assert done == 2 * PEOPLE + phones
    assert counts == {
        "contacts.email": {2: PEOPLE},
        "contacts.phone": {2: phones},
        "import_changes.before": {2: PEOPLE},
    }
    assert content_is_shut_to_key_one_alone(filled)


def content_is_shut_to_key_one_alone(db: Database) -> bool:
    with pytest.raises(SetupError, match="data key 2"):
        content(db)
    return True


def test_what_is_done_is_not_done_again(filled: Database) -> None:
    with opened_with(filled, 2) as db:
        reseal(db, ring(2), METADATA)

        assert reseal(db, ring(2), METADATA) == 0


def test_what_somebody_changes_between_reading_and_writing_stays_theirs(filled: Database) -> None:
    """Between two batches another process, which still seals with the old key, writes."""
    with opened_with(filled, 1) as elsewhere, opened_with(filled, 2) as db:
        changed = iter(range(1, PEOPLE + 1))

        class Meddling(Keyring):
            """Right after a value was opened, somebody gives that person another address."""

            @override
            def seal(self, text: str, *, context: str) -> bytes:
                number = next(changed, None) if context == "contacts.email" else None
                if number is not None:
                    with elsewhere.transaction() as session:
                        session.execute(
                            update(Contact)
                            .where(Contact.email_hash.is_(None), Contact.id == number)
                            .values(email=f"changed{number}@example.org")
                        )
                return super().seal(text, context=context)

        meddled = Meddling(
            data_keys={1: b"d" * 32, 2: b"e" * 32},
            index_key=b"i" * 32,
            link_key=b"l" * 32,
            sealing=2,
        )
        reseal(db, meddled, METADATA, batch=7)

        with db.read() as session:
            addresses = session.scalars(select(Contact.email).order_by(Contact.id)).all()
            counts = under(session)
        assert addresses == [f"changed{number}@example.org" for number in range(1, PEOPLE + 1)]
        assert counts["contacts.email"] == {2: PEOPLE}


def test_a_row_that_somebody_holds_is_left_for_later(filled: Database) -> None:
    if filled.is_sqlite:
        return  # it has one writer at a time, and the next one waits
    with opened_with(filled, 2) as db, opened_with(filled, 2) as elsewhere:
        with elsewhere.transaction() as session:
            session.execute(text("SELECT 1 FROM contacts WHERE id = 3 FOR UPDATE"))
            reseal(db, ring(2), METADATA)
        with db.read() as session:
            assert under(session)["contacts.email"] == {1: 1, 2: PEOPLE - 1}

        assert reseal(db, ring(2), METADATA) == 2


def test_a_key_with_something_under_it_is_not_let_go(filled: Database, now: datetime) -> None:
    with opened_with(filled, 2) as db:
        reseal(db, ring(2), METADATA)
        with db.transaction() as session:
            hold_unused(session, METADATA, 1)
        with opened_with(filled, 1) as stale, stale.transaction() as session:
            session.add(
                Account(
                    name="Late",
                    email="late@example.org",
                    email_hash=b"l" * 32,
                    role="viewer",
                    language="en",
                    password_hash="",
                    created_at=now,
                )
            )
        with db.transaction() as session, pytest.raises(SetupError, match=r"accounts.email \(1\)"):
            hold_unused(session, METADATA, 1)


def test_no_guard_of_a_table_stands_in_the_way_of_another_key(bare_db: Database) -> None:
    """Tables that are only ever added to must let their sealed columns be sealed anew."""
    with bare_db.transaction() as session:
        for one in sealed_tables(METADATA):
            for name in one.contexts:
                # On PostgreSQL guards of a statement speak up even where it means no row.
                session.execute(text(f"UPDATE {one.name} SET {name} = {name} WHERE 1 = 0"))  # noqa: S608


def test_what_proves_an_observation_is_sealed_anew_and_never_reworded(
    db: Database, now: datetime
) -> None:
    with db.transaction() as session:
        stance = record_stance(
            session,
            mp=session.scalars(select(Mp).order_by(Mp.id).limit(1)).one(),
            version=adopted_demand(session, now, "one"),
            stance="leaning",
            observed_on=now.date(),
            evidence="Speech in the House",
            actor="command",
            now=now,
            today=now.date(),
        )
    with opened_with(db, 2) as rotated:
        assert reseal(rotated, ring(2), METADATA) == 1

        with rotated.read() as session:
            assert session.get_one(Stance, stance.id).evidence == "Speech in the House"
        for change in ({"evidence": "Another speech"}, {"stance": "opposed"}):
            with pytest.raises(DBAPIError), rotated.transaction() as session:
                session.execute(update(Stance).values(**change))
