"""The yardstick of import: the same file into one bare table, nothing checked, sealed or resolved.

On PostgreSQL `COPY` into a staging table and one upsert; on SQLite one prepared upsert.
"""

import csv
import sqlite3
from pathlib import Path
from typing import Final

import psycopg

from benchmarks.people import HEADER

_BLOCK: Final = 1 << 20
_NAMES: Final = ", ".join(HEADER)
_KEY, *_REST = HEADER
_TAKEN_OVER: Final = ", ".join(f"{name} = excluded.{name}" for name in _REST)
_UPSERT: Final = f"ON CONFLICT ({_KEY}) DO UPDATE SET {_TAKEN_OVER}"
_COLUMNS: Final = ", ".join(f"{name} TEXT NOT NULL" for name in _REST)


def create(connection: sqlite3.Connection | psycopg.Connection) -> None:
    """Make the bare table."""
    key = "INTEGER PRIMARY KEY"
    if isinstance(connection, psycopg.Connection):
        key = "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
    connection.execute(
        f"CREATE TABLE bare_contacts (id {key}, {_KEY} TEXT NOT NULL UNIQUE, {_COLUMNS})"
    )


def bring_in(connection: sqlite3.Connection | psycopg.Connection, path: Path) -> None:
    """Bring the file in, in one transaction."""
    connection.execute("BEGIN")
    if isinstance(connection, psycopg.Connection):
        _copy(connection, path)
    else:
        _execute_many(connection, path)
    connection.execute("COMMIT")


def _copy(connection: psycopg.Connection, path: Path) -> None:
    columns = ", ".join(f"{name} TEXT" for name in HEADER)
    connection.execute(f"CREATE TEMPORARY TABLE staging ({columns}) ON COMMIT DROP")
    with (
        path.open("rb") as file,
        connection.cursor().copy("COPY staging FROM STDIN (FORMAT csv, HEADER)") as copy,
    ):
        while block := file.read(_BLOCK):
            copy.write(block)
    connection.execute(
        f"INSERT INTO bare_contacts ({_NAMES})"  # noqa: S608 - our own names
        f" SELECT DISTINCT ON ({_KEY}) {_NAMES} FROM staging {_UPSERT}"
    )


def _execute_many(connection: sqlite3.Connection, path: Path) -> None:
    marks = ", ".join("?" * len(HEADER))
    with path.open(encoding="utf-8", newline="") as text:
        reader = csv.reader(text)
        next(reader)
        connection.executemany(
            f"INSERT INTO bare_contacts ({_NAMES}) VALUES ({marks}) {_UPSERT}",  # noqa: S608
            reader,
        )
