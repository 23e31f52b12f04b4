"""A database with an adopted demand, the letters of sign-ons, and partners from a file."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from mobilize.core.db import Database
from mobilize.core.i18n import LANGUAGES
from mobilize.core.keys import Keyring
from mobilize.messaging.templates import TextDraft, save_template
from mobilize.partners.importing import PartnerReport, import_partners
from mobilize.strategy.models import DemandVersion
from tests.contacts.files import StillClock
from tests.support.campaigns import adopted_demand

LETTERS = ("sign-on-confirm", "sign-on-confirmed", "sign-on-withdrawn")
Importer = Callable[..., PartnerReport]


@pytest.fixture
def version(db: Database, now: datetime) -> DemandVersion:
    """The adopted version of a demand; the letters of its sign-ons are there."""
    with db.transaction() as session:
        for key in LETTERS:
            texts = [
                TextDraft(
                    channel="email",
                    language=language,
                    subject="A sign-on",
                    body="{{ manage_url }}",
                )
                for language in LANGUAGES
            ]
            save_template(session, key=key, name=key, texts=texts, now=now)
        return adopted_demand(session, now)


@pytest.fixture
def bring_in(db: Database, keyring: Keyring, now: datetime) -> Importer:
    """Imports a file of partners."""

    def run(path: Path, **more: Any) -> PartnerReport:
        return import_partners(
            db, path=path, actor="command", clock=StillClock(now), keyring=keyring, **more
        )

    return run
