"""Looking for duplicates by command."""

import json
from pathlib import Path

from mobilize.contacts import joining
from mobilize.runtime import open_runtime
from mobilize.settings import load_settings
from tests.cli.conftest import Run
from tests.conftest import NOW


def test_duplicates_are_looked_for_and_counted(run: Run, instance: Path) -> None:
    assert run("init").code == 0
    runtime = open_runtime(load_settings(instance=instance))
    with runtime.db.transaction() as session:
        for name in ("Bob", "Robert"):
            joining.create(
                session, phone="613 555 0123", given_name=name, family_name="Roy", actor="command",
                now=NOW,
            )  # fmt: skip
    runtime.db.close()
    told = run("contacts", "duplicates", "--json")
    assert json.loads(told.out) == {"looked_at": 2, "waiting": 1}
    assert "1 pair waits" in run("contacts", "duplicates").out
