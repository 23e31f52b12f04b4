"""One row of a file of supporters: read, checked, brought into the form that is compared."""

import re
from datetime import UTC, date, datetime
from functools import lru_cache
from operator import itemgetter
from typing import Final, NamedTuple

from mobilize.contacts.answers import value_of
from mobilize.contacts.bases import basis_of
from mobilize.contacts.channels import CHANNELS
from mobilize.contacts.columns import Layout
from mobilize.contacts.identity import (
    clean_name,
    clean_text,
    email_hash,
    normalise_email,
    normalise_phone,
    phone_hash,
)
from mobilize.contacts.sensitive import refuse_sensitive
from mobilize.contacts.whereabouts import NOWHERE, Whereabouts, whereabouts
from mobilize.core.errors import InvalidInput
from mobilize.core.i18n import Language
from mobilize.core.keys import Keyring
from mobilize.core.logs import masked
from mobilize.mps.names import normalise

_LANGUAGES: Final[dict[str, Language]] = {
    "en": "en", "eng": "en", "english": "en", "anglais": "en", "en-ca": "en",
    "fr": "fr", "fra": "fr", "fre": "fr", "french": "fr", "français": "fr", "francais": "fr",
    "fr-ca": "fr",
}  # fmt: skip
OPT_OUT_REASONS: Final = ("unsubscribed", "bounced", "complaint")
_STAYS: Final = frozenset({"", "no", "n", "false", "0", "non", "faux"})
_LEFT: Final = frozenset({"yes", "y", "true", "1", "x", "oui", "o", "vrai"})
_READ: Final = (
    "email", "phone", "given_name", "family_name", "postal_code", "language", "tags", "source",
    "sms_confirmed_at",
    "consent_email_basis", "consent_email_date", "consent_email_evidence",
    "consent_sms_basis", "consent_sms_date", "consent_sms_evidence",
)  # fmt: skip
_TAG_ENDS: Final = re.compile(r"[;,|]")
_clean_name: Final = lru_cache(maxsize=16_384)(clean_name)  # half of a list shares its names
_PERHAPS_AN_ADDRESS: Final = re.compile(r"@|(?:\d[ .()+-]{0,2}){10}|[A-Za-z]\d[A-Za-z]")
_LONGEST: Final = {"tag": 60, "source": 100, "evidence": 300}


class Claim(NamedTuple):
    """A consent that a row claims for one channel, with what proves it."""

    channel: str
    basis: str
    day: date
    evidence: str


class OptOut(NamedTuple):
    """A no that a row brings for one channel.

    Attributes:
        reason: `unsubscribed`, `bounced` or `complaint`.
        day: When they left, where the file says so.
    """

    channel: str
    reason: str
    day: date | None


class SupporterRow(NamedTuple):
    """A row that can be kept.

    Attributes:
        claims: The consents that it claims whole: basis, date and evidence.
        unclaimed: The channels with an address for which it claims none, or only half of one.
        digest: A keyed digest of what it says: the same row again is known by it.
        opt_outs: The channels that the person left, as far as the row has an address for them.
        answers: What it answers to custom fields, by their keys in the table.
    """

    line: int
    given_name: str
    family_name: str
    email: str | None
    email_hash: bytes | None
    phone: str | None
    phone_hash: bytes | None
    sms_confirmed_at: datetime | None
    language: Language | None
    place: Whereabouts
    tags: tuple[str, ...]
    source: str
    claims: tuple[Claim, ...]
    unclaimed: tuple[str, ...]
    digest: bytes
    opt_outs: tuple[OptOut, ...] = ()
    answers: tuple[tuple[int, str], ...] = ()

    def address_hash(self, channel: str) -> bytes | None:
        """The keyed hash of the address for a channel."""
        return self.email_hash if channel == "email" else self.phone_hash

    def left(self, channel: str) -> bool:
        """Whether the row says that the person left a channel."""
        return any(opt_out.channel == channel for opt_out in self.opt_outs)

    def left_all(self) -> bool:
        """Whether the person left every channel that the row has an address for."""
        return bool(self.opt_outs) and not self.claims and all(map(self.left, self.unclaimed))


