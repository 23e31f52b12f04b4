"""The proof of consent, and a partner's own consents, where no console is at hand."""

import csv
import json
import stat
from pathlib import Path

from sqlalchemy import select

from mobilize.accounts.models import AuditEntry
from mobilize.contacts import joining
from mobilize.contacts.ledger import NewConsent, record
from mobilize.partners.models import Partner
from mobilize.runtime import Runtime, open_runtime
from mobilize.settings import load_settings
from tests.cli.conftest import Run
from tests.conftest import NOW


def somebody(runtime: Runtime) -> tuple[str, str]:
    """A person who agreed to hear from a partner, and the partner; their public ids."""
    with runtime.db.transaction() as session:
        ana = joining.create(
            session, email="ana@example.org", given_name="Ana", actor="command", now=NOW
        )
        partner = Partner(
            name_en="Example House",
            name_fr="Maison Exemple",
            name_norm="example house",
            created_at=NOW,
            updated_at=NOW,
        )
        session.add(partner)
        session.flush()
        event = NewConsent(
            contact_id=ana.id,
            channel="email",
            organization=partner.public_id,
            action="granted",
            basis="express",
            evidence="sheet 3",
            source="fair",
            actor="command",
            occurred_at=NOW,
        )
        record(session, events=[event], now=NOW)
    return ana.public_id, partner.public_id


def test_a_proof_and_a_partners_consents_are_taken_out_by_command(
    run: Run, instance: Path, tmp_path: Path
) -> None:
    assert run("init").code == 0
    runtime = open_runtime(load_settings(instance=instance))
    ana, partner = somebody(runtime)

    held = json.loads(run("contacts", "proof", ana).out)
    assert held["person"]["email"] == "ana@example.org"
    assert [one["organization"] for one in held["events"]] == [partner]
    page = tmp_path / "preuve.html"
    told = run("contacts", "proof", ana, "--html", "fr", "--output", str(page))
    assert (told.code, "ana@example.org" in told.out) == (0, False)
    text = page.read_text("utf-8")
    assert "Preuve de consentement" in text
    assert "Maison Exemple" in text
    assert "break-inside: avoid" in text, "the file stands for itself"
    assert stat.S_IMODE(page.stat().st_mode) == 0o600

    out = tmp_path / "theirs.csv"
    taken = run("partners", "consents", partner, "--out", str(out), "--json")
    assert json.loads(taken.out)["consents"] == 1
    with out.open(encoding="utf-8", newline="") as file:
        [row] = csv.DictReader(file)
    assert (row["email"], row["channel"], row["source"]) == ("ana@example.org", "email", "fair")
    with runtime.db.read() as session:
        done = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert done[-3:] == ["contact.prove", "contact.prove", "partner.take_consents"]
    runtime.db.close()
    assert run("contacts", "proof", "nobody").code == 1
