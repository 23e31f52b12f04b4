"""Rows as PostgreSQL's `COPY … (FORMAT binary)` takes them in (manual, COPY, “Binary Format”).

Every field is its length and its bytes. What a file says over and over (names, places, days) is
made once; what is the same in every row is made once for all.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from itertools import repeat
from struct import Struct
from typing import Final, NamedTuple

from mobilize.contacts.bases import expiry
from mobilize.contacts.intake.batches import EMAIL, PHONE, Stamp, Supply
from mobilize.contacts.intake.outcomes import holds
from mobilize.contacts.intake.people import People, Terms
from mobilize.contacts.intake.strips import Strip, strip_of
from mobilize.contacts.whereabouts import Whereabouts
from mobilize.core.arrays import PackedArray, packed_hashes
from mobilize.core.keys import DIGEST_BYTES, HASH_BYTES, Keyring
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

NO_HASH: Final = bytes(HASH_BYTES)
"""Stands where somebody has no address, so that every row has its place; it is nobody's hash."""
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
_HASH: Final = _length(HASH_BYTES)
_DIGEST: Final = _length(DIGEST_BYTES)


class Copies(NamedTuple):
    """Rows for three tables, of which each person has one piece in each, and how to look for them.

    Attributes:
        contact_ids: The key of each person.
        emails: The hash of each one's email; `NO_HASH` where there is none.
        phones: The same of phones.
        alone: The hashes of the phones by which people without an email are found; None where
            all have one.
        digests: Of each row, end to end.
    """

    contact_ids: Sequence[int]
    contacts: Strip
    events: Strip
    consents: Strip
    emails: PackedArray
    phones: PackedArray
    alone: PackedArray | None
    digests: bytes

    def digest(self, place: int) -> bytes:
        """The digest of a row."""
        return self.digests[DIGEST_BYTES * place : DIGEST_BYTES * (place + 1)]


class CopyPacker:
    """Makes rows into pieces for three `COPY`s.

    Args:
        stamp: What all rows of the file have alike.
    """

    def __init__(self, stamp: Stamp) -> None:
        self._stamp = stamp
        self._evidence = stamp.evidence
        self._place = lru_cache(maxsize=8192)(self._make_place)

    def pack(self, people: People, supply: Supply, keyring: Keyring) -> Copies:
        """The rows as new people, with their consents that hold."""
        ids = supply.contact_ids[: len(people.lines)]
        own_source = _text(self._stamp.file_name)
        fields = zip(
            [_row(len(CONTACTS), _KEY, contact_id) for contact_id in ids],
            repeat(_PUBLIC_ID),
            map(str.encode, new_public_ids(len(ids))),
            repeat(self._alike(_instant(supply.now))),
            map(_text, people.given_names),
            map(_text, people.family_names),
            *_addresses(people.emails, people.email_hashes, EMAIL, keyring),
            *_addresses(people.phones, people.phone_hashes, PHONE, keyring),
            [_NULL if at is None else _instant(at) for at in people.confirmed],
            map(_word, people.languages),
            map(self._place, people.places),
            [_text(source) if source else own_source for source in people.sources],
            repeat(_DIGEST),
            people.digests,
            strict=False,
        )
        contacts = list(map(b"".join, fields))
        events, consents = self._pack_consents(people, ids, supply)
        pairs = zip(people.email_hashes, people.phone_hashes, strict=True)
        alone = [phone for email, phone in pairs if phone and not email]
        return Copies(
            ids,
            strip_of(contacts),
            strip_of(events),
            strip_of(consents),
            emails=packed_hashes([one or NO_HASH for one in people.email_hashes]),
            phones=packed_hashes([one or NO_HASH for one in people.phone_hashes]),
            alone=packed_hashes(alone) if alone else None,
            digests=b"".join(people.digests),
        )

    def _pack_consents(
        self, people: People, ids: Sequence[int], supply: Supply
    ) -> tuple[list[bytes], list[bytes]]:
        events, consents = [b""] * len(ids), [b""] * len(ids)
        event_ids = iter(supply.event_ids)
        for channel, terms, proofs, addresses in (
            ("email", people.email_terms, people.email_evidence, people.email_hashes),
            ("sms", people.sms_terms, people.sms_evidence, people.phone_hashes),
        ):
            packed: dict[Terms | None, tuple[bytes, bytes]] = {
                one: self._pack_terms(channel, one)
                for one in set(terms)
                if one and holds(one, supply.now)
            }
            held = [packed.get(one) for one in terms]
            places = [place for place, one in enumerate(held) if one]
            keys = [(next(event_ids), ids[place]) for place in places]
            event_fields = zip(
                [_row_of_two_keys(len(EVENTS), _KEY, new, _KEY, person) for new, person in keys],
                [one[0] for one in held if one],
                repeat(_instant(supply.now)),
                [_field(f"{self._evidence}{people.lines[place]}") for place in places],
                [_text(proofs[place]) for place in places],
                repeat(_HASH),
                [addresses[place] or b"" for place in places],
                strict=False,
            )
            consent_fields = zip(
                [_row(len(CONSENTS), _KEY, person) for _, person in keys],
                [one[1] for one in held if one],
                [_key(_KEY, new) for new, _ in keys],
                strict=True,
            )
            for place, event, consent in zip(
                places, map(b"".join, event_fields), map(b"".join, consent_fields), strict=True
            ):
                events[place] += event
                consents[place] += consent
        return events, consents

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

    def _pack_terms(self, channel: str, terms: Terms) -> tuple[bytes, bytes]:
        """What events and consents of one channel, basis and day have alike."""
        end = expiry(*terms)
        until = _NULL if end is None else _instant(end)
        given = _instant(datetime.combine(terms.day, time(), tzinfo=UTC))
        where = b"".join(map(_text, (channel, self._stamp.organization, self._stamp.topic)))
        day = _length(4) + _length((terms.day - _EPOCH.date()).days)
        event = (
            where, _text("granted"), _text(terms.basis), day, given, until,
            _text(self._stamp.actor),
        )  # fmt: skip
        return b"".join(event), where + _YES + until


def _addresses(
    addresses: Sequence[str | None],
    hashes: Sequence[bytes | None],
    context: str,
    keyring: Keyring,
) -> tuple[Iterable[bytes], ...]:
    """Each address sealed, and its keyed hash: columns that make two fields."""
    sealed = keyring.seal_many([one for one in addresses if one], context=context)
    if None not in hashes:
        lengths = map(_length, map(len, sealed))
        return lengths, sealed, repeat(_HASH), (one or b"" for one in hashes)
    rest = iter(sealed)
    return (
        [_NULL + _NULL if one is None else _measured(next(rest)) + _HASH + one for one in hashes],
    )


def _measured(data: bytes) -> bytes:
    return _length(len(data)) + data


def _field(text: str) -> bytes:
    return _measured(text.encode())


_text: Final = lru_cache(maxsize=16_384)(_field)  # names, words: the same few over and over


def _word(text: str | None) -> bytes:
    return _NULL if text is None else _text(text)


def _instant(instant: datetime) -> bytes:
    return _key(_KEY, (instant - _EPOCH) // _MICROSECOND)
