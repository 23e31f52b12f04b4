"""The rows of a batch, column by column: what is plain is read a column at a time.

To call a function for every cell of every row costs more than what the functions do. A row with
anything that is not plain, such as a phone abroad or a date that cannot be, goes to `RowReader`,
which alone knows all rules; a test holds the two together.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import compress
from operator import itemgetter
from typing import Any, Final, NamedTuple, Self

from mobilize.contacts.bases import basis_of
from mobilize.contacts.channels import CHANNELS
from mobilize.contacts.columns import Layout
from mobilize.contacts.identity import clean_name, plain_emails, plain_phones
from mobilize.contacts.rows import (
    RowReader,
    SupporterRow,
    read_day,
    read_evidence,
    read_instant,
    read_language,
    read_names,
    read_opt_out,
    read_source,
    read_tags,
)
from mobilize.contacts.tables import Record, plain_cells
from mobilize.contacts.whereabouts import NOWHERE, Whereabouts, whereabouts
from mobilize.core.errors import InvalidInput
from mobilize.core.keys import Keyring


class Terms(NamedTuple):
    """What a consent rests on."""

    basis: str
    day: date


class Refused(NamedTuple):
    """A record that cannot be used."""

    line: int
    reason: str
    cells: list[str]


@dataclass(kw_only=True)
class People:
    """Rows that can be kept, column by column.

    Attributes:
        cells: Their cells as they stand in the file.
        email_terms: What a claimed consent to email rests on; None where none is claimed whole.
        sms_terms: The same for texts.
        by_hand: Whether the row says more than who it is and what is agreed to.
    """

    lines: list[int]
    cells: list[list[str]]
    given_names: list[str]
    family_names: list[str]
    emails: list[str | None]
    email_hashes: list[bytes | None]
    phones: list[str | None]
    phone_hashes: list[bytes | None]
    confirmed: list[datetime | None]
    languages: list[str | None]
    places: list[Whereabouts]
    tags: list[tuple[str, ...]]
    sources: list[str]
    email_terms: list[Terms | None]
    email_evidence: list[str]
    sms_terms: list[Terms | None]
    sms_evidence: list[str]
    digests: list[bytes]
    by_hand: list[bool]

    @classmethod
    def none(cls) -> Self:
        """No rows at all."""
        return cls(**{one.name: [] for one in fields(cls)})

    def put(self, place: int, row: SupporterRow) -> None:
        """Put a row that was read by itself in its place."""
        self.given_names[place] = row.given_name
        self.family_names[place] = row.family_name
        self.emails[place], self.email_hashes[place] = row.email, row.email_hash
        self.phones[place], self.phone_hashes[place] = row.phone, row.phone_hash
        self.confirmed[place] = row.sms_confirmed_at
        self.languages[place] = row.language
        self.places[place] = row.place
        self.tags[place] = row.tags
        self.sources[place] = row.source
        self.digests[place] = row.digest
        self.by_hand[place] = bool(row.opt_outs or row.answers)
        claims = {claim.channel: claim for claim in row.claims}
        email, sms = claims.get("email"), claims.get("sms")
        self.email_terms[place] = Terms(email.basis, email.day) if email else None
        self.email_evidence[place] = email.evidence if email else ""
        self.sms_terms[place] = Terms(sms.basis, sms.day) if sms else None
        self.sms_evidence[place] = sms.evidence if sms else ""

    def keep(self, chosen: Sequence[bool]) -> None:
        """Keep some of the rows only."""
        for one in fields(self):
            setattr(self, one.name, list(compress(getattr(self, one.name), chosen)))


class PeopleReader:
    """Reads the records of one file in batches.

    Args:
        columns: Which column is which.
        keyring: For the keyed hashes.
        now: Nothing in a row may lie later.
    """

    def __init__(self, columns: Layout, *, keyring: Keyring, now: datetime) -> None:
        self._one_by_one = RowReader(columns, keyring=keyring, now=now)
        self._keyring = keyring
        self._now = now
        self._today = now.astimezone(UTC).date()
        self._shape = columns.shape
        self._names = read_names(columns)
        self._present = [name for name in self._names if name in columns.places]
        at = [columns.places[name] for name in self._present]
        # With one place alone it would give the cell, and not a tuple of it.
        self._pick = itemgetter(*at, at[0])
        self._answers = [place for place, _ in columns.answers]

    def read(self, records: Iterable[Record]) -> tuple[People, list[Refused]]:
        """Read records; those that cannot be used are told apart, in the file's order."""
        refused: list[Refused] = []
        lines: list[int] = []
        cells: list[list[str]] = []
        shaped: list[list[str]] = []
        for line, raw, problem in records:
            plain = plain_cells(raw) if "'" in "".join(raw) else raw
            if problem:
                refused.append(Refused(line, problem, plain))
                continue
            try:
                shaped.append(self._shape(plain) if self._shape else plain)
            except InvalidInput as error:
                refused.append(_refusal(line, error, plain))
            else:
                lines.append(line)
                cells.append(plain)
        if not lines:
            return People.none(), refused
        people, odd = self._plain(lines, cells, shaped)
        kept = [True] * len(lines)
        for place in sorted(odd):
            try:
                people.put(place, self._one_by_one.read(lines[place], cells[place]))
            except InvalidInput as error:
                kept[place] = False
                refused.append(_refusal(lines[place], error, cells[place]))
        if not all(kept):
            people.keep(kept)
        return people, sorted(refused)

    def _plain(
        self, lines: list[int], cells: list[list[str]], shaped: list[list[str]]
    ) -> tuple[People, set[int]]:
        """The rows as far as they are plain, and the places of those that are not."""
        count = len(lines)
        blank = [""] * count
        columns = dict.fromkeys(self._names, blank)
        picked = zip(*map(self._pick, shaped), strict=True)
        for name, column in zip(self._present, picked, strict=False):
            columns[name] = list(map(str.strip, column))
        odd: set[int] = set()

        def each(read: Callable[..., Any], *names: str, empty: Any) -> list[Any]:
            wanted = [columns.get(name, blank) for name in names]
            if all(column is blank for column in wanted):
                return [empty] * count
            return _each(read, wanted, odd)

        emails, phones = plain_emails(columns["email"]), plain_phones(columns["phone"])
        for plain, typed in ((emails, columns["email"]), (phones, columns["phone"])):
            if None in plain:
                missing = (place for place, one in enumerate(plain) if one is None)
                odd.update(place for place in missing if typed[place])
        if None in emails:
            missing = (place for place, one in enumerate(emails) if one is None)
            odd.update(place for place in missing if phones[place] is None)
        confirmed = each(_confirmed, "sms_confirmed_at", empty=None)
        if columns["sms_confirmed_at"] is not blank:
            odd.update(
                place
                for place, (at, phone) in enumerate(zip(confirmed, phones, strict=True))
                if at is not None and (phone is None or at > self._now)
            )
        for channel in CHANNELS:
            left = each(read_opt_out, f"opt_out_{channel}", empty=None)
            odd.update(place for place, why in enumerate(left) if why is not None)
        for answer in self._answers:
            odd.update(place for place, one in enumerate(shaped) if one[answer].strip())
        claims = []
        for channel, addresses in (("email", emails), ("sms", phones)):
            parts = [f"consent_{channel}_{part}" for part in ("basis", "date", "evidence")]
            terms = each(_terms, *parts[:2], empty=None)
            proofs = each(_evidence, parts[2], empty="")
            if columns[parts[0]] is not blank:
                for place, basis in enumerate(columns[parts[0]]):
                    if basis and addresses[place] is None:
                        odd.add(place)
                    one = terms[place]
                    if one is not None:
                        if one.day > self._today:
                            odd.add(place)
                        if not proofs[place]:
                            terms[place] = None
            claims.append((terms, proofs))
        said = map("\x1f".join, zip(*columns.values(), strict=True))
        return People(
            lines=lines,
            cells=cells,
            given_names=each(_name, "given_name", empty=""),
            family_names=each(_name, "family_name", empty=""),
            emails=emails,
            email_hashes=self._keyring.index_many("email", emails),
            phones=phones,
            phone_hashes=self._keyring.index_many("phone", phones),
            confirmed=confirmed,
            languages=each(_language, "language", empty=None),
            places=each(whereabouts, "postal_code", empty=NOWHERE),
            tags=each(read_tags, "tags", empty=()),
            sources=each(read_source, "source", empty=""),
            email_terms=claims[0][0],
            email_evidence=claims[0][1],
            sms_terms=claims[1][0],
            sms_evidence=claims[1][1],
            digests=self._keyring.digest_many("import-row", said),
            by_hand=[False] * count,
        ), odd


def _each(read: Callable[..., Any], columns: Sequence[Sequence[str]], odd: set[int]) -> list[Any]:
    """What a function gives for each row; where it refuses, the row is odd."""
    found: list[Any] = []
    values = map(read, *columns)
    while True:
        try:
            # What came before a refusal stays in the list.
            found.extend(values)
        except InvalidInput:
            odd.add(len(found))
            found.append(None)
        else:
            return found


def _refusal(line: int, error: InvalidInput, cells: list[str]) -> Refused:
    return Refused(line, f"{error.message} {error.hint}".strip(), cells)


# What a list says over and over is read once.
_name: Final = lru_cache(maxsize=16_384)(clean_name)
_evidence: Final = lru_cache(maxsize=4096)(read_evidence)
_language: Final = lru_cache(maxsize=256)(read_language)


@lru_cache(maxsize=4096)
def _confirmed(text: str) -> datetime | None:
    return read_instant(text) if text else None


@lru_cache(maxsize=4096)
def _terms(basis: str, day: str) -> Terms | None:
    if not basis:
        return None
    name = basis.lower()
    basis_of(name)
    return Terms(name, read_day(day)) if day else None
