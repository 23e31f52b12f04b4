"""A mistake is answered with what was wrong and the way out, and changes nothing."""

import hashlib
import json
import socket
from pathlib import Path

import pytest

from mobilize.core.db import Database
from tests.cli.conftest import Run
from tests.support.databases import make_sqlite_template
from tests.support.installation import make_environment

KEYS = ("DATA_KEYS", "INDEX_KEY", "LINK_KEY", "SESSION_KEY")


@pytest.fixture
def environ(instance: Path) -> dict[str, str]:
    """An installation with an empty, migrated database, by its environment."""
    instance.mkdir()
    make_sqlite_template(instance / "mobilize.db")
    return make_environment(instance)


def fingerprint(folder: Path) -> dict[str, str]:
    """The content of every file that a command might have touched."""
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in folder.rglob("*")
        if file.is_file() and not file.name.endswith(("-shm", "-wal"))
    }


def test_every_missing_secret_is_named_at_once(run: Run, instance: Path) -> None:
    said = run("doctor")
    assert said.code == 1
    for key in KEYS:
        assert f"MOBILIZE_SECRETS_{key}: missing" in said.err
    assert "mobilize init" in said.err
    assert not instance.exists(), "asking made nothing"


def test_a_missing_secret_is_told_to_a_script_too(run: Run, environ: dict[str, str]) -> None:
    environ["MOBILIZE_SECRETS_LINK_KEY"] = ""
    said = run("mps", "lookup", "K1A0A6", "--json", **environ)
    assert said.code == 1
    error = json.loads(said.out)["error"]
    assert error["fields"] == {"MOBILIZE_SECRETS_LINK_KEY": "missing"}
    assert error["hint"]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("MOBILIZE_ENV", "staging", "development, testing, production"),
        ("MOBILIZE_DELIVERY_MODE", "lives", "sandbox, allowlist, live"),
        ("MOBILIZE_SENDING_MAX_ATTEMPTS", "many", "MOBILIZE_SENDING_MAX_ATTEMPTS"),
        ("MOBILIZE_SECURITY_SECURE_COOKIES", "maybe", "neither true nor false"),
        ("MOBILIZE_SENDING_WEEKDAY_FROM", "late", "MOBILIZE_SENDING_WEEKDAY_FROM"),
        ("MOBILIZE_SECRETS_INDEX_KEY", "short", "32 bytes"),
        ("MOBILIZE_SECRETS_DATA_KEYS", "no-number", "number:key"),
    ],
)
def test_a_wrong_setting_is_named(
    run: Run, environ: dict[str, str], name: str, value: str, words: str
) -> None:
    said = run("doctor", **{**environ, name: value})
    assert said.code == 1
    assert words in said.err
    assert "Traceback" not in said.err


def test_a_setting_that_does_not_exist_is_named(
    run: Run, instance: Path, environ: dict[str, str]
) -> None:
    (instance / "mobilize.toml").write_text("[sending]\nchunksize = 5\n[send]\nx = 1\n", "utf-8")
    said = run("doctor", **environ)
    assert said.code == 1
    assert "[sending] chunksize: there is no such setting" in said.err
    assert "[send]: there is no such section" in said.err


@pytest.mark.parametrize("command", ["web", "sandbox"])
def test_a_port_in_use_is_named_with_the_way_out(
    run: Run, environ: dict[str, str], command: str
) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = str(holder.getsockname()[1])
        said = run(command, "--port", port, **environ)
    assert said.code == 1
    assert f"Port {port} on 127.0.0.1 cannot be used" in said.err
    assert "--port" in said.err


@pytest.mark.parametrize("arguments", [("doctor",), ("init",), ("worker",)])
def test_a_database_of_a_newer_version_is_left_alone(
    run: Run, instance: Path, environ: dict[str, str], arguments: tuple[str, ...]
) -> None:
    (instance / "secrets.env").write_text("", "utf-8")
    db = Database(f"sqlite:///{instance / 'mobilize.db'}")
    with db.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999_later'")
    with db.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    db.close()
    before = fingerprint(instance)

    said = run(*arguments, **environ)

    assert said.code == 1
    assert "newer version of Mobilize" in said.err
    assert "Traceback" not in said.err
    assert fingerprint(instance) == before


def test_a_database_without_tables_leads_to_init(run: Run, environ: dict[str, str]) -> None:
    Path(environ["MOBILIZE_INSTANCE"], "mobilize.db").unlink()
    said = run("doctor", **environ)
    assert said.code == 1
    assert "mobilize init" in said.err


@pytest.mark.parametrize("arguments", [("worker",), ("web",), ("up",)])
@pytest.mark.parametrize("provider", ["SENDGRID", "TWILIO"])
def test_sandbox_mode_reaches_nobody_by_accident(
    run: Run, environ: dict[str, str], arguments: tuple[str, ...], provider: str
) -> None:
    environ[f"MOBILIZE_{provider}_URL"] = "https://api.example.org"
    said = run(*arguments, **environ)
    assert said.code == 1
    assert f"{provider.lower()}.url is `api.example.org`" in said.err
    assert "go-live" in said.err


def test_a_database_that_does_not_answer_is_no_riddle(run: Run, environ: dict[str, str]) -> None:
    said = run(
        "doctor",
        **{**environ, "MOBILIZE_DATABASE_URL": "postgresql://x:hush@127.0.0.1:1/none"},
    )
    assert said.code == 1
    assert "The database does not answer" in said.err
    assert "MOBILIZE_DATABASE_URL" in said.err
    assert "hush" not in said.err + said.out


def test_a_typing_error_shows_the_usage(run: Run) -> None:
    said = run("initt")
    assert said.code == 2
    assert "Usage:" in said.err
    assert "No such command" in said.err
