"""Bringing a database to the tables that this version knows."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.script.revision import RevisionError
from alembic.util.exc import CommandError
from sqlalchemy.engine import Connection

from mobilize.core.db import Database
from mobilize.core.errors import SetupError
from mobilize.core.files import packaged_path


def alembic_config(connection: Connection, migrations: Path | None = None) -> Config:
    """Alembic's settings for one open connection."""
    config = Config()
    config.set_main_option("script_location", str(migrations or packaged_path("migrations")))
    config.attributes["connection"] = connection
    return config


def upgrade(db: Database, revision: str = "head") -> None:
    """Bring the tables up; safe to repeat, and safe to run from two processes at once.

    Raises:
        SetupError: The database was made by a newer version of Mobilize.
    """
    with _migrating(db) as connection:
        try:
            command.upgrade(alembic_config(connection), revision)
        except CommandError as error:
            raise _newer(error) from None


def downgrade(db: Database, revision: str) -> None:
    """Take the tables back to a revision; `base` leaves none."""
    with _migrating(db) as connection:
        command.downgrade(alembic_config(connection), revision)


@contextmanager
def _migrating(db: Database) -> Iterator[Connection]:
    """A transaction in which tables may be made anew.

    SQLite changes a constraint by copying the table and dropping the old one, which would take
    what refers to it along; so the references are looked at once, at the end.
    """
    with db.engine.connect() as connection:
        _mind_references(connection, mind=False)
        try:
            with connection.begin():
                yield connection
                if db.is_sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                    raise SetupError("The migration would leave references to nothing.")
        finally:
            _mind_references(connection, mind=True)


def _mind_references(connection: Connection, *, mind: bool) -> None:
    # Past SQLAlchemy, which would begin a transaction; inside one the setting has no effect.
    raw = connection.connection.driver_connection
    if connection.dialect.name == "sqlite" and raw is not None:
        raw.execute(f"PRAGMA foreign_keys={'ON' if mind else 'OFF'}")


def pending(db: Database) -> list[str]:
    """The revisions that the database still lacks, oldest first.

    Raises:
        SetupError: The database was made by a newer version of Mobilize.
    """
    with db.engine.connect() as connection:
        script = ScriptDirectory.from_config(alembic_config(connection))
        current = MigrationContext.configure(connection).get_current_revision()
        try:
            revisions = script.iterate_revisions("head", current or "base")
            return [revision.revision for revision in revisions][::-1]
        except RevisionError:
            raise _made_by_a_newer_version() from None


def _newer(error: CommandError) -> SetupError:
    if "Can't locate revision" not in str(error):
        return SetupError(f"The database could not be migrated: {error}.")
    return _made_by_a_newer_version()


def _made_by_a_newer_version() -> SetupError:
    return SetupError(
        "The database was made by a newer version of Mobilize than this one.",
        hint="Install that version or a later one; nothing was changed.",
    )
