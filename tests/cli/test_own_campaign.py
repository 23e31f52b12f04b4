"""An installation of one's own gets its first campaign and its first API key by command."""

from pathlib import Path

import pytest

from mobilize.accounts.service import create_account
from mobilize.runtime import open_runtime
from mobilize.settings import load_settings
from mobilize.strategy import queries as strategy
from mobilize.strategy.service import adopt, mark_reviewed
from tests.cli.conftest import Run
from tests.conftest import NOW


@pytest.fixture
def own(run: Run) -> Run:
    """The command on an installation that was just set up."""
    assert run("init").code == 0
    return run


def adopt_all(instance: Path) -> None:
    """Let one person adopt the demands, as two would in the console."""
    runtime = open_runtime(load_settings(instance=instance))
    with runtime.db.transaction() as session:
        somebody = create_account(
            session,
            name="Approver",
            email="approver@example.org",
            role="admin",
            language="en",
            password="a long enough one",
            now=NOW,
            actor="command",
        ).account
        for demand in strategy.demands(session):
            version = strategy.newest_version(session, demand.slug)
            assert version is not None
            for language in ("en", "fr"):
                mark_reviewed(
                    session, version=version, language=language, account_id=somebody.id, now=NOW
                )
            adopt(session, version=version, account_id=somebody.id, now=NOW)
    runtime.db.close()


def test_a_campaign_needs_its_demand_adopted(own: Run) -> None:
    said = own("campaigns", "load")

    assert said.code == 1
    assert "adopt" in said.err


def test_a_campaign_is_loaded_once_as_a_draft(own: Run, instance: Path) -> None:
    adopt_all(instance)

    assert "lasting-protection: loaded as a draft" in own("campaigns", "load").out
    assert "lasting-protection: was there" in own("campaigns", "load").out
    assert "draft      lasting-protection" in own("campaigns", "list").out


def test_the_first_api_key_is_made_by_command(own: Run, instance: Path) -> None:
    adopt_all(instance)

    said = own("users", "key", "--email", "approver@example.org", "--name", "reports")

    assert "mob_" in said.out
