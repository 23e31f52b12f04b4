"""Which row is whom: the people on file and the suppressions that a batch of rows touches."""

from bisect import insort
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import inf
from typing import Final, NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from mobilize.contacts.consent_models import Suppression
from mobilize.contacts.groups import STANDING
from mobilize.contacts.identity import compared_name
from mobilize.contacts.models import Contact
from mobilize.contacts.rows import SupporterRow
from mobilize.contacts.suppression import ERASED, HOME, WHO, closing_channels, who_hash
from mobilize.core.bulk import any_hash
from mobilize.core.columns import keyring_of_session

NO_LONGER_KEPT: Final = "the person behind this address asked not to be kept"
SAME_PERSON: Final = "an earlier row of the file is the same person, and counts"

Who = tuple[bytes, str]
"""The keyed hash of a number, and a name as it is compared."""


class Known(NamedTuple):
    """What is on file of a person, as far as an import looks at it."""

    id: int
    email_hash: bytes | None
    phone_hash: bytes | None
    given_name: str
    family_name: str
    sms_confirmed_at: datetime | None
    riding_source: str | None
    import_id: int | None
    row_hash: bytes | None
    standing_id: int = 0
    """The record that stands for the person, where this one was merged; else its own."""


def bears(person: Known | SupporterRow) -> Who | None:
    """The number and the name of a person, by which a row without an email finds them."""
    if person.phone_hash is None:
        return None
    return person.phone_hash, compared_name(person.given_name, person.family_name)


def said_now(known: Known, row: SupporterRow, run_id: int) -> Known:
    """What is on file of a person once a row of theirs was kept: where it is silent, that stays."""
    return known._replace(
        phone_hash=row.phone_hash or known.phone_hash,
        given_name=row.given_name or known.given_name,
        family_name=row.family_name or known.family_name,
        import_id=run_id,
        row_hash=row.digest,
    )


def _age(person: Known) -> float:
    # Who is not on file yet came after all who are.
    return person.id or inf


@dataclass
class OnFile:
    """The people and the suppressions that a batch may meet."""

    by_email: dict[bytes, Known] = field(default_factory=dict)
    by_phone: dict[Who, list[Known]] = field(default_factory=dict)
    """Who shares a number and a name, the oldest on file first."""
    suppressed: dict[tuple[str, bytes], str] = field(default_factory=dict)
    gone: set[Who] = field(default_factory=set)
    """Who was erased at a number that others may share: the number, and the name as compared."""

    def match(self, row: SupporterRow) -> Known | None:
        """The person of a row: by email, or where it has none by phone and name together.

        A phone alone may be a family's.
        """
        if row.email_hash is not None:
            return self.by_email.get(row.email_hash)
        who = bears(row)
        assert who is not None
        return next(iter(self.by_phone.get(who, ())), None)

    def add(self, person: Known) -> None:
        """Let a person be found; who came on file before them goes first."""
        if person.email_hash is not None:
            self.by_email[person.email_hash] = person
        if (who := bears(person)) is not None:
            insort(self.by_phone.setdefault(who, []), person, key=_age)

    def replace(self, known: Known, person: Known) -> None:
        """Let a person be found by what their record says now, and no longer by what it said."""
        if (who := bears(known)) is not None:
            self.by_phone[who] = [one for one in self.by_phone[who] if one.id != known.id]
        self.add(person)

    def suppression(self, row: SupporterRow, channel: str) -> str | None:
        """Why the row's address for a channel must not be written to, or nothing."""
        address = row.email_hash if channel == "email" else row.phone_hash
        if address is None:
            return None
        reasons = (self.suppressed.get((one, address)) for one in closing_channels(channel))
        return next((reason for reason in reasons if reason is not None), None)

    def was_erased(self, row: SupporterRow) -> bool:
        """Whether the person behind a row asked to be erased.

        Who has an email is told by it alone: another person of the same home may share the number.
        Only who bears the name of the one who was erased there, and came back by no form since, is
        taken for them.
        """
        channel = "email" if row.email_hash is not None else "sms"
        if self.suppression(row, channel) == ERASED:
            return True
        if row.phone_hash is None or not self.gone:
            return False
        return bears(row) in self.gone and self.match(row) is None


@dataclass
class Decided:
    """What is to be done with the rows of a batch."""

    new: list[SupporterRow] = field(default_factory=list)
    changed: list[tuple[SupporterRow, Known]] = field(default_factory=list)
    unchanged: int = 0
    repeated: list[SupporterRow] = field(default_factory=list)
    """Rows of somebody for whom another row of the same file came before."""
    erased: list[SupporterRow] = field(default_factory=list)
    closed: list[SupporterRow] = field(default_factory=list)
    """Rows of somebody who left elsewhere and is not on file: they do not come on file for it."""
    leaving: list[SupporterRow] = field(default_factory=list)
    """All rows whose no is to be written down."""


