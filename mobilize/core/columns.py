"""The column types that all tables share: big keys, UTC instants, sealed texts, JSON documents."""

import re
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    DateTime,
    Integer,
    LargeBinary,
    String,
    literal_column,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.types import TypeDecorator
from typing_extensions import override

from mobilize.core.errors import SetupError
from mobilize.core.keys import Keyring
from mobilize.core.public_ids import new_public_id as new_public_id  # noqa: PLC0414

BigKey = BigInteger().with_variant(Integer(), "sqlite")
"""A key of 64 bits; SQLite's own row id is one already, and only under the name INTEGER."""

JsonDocument = JSON().with_variant(JSONB(), "postgresql")
"""A JSON document, in PostgreSQL in its indexed form."""

_OWN_WORD = re.compile(r"[A-Za-z0-9_/+-]+")
_SQLITE_INSTANT = sqlite.DATETIME(  # type: ignore[no-untyped-call]
    storage_format=(
        "%(year)04d-%(month)02d-%(day)02d %(hour)02d:%(minute)02d:%(second)02d.%(microsecond)06d"
    )
)


def constant(word: str) -> ColumnElement[str]:
    """A word of ours as it stands in a statement, where as a parameter it would be sent each time.

    A large statement with hundreds of parameters takes the driver and the database longer to read
    than to answer.

    Args:
        word: A name that stands in our own code; never anything from outside.

    Raises:
        ValueError: It has another character than letters, digits and `_/+-`.
    """
    if not _OWN_WORD.fullmatch(word):
        raise ValueError(f"{word!r} is no name of ours")
    return literal_column(f"'{word}'", String())


class UTCDateTime(TypeDecorator[datetime]):
    """An instant: aware in Python, UTC in the database, on SQLite as text that sorts."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @override
    def load_dialect_impl(self, dialect: Dialect) -> Any:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(_SQLITE_INSTANT)
        return dialect.type_descriptor(DateTime(timezone=True))

    @override
    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError("an instant without its zone means nothing; pass an aware datetime")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    @override
    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class EncryptedText(TypeDecorator[str]):
    """A text that is sealed before it reaches the database.

    The keyring hangs on the engine's dialect, so that no key is a global of the process.

    Args:
        context: `table.column`; a sealed value that was moved elsewhere does not open.
    """

    impl = LargeBinary
    cache_ok = True

    def __init__(self, context: str) -> None:
        super().__init__()
        self.context = context

    @override
    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        return None if value is None else keyring_of(dialect).seal(value, context=self.context)

    @override
    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        return keyring_of(dialect).open(bytes(value), context=self.context)


def attach_keyring(dialect: Dialect, keyring: Keyring | None) -> None:
    """Give one engine the keys that its sealed columns need."""
    dialect.mobilize_keyring = keyring  # type: ignore[attr-defined]


def keyring_of(dialect: Dialect) -> Keyring:
    """The keys of the engine that a dialect belongs to."""
    keyring: Keyring | None = getattr(dialect, "mobilize_keyring", None)
    if keyring is None:
        raise SetupError(
            "Sealed columns were touched without keys.", hint="Open the database with its keyring."
        )
    return keyring


def keyring_of_session(session: Session) -> Keyring:
    """The keys of the database that a session works on."""
    return keyring_of(session.get_bind().dialect)


def id_column() -> Mapped[int]:
    """The primary key that every table has."""
    return mapped_column(BigKey, primary_key=True)


def public_id_column() -> Mapped[str]:
    """The opaque id by which the outside names a row."""
    return mapped_column(String(16), unique=True, default=new_public_id)
