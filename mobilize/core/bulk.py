"""Many rows in one go: PostgreSQL's COPY, SQLite's prepared statement, keys allotted beforehand.

The ORM's insert builds a statement around each row; where a million rows come in, that is most of
the time. Here the values pass through the column types (so sealed columns are sealed) and go
straight to the driver.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial
from itertools import chain
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    FromClause,
    LargeBinary,
    Table,
    bindparam,
    column,
    func,
    select,
    text,
    true,
    type_coerce,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.types import TypeEngine, UserDefinedType
from typing_extensions import override

from mobilize.core.arrays import PackedArray, packed_hashes
from mobilize.core.columns import EncryptedText, UTCDateTime, keyring_of

_Processor = Callable[[Any], Any]
_INSTANTS: Final = 1024
_SIGNATURE: Final = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_TRAILER: Final = b"\xff\xff"
"""What binary rows stand between (PostgreSQL manual, COPY, “Binary Format”)."""
_BLOCK: Final = 1 << 16
_TAKE: Final = text(
    """
    SELECT min(id), max(id), CASE WHEN max(id) - min(id) >= count(*) THEN array_agg(id) END
    FROM (
        SELECT nextval((SELECT pg_get_serial_sequence(:name, 'id')::regclass)) AS id
        FROM generate_series(1, :count)
    ) AS taken
    """
)


class _Hashes(UserDefinedType[Any]):
    """Many hashes as one parameter, written as PostgreSQL's binary array at once.

    The driver looks at each element of a list by itself, which takes longer than the look-up.
    """

    cache_ok = True

    @override
    def bind_processor(self, dialect: Dialect) -> _Processor:
        return _packed


def _packed(hashes: PackedArray | Sequence[bytes]) -> PackedArray:
    return hashes if isinstance(hashes, PackedArray) else packed_hashes(hashes)


def insert_rows(
    session: Session, table: Table, names: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """Insert rows, each a sequence of values in the order of `names`.

    Args:
        session: The session of the transaction.
        table: The table; defaults of its columns are not applied.
        names: The columns that the rows have values for.
        rows: The rows, some thousands at a time.
    """
    if not rows:
        return
    connection = session.connection()
    dialect = connection.dialect
    bound = _bound(dialect, table, names, rows)
    listed = ", ".join(names)
    if dialect.name == "postgresql":
        with _copying(session, f"COPY {table.name} ({listed}) FROM STDIN") as copy:
            for row in bound:
                copy.write_row(row)
    else:
        marks = ", ".join("?" * len(names))
        connection.exec_driver_sql(
            f"INSERT INTO {table.name} ({listed}) VALUES ({marks})",  # noqa: S608 - our own names
            [tuple(row) for row in bound],
        )


@contextmanager
def copying_binary(
    session: Session, table: Table, names: Sequence[str], pieces: Iterable[bytes | memoryview]
) -> Iterator[None]:
    """Insert rows that stand in PostgreSQL's binary form already; they are in at the block's end.

    Inside it the database takes them in: the time is free for what does not ask the database.

    Args:
        session: The session of the transaction.
        table: The table; defaults of its columns are not applied.
        names: The columns that the rows have values for.
        pieces: The rows, as many in each piece as one likes.

    Raises:
        IntegrityError: One of them cannot be there, such as one whose key is taken.
    """
    with _copying(
        session, f"COPY {table.name} ({', '.join(names)}) FROM STDIN (FORMAT binary)"
    ) as copy:
        for block in _blocks(chain([_SIGNATURE], pieces, [_TRAILER])):
            copy.write(block)
        yield


def _blocks(pieces: Iterable[bytes | memoryview]) -> Iterator[bytes]:
    """Pieces as few blocks: the driver waits for the server after each."""
    block = bytearray()
    for piece in pieces:
        block += piece
        if len(block) >= _BLOCK:
            yield bytes(block)
            block.clear()
    yield bytes(block)


@contextmanager
def _copying(session: Session, statement: str) -> Iterator[Any]:
    connection = session.connection()
    driver: Any = connection.dialect.loaded_dbapi
    cursor: Any = connection.connection.cursor()
    try:
        with cursor.copy(statement) as copy:
            yield copy
    except driver.IntegrityError as error:
        # The driver is asked directly here, so its errors are not wrapped as all others are.
        raise IntegrityError(statement, None, error, hide_parameters=True) from error
    finally:
        cursor.close()


def update_rows(
    session: Session,
    table: Table,
    names: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    same: Mapping[str, Any],
) -> None:
    """Update rows that are known by a key, each a sequence of values in the order of `names`.

    Args:
        session: The session of the transaction.
        table: The table.
        names: The key's column, then those that differ from row to row.
        rows: The rows, a thousand or so at a time.
        same: What all of them become alike.
    """
    if not rows:
        return
    connection = session.connection()
    dialect = connection.dialect
    key, *others = names
    if dialect.name == "postgresql":
        new = rows_as_table(session, table, names, rows)
        values = {**same, **{name: new.c[name] for name in others}}
        connection.execute(update(table).where(table.c[key] == new.c[key]).values(values))
    else:
        (alike,) = _bound(dialect, table, list(same), [list(same.values())])
        listed = ", ".join(f"{name} = ?" for name in (*same, *others))
        connection.exec_driver_sql(
            f"UPDATE {table.name} SET {listed} WHERE {key} = ?",  # noqa: S608 - our own names
            [(*alike, *row[1:], row[0]) for row in _bound(dialect, table, names, rows)],
        )


def rows_as_table(
    session: Session, table: Table, names: Sequence[str], rows: Sequence[Sequence[Any]]
) -> FromClause:
    """Rows as a table `new` that a statement can read from: one parameter a column, or one in all.

    Args:
        session: The session of the transaction.
        table: The table whose columns they are like; none that holds bytes, for SQLite's sake.
        names: The columns.
        rows: The rows, a thousand or so at a time, one at the least.
    """
    dialect = session.get_bind().dialect
    columns = [column(name, table.c[name].type) for name in names]
    if dialect.name == "postgresql":
        lists = (
            bindparam(one.name, list(values), type_=ARRAY(one.type))
            for one, values in zip(columns, zip(*rows, strict=True), strict=True)
        )
        return func.unnest(*lists).table_valued(*columns, name="new").render_derived()
    bound = [list(row) for row in _bound(dialect, table, names, rows)]
    each = func.json_each(json.dumps(bound)).table_valued("value")
    return select(
        *(
            type_coerce(func.json_extract(each.c.value, f"$[{at}]"), one.type).label(one.name)
            for at, one in enumerate(columns)
        )
    ).subquery("new")


def insert_new(
    session: Session, table: Table, names: Sequence[str], rows: Sequence[Sequence[Any]], *, key: str
) -> set[Any]:
    """Insert the rows whose key is not there yet, and say which those were.

    Of several transactions that bring the same key at once, one is told that it is new.

    Args:
        session: The session of the transaction.
        table: The table; defaults of its columns are not applied.
        names: The columns that the rows have values for.
        rows: The rows, a thousand or so at a time, each key once.
        key: The column of the unique constraint that tells rows apart.

    Returns:
        The keys that were inserted.
    """
    if not rows:
        return set()
    # In one order for all, so that two transactions never wait for each other.
    ordered = sorted(rows, key=itemgetter(names.index(key)))
    new = rows_as_table(session, table, names, ordered)
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = (
        dialect.insert(table)
        # SQLite takes a bare ON behind a SELECT for that of a join (its manual, UPSERT, 2.2).
        .from_select(names, select(*new.c).where(true()), include_defaults=False)
        .on_conflict_do_nothing(index_elements=[key])
        .returning(table.c[key])
    )
    return set(session.scalars(statement))


def allot_ids(session: Session, table: Table, count: int) -> Sequence[int]:
    """Take keys for rows that are about to be inserted, in rising order.

    On SQLite the transaction must be the one that inserts: until then the keys are only next.
    """
    if count == 0:
        return range(0)
    if session.get_bind().dialect.name == "postgresql":
        # Nearly always they lie side by side, and the first and the last say it all.
        first, last, taken = session.execute(_TAKE, {"name": table.name, "count": count}).one()
        return range(first, last + 1) if taken is None else sorted(taken)
    before: int = session.scalar(select(func.coalesce(func.max(table.c.id), 0))) or 0
    return range(before + 1, before + count + 1)


def any_hash(
    session: Session,
    column: InstrumentedAttribute[Any],
    hashes: Iterable[bytes] | PackedArray,
) -> ColumnElement[bool]:
    """Whether a column holds one of many hashes; on PostgreSQL they may be packed already."""
    values = hashes if isinstance(hashes, PackedArray) else list(hashes)
    return _any(session, column, values, _Hashes())


def any_id(
    session: Session, column: InstrumentedAttribute[Any] | Column[Any], ids: Iterable[int]
) -> ColumnElement[bool]:
    """Whether a column holds one of many keys."""
    return _any(session, column, list(ids), ARRAY(BigInteger()))


def _any(
    session: Session,
    column: InstrumentedAttribute[Any] | Column[Any],
    values: Any,
    kind: TypeEngine[Any],
) -> ColumnElement[bool]:
    # One array on PostgreSQL: hundreds of parameters take longer to write than to look up.
    if session.get_bind().dialect.name == "postgresql":
        return column == func.any(bindparam(None, values, type_=kind))
    return column.in_(values)


def _bound(
    dialect: Dialect, table: Table, names: Sequence[str], rows: Sequence[Sequence[Any]]
) -> Iterable[Sequence[Any]]:
    processors = [(at, _processor(dialect, table, name)) for at, name in enumerate(names)]
    active = [(at, process) for at, process in processors if process is not None]
    if not active:
        return rows
    return (_process(row, active) for row in rows)


def _process(row: Sequence[Any], active: Sequence[tuple[int, _Processor]]) -> Sequence[Any]:
    values = list(row)
    for at, process in active:
        if values[at] is not None:
            values[at] = process(values[at])
    return values


def _processor(dialect: Dialect, table: Table, name: str) -> _Processor | None:
    kind = table.c[name].type
    if type(kind) is LargeBinary:
        return None  # both drivers take bytes as they are
    if isinstance(kind, EncryptedText):
        return partial(keyring_of(dialect).seal, context=kind.context)
    process = kind.dialect_impl(dialect).bind_processor(dialect)
    # The same instants come again and again: nearly all of a batch are its own moment.
    return lru_cache(_INSTANTS)(process) if process and isinstance(kind, UTCDateTime) else process
