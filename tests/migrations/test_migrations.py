"""The tables come up, go down and come up again, and match what the code says."""

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

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
