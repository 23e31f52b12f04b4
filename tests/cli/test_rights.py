"""A copy, an erasure and retention where no console is at hand."""

import json
import stat
from pathlib import Path

from sqlalchemy import select

from mobilize.contacts import joining
from mobilize.contacts.consent_models import Consent
from mobilize.contacts.models import Contact
from mobilize.contacts.service import withdraw
from mobilize.runtime import open_runtime
from mobilize.settings import load_settings
from tests.cli.conftest import Run
from tests.conftest import NOW


def test_a_person_gets_a_copy_and_is_erased_by_command(
    run: Run, instance: Path, tmp_path: Path
) -> None:
    assert run("init").code == 0
    runtime = open_runtime(load_settings(instance=instance))
    with runtime.db.transaction() as session:
        ana = joining.create(
            session, email="ana@example.org", given_name="Ana", actor="command", now=NOW
        )
    copy = run("contacts", "copy", ana.public_id)
    assert json.loads(copy.out)["contacts"]["email"] == "ana@example.org"

    target = tmp_path / "copie.html"
    told = run("contacts", "copy", ana.public_id, "--html", "fr", "--output", str(target))
    assert told.code == 0
    assert "ana@example.org" not in told.out
    assert "Ce que nous conservons" in target.read_text("utf-8")
    assert stat.S_IMODE(target.stat().st_mode) == 0o600

    assert run("contacts", "erase", ana.public_id, "--yes").code == 0
    with runtime.db.read() as session:
        assert session.scalars(select(Contact.email)).one() is None
    runtime.db.close()
    assert run("contacts", "erase", "nobody", "--yes").code == 1


def test_a_written_request_is_noted_by_command(run: Run, instance: Path) -> None:
    assert run("init").code == 0
    runtime = open_runtime(load_settings(instance=instance))
    with runtime.db.transaction() as session:
        ana = joining.create(session, email="ana@example.org", actor="command", now=NOW)
        withdraw(
            session,
            contact_id=ana.id,
            channel="email",
            source="leave page",
            actor="supporter",
            now=NOW,
        )
    day = runtime.clock.now().date().isoformat()
    noted = ("--channel", "email", "--how", "form", "--note", "Binder 4", "--asked-on")
    assert run("contacts", "reopen", ana.public_id, *noted, "2026-01-01").code == 1
    assert run("contacts", "reopen", ana.public_id, *noted, day).code == 0
    with runtime.db.read() as session:
        [consent] = session.scalars(select(Consent))
        assert consent.granted
    runtime.db.close()


def test_a_dry_run_of_retention_says_what_is_due_and_changes_nothing(run: Run) -> None:
    assert run("init").code == 0
    told = json.loads(run("retention", "--dry-run", "--json").out)
    assert told["dry_run"] is True
    assert {"ledger", "audit", "notes"} <= {one["name"] for one in told["retention"]}
    assert "Nothing was changed." in run("retention", "--dry-run").out
    assert run("retention").code == 0
