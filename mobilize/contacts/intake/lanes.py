"""How a batch that is ready goes into the database: most rows at once, the others by hand.

A row goes in at once when nobody on file and no suppression has its address, and no other row of
its batch. What a row says that is on file already needs nothing. All others are looked at one by
one (`matching`), which is slower and knows every rule.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Any, Final, NamedTuple, Protocol, cast

from sqlalchemy import Connection, Table, select, text
from sqlalchemy.orm import Session

from mobilize.contacts.consent_models import Consent, ConsentEvent, Suppression
from mobilize.contacts.intake import copying
from mobilize.contacts.intake.batches import Again, Batch, Stamp, Supply
from mobilize.contacts.intake.copying import Copies
from mobilize.contacts.intake.staging import stored_instant
from mobilize.contacts.models import Contact
from mobilize.core.bulk import allot_ids, any_hash, copying_binary
from mobilize.core.db import Base, Database


class Met(NamedTuple):
    """What a batch met on file.

    Attributes:
        unchanged: The rows that say what is on file.
        repeated: The rows of somebody whom an earlier row of the file brought.
        others: The rows to be looked at one by one.
    """

    unchanged: set[int]
    repeated: set[int]
    others: set[int]

    def sort(self, place: int, is_same: bool, is_of_file: bool) -> None:
        """Put the row of somebody on file where it belongs."""
        kind = self.unchanged if is_same else self.repeated if is_of_file else self.others
        kind.add(place)

    def settled(self, again: Mapping[int, Again]) -> "Met":
        """What is to be looked at one by one is nothing else as well, nor is who comes after it.

        Args:
            again: The rows with the email of an earlier one of the batch.
        """
        for place, (first, is_same) in again.items():
            if first in self.others:
                self.others.add(place)
            elif first not in self.unchanged and first not in self.repeated:
                self.sort(place, is_same, is_of_file=True)
        return Met(self.unchanged - self.others, self.repeated - self.others, self.others)


class Lane(Protocol):
    """The way into one kind of database."""

    is_sqlite: bool
    batch_rows: int
    """How many rows of a long file go in at once."""

    def supply(self, now: datetime, rows: int, claims: int) -> Supply:
        """What a batch needs before it is read, which has at most so many rows and consents."""
        ...

    def transaction(self, batch: Batch) -> AbstractContextManager[Session]:
        """The transaction in which a batch is written."""
        ...

    def meet(self, session: Session, batch: Batch) -> Met:
        """Look for the rows on file."""
        ...

    def load(
        self, session: Session, batch: Batch, left_out: set[int]
    ) -> AbstractContextManager[Sequence[int]]:
        """Write the rows as new people, without some of them; gives the key of each place.

        Inside the block the database may still be taking them in: time for what does not ask it.
        """
        ...

    def settle(self, session: Session) -> None:
        """Let the end of a transaction wait until all that was written is on the disk."""
        ...


@contextmanager
def lane_of(db: Database, stamp: Stamp) -> Iterator[Lane]:
    """The way into a database."""
    if not db.is_sqlite:
        with _not_waiting(db) as connection, _not_waiting(db) as beside:
            yield _PostgreSQL(db, connection, beside, stamp)
        return
    with db.engine.connect() as connection:
        raw = connection.connection.driver_connection
        assert raw is not None
        raw.execute("ATTACH ':memory:' AS brought")
        usual = {name: raw.execute(f"PRAGMA {name}").fetchone()[0] for name in _PRAGMAS}
        for name, value in _PRAGMAS.items():
            raw.execute(f"PRAGMA {name}={value}")
        try:
            yield _SQLite(db, connection, raw, stamp)
        finally:
            for name, value in usual.items():
                raw.execute(f"PRAGMA {name}={value}")
            raw.execute("DETACH brought")


@contextmanager
def _not_waiting(db: Database) -> Iterator[Connection]:
    """A connection whose commits do not wait for the disk.

    What a crash loses is read again from the file; the last word waits (`Lane.settle`).
    """
    with db.engine.connect() as connection:
        # One of its own: what is set on it ends with it.
        connection.detach()
        with db.transaction(connection) as session:
            session.execute(text("SET synchronous_commit = off"))
        yield connection


def _table(model: type[Base]) -> Table:
    return cast("Table", model.__table__)


class _PostgreSQL:
    is_sqlite = False
    batch_rows = 5_000

    def __init__(
        self, db: Database, connection: Connection, beside: Connection, stamp: Stamp
    ) -> None:
        self._db = db
        self._connection = connection
        self._beside = beside
        self._stamp = stamp
        self._wanted = (0, 0)
        self._keys: tuple[Sequence[int], Sequence[int]] | None = None

    def supply(self, now: datetime, rows: int, claims: int) -> Supply:
        if self._wanted != (rows, claims):
            self._wanted, self._keys = (rows, claims), None
        contact_ids, event_ids = self._keys or self._take_keys()
        self._keys = None
        return Supply(now, contact_ids, event_ids)

    def _take_keys(self) -> tuple[Sequence[int], Sequence[int]]:
        rows, claims = self._wanted
        # It seals nothing, and may stand inside a batch, which keeps the key that it began with.
        with Session(self._beside) as session, session.begin():
            return (
                allot_ids(session, _table(Contact), rows),
                allot_ids(session, _table(ConsentEvent), claims),
            )

    @contextmanager
    def transaction(self, _batch: Batch) -> Iterator[Session]:
        with self._db.transaction(self._connection) as session:
            yield session

    def meet(self, session: Session, batch: Batch) -> Met:
        copies: Copies = batch.packed
        known = {
            email: (digest, import_id)
            for email, digest, import_id in session.execute(
                select(Contact.email_hash, Contact.row_hash, Contact.import_id).where(
                    any_hash(session, Contact.email_hash, copies.emails)
                )
            )
        }
        closed = set(
            session.scalars(
                select(Suppression.address_hash).where(
                    any_hash(session, Suppression.address_hash, copies.emails)
                    | any_hash(session, Suppression.address_hash, copies.phones),
                    Suppression.lifted_at.is_(None),
                )
            )
        )
        if copies.alone:
            closed.update(
                session.scalars(
                    select(Contact.phone_hash).where(
                        any_hash(session, Contact.phone_hash, copies.alone)
                    )
                )
            )
        met = Met(set(), set(), set(batch.by_hand))
        if known:
            for place, email in enumerate(copies.emails.hashes()):
                if email in known:
                    digest, import_id = known[email]
                    met.sort(place, digest == copies.digest(place), import_id == self._stamp.run_id)
        if closed:
            for hashes in (copies.emails.hashes(), copies.phones.hashes()):
                met.others.update(place for place, one in enumerate(hashes) if one in closed)
        return met.settled(batch.again)

    @contextmanager
    def load(self, session: Session, batch: Batch, left_out: set[int]) -> Iterator[Sequence[int]]:
        copies: Copies = batch.packed
        for model, names, strip in (
            (ConsentEvent, copying.EVENTS, copies.events),
            (Consent, copying.CONSENTS, copies.consents),
        ):
            with copying_binary(session, _table(model), names, strip.without(left_out)):
                pass
        # What takes longest comes last.
        people = copies.contacts.without(left_out)
        with copying_binary(session, _table(Contact), copying.CONTACTS, people):
            # Meanwhile the server gives the keys of a batch to come over the other connection.
            self._keys = self._keys or self._take_keys()
            yield copies.contact_ids

    def settle(self, session: Session) -> None:
        # A transaction that has a number of its own is written down, and all before it with it.
        session.execute(text("SELECT pg_current_xact_id()"))


_PRAGMAS: Final = {"wal_autocheckpoint": 16_384, "cache_size": -24_576}
"""Pages of the indexes change with every batch: brought home less often, they move less. And less
of them is held, since a second process needs its memory too."""
_SAME: Final = """
SELECT rows.place, rows.row_hash IS contacts.row_hash, contacts.import_id IS :run_id
FROM brought.rows CROSS JOIN contacts ON contacts.email_hash = rows.email_hash
"""
_SAME_PHONE: Final = """
SELECT rows.place FROM brought.rows CROSS JOIN contacts ON contacts.phone_hash = rows.phone_hash
WHERE rows.email_hash IS NULL
"""
_CLOSED: Final = """
SELECT rows.place FROM brought.rows CROSS JOIN suppressions
ON suppressions.channel = 'email' AND suppressions.address_hash = rows.email_hash
WHERE suppressions.lifted_at IS NULL
UNION ALL
SELECT rows.place FROM brought.rows CROSS JOIN suppressions
ON suppressions.channel IN ('sms', 'voice', 'stop', 'home')
AND suppressions.address_hash = rows.phone_hash
WHERE suppressions.lifted_at IS NULL
"""
_PEOPLE: Final = """
INSERT INTO contacts (
    id, public_id, kind, state, discreet, do_not_contact, no_voicemail, first_import_id, import_id,
    created_at, updated_at, given_name, family_name, email, email_hash, phone, phone_hash,
    sms_confirmed_at, language, province, fsa, riding_id, riding_certainty, riding_source,
    time_zone, source, row_hash
)
SELECT
    :first + place, public_id, :kind, 'active', 0, 0, 0, :run_id, :run_id,
    :now, :now, given_name, family_name, email, email_hash, phone, phone_hash,
    sms_confirmed_at, language, province, fsa, riding_id, riding_certainty,
    CASE WHEN riding_id IS NOT NULL THEN 'postal' END, time_zone, source, row_hash
