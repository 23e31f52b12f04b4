"""The tables come up, go down and come up again, and match what the code says."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import insert, inspect, select, text

from mobilize.contacts.consent_models import ConsentEvent, Suppression
from mobilize.contacts.models import Contact, ContactTag
from mobilize.core.db import Database
from mobilize.messaging.models import InboundText
from mobilize.migrate import alembic_config, downgrade, pending, upgrade
from mobilize.tables import METADATA


def test_tables_come_up_go_down_and_come_up_again(db: Database) -> None:
    downgrade(db, "base")
    assert set(inspect(db.engine).get_table_names()) <= {"alembic_version"}

    upgrade(db)

    assert set(METADATA.tables) <= set(inspect(db.engine).get_table_names())
    assert pending(db) == []


def test_upgrading_again_changes_nothing(db: Database) -> None:
    upgrade(db)
    assert pending(db) == []


def test_there_is_one_head(db: Database) -> None:
    with db.engine.connect() as connection:
        assert len(ScriptDirectory.from_config(alembic_config(connection)).get_heads()) == 1


def test_migrations_and_models_agree(db: Database) -> None:
    if db.is_sqlite:
        # Autogenerate passes over expression and partial indexes on SQLite.
        return
    with db.engine.begin() as connection:
        command.check(alembic_config(connection))


def test_people_on_file_stay_where_tables_are_made_anew(db: Database) -> None:
    downgrade(db, "0001_first")
    day = "2026-11-22 15:00:00+00:00" if not db.is_sqlite else "2026-11-22 15:00:00.000000"
    with db.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO contacts (id, public_id, kind, state, given_name, family_name, source,"
                " discreet, created_at, updated_at) VALUES (7, 'abcdefghijklmnop', 'supporter',"
                " 'active', 'Aspen', 'Brook', '', false, :day, :day)"
            ),
            {"day": day},
        )
        connection.execute(text("INSERT INTO tags (id, name) VALUES (3, 'choir')"))
        connection.execute(text("INSERT INTO contact_tags (contact_id, tag_id) VALUES (7, 3)"))

    upgrade(db)

    with db.read() as session:
        contact = session.scalars(select(Contact)).one()
        assert (contact.given_name, contact.do_not_contact) == ("Aspen", False)
        assert session.scalar(select(ContactTag.contact_id)) == 7
    with db.engine.connect() as connection:
        if db.is_sqlite:
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


HOUR = timedelta(hours=1)
BEFORE_THE_CARRIER = "0017_undo_previews"


def number(name: str) -> bytes:
    """The keyed hash of a number."""
    return name.encode().ljust(32)


def closed(
    db: Database, name: str, reason: str, at: datetime, *, lifted_at: datetime | None = None
) -> None:
    row = Suppression(
        channel="sms", address_hash=number(name), reason=reason, since=at, lifted_at=lifted_at
    )
    with db.transaction() as session:
        session.add(row)


def texted(db: Database, name: str, keyword: str, at: datetime) -> None:
    # By the columns alone that were there before the change.
    text_of_theirs = insert(InboundText).values(
        provider_ref=f"{name} {at}",
        sender="+16135550142",
        sender_hash=number(name),
        body=keyword,
        keyword=keyword,
        received_at=at,
    )
    with db.transaction() as session:
        session.execute(text_of_theirs)


def noted(
    db: Database, name: str, at: datetime, *, action: str = "withdrawn", source: str, id_: int
) -> None:
    event = ConsentEvent(
        id=id_,
        contact_id=id_,
        channel="sms",
        action=action,
        source=source,
        actor="supporter",
        address_hash=number(name),
        occurred_at=at,
        recorded_at=at,
    )
    with db.transaction() as session:
        session.add(event)


def suppressions(db: Database, channel: str) -> Mapping[str, tuple[str, datetime, bool]]:
    """By number: why it is closed, since when, and whether it still is."""
    with db.read() as session:
        rows = session.scalars(select(Suppression).where(Suppression.channel == channel)).all()
    return {
        one.address_hash.decode().strip(): (one.reason, one.since, one.lifted_at is None)
        for one in rows
    }


def test_a_number_that_had_left_before_it_texted_stop_is_the_carriers(
    db: Database, now: datetime
) -> None:
    downgrade(db, BEFORE_THE_CARRIER)
    for name in ("texted", "noted", "refused", "started", "left", "bounced", "again"):
        closed(db, name, "unsubscribed", now)
    closed(db, "opened", "unsubscribed", now, lifted_at=now + 2 * HOUR)
    closed(db, "stopped", "stop", now)
    closed(db, "lifted", "stop", now, lifted_at=now + HOUR)
    for name in ("texted", "started", "opened", "stopped", "lifted", "again"):
        texted(db, name, "stop", now + HOUR)
    for name in ("started", "lifted", "again"):
        texted(db, name, "start", now + 2 * HOUR)
    texted(db, "again", "stop", now + 3 * HOUR)
    texted(db, "left", "help", now)
    noted(db, "noted", now + HOUR, source="text message", id_=1)
    noted(db, "refused", now + HOUR, source="provider", id_=2)
    noted(db, "left", now, source="preferences", id_=3)
    noted(db, "bounced", now, action="bounced", source="provider", id_=4)

    upgrade(db)

    assert suppressions(db, "stop") == {
        "texted": ("stop", now + HOUR, True),
        "noted": ("stop", now + HOUR, True),
        "refused": ("stop", now + HOUR, True),
        "opened": ("stop", now + HOUR, True),
        "again": ("stop", now + 3 * HOUR, True),
        "stopped": ("stop", now, True),
        "lifted": ("stop", now, False),
    }


def test_whom_a_text_stopped_is_known_by_who_they_are_where_the_ledger_has_no_number(
    db: Database, now: datetime
) -> None:
    downgrade(db, BEFORE_THE_CARRIER)
    closed(db, "texted", "unsubscribed", now)
    with db.transaction() as session:
        one = Contact(phone_hash=number("texted"), created_at=now, updated_at=now)
        session.add(one)
        session.flush()
        session.add(
            ConsentEvent(
                contact_id=one.id,
                channel="sms",
                action="withdrawn",
                source="text message",
                actor="supporter",
                occurred_at=now,
                recorded_at=now,
            )
        )

    upgrade(db)

    assert suppressions(db, "stop") == {"texted": ("stop", now, True)}


@pytest.mark.parametrize(
    ("reason", "is_lifted", "then"),
    [
        ("unsubscribed", False, "stop"),
        ("replaced", False, "stop"),
        ("unsubscribed", True, "stop"),
        ("stop", False, "stop"),
        ("complaint", False, "complaint"),
        ("erased", False, "erased"),
    ],
)
def test_a_stop_outlives_the_way_back(
    db: Database, now: datetime, reason: str, is_lifted: bool, then: str
) -> None:
    closed(db, "number", reason, now, lifted_at=now + HOUR if is_lifted else None)
    closed(db, "left", "unsubscribed", now)
    closed(db, "started", "unsubscribed", now)
    with db.transaction() as session:
        for name, lifted_at in {"number": None, "started": now}.items():
            session.add(
                Suppression(
                    channel="stop",
                    address_hash=number(name),
                    reason="stop",
                    since=now,
                    lifted_at=lifted_at,
                )
            )

    downgrade(db, BEFORE_THE_CARRIER)

    assert suppressions(db, "stop") == {}
    assert suppressions(db, "sms") == {
        "number": (then, now, True),
        "left": ("unsubscribed", now, True),
        "started": ("unsubscribed", now, True),
    }
    upgrade(db)
