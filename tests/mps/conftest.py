"""Ridings and the roster, loaded as `mobilize init` loads them."""

from datetime import datetime

import pytest

from mobilize.core.db import Database
from mobilize.mps.service import load_ridings, load_roster


@pytest.fixture
def mps_db(db: Database, now: datetime) -> Database:
    """A database that holds both orders and the roster."""
    with db.transaction() as session:
        load_ridings(session, now=now)
        load_roster(session, now=now)
    return db
