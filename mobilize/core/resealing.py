"""Bringing everything that is sealed under the key that seals now, while the system runs.

What is sealed is found by walking the catalogue of tables, so that no column is forgotten. A value
names its key in its first byte; rows that are done are known by it, so work that was killed goes on
where it stood.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    ColumnElement,
    LargeBinary,
    MetaData,
    Table,
    TableClause,
    and_,
    bindparam,
    column,
    func,
    literal,
    or_,
    select,
    table,
    text,
    tuple_,
    update,
)
from sqlalchemy.orm import Session

from mobilize.core.columns import EncryptedText
from mobilize.core.db import Database
from mobilize.core.errors import SetupError
from mobilize.core.keys import Keyring

BATCH: Final = 1000


class Sealed(NamedTuple):
    """A table that holds sealed values.

    Attributes:
        name: The table.
        raw: The same table with its sealed columns as the bytes that they are.
        key: The names of its primary key's columns.
        contexts: Sealed column to the context that its values are bound to.
    """

    name: str
    raw: TableClause
    key: tuple[str, ...]
    contexts: dict[str, str]


def sealed_tables(metadata: MetaData) -> list[Sealed]:
    """Every table with a sealed column, by name."""
    found = (_sealed(one) for one in sorted(metadata.tables.values(), key=lambda one: one.name))
    return [one for one in found if one.contexts]


def count_by_key(session: Session, metadata: MetaData) -> dict[str, Counter[int]]:
    """How many values of each sealed column (`table.column`) stand under which key."""
    counts: dict[str, Counter[int]] = {}
    for one in sealed_tables(metadata):
        for name in one.contexts:
            sealed = one.raw.c[name]
            first = _first_byte(sealed)
            rows = session.execute(
                select(first, func.count()).where(sealed.is_not(None)).group_by(first)
            )
            counts[f"{one.name}.{name}"] = Counter({bytes(key)[0]: many for key, many in rows})
    return counts


def reseal(
    db: Database,
    keyring: Keyring,
    metadata: MetaData,
    *,
    batch: int = BATCH,
    on_batch: Callable[[int], None] = lambda _done: None,
) -> int:
    """Seal anew what stands under another key than the one that seals now.

    Others may write meanwhile: a value is replaced only where it is still the one that was opened,
    and what is just being changed is left for the next round. Killed at any point, it has lost
    nothing and goes on when it is called again.

    Args:
        db: The database; every batch is a transaction of its own.
        keyring: The keys.
        metadata: The catalogue of tables.
        batch: How many rows at a time.
        on_batch: Told how many values were done so far.

    Returns:
        How many values were sealed anew.

    Raises:
        SetupError: A value stands under a key that is not there, or does not open.
    """
    done = 0
    for one in sealed_tables(metadata):
        # Round after round, until one finds nothing: a row may have been passed over because
        # somebody was changing it.
        while changed := sum(_round(db, keyring, one, batch, done, on_batch)):
            done += changed
    return done


def _round(
    db: Database,
    keyring: Keyring,
    one: Sealed,
    batch: int,
    before: int,
    on_batch: Callable[[int], None],
) -> Iterator[int]:
    after: tuple[Any, ...] | None = None
    while True:
        keyring.refresh()
        with db.read() as session:
            rows = session.execute(_page(one, keyring.sealing, after, batch)).all()
        if not rows:
            return
        after = tuple(rows[-1][: len(one.key)])
        fresh = _fresh(keyring, one, rows)
        with db.transaction() as session:
            free = _free(session, one, [tuple(row[: len(one.key)]) for row in rows])
            changed = sum(
                _put(session, one, name, [new for new in values if new["key"] in free])
                for name, values in fresh.items()
            )
        before += changed
        on_batch(before)
        yield changed


def _sealed(one: Table) -> Sealed:
    contexts = {
        each.name: each.type.context for each in one.columns if isinstance(each.type, EncryptedText)
    }
    key = tuple(each.name for each in one.primary_key.columns)
    raw = table(
        one.name,
        *(column(name, one.c[name].type) for name in key),
        *(column(name, LargeBinary()) for name in contexts),
    )
    return Sealed(one.name, raw, key, contexts)


def _first_byte(sealed: ColumnElement[bytes]) -> ColumnElement[bytes]:
    return func.substr(sealed, 1, 1, type_=LargeBinary())


def _is_left(one: Sealed, sealing: int) -> ColumnElement[bool]:
    prefix = literal(bytes([sealing]), LargeBinary())
    columns = [one.raw.c[name] for name in one.contexts]
    return or_(*(and_(each.is_not(None), _first_byte(each) != prefix) for each in columns))


def _page(one: Sealed, sealing: int, after: tuple[Any, ...] | None, batch: int) -> Any:
    key = [one.raw.c[name] for name in one.key]
    statement = (
        select(*key, *(one.raw.c[name] for name in one.contexts))
        .where(_is_left(one, sealing))
        .order_by(*key)
        .limit(batch)
    )
    if after is None:
        return statement
    return statement.where(tuple_(*key) > tuple_(*(literal(part) for part in after)))


def _fresh(keyring: Keyring, one: Sealed, rows: Sequence[Any]) -> dict[str, list[dict[str, Any]]]:
    """By column, what stands there and what is to stand there, for the rows' keys."""
    sealing = keyring.sealing
    width = len(one.key)
    fresh: dict[str, list[dict[str, Any]]] = {name: [] for name in one.contexts}
    for row in rows:
        for (name, context), old in zip(one.contexts.items(), row[width:], strict=True):
            if old is None or bytes(old)[0] == sealing:
                continue
            new = keyring.seal(keyring.open(bytes(old), context=context), context=context)
            fresh[name].append({"key": tuple(row[:width]), "old": bytes(old), "new": new})
    return fresh