FROM brought.rows WHERE place NOT IN (SELECT place FROM brought.aside)
"""
_EVENTS: Final = """
INSERT INTO consent_events (
    contact_id, channel, organization, topic, action, basis, basis_date, expires_at, source,
    evidence, actor, address_hash, occurred_at, recorded_at
)
SELECT
    :first + place, '{channel}', :organization, :topic, 'granted', {channel}_basis, {channel}_date,
    {channel}_until, :source || line, {channel}_evidence, :actor, {address}_hash,
    {channel}_date || ' 00:00:00.000000', :now
FROM brought.rows
WHERE {channel}_basis IS NOT NULL AND place NOT IN (SELECT place FROM brought.aside)
"""
_CONSENTS: Final = """
INSERT INTO consents (contact_id, channel, organization, topic, granted, expires_at, event_id)
SELECT contact_id, channel, organization, topic, 1, expires_at, id
FROM consent_events WHERE id > :last_event
"""


class _SQLite:
    is_sqlite = True
    batch_rows = 7_000
    """Each batch writes most pages of the indexes anew: the fewer batches, the less."""

    def __init__(self, db: Database, connection: Connection, raw: Any, stamp: Stamp) -> None:
        self._db = db
        self._connection = connection
        self._raw = raw
        self._stamp = stamp

    def supply(self, now: datetime, _rows: int, _claims: int) -> Supply:
        return Supply(now)

    @contextmanager
    def transaction(self, batch: Batch) -> Iterator[Session]:
        # It must lie there before the transaction begins, which takes hold of all that is attached.
        self._raw.deserialize(batch.packed, name="brought")
        with self._db.transaction(self._connection) as session:
            yield session

    def meet(self, session: Session, batch: Batch) -> Met:
        run = session.connection().exec_driver_sql
        met = Met(set(), set(), {*batch.by_hand, *run(_CLOSED).scalars()})
        met.others.update(run(_SAME_PHONE).scalars())
        for place, is_same, is_of_file in run(_SAME, {"run_id": self._stamp.run_id}):
            met.sort(place, is_same, is_of_file)
        return met.settled(batch.again)

    @contextmanager
    def load(self, session: Session, batch: Batch, left_out: set[int]) -> Iterator[Sequence[int]]:
        run, stamp = session.connection().exec_driver_sql, self._stamp
        if left_out:
            run("INSERT INTO brought.aside VALUES (?)", [(place,) for place in left_out])
        first = run("SELECT coalesce(max(id), 0) + 1 FROM contacts").scalar_one()
        values = stamp._asdict() | {
            "first": first,
            "last_event": run("SELECT coalesce(max(id), 0) FROM consent_events").scalar_one(),
            "now": stored_instant(batch.supply.now),
            "source": stamp.evidence,
        }
        del values["ridings"]
        run(_PEOPLE, values)
        for channel, address in (("email", "email"), ("sms", "phone")):
            run(_EVENTS.format(channel=channel, address=address), values)
        run(_CONSENTS, values)
        yield range(first, first + len(batch.lines))

    def settle(self, _session: Session) -> None:
        """Nothing to do: every commit is on its way to the disk alike."""
