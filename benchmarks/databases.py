"""Databases to measure on: one is filled once, and each run gets a fresh copy of it."""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Final, LiteralString

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

Fill = Callable[[str], None]
"""Puts what all runs start from into the database at a URL."""
Copies = Callable[[], AbstractContextManager[str]]
"""Makes a fresh copy, and hands out its URL while it stands."""

_SERVER: Final = os.environ.get(
    "MOBILIZE_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres"
)
_ANSWER_SECONDS: Final = 3


@dataclass(frozen=True)
class Kind:
    """A kind of database.

    Attributes:
        name: As people call it.
        filled: From a folder and what fills it to a maker of copies.
    """

    name: str
    filled: Callable[[Path, Fill], AbstractContextManager[Copies]]


@contextmanager
def _sqlite(folder: Path, fill: Fill) -> Iterator[Copies]:
    original = folder / "original.db"
    fill(f"sqlite:///{original}")
    with closing(sqlite3.connect(original)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    @contextmanager
    def copy() -> Iterator[str]:
        path = folder / "copy.db"
        shutil.copy(original, path)
        yield f"sqlite:///{path}"
        for left in folder.glob("copy.db*"):
            left.unlink()

    yield copy


@contextmanager
def _postgresql(_folder: Path, fill: Fill) -> Iterator[Copies]:
    numbers = count()
    with _database(f"mobilize_bench_{os.getpid()}") as (original, url):
        fill(url)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("ANALYZE")

        @contextmanager
        def copy() -> Iterator[str]:
            with _database(f"{original}_{next(numbers)}", template=original) as (_, copied):
                yield copied

        yield copy


@contextmanager
def _database(name: str, *, template: str = "template1") -> Iterator[tuple[str, str]]:
    """A throw-away database: its name and its URL."""
    _order("CREATE DATABASE {} TEMPLATE {}", name, template)
    # The copy's pages go to disk now, and not in the middle of what is measured.
    _order("CHECKPOINT")
    try:
        yield name, make_url(_SERVER).set(database=name).render_as_string(hide_password=False)
    finally:
        _order("DROP DATABASE {} WITH (FORCE)", name)


def _order(order: LiteralString, *names: str) -> None:
    with psycopg.connect(_SERVER, autocommit=True) as server:
        server.execute(sql.SQL(order).format(*map(sql.Identifier, names)))


SQLITE: Final = Kind("SQLite", _sqlite)
POSTGRESQL: Final = Kind("PostgreSQL", _postgresql)


def postgresql_answers() -> bool:
    """Whether there is a PostgreSQL server to measure on."""
    try:
        psycopg.connect(_SERVER, connect_timeout=_ANSWER_SECONDS).close()
    except psycopg.OperationalError:
        return False
    return True


def connect(url: str) -> sqlite3.Connection | psycopg.Connection:
    """A bare connection for a yardstick; it begins and commits only where told to."""
    if url.startswith("sqlite:///"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        # As the program itself opens its database, but that it waits for the disk at each commit.
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA cache_size=-65536")
        return connection
    return psycopg.connect(url, autocommit=True)
