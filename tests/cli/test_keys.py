"""`mobilize keys`: a key is changed step by step, and no step can be taken too early."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from mobilize.accounts.models import AuditEntry
from mobilize.contacts.models import Contact
from mobilize.core import secrets_file
from mobilize.core.clock import VirtualClock
from mobilize.runtime import Runtime, open_runtime
from mobilize.settings import load_settings
from tests.cli.conftest import Run, Said

START = datetime(2026, 11, 22, 15, tzinfo=UTC)


@pytest.fixture
def process(run: Run, instance: Path) -> Runtime:
    """A process that is up before any key is changed, and stays up; with somebody on file."""
    assert run("init", MOBILIZE_TIME_CLOCK="virtual").code in {0, 1}
    (instance / "mobilize.toml").write_text('[time]\nclock = "virtual"\n', "utf-8")
    runtime = open_runtime(load_settings(environ={"MOBILIZE_ENV": "testing"}, instance=instance))
    VirtualClock(runtime.db).set(START)
    assert run("init").code == 0
    add_person(runtime, "first@example.org")
    return runtime


def add_person(runtime: Runtime, email: str) -> None:
    with runtime.db.transaction() as session:
        session.add(Contact(email=email, created_at=START, updated_at=START))


def addresses(runtime: Runtime) -> list[str | None]:
    with runtime.db.read() as session:
        return list(session.scalars(select(Contact.email).order_by(Contact.id)))


def later(runtime: Runtime, span: timedelta) -> None:
    VirtualClock(runtime.db).advance(span)


def status(run: Run) -> dict[str, object]:
    said = run("keys", "status", "--json")
    assert said.code == 0, said.err
    told: dict[str, object] = json.loads(said.out)
    values = told.pop("values")
    assert isinstance(values, dict)
    return {**told, "contacts": values["contacts.email"]}


def good(said: Said) -> Said:
    assert said.code == 0, said.err
    return said


def test_a_data_key_is_changed_while_a_process_goes_on_working(
    run: Run, process: Runtime, instance: Path
) -> None:
    good(run("keys", "add"))
    add_person(process, "second@example.org")
    assert status(run) == {"sealing": 1, "keys": [1, 2], "contacts": {"1": 2}}

    good(run("keys", "promote", "2", "--yes"))
    add_person(process, "third@example.org")
    assert status(run)["contacts"] == {"1": 2, "2": 1}

    rotated = good(run("keys", "rotate", "--json"))
    assert json.loads(rotated.out)["left"] == 0
    assert addresses(process) == ["first@example.org", "second@example.org", "third@example.org"]
    later(process, timedelta(hours=1))

    good(run("keys", "retire", "1", "--yes"))
    assert status(run) == {"sealing": 2, "keys": [2], "contacts": {"2": 3}}
    assert addresses(process) == ["first@example.org", "second@example.org", "third@example.org"]
    assert "1:" not in secrets_file.read(instance / "secrets.env")["MOBILIZE_SECRETS_DATA_KEYS"]
    with process.db.read() as session:
        steps = session.scalars(
            select(AuditEntry.action).where(AuditEntry.subject_id == "keys").order_by(AuditEntry.id)
        ).all()
    assert steps == ["keys.add", "keys.promote", "keys.rotate", "keys.retire"]


def test_a_key_is_not_retired_too_early(run: Run, process: Runtime) -> None:
    good(run("keys", "add"))
    assert "is the one that seals" in run("keys", "retire", "1", "--yes").err
    good(run("keys", "promote", "2", "--yes"))
    assert "Do this after 2026-11-22 16:00 UTC" in run("keys", "retire", "1", "--yes").err
    later(process, timedelta(hours=1))

    refused = run("keys", "retire", "1", "--yes")

    assert refused.code == 1
    assert "contacts.email (1)" in refused.err
    assert status(run)["keys"] == [1, 2]


def test_only_a_key_that_is_there_can_seal(run: Run, process: Runtime) -> None:
    assert "There is no data key 2" in run("keys", "promote", "2", "--yes").err


def test_keys_in_the_environment_are_not_changed_in_the_file(
    run: Run, process: Runtime, instance: Path
) -> None:
    before = (instance / "secrets.env").read_bytes()
    keys = secrets_file.read(instance / "secrets.env")["MOBILIZE_SECRETS_DATA_KEYS"]

    refused = run("keys", "add", MOBILIZE_SECRETS_DATA_KEYS=keys)

    assert refused.code == 1
    assert "environment" in refused.err
    assert (instance / "secrets.env").read_bytes() == before


def test_links_go_on_working_when_their_key_is_renewed_and_for_sixty_days_at_least(
    run: Run, process: Runtime
) -> None:
    token = process.links.seal("leave", 7)
    assert "no former link key" in run("keys", "forget-links", "--yes").err

    good(run("keys", "renew-links"))
    later(process, timedelta(days=59))
    assert "Do this after" in run("keys", "forget-links", "--yes").err
    fresh = process.links.seal("leave", 8)
    assert process.links.open("leave", token, now=START) == 7
    later(process, timedelta(days=1))
    good(run("keys", "forget-links", "--yes"))
    assert addresses(process) == ["first@example.org"]

    assert process.links.open("leave", token, now=START) is None
    assert process.links.open("leave", fresh, now=START) == 8


def test_a_broken_secrets_file_does_not_stop_a_running_process(
    run: Run, process: Runtime, instance: Path
) -> None:
    secrets_file.change(instance / "secrets.env", {"MOBILIZE_SECRETS_DATA_KEYS": "1:nonsense"})

    add_person(process, "second@example.org")

    assert addresses(process) == ["first@example.org", "second@example.org"]


def test_the_doctor_names_a_key_that_is_lost(run: Run, process: Runtime, instance: Path) -> None:
    assert "data key 1 seals" in run("doctor").out
    good(run("keys", "add"))
    assert "nothing is under 2" in run("doctor").out
    good(run("keys", "promote", "2", "--yes"))
    assert "are under another" in run("doctor").out
    path = instance / "secrets.env"
    kept = secrets_file.read(path)["MOBILIZE_SECRETS_DATA_KEYS"].split(",")[1]
    secrets_file.change(path, {"MOBILIZE_SECRETS_DATA_KEYS": kept})

    said = run("doctor")

    assert said.code == 1
    assert "lost data key 1" in said.out
