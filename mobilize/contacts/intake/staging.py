"""Rows as a small SQLite database in memory, which the real one takes in without touching them.

SQLite has one writer, and every value that Python binds there costs as much as storing it. So the
values are bound here, in the process that reads, and the writer moves whole tables with
`INSERT … SELECT`.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from mobilize.contacts.bases import expiry
from mobilize.contacts.intake.batches import EMAIL, PHONE, Stamp, Supply
from mobilize.contacts.intake.outcomes import holds
from mobilize.contacts.intake.people import People, Terms
from mobilize.contacts.whereabouts import Whereabouts
from mobilize.core.keys import Keyring
from mobilize.core.public_ids import new_public_ids

ROWS: Final = (
    "place", "line", "public_id", "given_name", "family_name", "email", "email_hash", "phone",
    "phone_hash", "sms_confirmed_at", "language", "province", "fsa", "riding_id",
    "riding_certainty", "time_zone", "source", "row_hash",
    "email_basis", "email_date", "email_until", "email_evidence",
    "sms_basis", "sms_date", "sms_until", "sms_evidence",
)  # fmt: skip
"""What the table `rows` holds of each person; `place` counts from 0."""

_MAKE: Final = (
    f"CREATE TABLE rows (place INTEGER PRIMARY KEY, {', '.join(ROWS[1:])})",
    "CREATE TABLE aside (place INTEGER PRIMARY KEY)",
)
_INSERT: Final = f"INSERT INTO rows VALUES ({', '.join('?' * len(ROWS))})"  # noqa: S608
_NO_CLAIM: Final[tuple[str | None, ...]] = (None, None, None)
_PRAGMAS: Final = ("page_size=65536", "journal_mode=OFF")


class StagePacker:
    """Makes rows into a database with the tables `rows` and `aside`.

    Args:
        stamp: What all rows of the file have alike.
    """

    def __init__(self, stamp: Stamp) -> None:
        self._stamp = stamp
        self._where = lru_cache(maxsize=8192)(self._make_where)

    def pack(self, people: People, supply: Supply, keyring: Keyring) -> bytes:
        """The rows as new people, with their consents that hold."""
        count = len(people.lines)
        file_name = self._stamp.file_name
        return _serialised(
            zip(
                range(count),
                people.lines,
                new_public_ids(count),
                people.given_names,
                people.family_names,
                _sealed(people.emails, EMAIL, keyring),
                people.email_hashes,
                _sealed(people.phones, PHONE, keyring),
                people.phone_hashes,
                [None if at is None else stored_instant(at) for at in people.confirmed],
                people.languages,
                *_columns(map(self._where, people.places), 5),
                [source or file_name for source in people.sources],
                people.digests,
                *_columns(_claimed(people.email_terms, supply.now), 3),
                people.email_evidence,
                *_columns(_claimed(people.sms_terms, supply.now), 3),
                people.sms_evidence,
                strict=True,
            )
        )

    def _make_where(self, whereabouts: Whereabouts) -> tuple[Any, ...]:
        code = whereabouts.riding_code
        riding_id = self._stamp.ridings.get(code) if code else None
        return (
            whereabouts.province, whereabouts.fsa, riding_id, whereabouts.certainty,
            whereabouts.time_zone,
        )  # fmt: skip


def stored_instant(instant: datetime) -> str:
    """An instant as the column type `UTCDateTime` keeps it on SQLite."""
    return instant.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def _sealed(
    addresses: Sequence[str | None], context: str, keyring: Keyring
) -> Iterator[bytes | None]:
    sealed = iter(keyring.seal_many([one for one in addresses if one], context=context))
    return (None if one is None else next(sealed) for one in addresses)


def _claimed(terms: Sequence[Terms | None], now: datetime) -> Iterator[tuple[str | None, ...]]:
    """The columns of claims that hold; those of the others are empty."""
    packed: dict[Terms | None, tuple[str | None, ...]] = {
        one: _pack_terms(one) for one in set(terms) if one and holds(one, now)
    }
    return (packed.get(one, _NO_CLAIM) for one in terms)


def _pack_terms(terms: Terms) -> tuple[str | None, ...]:
    end = expiry(*terms)
    return terms.basis, terms.day.isoformat(), None if end is None else stored_instant(end)


def _columns(rows: Iterable[tuple[Any, ...]], count: int) -> Iterable[Sequence[Any]]:
    """Rows of so many values as columns."""
    return list(zip(*rows, strict=True)) or [()] * count


def _serialised(values: Iterable[tuple[Any, ...]]) -> bytes:
    staging = sqlite3.connect(":memory:", isolation_level=None)
    try:
        for pragma in _PRAGMAS:
            staging.execute(f"PRAGMA {pragma}")
        for statement in _MAKE:
            staging.execute(statement)
        staging.execute("BEGIN")
        staging.executemany(_INSERT, values)
        staging.execute("COMMIT")
        return staging.serialize()
    finally:
        staging.close()
