"""A copy of a whole database, as a backup has it, and the database brought back to it."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import text

from mobilize.core.db import Base, Database


def take_copy(db: Database, folder: Path) -> Callable[[], None]:
    """Copy all that a database holds; what is returned brings it back to that."""
    return _of_file(db, folder / "copy.db") if db.is_sqlite else _of_server(db)


def _of_file(db: Database, path: Path) -> Callable[[], None]:
    ours = str(db.engine.url.database)

    def pour(source: str, target: str) -> None:
        db.engine.dispose()
        here, there = sqlite3.connect(source), sqlite3.connect(target)
        here.backup(there)
        here.close()
        there.close()

    pour(ours, str(path))
    return lambda: pour(str(path), ours)


def _of_server(db: Database) -> Callable[[], None]:
    names = [table.name for table in Base.metadata.sorted_tables]
    with db.engine.begin() as connection:
        connection.execute(text("DROP SCHEMA IF EXISTS copied CASCADE"))
        connection.execute(text("CREATE SCHEMA copied"))
        for name in names:
            connection.execute(text(f'CREATE TABLE copied."{name}" AS TABLE "{name}"'))

    def bring_back() -> None:
        with db.engine.begin() as connection:
            # As a restored dump, which asks no trigger and no key.
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            for name in names:
                connection.execute(text(f'DELETE FROM "{name}"'))  # noqa: S608 - our own tables
                connection.execute(
                    text(f'INSERT INTO "{name}" SELECT * FROM copied."{name}"')  # noqa: S608
                )
            connection.execute(text("DROP SCHEMA copied CASCADE"))

    return bring_back
