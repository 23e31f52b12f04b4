"""Rows as a small SQLite database in memory, which the real one takes in without touching them.

SQLite has one writer, and every value that Python binds there costs as much as storing it. So the
values are bound here, in the process that reads, and the writer moves whole tables with
`INSERT … SELECT`.
"""

import sqlite3
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Any, Final

from mobilize.contacts.intake.batches import EMAIL, PHONE, Stamp, Supply
from mobilize.contacts.intake.outcomes import ends
from mobilize.contacts.rows import Claim, SupporterRow
from mobilize.contacts.whereabouts import Whereabouts
from mobilize.core.keys import Keyring
from mobilize.core.public_ids import new_public_ids

ROWS: Final = (
    "place", "line", "public_id", "given_name", "family_name", "email", "email_hash", "phone",
    "phone_hash", "sms_confirmed_at", "language", "province", "fsa", "riding_id",
    "riding_certainty", "riding_source", "time_zone", "source", "row_hash",
    "email_basis", "email_date", "email_at", "email_until", "email_evidence",
    "sms_basis", "sms_date", "sms_at", "sms_until", "sms_evidence",
)  # fmt: skip
"""What the table `rows` holds of each person; `place` counts from 0."""

_MAKE: Final = (
    f"CREATE TABLE rows (place INTEGER PRIMARY KEY, {', '.join(ROWS[1:])})",
    "CREATE TABLE aside (place INTEGER PRIMARY KEY)",
)
_INSERT: Final = f"INSERT INTO rows VALUES ({', '.join('?' * len(ROWS))})"  # noqa: S608
_NO_CLAIM: Final[tuple[str | None, ...]] = (None, None, None, None, None)
_PRAGMAS: Final = ("page_size=65536", "journal_mode=OFF")


class StagePacker:
    """Makes rows into a database with the tables `rows` and `aside`.

    Args:
        stamp: What all rows of the file have alike.
    """

    def __init__(self, stamp: Stamp) -> None:
        self._stamp = stamp
        self._where = lru_cache(maxsize=8192)(self._make_where)

    def pack(self, rows: Sequence[SupporterRow], supply: Supply, keyring: Keyring) -> bytes:
        """The rows as new people, with their consents that hold."""
        emails = iter(keyring.seal_many([row.email for row in rows if row.email], context=EMAIL))
        phones = iter(keyring.seal_many([row.phone for row in rows if row.phone], context=PHONE))
        values: list[tuple[Any, ...]] = []
        for place, (row, public_id) in enumerate(zip(rows, new_public_ids(len(rows)), strict=True)):
            (
                line, given_name, family_name, _, email_hash, _, phone_hash, confirmed_at, language,
                whereabouts, _, source, claims, _, digest, _, _,
            ) = row  # fmt: skip
            by_email = by_sms = _NO_CLAIM
            for claim in claims:
                if claim.channel == "email":
                    by_email = _claimed(claim, supply.now)
                else:
                    by_sms = _claimed(claim, supply.now)
            values.append(
                (
                    place, line, public_id, given_name, family_name,
                    next(emails) if email_hash else None, email_hash,
                    next(phones) if phone_hash else None, phone_hash,
                    stored_instant(confirmed_at) if confirmed_at else None, language,
                    *self._where(whereabouts), source or self._stamp.file_name, digest,
                    *by_email, *by_sms,
                )
            )  # fmt: skip
        return _serialised(values)

    def _make_where(self, whereabouts: Whereabouts) -> tuple[Any, ...]:
        code = whereabouts.riding_code
        riding_id = self._stamp.ridings.get(code) if code else None
        return (
            whereabouts.province, whereabouts.fsa, riding_id, whereabouts.certainty,
            "postal" if riding_id else None, whereabouts.time_zone,
        )  # fmt: skip


def stored_instant(instant: datetime) -> str:
    """An instant as the column type `UTCDateTime` keeps it on SQLite."""
    return instant.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def _claimed(claim: Claim, now: datetime) -> tuple[str | None, ...]:
    terms = _terms(claim.basis, claim.day)
    end = ends(claim.basis, claim.day)
    return _NO_CLAIM if end is not None and end <= now else (*terms, claim.evidence)


@lru_cache(maxsize=4096)
def _terms(basis: str, day: date) -> tuple[str | None, ...]:
    given, end = datetime.combine(day, time(), tzinfo=UTC), ends(basis, day)
    return (
        basis, day.isoformat(), stored_instant(given), stored_instant(end) if end else None,
    )  # fmt: skip


def _serialised(values: Sequence[tuple[Any, ...]]) -> bytes:
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
