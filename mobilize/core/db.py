"""The database: engines, the transaction that edges own, and upserts that both dialects know."""

import random
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Engine, MetaData, Table, create_engine, event, func, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import ConnectionPoolEntry

from mobilize.core import arrays
from mobilize.core.arrays import PackedArray
from mobilize.core.columns import attach_keyring
from mobilize.core.errors import NotReady
from mobilize.core.keys import Keyring
from mobilize.core.outages import drop_what_was_opened_in_vain
from mobilize.core.taking_turns import begin_in_turn

_TOLD = "mobilize_told"
_BUSY_SECONDS = 30
_BURY_SECONDS = 2
_PATIENCE_MILLISECONDS = 100
_LET_PASS_SECONDS = (0.05, 0.15)
_TRIES = 40
_IN_THE_WAY = frozenset({"55P03", "40P01"})
"""PostgreSQL's lock_not_available and deadlock_detected."""
Result = TypeVar("Result")


class Base(DeclarativeBase):
    """What all tables inherit: one catalogue, and a name for every constraint."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Database:
    """One database and the two ways to use it: `transaction()` to change, `read()` to look.

    Args:
        url: An SQLAlchemy URL, SQLite or PostgreSQL.
        keyring: The keys of the sealed columns; None where none is touched (migrations).
        pool_size: Connections kept open, on PostgreSQL.
    """

    def __init__(self, url: str, *, keyring: Keyring | None = None, pool_size: int = 5) -> None:
        self.engine = _engine(url, pool_size=pool_size)
        self._keyring = keyring
        self._before_commit: list[Callable[[Session], None]] = []
        self._after_commit: list[Callable[[Collection[str]], None]] = []
        attach_keyring(self.engine.dialect, keyring)

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded database, which has one writer at a time."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def transaction(self, connection: Connection | None = None) -> Iterator[Session]:
        """A session whose changes are kept at the end, or undone when an error leaves the block.

        Args:
            connection: One that the caller holds, where something hangs on it.
        """
        self._refresh_keys()
        bind = self.engine if connection is None else connection
        with Session(bind, expire_on_commit=False) as session:
            with session.begin():
                yield session
                for keeper in self._before_commit:
                    keeper(session)
            told: Collection[str] = session.info.get(_TOLD, ())
        if told:
            for listener in self._after_commit:
                listener(told)

    def before_commit(self, keeper: Callable[[Session], None]) -> None:
        """Call somebody with each transaction whose work is done, before it is kept.

        Args:
            keeper: What it raises undoes the transaction.
        """
        self._before_commit.append(keeper)

    def after_commit(self, listener: Callable[[Collection[str]], None]) -> None:
        """Call somebody with what was told in a transaction (`tell_after_commit`), once it is kept.

        Args:
            listener: It must not fail: what it is told of is done.
        """
        self._after_commit.append(listener)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session to look with; whatever it changes is undone, what it read stays readable."""
        self._refresh_keys()
        engine = self.engine.execution_options(mobilize_read_only=True)
        with Session(engine, expire_on_commit=False, autoflush=False) as session:
            yield session
            # What was read stays readable after the block; a rollback alone would expire it.
            session.expunge_all()
            session.rollback()

    def bury(self) -> None:
        """Bring what was overwritten home into the file, so that its log holds it no longer.

        On SQLite only, after an erasure; while somebody reads an older state it waits for the next
        time. PostgreSQL reuses the room of what was erased when it vacuums.
        """
        if not self.is_sqlite:
            return
        with self.engine.connect() as connection:
            raw = connection.connection.driver_connection
            assert raw is not None
            raw.execute(f"PRAGMA busy_timeout={_BURY_SECONDS * 1000}")
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            raw.execute(f"PRAGMA busy_timeout={_BUSY_SECONDS * 1000}")

    def _refresh_keys(self) -> None:
        # What a transaction seals, it seals under the key that is meant to seal as it begins.
        if self._keyring is not None:
            self._keyring.refresh()

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def _engine(url: str, *, pool_size: int) -> Engine:
    # What was being written must not stand in an error's text, and so in a log.
    if make_url(url).get_backend_name() != "sqlite":
        engine = create_engine(url, pool_size=pool_size, pool_pre_ping=True, hide_parameters=True)
        event.listen(engine, "connect", partial(_prepare_postgresql, engine.dialect.loaded_dbapi))
        return engine
    engine = create_engine(url, connect_args={"timeout": _BUSY_SECONDS}, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    drop_what_was_opened_in_vain(engine)
    return engine


def _prepare_postgresql(driver: Any, connection: Any, _record: ConnectionPoolEntry) -> None:
    # Long lists of hashes are looked up all the time; as text they cost five times as much.
    connection.adapters.register_dumper(list, driver.types.array.ListBinaryDumper)
    connection.adapters.register_dumper(PackedArray, arrays.dumper(driver))


def _prepare_sqlite(connection: Any, _record: ConnectionPoolEntry) -> None:
    # The driver's own BEGIN is deferred and loses updates between processes: we begin ourselves.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        # A commit is on the disk before anybody is told of it, or a provider is called: a power cut
        # must not undo an opt-out, an action that was thanked for, or the claim of what has gone.
        "synchronous=FULL",
        "foreign_keys=ON",
        "cache_size=-65536",
        "temp_store=MEMORY",
        # What is erased is overwritten, so that a copy of the file does not hold it.
        "secure_delete=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes the lock at once: upgrading a deferred transaction fails without waiting.
    reading = connection.get_execution_options().get("mobilize_read_only", False)
    if reading:
        connection.exec_driver_sql("BEGIN")
        return
    raw = connection.connection.driver_connection
    assert raw is not None
    if not begin_in_turn(raw):
        # Told by this statement if at all, so that all who ask what went wrong see the same error.
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def tell_after_commit(session: Session, word: str) -> None:
    """Leave a word for those who listen to commits; of what is undone nobody hears."""
    session.info.setdefault(_TOLD, set()).add(word)


def alone(session: Session, purpose: str) -> None:
    """Let one transaction at a time do something; the next waits until this one ends.

    SQLite has one writer anyway; on PostgreSQL it is an advisory lock.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"mobilize:{purpose}"))))


def giving_way(session: Session, work: Callable[[], Result]) -> Result:
    """Do something that locks what others lock in another order, without standing in their way.

    Where it would have to wait, it soon lets go of all that it has locked, and begins anew. Else
    the two might wait for each other until the database ends one of them, which can be the one that
    must not fail: a worker that has called a provider, or an event that nobody sends again. The
    wait is far shorter than the second after which PostgreSQL looks for such a pair.

    SQLite has one writer, who waits for nobody.

    Args:
        session: The session of the transaction; what it did before stays done.
        work: What is done, once or several times; each time from what the database says then.

    Raises:
        NotReady: Others hold for long what it needs.
    """
    if session.get_bind().dialect.name != "postgresql":
        return work()
    for _ in range(_TRIES):
        try:
            with session.begin_nested():
                session.execute(text(f"SET LOCAL lock_timeout = {_PATIENCE_MILLISECONDS}"))
                result = work()
                session.execute(text("SET LOCAL lock_timeout TO DEFAULT"))
                return result
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) not in _IN_THE_WAY:
                raise
        time.sleep(random.uniform(*_LET_PASS_SECONDS))  # noqa: S311 - to let pass, not to hide
    raise NotReady(
        "Something else is at work on these records at this moment.",
        hint="Try again in a minute.",
    )


def upsert(
    session: Session,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    key: Sequence[str],
    update: Sequence[str] = (),
) -> None:
    """Insert rows in one statement; where the key exists, update or leave the row.

    Args:
        session: The session of the transaction.
        table: The table.
        rows: Rows of equal shape, a thousand or so at a time.
        key: The columns of the unique constraint that tells rows apart.
        update: The columns to take over from the new row; none leaves the old row as it is.
    """
    if not rows:
        return
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table)
    if update:
        statement = statement.on_conflict_do_update(
            index_elements=list(key), set_={name: statement.excluded[name] for name in update}
        )
    else:
        statement = statement.on_conflict_do_nothing(index_elements=list(key))
    session.execute(statement, list(rows))


def insert_once(session: Session, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows in one statement, but for those that a unique index of the table has already.

    Args:
        session: The session of the transaction.
        table: The table.
        rows: Rows of equal shape, a thousand or so at a time.
    """
    if not rows:
        return
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    session.execute(dialect.insert(table).on_conflict_do_nothing(), list(rows))
