"""When the database cannot, as opposed to will not: what to answer, and what to do with it then.

A disk that is full or read-only, a server that restarts, a lock that does not come free: what was
asked was right, it was not kept, and it can be asked again in the same words later.
"""

import sqlite3
from typing import Final

from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolIsEmpty

_ON_SQLITE: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
    }
)
_LASTS: Final = frozenset({sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR})
"""What a connection keeps of the state that the file system was in when it was opened."""
_PRIMARY: Final = 0xFF
"""The part of SQLite's code that says what it is; the rest says where."""
_ON_POSTGRESQL: Final = ("08", "25006", "40", "53", "55P03", "57P", "58")
"""Its classes: connection, read-only, deadlock, no room, lock, shutdown, the machine's own errors
(PostgreSQL's Appendix A)."""


def is_outage(error: SQLAlchemyError) -> bool:
    """Whether the same can be asked again later as it is: nothing was wrong with it."""
    if isinstance(error, PoolIsEmpty):
        return True
    if not isinstance(error, DBAPIError):
        return False
    code = _sqlite_code(error.orig)
    if code is not None:
        return code in _ON_SQLITE
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return bool(state.startswith(_ON_POSTGRESQL))
    # Where nothing answered, there is no code of the server's.
    return isinstance(error, OperationalError) or error.connection_invalidated


def drop_what_was_opened_in_vain(engine: Engine) -> None:
    """Have SQLite open its file anew after an error that would stay with the connection.

    A file that was opened while its disk was read-only stays so, however long the disk has taken
    writes again: for that connection, and for every other of the process while that one is open,
    since they share what they know of the log.
    """

    def judge(context: ExceptionContext) -> None:
        if _sqlite_code(context.original_exception) in _LASTS:
            context.is_disconnect = True
            # The error holds on to it, and so would keep the file open.
            if context.execution_context is not None:
                context.execution_context.cursor.close()
            engine.dispose()

    event.listen(engine, "handle_error", judge)


def _sqlite_code(error: BaseException | None) -> int | None:
    code = getattr(error, "sqlite_errorcode", None)
    return None if code is None else int(code) & _PRIMARY
