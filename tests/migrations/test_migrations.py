"""The tables come up, go down and come up again, and match what the code says."""

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, select, text

from mobilize.contacts.models import Contact, ContactTag
from mobilize.core.db import Database
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
