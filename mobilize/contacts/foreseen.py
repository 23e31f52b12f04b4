"""What a dry run remembers beside the database: what an import would find as it wrote it itself.

Keyed digests, our own ids and days alone, in a temporary file that has no name and goes with the
process.
"""

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from hashlib import blake2b
from itertools import chain
from typing import Final

from mobilize.contacts.channels import CHANNELS
from mobilize.contacts.ledger import NewConsent
from mobilize.contacts.matching import Decided, Known, OnFile, Who, bears, said_now
from mobilize.contacts.opting_out import Address, Bearer, Leaving
from mobilize.contacts.rows import SupporterRow

_AT_ONCE: Final = 100
_NEW: Final = b"n"
"""Stands for somebody who is not on file yet, after all who are."""
_TABLES: Final = (
    "seen (key BLOB PRIMARY KEY, said BLOB, of BLOB) WITHOUT ROWID",
    "agreed (key BLOB PRIMARY KEY, at TEXT) WITHOUT ROWID",
    "moved (person INTEGER PRIMARY KEY, phone BLOB)",
    "gone (person INTEGER, channel TEXT, PRIMARY KEY (person, channel)) WITHOUT ROWID",
)


class Foreseen:
    """What the rows of earlier batches would have put on file.

    Args:
        run_id: The file's record.
    """

    def __init__(self, run_id: int) -> None:
        self._run_id = run_id
        # A database without a name lies in a temporary file that nobody else can open.
        self._seen = sqlite3.connect("", isolation_level=None)
        for table in _TABLES:
            self._seen.execute(f"CREATE TABLE {table}")
        self._seen.execute("CREATE INDEX bearing ON moved (phone)")
        self._seen.execute("BEGIN")

    def close(self) -> None:
        """Let go of it all."""
        self._seen.close()

    def recall(self, found: OnFile, rows: Sequence[SupporterRow]) -> None:
        """Complete what is on file by what this file would have put there."""
        people = {*found.by_email.values(), *chain.from_iterable(found.by_phone.values())}
        addresses = {
            (channel, address)
            for row in rows
            for channel in CHANNELS
            if (address := row.address_hash(channel)) is not None
        }
        seen = self._look_up(
            [*(_of_person(person.id) for person in people), *map(_found_by, rows)]
            + [_closed(channel, address) for channel, address in addresses]
        )
        for channel, address in addresses:
            if (closed := seen.get(_closed(channel, address))) is not None:
                found.suppressed.setdefault((channel, address), closed[0].decode())
        for person in people:
            if (changed := seen.get(_of_person(person.id))) is not None:
                self._change(found, person, *changed)
        for row in rows:
            if (brought := seen.pop(_found_by(row), None)) is not None:
                self._add(found, row, *brought)

    def keep(self, decided: Decided, grants: Sequence[NewConsent]) -> None:
        """Remember whom the rows of a batch would have created or changed, and what they agreed to.

        Args:
            decided: What is to be done with the rows.
            grants: The consents that would be written down.
        """
        said: list[tuple[bytes, bytes, bytes]] = []
        for row in decided.new:
            said += [(b"e" + row.email_hash, row.digest, _NEW)] if row.email_hash else []
            said += [(key, row.digest, _NEW) for key in _shared(bears(row))]
        for row, known in decided.changed:
            now_shared = _shared(bears(said_now(known, row, self._run_id)))
            said += [(_of_person(known.id), row.digest, b"".join(now_shared))]
            said += [(key, row.digest, _of_person(known.id)) for key in now_shared]
        self._say(said)
        self._seen.executemany(
            "INSERT OR REPLACE INTO moved VALUES (?, ?)",
            [
                (known.id, row.phone_hash)
                for row, known in decided.changed
                if row.phone_hash not in {None, known.phone_hash}
            ],
        )
        self._seen.executemany(
            "INSERT INTO agreed VALUES (?, ?) ON CONFLICT DO UPDATE SET at = max(at, excluded.at)",
            [
                (_at(one.channel, one.address_hash), one.occurred_at.isoformat())
                for one in grants
                if one.address_hash is not None and one.occurred_at is not None
            ],
        )

    def leave(self, leaving: Leaving) -> None:
        """Remember which addresses the rows of a batch would have closed, and who left."""
        self._say(
            [
                (_closed(one.channel, one.address_hash), one.reason.encode(), b"")
                for one in leaving.closings
            ]
        )
        self._seen.executemany(
            "INSERT OR IGNORE INTO gone VALUES (?, ?)",
            [(person, opt_out.channel) for person, _, opt_out in leaving.people],
        )

    def bearers(self, people: Sequence[Bearer], addresses: Collection[bytes]) -> list[Bearer]:
        """Who would bear some addresses by now.

        Args:
            people: Who on file bears them.
            addresses: The addresses.
        """
        moved = {
            person: phone
            for phone in addresses
            for person, phone in self._seen.execute(
                "SELECT person, phone FROM moved WHERE phone = ?", (phone,)
            )
        }
        away = {
            one.id
            for one in people
            for _ in self._seen.execute("SELECT 1 FROM moved WHERE person = ?", (one.id,))
        }
        return [
            *(one._replace(phone_hash=None) if one.id in away else one for one in people),
            *(Bearer(person, None, phone) for person, phone in sorted(moved.items())),
        ]

    def agreed(self, addresses: Collection[Address]) -> dict[Address, datetime]:
        """When somebody at an address agreed last, by the rows of earlier batches."""
        return {
            address: datetime.fromisoformat(at)
            for address in addresses
            for (at,) in self._seen.execute("SELECT at FROM agreed WHERE key = ?", (_at(*address),))
        }

    def left(self, people: Collection[int]) -> set[tuple[int, str]]:
        """Which of some people would have left which channel."""
        return {
            (person, channel)
            for person in people
            for (channel,) in self._seen.execute(
                "SELECT channel FROM gone WHERE person = ?", (person,)
            )
        }

    def _say(self, said: Sequence[tuple[bytes, bytes, bytes]]) -> None:
        # Of those who share a number and a name, the oldest on file is kept.
        self._seen.executemany(
            "INSERT INTO seen VALUES (?, ?, ?) ON CONFLICT DO UPDATE"
            " SET said = excluded.said, of = excluded.of WHERE excluded.of < seen.of",
            said,
        )

    def _change(self, found: OnFile, person: Known, digest: bytes, shared: bytes) -> None:
        changed = person._replace(import_id=self._run_id, row_hash=digest)
        if person.email_hash is not None:
            found.by_email[person.email_hash] = changed
        who = bears(person)
        if who is not None:
            others = [one for one in found.by_phone[who] if one.id != person.id]
            found.by_phone[who] = others
            if _shared(who) == [shared]:
                found.add(changed)

    def _add(self, found: OnFile, row: SupporterRow, digest: bytes, of: bytes) -> None:
        person = Known(
            0 if of == _NEW else int.from_bytes(of[1:], "big"),
            row.email_hash, row.phone_hash, row.given_name, row.family_name, None, None,
            self._run_id, digest,
        )  # fmt: skip
        if row.email_hash is not None:
            found.by_email.setdefault(row.email_hash, person)
            return
        who = bears(row)
        if who and all(one.id != person.id for one in found.by_phone.get(who, ())):
            found.add(person)

    def _look_up(self, keys: Sequence[bytes]) -> dict[bytes, tuple[bytes, bytes]]:
        return {key: (said, of) for key, said, of in self._all(keys)}

    def _all(self, keys: Sequence[bytes]) -> Iterator[tuple[bytes, bytes, bytes]]:
        for start in range(0, len(keys), _AT_ONCE):
            some = keys[start : start + _AT_ONCE]
            marks = ", ".join("?" * len(some))
            yield from self._seen.execute(
                f"SELECT key, said, of FROM seen WHERE key IN ({marks})",  # noqa: S608 - marks alone
                some,
            )


def _found_by(row: SupporterRow) -> bytes:
    """By what a row finds its person."""
    return b"e" + row.email_hash if row.email_hash is not None else _shared(bears(row))[0]


def _shared(who: Who | None) -> list[bytes]:
    """The key of a number and a name, where there is a number."""
    if who is None:
        return []
    phone_hash, name = who
    return [b"p" + blake2b(phone_hash + name.encode(), digest_size=16).digest()]


def _at(channel: str, address: bytes) -> bytes:
    return channel.encode() + address


def _closed(channel: str, address: bytes) -> bytes:
    return b"c" + _at(channel, address)


def _of_person(contact_id: int) -> bytes:
    return b"i" + contact_id.to_bytes(8, "big")
