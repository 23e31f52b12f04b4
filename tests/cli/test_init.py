"""`mobilize init`: once, twice, or killed in the middle and then again, it ends in one state."""

import json
import random
import sqlite3
import time
from pathlib import Path
from typing import Final

import pytest

from tests.cli.conftest import Run, start

_OWN_TO_EACH: Final = {"id", "public_id", "created_at", "updated_at", "loaded_at", "recorded_at"}
"""Columns that two installations may differ in."""


def content(instance: Path) -> dict[str, list[tuple[object, ...]]]:
    """What the database holds, without what is random or a matter of the hour."""
    database = sqlite3.connect(instance / "mobilize.db")
    try:
        tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        return {name: _rows(database, name) for (name,) in tables if name != "sqlite_sequence"}
    finally:
        database.close()


def _rows(database: sqlite3.Connection, table: str) -> list[tuple[object, ...]]:
    columns = [row[1] for row in database.execute(f'PRAGMA table_info("{table}")')]
    kept = [f'"{column}"' for column in columns if column not in _OWN_TO_EACH]
    chosen = ", ".join(kept) or "count(*)"
    found = database.execute(f'SELECT {chosen} FROM "{table}"').fetchall()  # noqa: S608
    return sorted(found, key=repr)


def test_twice_is_once(run: Run, instance: Path) -> None:
    first = run("init", "--json")
    assert first.code == 0, first.err
    told = json.loads(first.out)
    assert told["fresh_keys"] is True
    assert told["ridings"] == 343 + 338
    secrets = (instance / "secrets.env").read_bytes()
    before = content(instance)

    again = run("init", "--json")

    assert again.code == 0, again.err
    assert json.loads(again.out)["fresh_keys"] is False
    assert (instance / "secrets.env").read_bytes() == secrets
    assert content(instance) == before
    assert (instance / "secrets.env").stat().st_mode & 0o077 == 0


def test_killed_in_the_middle_it_ends_in_the_same_state(
    run: Run, instance: Path, tmp_path: Path
) -> None:
    assert run("init").code == 0
    whole = content(instance)
    broken = tmp_path / "broken"
    dice = random.Random(20261122)  # noqa: S311 - repeatable, not secret
    for _ in range(3):
        process = start(broken, "init")
        _wait_for_life(process, broken)
        time.sleep(dice.uniform(0, 1.5))
        process.kill()
        process.wait()

    said = run("--instance", str(broken), "init")

    assert said.code == 0, said.err
    assert content(broken) == whole


def _wait_for_life(process: object, instance: Path) -> None:
    deadline = time.monotonic() + 60
    while not (instance / "mobilize.db").exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_database_without_its_secrets_is_not_given_others(run: Run, instance: Path) -> None:
    instance.mkdir()
    (instance / "mobilize.db").write_bytes(b"somebody's")
    said = run("init")
    assert said.code == 1
    assert "secrets.env" in said.err
    assert (instance / "mobilize.db").read_bytes() == b"somebody's"
    assert not (instance / "secrets.env").exists()


def test_a_folder_that_cannot_be_made_is_said(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    said = run("--instance", str(tmp_path / "file" / "below"), "init")
    assert said.code == 1
    assert "--instance" in said.err


@pytest.mark.parametrize("code", ["K1A0A6", "k1a 0a6"])
def test_lookup_answers_a_script(run: Run, instance: Path, code: str) -> None:
    assert run("init").code == 0
    said = run("mps", "lookup", code, "--json")
    assert said.code == 0, said.err
    told = json.loads(said.out)
    assert told["certainty"] in {"confirmed", "likely", "tentative"}
    assert told["candidates"]
    assert all(candidate["riding"] and candidate["province"] for candidate in told["candidates"])


def test_lookup_of_what_is_no_postal_code(run: Run, instance: Path) -> None:
    assert run("init").code == 0
    said = run("mps", "lookup", "12345")
    assert said.code == 1
    assert "K1A 0A6" in said.err
