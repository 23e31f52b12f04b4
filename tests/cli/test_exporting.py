"""`mobilize contacts export`: people into a file that only its owner reads."""

import csv
from pathlib import Path

import pytest
from sqlalchemy import select

from mobilize.accounts.models import AuditEntry
from mobilize.contacts import joining
from mobilize.core.i18n import LANGUAGES
from mobilize.runtime import open_runtime
from mobilize.settings import load_settings
from tests.cli.conftest import Run


@pytest.fixture
def filled(run: Run, instance: Path) -> Path:
    assert run("init").code == 0
    runtime = open_runtime(load_settings(environ={}, instance=instance))
    with runtime.db.transaction() as session:
        for language, name in zip(LANGUAGES, ("ana", "bo"), strict=True):
            joining.create(
                session,
                email=f"{name}@example.org",
                phone="613 555 0101",
                language=language,
                actor="command",
                now=runtime.clock.now(),
            )
    runtime.db.close()
    return instance


def test_people_stand_in_the_file_and_in_the_audit_log(
    run: Run, filled: Path, tmp_path: Path
) -> None:
    path = tmp_path / "out.csv"
    arguments = ("--rules", '{"language": "fr"}', "--columns", "email, phone", "--purpose", "move")

    said = run("contacts", "export", str(path), *arguments)

    assert said.code == 0, said.err
    assert "1 people are in" in said.out
    assert list(csv.reader(path.read_text("utf-8").splitlines())) == [
        ["email", "phone", "do_not_contact"],
        ["bo@example.org", "'+16135550101", ""],
    ]
    assert path.stat().st_mode & 0o077 == 0
    runtime = open_runtime(load_settings(environ={}, instance=filled))
    with runtime.db.read() as session:
        facts = session.scalars(
            select(AuditEntry.facts).where(AuditEntry.action == "export.take")
        ).one()
    runtime.db.close()
    assert (facts["people"], facts["purpose"]) == (1, "move")

    again = run("contacts", "export", str(path), *arguments)
    assert again.code == 1
    assert "cannot be written" in again.err


def test_the_standard_output_holds_nothing_but_the_file(run: Run, filled: Path) -> None:
    said = run("contacts", "export", "-", "--columns", "given_name,language", "--purpose", "x")

    assert said.out.split() == ["given_name,language", ",en", ",fr"]


def test_what_cannot_be_taken_out_leaves_no_file(run: Run, filled: Path, tmp_path: Path) -> None:
    path = tmp_path / "out.csv"

    said = run("contacts", "export", str(path), "--columns", "notes", "--purpose", "x")

    assert said.code == 1
    assert "no column notes" in said.err
    assert not path.exists()
