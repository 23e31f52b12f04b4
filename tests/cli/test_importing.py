"""Bringing people in from the command line: looked at first, mapped, undeclared and declared."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.support.databases import make_sqlite_template
from tests.support.installation import make_environment


@pytest.fixture
def environ(instance: Path) -> dict[str, str]:
    instance.mkdir()
    make_sqlite_template(instance / "mobilize.db")
    return make_environment(instance, TIME_CLOCK="system")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "list.csv"
    path.write_text("Mail,Choir?\nana@example.org,yes\nbroken,no\n", "utf-8")
    return path


def test_a_dry_run_writes_nothing_and_the_import_then_does_what_it_said(
    run: Run, environ: dict[str, str], path: Path
) -> None:
    said = run("contacts", "import", str(path), "--dry-run", **environ)
    assert (said.code, "Name one of them" in said.err) == (1, True), "Mail is no name of ours"

    mapped = ("--map", "Mail=email", "--map", "Choir?=tag:choir")
    dry = run("contacts", "import", str(path), *mapped, "--dry-run", "--json", **environ)
    foreseen = json.loads(dry.out)
    assert (foreseen["created"], foreseen["rejected"]) == (1, 1)
    assert foreseen["first"][0]["tags"] == ["choir"]
    assert json.loads(run("contacts", "count", "--json", **environ).out) == {"contacts": []}

    done = json.loads(run("contacts", "import", str(path), *mapped, "--json", **environ).out)
    assert {name: foreseen[name] for name in ("created", "rejected", "consents")} == {
        name: done[name] for name in ("created", "rejected", "consents")
    }
    again = run("contacts", "import", str(path), **environ)
    assert again.code == 0, "the same header is read as it was the last time"
    assert "1 as before" in again.out


def test_a_consent_is_declared_with_its_proof(
    run: Run, environ: dict[str, str], path: Path
) -> None:
    known = ("contacts", "import", str(path), "--map", "Mail=email", "--consent", "email=express")
    assert "needs the day" in run(*known, **environ).err
    said = run(*known, "--since", "2025-01-02", "--proof", "the choir's list", "--json", **environ)
    assert json.loads(said.out)["consents"] == {"email": 1}
    assert run("contacts", "import", str(path), "--map", "nonsense", **environ).code == 2


def test_an_import_is_listed_and_taken_back(run: Run, environ: dict[str, str], path: Path) -> None:
    run("contacts", "import", str(path), "--map", "Mail=email", **environ)
    (listed,) = json.loads(run("contacts", "imports", "--json", **environ).out)["imports"]
    undo = ("contacts", "undo", listed["id"])
    assert json.loads(run(*undo, "--dry-run", "--json", **environ).out)["removed"] == 1
    assert "0 people" not in run(*undo, "--dry-run", **environ).out
    assert run(*undo, "--yes", **environ).code == 0
    assert json.loads(run("contacts", "count", "--json", **environ).out) == {"contacts": []}
    assert "undone already" in run(*undo, "--yes", **environ).err
    assert "undone" in run("contacts", "imports", **environ).out
