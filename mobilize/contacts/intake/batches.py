"""A batch of rows, read and made ready: all that writing needs, nothing that it must work out."""

import marshal
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import compress
from typing import Any, Final, NamedTuple, Protocol

from mobilize.contacts.intake.outcomes import outcomes_of
from mobilize.contacts.intake.people import People, PeopleReader, Refused
from mobilize.contacts.tables import Record
from mobilize.core.keys import Keyring

EMAIL: Final = "contacts.email"
PHONE: Final = "contacts.phone"
"""The columns that addresses are sealed for."""


class Stamp(NamedTuple):
    """What all rows of one file have alike.

    Attributes:
        run_id: The file's record.
        run_ref: Its public id, which evidence names.
        actor: Who brings the file in.
        file_name: What stands as source where a row names none.
        kind: What people who are new become: `supporter` or `partner`.
        ridings: Riding ids by code.
        organization: To whom consent is given.
        topic: What it is given for.
    """

    run_id: int
    run_ref: str
    actor: str
    file_name: str
    kind: str
    ridings: Mapping[str, int]
    organization: str
    topic: str

    @property
    def evidence(self) -> str:
        """What stands before the line where the ledger names its source."""
        return f"import {self.run_ref} line "


class Supply(NamedTuple):
    """What a batch needs before it is read.

    Attributes:
        now: The instant of the batch.
        contact_ids: Keys for its people, where the database gives them beforehand.
        event_ids: Keys for their consents.
    """

    now: datetime
    contact_ids: Sequence[int] = ()
    event_ids: Sequence[int] = ()


class Packer(Protocol):
    """Makes rows into what one kind of database takes in at once."""

    def pack(self, people: People, supply: Supply, keyring: Keyring) -> Any:
        """The rows as new people, with their consents that hold."""
        ...


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Rows that can be kept, and those that cannot.

    Attributes:
        supply: What it was read with.
        sealed_with: The number of the data key that its addresses are sealed with.
        last_line: Where its last record begins.
        count: How many records it has.
        refused: Those that cannot be used.
        lines: The line of each row that can.
        email_hashes: Of each row, in their order.
        phone_hashes: Of each row.
        digests: Of each row.
        by_hand: The rows to be looked at one by one: another row of the batch may be the same
            person, or the row says more than who it is and what is agreed to.
        tags: The tags of rows that have any, by the row's place.
        outcomes: One byte for each row, as `outcomes.outcomes_of` makes it.
        packed: The rows as their `Packer` made them.
        stored: The cells of each row, without the apostrophes of our own exports.
    """

    supply: Supply
    sealed_with: int
    last_line: int
    count: int
    refused: list[Refused]
    lines: list[int]
    email_hashes: list[bytes | None]
    phone_hashes: list[bytes | None]
    digests: list[bytes]
    by_hand: set[int]
    tags: dict[int, tuple[str, ...]]
    outcomes: bytes
    packed: Any
    stored: list[bytes]

    def cells(self, place: int) -> list[str]:
        """The cells of a row."""
        cells: list[str] = marshal.loads(self.stored[place])  # noqa: S302 - we wrote it ourselves
        return cells

    @cached_property
    def alone(self) -> list[bytes]:
        """The phone numbers by which rows without an email are found."""
        pairs = zip(self.email_hashes, self.phone_hashes, strict=True)
        return [phone for email, phone in pairs if email is None and phone is not None]


def read_batch(
    records: Sequence[Record],
    *,
    reader: PeopleReader,
    packer: Packer,
    supply: Supply,
    keyring: Keyring,
) -> Batch:
    """Read records, put aside what cannot be used, and make the others ready."""
    people, refused = reader.read(records)
    return Batch(
        supply=supply,
        sealed_with=keyring.sealing,
        last_line=records[-1].line,
        count=len(records),
        refused=refused,
        lines=people.lines,
        email_hashes=people.email_hashes,
        phone_hashes=people.phone_hashes,
        digests=people.digests,
        by_hand=_shared(people.email_hashes, people.phone_hashes) | _beside(people),
        tags={place: tags for place, tags in enumerate(people.tags) if tags},
        outcomes=outcomes_of(people, supply.now),
        packed=packer.pack(people, supply, keyring),
        stored=[marshal.dumps(cells) for cells in people.cells],
    )


def _beside(people: People) -> set[int]:
    """The rows that say more than others, and those with their phone: one may leave it."""
    odd = set(compress(range(len(people.lines)), people.by_hand))
    phones = {people.phone_hashes[place] for place in odd} - {None}
    if phones:
        odd.update(place for place, one in enumerate(people.phone_hashes) if one in phones)
    return odd


def _shared(emails: Sequence[bytes | None], phones: Sequence[bytes | None]) -> set[int]:
    """The rows that may be one person: same email, or same phone where one has no email."""
    shared: set[int] = set()
    if len(set(emails)) < len(emails):
        often = {email for email, count in Counter(emails).items() if count > 1} - {None}
        shared = {place for place, email in enumerate(emails) if email in often}
    if None in emails:
        alone = {phone for email, phone in zip(emails, phones, strict=True) if email is None}
        often = {phone for phone, count in Counter(phones).items() if count > 1} & alone
        shared |= {place for place, phone in enumerate(phones) if phone in often}
    return shared