class RowReader:
    """Reads the rows of one file.

    Args:
        columns: Which column is which.
        keyring: For the keyed hashes.
        now: Nothing in a row may lie later.
    """

    def __init__(self, columns: Layout, *, keyring: Keyring, now: datetime) -> None:
        self._left = _left(columns)
        names = read_names(columns)
        # A column that the file lacks is read as the empty cell that `read` puts last.
        self._pick = itemgetter(*(columns.places.get(name, -1) for name in names))
        self._shape = columns.shape
        self._answers = columns.answers
        self._keyring = keyring
        self._now = now
        self._today = now.astimezone(UTC).date()

    def read(self, line: int, cells: list[str]) -> SupporterRow:
        """Make a row of cells.

        Raises:
            InvalidInput: Something in it cannot be used; the message says what.
        """
        if self._shape is not None:
            cells = self._shape(cells)
        values = [cell.strip() for cell in self._pick([*cells, ""])]
        (
            mail, number, given_name, family_name, postal_code, language, tags, source,
            confirmed_at, *terms,
        ) = values  # fmt: skip
        email = normalise_email(mail) if mail else None
        phone = normalise_phone(number) if number else None
        if email is None and phone is None:
            raise InvalidInput("There is neither an email address nor a phone number.")
        opt_outs = self._opt_outs(terms[6:], email, phone) if self._left else ()
        left = {opt_out.channel for opt_out in opt_outs}
        claims: tuple[Claim, ...] = ()
        unclaimed: tuple[str, ...] = ()
        for channel, address, basis, day, evidence in (
            ("email", email, *terms[:3]), ("sms", phone, *terms[3:6]),
        ):  # fmt: skip
            claim = self._claim(channel, address, basis, day, evidence) if basis else None
            if claim is not None and channel not in left:
                claims = (*claims, claim)
            elif address is not None:
                unclaimed = (*unclaimed, channel)
        answers = self._read_answers(cells) if self._answers else ()
        said = "\x1f".join(values)
        if answers:
            said = f"{said}\x1e{answers}"
        keyring = self._keyring
        return SupporterRow(
            line,
            _clean_name(given_name),
            _clean_name(family_name),
            email,
            email_hash(keyring, email) if email else None,
            phone,
            phone_hash(keyring, phone) if phone else None,
            self._confirmed(confirmed_at, phone) if confirmed_at else None,
            read_language(language) if language else None,
            whereabouts(postal_code) if postal_code else NOWHERE,
            read_tags(tags) if tags else (),
            read_source(source) if source else "",
            claims,
            unclaimed,
            keyring.digest("import-row", said),
            opt_outs,
            answers,
        )

    def _opt_outs(
        self, said: list[str], email: str | None, phone: str | None
    ) -> tuple[OptOut, ...]:
        found = []
        for channel, left, day in zip(self._left, said[::2], said[1::2], strict=True):
            reason = read_opt_out(left)
            if reason and (email if channel == "email" else phone):
                found.append(OptOut(channel, reason, self._day(day) if day else None))
        return tuple(found)

    def _read_answers(self, cells: list[str]) -> tuple[tuple[int, str], ...]:
        return tuple(
            (field.id, value)
            for place, field in self._answers
            if (value := value_of(field, cells[place]))
        )

    def _claim(
        self, channel: str, address: str | None, basis: str, day: str, evidence: str
    ) -> Claim | None:
        name = basis.lower()
        basis_of(name)
        if address is None:
            raise InvalidInput(f"Consent is claimed for {channel}, but there is no address for it.")
        proof = read_evidence(evidence)
        # Half a claim proves nothing (CASL s. 13); the person is kept, the consent is not.
        if not day or not proof:
            return None
        return Claim(channel, name, self._day(day), proof)

    def _day(self, text: str) -> date:
        day = read_day(text)
        if day > self._today:
            raise InvalidInput(f"The date {text[:30]} has not come yet.")
        return day

    def _confirmed(self, text: str, phone: str | None) -> datetime:
        if phone is None:
            raise InvalidInput("A number is said to be confirmed, but there is none.")
        instant = read_instant(text)
        if instant > self._now:
            raise InvalidInput(f"The date {text[:30]} has not come yet.")
        return instant


