"""Waiting for SQLite's one writer, in steps as short as what it writes.

SQLite itself waits in steps of up to a tenth of a second (`sqliteDefaultBusyCallback` in its
`main.c`): where two workers take their chunks in turn, a few milliseconds each, both would mostly
sleep. So a writer looks often at first, and is left to SQLite's own patience only where somebody
holds the file for long.
"""

import sqlite3
import time
from typing import Final

_BEGIN: Final = "BEGIN IMMEDIATE"
_FIRST_STEP: Final = 0.0002
_LONGEST_STEP: Final = 0.002
_LOOKS_FOR: Final = 0.5
_PRIMARY: Final = 0xFF
"""The part of an extended result code that says what happened (`sqlite.org/rescode.html`)."""


def begin_in_turn(connection: sqlite3.Connection) -> bool:
    """Begin to write, if that can be soon.

    Args:
        connection: The driver's connection, in no transaction; its patience stays as it is.

    Returns:
        Whether it has begun; where not, somebody holds the file for longer, or it takes nothing:
        whoever asks for it in the usual way is told.
    """
    (patience,) = connection.execute("PRAGMA busy_timeout").fetchone()
    until = time.monotonic() + min(_LOOKS_FOR, patience / 1000)
    connection.execute("PRAGMA busy_timeout=0")
    try:
        step = _FIRST_STEP
        while time.monotonic() + step < until:
            try:
                connection.execute(_BEGIN)
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & _PRIMARY != sqlite3.SQLITE_BUSY:
                    return False
            else:
                return True
            time.sleep(step)
            step = min(step * 1.5, _LONGEST_STEP)
        return False
    finally:
        connection.execute(f"PRAGMA busy_timeout={patience}")
