"""Waiting for SQLite's one writer."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from mobilize.core.taking_turns import begin_in_turn


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "some.db"
    with closing(opened(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE counted (number)")
        connection.execute("INSERT INTO counted VALUES (0)")
    return path


@pytest.fixture
def holder(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(opened(path)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield connection


def opened(path: Path, *, patience: float = 5.0) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=patience, isolation_level=None, check_same_thread=False)


def test_writers_take_turns_and_nothing_that_one_wrote_is_lost(path: Path) -> None:
    def count() -> None:
        with closing(opened(path)) as connection:
            for _ in range(200):
                while not begin_in_turn(connection):
                    pass
                (number,) = connection.execute("SELECT number FROM counted").fetchone()
                connection.execute("UPDATE counted SET number = ?", (number + 1,))
                connection.execute("COMMIT")

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with closing(opened(path)) as connection:
        assert connection.execute("SELECT number FROM counted").fetchone() == (800,)


def test_who_waits_begins_as_soon_as_the_other_ends(path: Path, holder: sqlite3.Connection) -> None:
    threading.Timer(0.05, lambda: holder.execute("COMMIT")).start()

    with closing(opened(path)) as connection:
        assert begin_in_turn(connection)
        assert connection.in_transaction


@pytest.mark.usefixtures("holder")
def test_of_who_holds_it_for_long_it_is_told_and_the_patience_stays(path: Path) -> None:
    with closing(opened(path, patience=0.2)) as connection:
        assert not begin_in_turn(connection)
        assert not connection.in_transaction
        assert connection.execute("PRAGMA busy_timeout").fetchone() == (200,)
