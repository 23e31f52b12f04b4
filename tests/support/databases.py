"""Databases for tests: a fresh SQLite file for each, one PostgreSQL database for each process."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from mobilize.core.db import Base, Database
from mobilize.core.keys import Keyring
from mobilize.migrate import upgrade

POSTGRES_URL = os.environ.get(
    "MOBILIZE_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres"
)
IN_CI = os.environ.get("CI", "").lower() == "true"


def postgres_answers() -> bool:
    """Whether the PostgreSQL server for tests can be reached."""
    engine = create_engine(POSTGRES_URL, connect_args={"connect_timeout": 2})
    try:
        with engine.connect():
            return True
    except OperationalError:
        return False
    finally:
        engine.dispose()


def need_postgres(*, answers: bool) -> None:
    """Skip where there is no PostgreSQL; in CI that is a failure, since nothing may skip there."""
    if answers:
        return
    reason = f"no PostgreSQL answers at {make_url(POSTGRES_URL).host}; set MOBILIZE_TEST_POSTGRES"
    if IN_CI:
        pytest.fail(reason)
    pytest.skip(reason)


@contextmanager
def sqlite_copy(template: Path, target: Path, keyring: Keyring) -> Iterator[Database]:
    """A database of its own for one test: a copied file costs a millisecond."""
    shutil.copy(template, target)
    db = Database(f"sqlite:///{target}", keyring=keyring)
    yield db
    db.close()


def make_sqlite_template(path: Path) -> Path:
    """A migrated, empty SQLite file, in one piece."""
    db = Database(f"sqlite:///{path}")
    upgrade(db)
    with db.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    db.close()
    return path


@contextmanager
def postgres_database(name: str) -> Iterator[str]:
    """Create a database on the test server, migrate it, and drop it at the end."""
    server = create_engine(POSTGRES_URL, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        connection.execute(text(f'CREATE DATABASE "{name}"'))
        # Tests ask whether a commit happened, not whether it survives a power cut.
        connection.execute(text(f'ALTER DATABASE "{name}" SET synchronous_commit = off'))
    url = make_url(POSTGRES_URL).set(database=name).render_as_string(hide_password=False)
    db = Database(url)
    upgrade(db)
    db.close()
    yield url
    with server.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
    server.dispose()


def empty_postgres(db: Database) -> None:
    """Leave the tables as the migrations made them; only those that hold rows are touched."""
    names = [table.name for table in Base.metadata.sorted_tables]
    filled = " UNION ALL ".join(
        f"(SELECT '{name}' FROM \"{name}\" LIMIT 1)"  # noqa: S608 - names of our own tables
        for name in names
    )
    with db.engine.begin() as connection:
        touched = [row[0] for row in connection.execute(text(filled))]
        if touched:
            listed = ", ".join(f'"{name}"' for name in touched)
            connection.execute(text(f"TRUNCATE {listed} RESTART IDENTITY CASCADE"))