def on_file(session: Session, rows: Iterable[SupporterRow]) -> OnFile:
    """Look up whom a batch of rows may be: two statements, whatever its size."""
    rows = list(rows)
    emails = {row.email_hash for row in rows if row.email_hash is not None}
    phones = {row.phone_hash for row in rows if row.phone_hash is not None}
    # Who has an email is told by it alone; a number may be a whole shelter's.
    alone = {row.phone_hash for row in rows if row.email_hash is None and row.phone_hash}
    found = OnFile()
    people = session.execute(
        select(
            Contact.id, Contact.email_hash, Contact.phone_hash, Contact.given_name,
            Contact.family_name, Contact.sms_confirmed_at, Contact.riding_source,
            Contact.import_id, Contact.row_hash, STANDING,
        )
        .where(
            or_(
                any_hash(session, Contact.email_hash, emails),
                any_hash(session, Contact.phone_hash, alone),
            )
        )
        .order_by(Contact.id)
    )  # fmt: skip
    for person in map(Known._make, people):
        found.add(person)
    suppressed = session.execute(
        select(Suppression.channel, Suppression.address_hash, Suppression.reason).where(
            any_hash(session, Suppression.address_hash, emails | phones),
            Suppression.lifted_at.is_(None),
        )
    )
    for channel, address, reason in suppressed:
        found.suppressed[channel, address] = reason
    homes = {address for channel, address in found.suppressed if channel == HOME}
    if homes:
        found.gone = _gone(session, [row for row in rows if row.phone_hash in homes])
    return found


def _gone(session: Session, rows: Iterable[SupporterRow]) -> set[Who]:
    """Of rows with a number at which somebody was erased, those that name that somebody."""
    keyring = keyring_of_session(session)
    named = {who for row in rows if (who := bears(row)) is not None}
    by_hash = {who_hash(keyring, *who): who for who in named}
    closed = session.scalars(
        select(Suppression.address_hash).where(
            Suppression.channel == WHO,
            any_hash(session, Suppression.address_hash, by_hash),
            Suppression.lifted_at.is_(None),
        )
    )
    return {by_hash[bytes(one)] for one in closed}


def in_turn(session: Session, rows: Sequence[SupporterRow]) -> Iterator[list[SupporterRow]]:
    """Rows in stretches in which nobody comes to an address, or from one, that an earlier row left.

    What a stretch closes is closed for the next one, as if the batch had ended between them.
    """
    if rows and not any(row.opt_outs for row in rows):
        yield list(rows)
        return
    found = on_file(session, rows)
    stretch: list[SupporterRow] = []
    left: set[bytes | None] = set()
    for row in rows:
        known = found.match(row) or row
        if left & {row.email_hash, row.phone_hash, known.email_hash, known.phone_hash}:
            yield stretch
            stretch, left = [], set()
        stretch.append(row)
        left |= {row.address_hash(one.channel) for one in row.opt_outs} - {None}
    if stretch:
        yield stretch


def decide(rows: Sequence[SupporterRow], found: OnFile, *, run_id: int) -> Decided:
    """Say for each row of a batch what is to be done.

    The first row of a person counts, and rows that say the same again change nothing. Each row
    meets the people as the rows before it left them. So the same file gives the same result however
    often it is run and wherever its batches end.

    Args:
        rows: The batch.
        found: What is on file.
        run_id: The file's own record; who carries it already was brought by this very file.
    """
    decided = Decided()
    for row in rows:
        if found.was_erased(row):
            decided.erased.append(row)
            continue
        known = found.match(row)
        if row.opt_outs and (known is None or known.row_hash != row.digest):
            decided.leaving.append(row)
        if known is None and row.left_all():
            decided.closed.append(row)
        elif known is None:
            decided.new.append(row)
            found.add(Known(0, *_compared(row), None, None, run_id, row.digest))
        elif known.row_hash == row.digest:
            decided.unchanged += 1
        elif known.import_id == run_id:
            decided.repeated.append(row)
        else:
            decided.changed.append((row, known))
            found.replace(known, said_now(known, row, run_id))
    return decided


def _compared(row: SupporterRow) -> tuple[bytes | None, bytes | None, str, str]:
    return row.email_hash, row.phone_hash, row.given_name, row.family_name
