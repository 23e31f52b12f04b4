"""Many rows in one go: PostgreSQL's COPY, SQLite's prepared statement, keys allotted beforehand.

The ORM's insert builds a statement around each row; where a million rows come in, that is most of
the time. Here the values pass through the column types (so sealed columns are sealed) and go
straight to the driver.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    LargeBinary,
    Table,
    bindparam,
    column,
    func,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import InstrumentedAttribute, Session

from mobilize.core.columns import UTCDateTime

_Processor = Callable[[Any], Any]
_INSTANTS: Final = 1024


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
        cursor = connection.connection.cursor()
        try:
            with cursor.copy(f"COPY {table.name} ({listed}) FROM STDIN") as copy:
                for row in bound:
                    copy.write_row(row)
        finally:
            cursor.close()
    else:
        marks = ", ".join("?" * len(names))
        connection.exec_driver_sql(
            f"INSERT INTO {table.name} ({listed}) VALUES ({marks})",  # noqa: S608 - our own names
            [tuple(row) for row in bound],
        )


def update_rows(
    session: Session,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    key: str,
    same: Mapping[str, Any],
) -> None:
    """Update rows that are known by their key.

    Args:
        session: The session of the transaction.
        table: The table.
        rows: For each row its key and what differs, by column; of equal shape.
        key: The column that tells rows apart.
        same: What all of them become alike.
    """
    if not rows:
        return
    names = list(rows[0])
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        columns = [column(name, table.c[name].type) for name in names]
        lists = (
            bindparam(name, [row[name] for row in rows], type_=ARRAY(table.c[name].type))
            for name in names
        )
        new = func.unnest(*lists).table_valued(*columns, name="new").render_derived()
        values = {name: new.c[name] for name in names if name != key}
        connection.execute(
            update(table).where(table.c[key] == new.c[key]).values({**same, **values})
        )
    else:
        values = {name: bindparam(f"new_{name}") for name in names if name != key}
        connection.execute(
            update(table).where(table.c[key] == bindparam(f"new_{key}")).values({**same, **values}),
            [{f"new_{name}": value for name, value in row.items()} for row in rows],
        )


def allot_ids(session: Session, table: Table, count: int) -> list[int]:
    """Take keys for rows that are about to be inserted, in rising order.

    On SQLite the transaction must be the one that inserts: until then the keys are only next.
    """
    if count == 0:
        return []
    if session.get_bind().dialect.name == "postgresql":
        taken = session.scalars(
            text(
                "SELECT nextval(pg_get_serial_sequence(:name, 'id'))"
                " FROM generate_series(1, :count)"
            ),
            {"name": table.name, "count": count},
        )
        return sorted(taken)
    last: int = session.scalar(select(func.coalesce(func.max(table.c.id), 0))) or 0
    return list(range(last + 1, last + count + 1))


def any_hash(
    session: Session, column: InstrumentedAttribute[Any], hashes: Iterable[bytes]
) -> ColumnElement[bool]:
    """Whether a column holds one of many hashes: one array on PostgreSQL, a list elsewhere."""
    values = list(hashes)
    if session.get_bind().dialect.name == "postgresql":
        return column == func.any(bindparam(None, values, type_=ARRAY(LargeBinary)))
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
    process = kind.dialect_impl(dialect).bind_processor(dialect)
    # The same instants come again and again: nearly all of a batch are its own moment.
    return lru_cache(_INSTANTS)(process) if process and isinstance(kind, UTCDateTime) else process
