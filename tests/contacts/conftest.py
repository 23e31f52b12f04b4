"""What the tests of contacts share."""

from datetime import datetime

import pytest

from mobilize.core.db import Database
from mobilize.core.keys import Keyring
from tests.contacts.files import Importer, importer


@pytest.fixture
def bring_in(db: Database, keyring: Keyring, now: datetime) -> Importer:
    """Imports a file of supporters."""
    return importer(db, keyring, now)
