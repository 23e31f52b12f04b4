"""A test of an alert by command."""

import json
from pathlib import Path

from sqlalchemy import select

from mobilize.accounts.models import Account
from mobilize.actions.models import Campaign
from mobilize.alerts.content import StepDraft
from mobilize.alerts.service import create_alert
from mobilize.messaging.models import Message
from mobilize.messaging.queries import template_by_key
from mobilize.runtime import open_runtime
from mobilize.settings import load_settings
from tests.cli.conftest import Run
from tests.cli.test_own_campaign import adopt_all
from tests.conftest import NOW

PASSWORD = "a long enough one"


def _alert(instance: Path) -> tuple[str, str]:
    """An alert, and the one account."""
    runtime = open_runtime(load_settings(instance=instance))
    with runtime.db.transaction() as session:
        template = template_by_key(session, "lasting-protection-alert")
        assert template is not None
        writer = session.scalars(select(Account)).one()
        alert = create_alert(
            session,
            name="Spring",
            campaign_id=session.scalars(select(Campaign.id)).one(),
            rules={"all": []},
            steps=[StepDraft("email", template.id)],
            created_by=writer.id,
            now=NOW,
        )
        found = alert.public_id, writer.public_id
    runtime.db.close()
    return found


def test_a_test_goes_to_the_account_that_is_named(run: Run, instance: Path) -> None:
    assert run("init").code == 0
    adopt_all(instance)
    assert run("campaigns", "load").code == 0
    alert, account = _alert(instance)
    words = ("--name", "Second", "--email", "second@example.org", "--password", PASSWORD)
    assert run("users", "add", *words).code == 0

    unnamed = run("alerts", "test-send", alert)
    assert unnamed.code == 1
    assert "--to names none" in unnamed.err

    said = run("alerts", "test-send", alert, "--to", account, "--json")
    assert said.code == 0, said.err
    assert json.loads(said.out)["going"] == [
        {"channel": "email", "language": "en"},
        {"channel": "email", "language": "fr"},
    ]
    runtime = open_runtime(load_settings(instance=instance))
    with runtime.db.read() as session:
        assert len(session.scalars(select(Message.account_id)).all()) == 2
    runtime.db.close()
