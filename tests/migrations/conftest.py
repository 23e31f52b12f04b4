"""These tests fill the database themselves."""

import pytest

from mobilize.core.db import Database


@pytest.fixture
def db(bare_db: Database) -> Database:
    return bare_db
