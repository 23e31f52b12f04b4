"""Rows as PostgreSQL's `COPY … (FORMAT binary)` takes them in (manual, COPY, “Binary Format”).

Every field is its length and its bytes. What a file says over and over (names, places, days) is
made once; what is the same in every row is made once for all.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from struct import Struct
from typing import Final, NamedTuple

from mobilize.contacts.intake.batches import EMAIL, PHONE, Stamp, Supply
from mobilize.contacts.intake.outcomes import ends
from mobilize.contacts.intake.strips import Strip, strip_of
from mobilize.contacts.rows import SupporterRow
from mobilize.contacts.whereabouts import Whereabouts
from mobilize.core.keys import Keyring
from mobilize.core.public_ids import new_public_ids

CONTACTS: Final = (
    "id", "public_id", "kind", "state", "discreet", "do_not_contact", "no_voicemail",
    "first_import_id", "import_id", "created_at", "updated_at", "given_name", "family_name",
    "email", "email_hash", "phone", "phone_hash", "sms_confirmed_at", "language", "province", "fsa",
    "riding_id", "riding_certainty", "riding_source", "time_zone", "source", "row_hash",
)  # fmt: skip
EVENTS: Final = (
    "id", "contact_id", "channel", "organization", "topic", "action", "basis", "basis_date",
    "occurred_at", "expires_at", "actor", "recorded_at", "source", "evidence", "address_hash",
)  # fmt: skip
CONSENTS: Final = (
    "contact_id", "channel", "organization", "topic", "granted", "expires_at", "event_id",
)  # fmt: skip

_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

_length: Final = Struct(">i").pack
_key: Final = Struct(">iq").pack
_row: Final = Struct(">hiq").pack
_row_of_two_keys: Final = Struct(">hiqiq").pack

_KEY: Final = 8
_NULL: Final = _length(-1)
_NO: Final = _length(1) + b"\x00"
_YES: Final = _length(1) + b"\x01"
_PUBLIC_ID: Final = _length(16)
_HASH: Final = _length(32)
_DIGEST: Final = _length(16)


class Copies(NamedTuple):
    """Rows for three tables; each person has one piece in each.

    Attributes:
        contact_ids: The key of each person.
    """

    contact_ids: Sequence[int]
    contacts: Strip
    events: Strip
    consents: Strip


class _Terms(NamedTuple):
    """What consents of one channel, basis and day have alike."""

    end: datetime | None
    event: bytes
    consent: bytes


class CopyPacker:
    """Makes rows into pieces for three `COPY`s.

    Args:
        stamp: What all rows of the file have alike.
    """

    def __init__(self, stamp: Stamp) -> None:
        self._stamp = stamp
        self._evidence = stamp.evidence
        self._place = lru_cache(maxsize=8192)(self._make_place)
        self._terms = lru_cache(maxsize=4096)(self._make_terms)

    def pack(self, rows: Sequence[SupporterRow], supply: Supply, keyring: Keyring) -> Copies:
        """The rows as new people, with their consents that hold."""
        contacts: list[bytes] = []
        events: list[bytes] = []
        consents: list[bytes] = []
        emails = iter(keyring.seal_many([row.email for row in rows if row.email], context=EMAIL))
        phones = iter(keyring.seal_many([row.phone for row in rows if row.phone], context=PHONE))
        event_ids = iter(supply.event_ids)
        now = _instant(supply.now)
        alike = self._alike(now)
        public_ids = [public_id.encode() for public_id in new_public_ids(len(rows))]
        for row, contact_id, public_id in zip(rows, supply.contact_ids, public_ids, strict=False):
            (
                line, given_name, family_name, _, email_hash, _, phone_hash, confirmed_at, language,
                place, _, source, claims, _, digest, _, _,
            ) = row  # fmt: skip
            email = _address(next(emails), email_hash) if email_hash else _NOWHERE
            phone = _address(next(phones), phone_hash) if phone_hash else _NOWHERE
            contacts.append(
                b"".join(
                    (
                        _row(len(CONTACTS), _KEY, contact_id), _PUBLIC_ID, public_id, alike,
                        _text(given_name), _text(family_name), email, phone,
                        _instant(confirmed_at) if confirmed_at else _NULL,
                        _text(language) if language else _NULL, self._place(place),
                        _text(source or self._stamp.file_name), _DIGEST, digest,
                    )
                )
            )  # fmt: skip
            event = consent = b""
            for claim in claims:
                terms = self._terms(claim.channel, claim.basis, claim.day)
                if terms.end is not None and terms.end <= supply.now:
                    continue
                event_id = next(event_ids)
                address = email_hash if claim.channel == "email" else phone_hash
                event += b"".join(
                    (
                        _row_of_two_keys(len(EVENTS), _KEY, event_id, _KEY, contact_id),
                        terms.event, now, _field(f"{self._evidence}{line}"),
                        _field(claim.evidence), _HASH, address or b"",
                    )
                )  # fmt: skip
                consent += b"".join(
                    (
                        _row(len(CONSENTS), _KEY, contact_id), terms.consent, _key(_KEY, event_id),
                    )
                )  # fmt: skip
            events.append(event)
            consents.append(consent)
        return Copies(supply.contact_ids, strip_of(contacts), strip_of(events), strip_of(consents))

    def _alike(self, now: bytes) -> bytes:
        run = _key(_KEY, self._stamp.run_id)
        return b"".join(
            (_text(self._stamp.kind), _text("active"), _NO, _NO, _NO, run, run, now, now)
        )

    def _make_place(self, place: Whereabouts) -> bytes:
        riding_id = self._stamp.ridings.get(place.riding_code) if place.riding_code else None
        riding = _NULL if riding_id is None else _key(_KEY, riding_id)
        words = (place.certainty, "postal" if riding_id else None, place.time_zone)
        return b"".join(
            (_word(place.province), _word(place.fsa), riding, *(_word(word) for word in words))
        )

    def _make_terms(self, channel: str, basis: str, day: date) -> _Terms:
        end = ends(basis, day)
        until = _NULL if end is None else _instant(end)
        given = _instant(datetime.combine(day, time(), tzinfo=UTC))
        where = b"".join(map(_text, (channel, self._stamp.organization, self._stamp.topic)))
        when = _length(4) + _length((day - _EPOCH.date()).days)
        event = (
            where, _text("granted"), _text(basis), when, given, until, _text(self._stamp.actor),
        )  # fmt: skip
        return _Terms(end, b"".join(event), where + _YES + until)


def _field(text: str) -> bytes:
    data = text.encode()
    return _length(len(data)) + data


_text: Final = lru_cache(maxsize=16_384)(_field)  # names, words: the same few over and over


def _word(text: str | None) -> bytes:
    return _NULL if text is None else _text(text)


def _instant(instant: datetime) -> bytes:
    return _key(_KEY, (instant - _EPOCH) // _MICROSECOND)


def _address(sealed: bytes, keyed_hash: bytes) -> bytes:
    return b"".join((_length(len(sealed)), sealed, _HASH, keyed_hash))


_NOWHERE: Final = _NULL + _NULL
