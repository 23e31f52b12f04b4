"""Ridings and the roster, loaded as `mobilize init` loads them."""

import pytest

from mobilize.core.db import Database


@pytest.fixture
def mps_db(db: Database) -> Database:
    """A database that holds both orders and the roster."""
    return db
