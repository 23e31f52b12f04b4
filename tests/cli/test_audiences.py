"""Saved audiences by command: listed in a sentence each, and counted."""

import json
from pathlib import Path

from mobilize.accounts.service import create_account
from mobilize.alerts.saved import archive_audience, create_audience
from mobilize.runtime import open_runtime
from mobilize.settings import load_settings
from tests.cli.conftest import Run
from tests.conftest import NOW
from tests.messaging.people import add_contact


def _save(instance: Path) -> str:
    runtime = open_runtime(load_settings(instance=instance))
    with runtime.db.transaction() as session:
        somebody = create_account(
            session,
            name="Organizer",
            email="organizer@example.org",
            role="organizer",
            language="en",
            password="a long enough one",
            now=NOW,
            actor="command",
        ).account
        add_contact(session, 1, now=NOW, language="fr")
        add_contact(session, 2, now=NOW, language="en")
        saved, left = (
            create_audience(
                session, name=name, rules={"language": "fr"}, created_by=somebody.id, now=NOW
            )
            for name in ("French", "Left")
        )
        archive_audience(session, saved=left, archived_by=somebody.id, now=NOW)
        public_id = saved.public_id
    runtime.db.close()
    return public_id


def test_saved_audiences_are_listed_and_counted(run: Run, instance: Path) -> None:
    assert run("init").code == 0
    public_id = _save(instance)

    assert run("audiences", "list").out == f"{public_id}  French: French-speaking people\n"
    (archived,) = json.loads(run("audiences", "list", "--archived", "--json").out)["audiences"]
    assert (archived["name"], archived["rules"]) == ("Left", {"language": "fr"})

    counted = json.loads(run("audiences", "count", public_id, "--json").out)
    assert (counted["people"], counted["languages"]) == (1, {"fr": 1})
    assert "French: 1" in run("audiences", "count", public_id).out
    missing = run("audiences", "count", "none")
    assert missing.code == 1
    assert "no such audience" in missing.err