def read_names(columns: Layout) -> tuple[str, ...]:
    """Our names of the columns that are read of a file, in the order of a row's digest."""
    left = _left(columns)
    return (*_READ, *(f"opt_out_{c}{part}" for c in left for part in ("", "_date")))


def _left(columns: Layout) -> tuple[str, ...]:
    return tuple(c for c in CHANNELS if f"opt_out_{c}" in columns.places)


@lru_cache(maxsize=64)
def read_opt_out(text: str) -> str | None:
    """Why somebody must not be written to any more, or nothing.

    Raises:
        InvalidInput: It is neither yes nor no, nor one of the reasons.
    """
    word = normalise(text)
    if word in _STAYS:
        return None
    if word in _LEFT:
        return "unsubscribed"
    if word in OPT_OUT_REASONS:
        return word
    raise InvalidInput(
        f"“{text[:30]}” does not say whether somebody left.",
        hint=f"Write yes, no, or one of: {', '.join(OPT_OUT_REASONS)}.",
    )


def read_language(text: str) -> Language | None:
    """A language as people write it; none where nothing is said.

    Raises:
        InvalidInput: It is neither English nor French.
    """
    if not text:
        return None
    language = _LANGUAGES.get(text.lower())
    if language is None:
        raise InvalidInput(
            f"The language “{text[:30]}” is neither English nor French.", hint="Write en or fr."
        )
    return language


@lru_cache(maxsize=4096)  # a file says the same few things over and over
def read_tags(text: str) -> tuple[str, ...]:
    """Tags between semicolons, commas or bars, in lower case, each once.

    Raises:
        InvalidInput: One is too long, or names what must not be kept.
    """
    if not text:
        return ()
    return tuple(dict.fromkeys(read_tag(tag) for tag in _TAG_ENDS.split(text) if tag.strip()))


def read_tag(text: str) -> str:
    """One tag in the form that is kept.

    Raises:
        InvalidInput: It is too long, or names what must not be kept.
    """
    tag = limited("tag", clean_name(text).lower())
    refuse_sensitive(tag, kind="tag")
    return tag


def read_source(text: str) -> str:
    """Where somebody comes from, as one clean line in which no address stands.

    Raises:
        InvalidInput: It is too long.
    """
    return limited("source", _without_addresses(clean_text(text)))


def read_evidence(text: str) -> str:
    """What proves a consent, as one clean line in which no address stands.

    Raises:
        InvalidInput: It is too long.
    """
    return limited("evidence", _without_addresses(clean_text(text)))


@lru_cache(maxsize=8192)
def _without_addresses(text: str) -> str:
    """A text that is kept open, with emails, phones and postal codes masked."""
    # The ledger is for good, and whoever copies the database reads it. A file says mostly the same
    # for all; where it does not, this look is cheaper than the careful one.
    return str(masked(text)) if _PERHAPS_AN_ADDRESS.search(text) else text


def limited(what: str, text: str) -> str:
    """A text that fits its column.

    Raises:
        InvalidInput: It does not.
    """
    most = _LONGEST[what]
    if len(text) > most:
        raise InvalidInput(f"The {what} has {len(text)} characters; {most} is the most.")
    return text


def read_day(text: str) -> date:
    """A day as it is written in files.

    Raises:
        InvalidInput: It is none.
    """
    return read_instant(text).date()


@lru_cache(maxsize=4096)
def read_instant(text: str) -> datetime:
    """An instant as it is written in files; in UTC where it names no zone.

    Raises:
        InvalidInput: It is none.
    """
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput(
            f"“{text[:30]}” is no date.", hint="Write dates like 2026-11-22."
        ) from None
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
