"""Putting back what our own export says of people beyond what every file may say.

Who comes on file with the file is put back whole: where they live and how that is known, their
wishes, what they withdrew and left. Of who is on file already only a no is taken, where it is newer
than what the ledger says: their record is their own, and no file revives a withdrawal.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple, cast

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from mobilize.contacts.bases import expiry
from mobilize.contacts.consent_models import Consent, ConsentEvent
from mobilize.contacts.identity import email_hash, normalise_email, normalise_phone, phone_hash
from mobilize.contacts.ledger import NewConsent, record
from mobilize.contacts.models import Contact
from mobilize.contacts.own_export import Extras, Said, read_extras
from mobilize.contacts.suppression import Closing, news, suppress_all
from mobilize.core.bulk import any_hash, any_id, update_rows
from mobilize.core.keys import Keyring

_CONTACTS: Final = cast("Table", Contact.__table__)
_BATCH: Final = 1000
_PLACE: Final = (
    "kind", "source", "fsa", "province", "riding_id", "riding_certainty", "riding_source",
    "time_zone",
)  # fmt: skip
_WISHES: Final = (
    "do_not_contact", "discreet", "safe_channel", "safe_from", "safe_until", "paused_until",
    "no_voicemail",
)  # fmt: skip


class _Person(NamedTuple):
    id: int
    email_hash: bytes | None
    phone_hash: bytes | None
    is_new: bool
    extras: Extras

    def address(self, channel: str) -> bytes | None:
        return self.email_hash if channel == "email" else self.phone_hash


@dataclass(frozen=True, kw_only=True)
class Restorer:
    """Puts back what the batches of one file say.

    Args:
        places: Where the columns of our own export stand.
        addresses: Where email and phone stand.
        run_id: The file's record.
        run_ref: Its public id, which the ledger's source names.
        actor: Who brings the file in.
        ridings: Riding ids by code.
        keyring: For the keyed hashes of addresses.
    """

    places: Mapping[str, int]
    addresses: Mapping[str, int]
    run_id: int
    run_ref: str
    actor: str
    ridings: Mapping[str, int]
    keyring: Keyring

    def restore(self, session: Session, rows: Sequence[list[str]], now: datetime) -> None:
        """Put back what rows say; their people are on file already, or were not taken up.

        Args:
            session: The session of the batch's transaction.
            rows: The cells of each row that could be kept, without the marks of formulas.
            now: The instant of the batch.
        """
        for start in range(0, len(rows), _BATCH):
            people = list(self._people(session, rows[start : start + _BATCH], now))
            fresh = [one for one in people if one.is_new]
            self._put_back(session, fresh)
            self._close(session, people, now)
            self._say(session, people, now)

    def _people(
        self, session: Session, rows: Sequence[list[str]], now: datetime
    ) -> Iterator[_Person]:
        hashed = [(*self._hashes(cells), cells) for cells in rows]
        by_email, by_phone = self._on_file(session, hashed)
        seen: set[int] = set()
        for email, phone, cells in hashed:
            known = by_email.get(email) if email else by_phone.get(phone)
            if known is None or known.id in seen:
                continue
            seen.add(known.id)
            is_new = known.first_import_id == self.run_id and known.created_at == now
            extras = read_extras(cells, self.places)
            yield _Person(known.id, known.email_hash, known.phone_hash, is_new, extras)

    def _hashes(self, cells: Sequence[str]) -> tuple[bytes | None, bytes | None]:
        said = {name: cells[place].strip() for name, place in self.addresses.items()}
        mail, number = said.get("email"), said.get("phone")
        return (
            email_hash(self.keyring, normalise_email(mail)) if mail else None,
            phone_hash(self.keyring, normalise_phone(number)) if number else None,
        )

    def _on_file(
        self, session: Session, hashed: Sequence[tuple[bytes | None, bytes | None, Any]]
    ) -> tuple[dict[bytes | None, Any], dict[bytes | None, Any]]:
        columns = (
            Contact.id, Contact.email_hash, Contact.phone_hash, Contact.first_import_id,
            Contact.created_at,
        )  # fmt: skip
        active = select(*columns).where(Contact.state == "active").order_by(Contact.id.desc())
        emails = {email for email, _, _ in hashed if email}
        phones = {phone for email, phone, _ in hashed if phone and not email}
        with_email = session.execute(active.where(any_hash(session, Contact.email_hash, emails)))
        # A number may be a family's: who has no email is found among those without one.
        with_phone = session.execute(
            active.where(
                any_hash(session, Contact.phone_hash, phones), Contact.email_hash.is_(None)
            )
        )
        return (
            {row.email_hash: row for row in with_email},
            {row.phone_hash: row for row in with_phone},
        )

    def _put_back(self, session: Session, fresh: Sequence[_Person]) -> None:
        if fresh:
            rows = [(one.id, *self._place(one.extras)) for one in fresh]
            update_rows(session, _CONTACTS, ("id", *_PLACE), rows, same={})
        wishing = [(one.id, *_wishes(one.extras)) for one in fresh]
        wishing = [row for row in wishing if any(row[1:])]
        if wishing:
            update_rows(session, _CONTACTS, ("id", *_WISHES), wishing, same={})

    def _place(self, extras: Extras) -> tuple[Any, ...]:
        said = extras.texts
        riding = self.ridings.get(said.get("riding") or "")
        return (
            said.get("kind") or "supporter",
            said.get("source") or "",
            said.get("postal_area"),
            said.get("province"),
            riding,
            said.get("riding_certainty") if riding else None,
            said.get("riding_source") if riding else None,
            said.get("time_zone"),
        )

    def _close(self, session: Session, people: Sequence[_Person], now: datetime) -> None:
        said = [
            Closing(closed.channel, address, closed.reason, min(closed.since, now))
            for one in people
            for closed in one.extras.closed
            if (address := one.address(closed.channel)) is not None
        ]
        suppress_all(session, closings=news(session, closings=said), now=now)

    def _say(self, session: Session, people: Sequence[_Person], now: datetime) -> None:
        saying = [one for one in people if one.extras.said]
        standing = _standing(session, [one.id for one in saying if not one.is_new])
        events = [
            self._event(one, said, now)
            for one in saying
            for said in one.extras.said
            if said.at <= now
            and _holds(said, now)
            and (one.is_new or _is_newer(one, said, standing))
        ]
        record(session, events=events, now=now)

    def _event(self, one: _Person, said: Said, now: datetime) -> NewConsent:
        return NewConsent(
            contact_id=one.id,
            channel=said.channel,
            organization=said.organization,
            topic=said.topic,
            action="granted" if said.basis else "withdrawn",
            basis=said.basis,
            basis_date=said.day,
            evidence=said.evidence,
            source=f"import {self.run_ref}",
            actor=self.actor,
            address_hash=one.address(said.channel),
            occurred_at=min(said.at, now),
        )


_Key = tuple[int, str, str, str]


def _standing(session: Session, people: Sequence[int]) -> dict[_Key, datetime]:
    """When what stands in the ledger was said, by person, channel, organization and topic."""
    if not people:
        return {}
    rows = session.execute(
        select(
            Consent.contact_id, Consent.channel, Consent.organization, Consent.topic,
            ConsentEvent.occurred_at,
        )
        .join(ConsentEvent, ConsentEvent.id == Consent.event_id)
        .where(any_id(session, Consent.contact_id, people))
    )  # fmt: skip
    return {(row[0], row[1], row[2], row[3]): row[4] for row in rows}


def _is_newer(one: _Person, said: Said, standing: Mapping[_Key, datetime]) -> bool:
    """Whether a no says something new of somebody on file; a yes is theirs to say here."""
    if said.basis is not None:
        return False
    since = standing.get((one.id, said.channel, said.organization, said.topic))
    return since is None or since < said.at


def _holds(said: Said, now: datetime) -> bool:
    end = expiry(said.basis, said.day) if said.basis else None
    return end is None or end > now


def _wishes(extras: Extras) -> tuple[Any, ...]:
    flags = extras.flags
    return (
        flags["do_not_contact"], flags["discreet"], extras.texts.get("safe_channel"),
        extras.safe_from, extras.safe_until, extras.paused_until, flags["no_voicemail"],
    )  # fmt: skip