def _free(
    session: Session, one: Sealed, keys: Sequence[tuple[Any, ...]]
) -> frozenset[tuple[Any, ...]]:
    """The rows that nobody is changing; on PostgreSQL they are held until the transaction ends.

    Waiting for a row while holding others could end in a deadlock, and the database might choose
    the other transaction as the one to give up: so nothing is waited for.
    """
    if session.get_bind().dialect.name != "postgresql":
        return frozenset(keys)
    columns = [one.raw.c[name] for name in one.key]
    held = session.execute(
        select(*columns)
        .where(tuple_(*columns).in_(keys))
        .with_for_update(skip_locked=True, key_share=True)
    )
    return frozenset(tuple(row) for row in held)


def _put(session: Session, one: Sealed, name: str, values: Sequence[dict[str, Any]]) -> int:
    if not values:
        return 0
    sealed = one.raw.c[name]
    statement = (
        update(one.raw)
        .where(
            *(one.raw.c[part] == bindparam(f"k_{part}") for part in one.key),
            # Somebody else may have written since it was read: theirs stands.
            sealed == bindparam("old", type_=LargeBinary()),
        )
        .values({name: bindparam("new", type_=LargeBinary())})
    )
    parameters = [
        {f"k_{part}": at for part, at in zip(one.key, value["key"], strict=True)}
        | {"old": value["old"], "new": value["new"]}
        for value in values
    ]
    return session.connection().execute(statement, parameters).rowcount


def hold_unused(session: Session, metadata: MetaData, key_id: int) -> None:
    """Make sure that nothing stands under a key, and that nobody is about to write it.

    On PostgreSQL the tables are locked against writing until the transaction ends, which waits for
    those who write; on SQLite nobody else can write while a transaction does.

    Raises:
        SetupError: Something does; the columns are named.
    """
    if session.get_bind().dialect.name == "postgresql":
        names = ", ".join(f'"{one.name}"' for one in sealed_tables(metadata))
        session.execute(text(f"LOCK TABLE {names} IN SHARE MODE"))
    counts = count_by_key(session, metadata)
    left = {name: under[key_id] for name, under in counts.items() if under[key_id]}
    if left:
        listed = ", ".join(f"{name} ({many})" for name, many in left.items())
        raise SetupError(
            f"Data key {key_id} still seals {sum(left.values())} values: {listed}.",
            hint="Run `mobilize keys rotate` first.",
        )
