"""Migrations: a table whose shape SQLite cannot change is made anew, and keeps its triggers."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from alembic import op


@contextmanager
def made_anew(table: str, *, has_rowid: bool = True) -> Iterator[Any]:
    """Change a table; on SQLite it is made anew, and its triggers with it.

    Args:
        table: Its name.
        has_rowid: Whether SQLite keeps it by a hidden key of its own; Alembic does not look.
    """
    connection = op.get_bind()
    triggers = []
    if connection.dialect.name == "sqlite":
        found = sa.text("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :name")
        triggers = list(connection.scalars(found, {"name": table}))
    options = {} if has_rowid else {"sqlite_with_rowid": False}
    with op.batch_alter_table(table, table_kwargs=options) as changed:
        yield changed
    for trigger in triggers:
        op.execute(trigger)
