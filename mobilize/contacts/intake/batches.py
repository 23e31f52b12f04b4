"""A batch of rows, read and made ready: all that writing needs, nothing that it must work out."""

import marshal
from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import compress
from typing import Any, Final, NamedTuple, Protocol

from mobilize.contacts.intake.outcomes import outcomes_of
from mobilize.contacts.intake.people import People, PeopleReader, Refused
from mobilize.contacts.intake.strips import Strip, strip_of
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


class Again(NamedTuple):
    """A row of somebody of whom an earlier row of the batch is.

    Attributes:
        first: The place of the first of them.
        is_same: Whether it says the same.
    """

    first: int
    is_same: bool


class Packer(Protocol):
    """Makes rows into what one kind of database takes in at once."""

    def pack(self, people: People, supply: Supply, keyring: Keyring) -> Any:
        """The rows as new people, with their consents that hold."""
        ...


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Rows that can be kept, and those that cannot.

    It comes from one process to another, so what it has of each row lies in few long pieces.

    Attributes:
        supply: What it was read with.
        sealed_with: The number of the data key that its addresses are sealed with.
        last_line: Where its last record begins.
        count: How many records it has.
        refused: Those that cannot be used.
        lines: The line of each row that can.
        again: The rows with the email of an earlier one.
        by_hand: The rows to be looked at one by one: another row of the batch may be the same
            person by their phone, or the row says more than who it is and what is agreed to.
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
    lines: "array[int]"
    again: dict[int, Again]
    by_hand: set[int]
    tags: dict[int, tuple[str, ...]]
    outcomes: bytes
    packed: Any
    stored: Strip

    def cells(self, place: int) -> list[str]:
        """The cells of a row."""
        cells: list[str] = marshal.loads(self.stored.piece(place))  # noqa: S302 - we wrote it ourselves
        return cells


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
        lines=array("Q", people.lines),
        again=_again(people),
        by_hand=_shared(people.email_hashes, people.phone_hashes) | _beside(people),
        tags={place: tags for place, tags in enumerate(people.tags) if tags},
        outcomes=outcomes_of(people, supply.now),
        packed=packer.pack(people, supply, keyring),
        stored=strip_of(list(map(marshal.dumps, people.cells))),
    )


def _beside(people: People) -> set[int]:
    """The rows that say more than others, and those with their phone: one may leave it."""
    odd = set(compress(range(len(people.lines)), people.by_hand))
    phones = {people.phone_hashes[place] for place in odd} - {None}
    if phones:
        odd.update(place for place, one in enumerate(people.phone_hashes) if one in phones)
    return odd


def _again(people: People) -> dict[int, Again]:
    """The rows with the email of an earlier one, by their place."""
    emails, digests = people.email_hashes, people.digests
    if len(set(emails)) == len(emails):
        return {}
    firsts: dict[bytes, int] = {}
    again: dict[int, Again] = {}
    for place, email in enumerate(emails):
        if email is not None and (first := firsts.setdefault(email, place)) != place:
            again[place] = Again(first, digests[first] == digests[place])
    return again


def _shared(emails: Sequence[bytes | None], phones: Sequence[bytes | None]) -> set[int]:
    """The rows that may be one person by their phone, as one of them has no email."""
    if None not in emails:
        return set()
    alone = {phone for email, phone in zip(emails, phones, strict=True) if email is None}
    often = {phone for phone, count in Counter(phones).items() if count > 1} & alone
    return {place for place, phone in enumerate(phones) if phone in often}
