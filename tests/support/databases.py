"""Databases for tests: a fresh SQLite file for each, one PostgreSQL database for each process."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from mobilize.core.db import Base, Database
from mobilize.core.keys import Keyring
from mobilize.migrate import upgrade
from mobilize.mps.seat_loading import load_roles, load_seats
from mobilize.mps.service import load_ridings, load_roster

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
    db.close()
    _settle(path)
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


COUNTRY = frozenset(
    {
        "caucus_spells",
        "committee_seats",
        "committees",
        "government_roles",
        "mandates",
        "mps",
        "offices",
        "parliaments",
        "representation_orders",
        "riding_names",
        "ridings",
        "vacancies",
    }
)
"""The tables of ridings and MPs, which few tests change and loading takes a second."""


def load_country(url: str, *, now: datetime) -> None:
    """Load the ridings and the roster into a migrated database."""
    db = Database(url)
    with db.transaction() as session:
        load_ridings(session, now=now)
        load_roster(session, now=now)
        load_seats(session, now=now)
        load_roles(session, now=now)
    db.close()


def with_country(template: Path, path: Path, *, now: datetime) -> Path:
    """A copy of a migrated file with the ridings and MPs, in one piece."""
    shutil.copy(template, path)
    load_country(f"sqlite:///{path}", now=now)
    _settle(path)
    return path


@contextmanager
def emptied_after(url: str, keyring: Keyring, *, country_at: datetime | None) -> Iterator[Database]:
    """A PostgreSQL database, left as it was found.

    With `country_at` the ridings and MPs of that instant stay; where a test changed them, they are
    loaded again.
    """
    db = Database(url, keyring=keyring)
    keep = COUNTRY if country_at else frozenset[str]()
    found = _fingerprint(db, keep)
    yield db
    empty(db, keep)
    if country_at and _fingerprint(db, keep) != found:
        empty(db, frozenset())
        load_country(url, now=country_at)
    db.close()


def _fingerprint(db: Database, tables: frozenset[str]) -> list[object]:
    """A sum over all that tables hold; ten milliseconds for the whole country."""
    with db.engine.connect() as connection:
        return [
            connection.scalar(
                text(f'SELECT sum(hashtextextended(t::text, 0)) FROM "{name}" t')  # noqa: S608
            )
            for name in sorted(tables)
        ]


def empty(db: Database, keep: frozenset[str]) -> None:
    """Truncate what holds rows; a table that nothing was written to costs one look."""
    names = [table.name for table in Base.metadata.sorted_tables if table.name not in keep]
    filled = " UNION ALL ".join(
        f"(SELECT '{name}' FROM \"{name}\" LIMIT 1)"  # noqa: S608 - names of our own tables
        for name in names
    )
    with db.engine.begin() as connection:
        touched = [row[0] for row in connection.execute(text(filled))]
        # A truncated table gets new files, which cost more than deleting a handful of rows. The
        # keys need no watching while everything goes.
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        for name in touched:
            connection.execute(text(f'DELETE FROM "{name}"'))  # noqa: S608 - our own tables
        for sequence in connection.scalars(text(_SEQUENCES), {"names": touched}).all():
            connection.execute(text(f"SELECT setval('{sequence}', 1, false)"))


_SEQUENCES = """
SELECT pg_get_serial_sequence(quote_ident(table_name), column_name)
FROM information_schema.columns
WHERE table_schema = 'public' AND table_name = ANY(:names)
AND pg_get_serial_sequence(quote_ident(table_name), column_name) IS NOT NULL
"""


def _settle(path: Path) -> None:
    """Bring a file's write-ahead log home, so that the file alone is the database."""
    db = Database(f"sqlite:///{path}")
    with db.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    db.close()
