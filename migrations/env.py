"""Alembic's entry: the tables of all features, on the connection that the caller opened."""

from alembic import context
from sqlalchemy import text
from sqlalchemy.engine import Connection

import mobilize.tables
from mobilize.core.columns import EncryptedText, UTCDateTime
from mobilize.runtime import open_runtime
from mobilize.settings import load_settings

_LOCK = 7_262_021


def render_item(kind: str, item: object, autogen_context: object) -> str | bool:
    """Write our column types as the plain types that they store."""
    imports = autogen_context.imports  # type: ignore[attr-defined]
    if kind == "type" and isinstance(item, EncryptedText):
        return "sa.LargeBinary()"
    if kind == "type" and isinstance(item, UTCDateTime):
        imports.add("from mobilize.core.columns import UTCDateTime")
        return "UTCDateTime()"
    return False


def migrate(connection: Connection) -> None:
    """Run the revisions in one transaction; a second process waits for the first."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
    context.configure(
        connection=connection,
        target_metadata=mobilize.tables.METADATA,
        render_as_batch=connection.dialect.name == "sqlite",
        render_item=render_item,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def main() -> None:
    """Use the connection that the caller holds, or open the one that the settings name."""
    standing = context.config.attributes.get("connection")
    if standing is not None:
        migrate(standing)
        return
    with open_runtime(load_settings()).db.engine.begin() as connection:
        migrate(connection)


main()
