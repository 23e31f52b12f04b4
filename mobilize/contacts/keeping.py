"""Writing a batch of decided rows: a handful of statements, whatever its size."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any, Final, cast

from sqlalchemy import Table, bindparam, func, select, update
from sqlalchemy.orm import Session

from mobilize.contacts.bases import expiry
from mobilize.contacts.channels import CHANNELS
from mobilize.contacts.consent_models import EVERY_TOPIC, OUR_ORGANIZATION, Consent, ConsentEvent
from mobilize.contacts.file_answers import keep_answers
from mobilize.contacts.images import ALWAYS, OVERWRITTEN, keep_images
from mobilize.contacts.ledger import NewConsent, record
from mobilize.contacts.matching import Decided, Known, OnFile
from mobilize.contacts.models import Contact, ContactTag
from mobilize.contacts.report import ImportReport
from mobilize.contacts.rows import Claim, SupporterRow
from mobilize.contacts.tags import ensure_tags
from mobilize.core.bulk import allot_ids, insert_rows
from mobilize.core.columns import new_public_id
from mobilize.core.db import upsert

_CONTACTS: Final = cast("Table", Contact.__table__)
_WORN: Final = cast("Table", ContactTag.__table__)
_WORN_KEY: Final = ("contact_id", "tag_id")
_WORN_COLUMNS: Final = (*_WORN_KEY, "import_id")
_NOBODY: Final = 0
_COLUMNS: Final = (
    "id", "public_id", "kind", "state", "given_name", "family_name", "email", "email_hash", "phone",
    "phone_hash", "sms_confirmed_at", "language", "province", "fsa", "riding_id",
    "riding_certainty", "riding_source", "time_zone", "source", "discreet", "first_import_id",
    "import_id", "row_hash", "created_at", "updated_at",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Keeper:
    """Writes the batches of one file.

    Args:
        run_id: The file's record.
        run_ref: Its public id, which evidence names.
        actor: Who brings the file in.
        ridings: Riding ids by code.
        file_name: What stands as source where a row names none.
        kind: What people who are new become: `supporter` or `partner`.
    """

    run_id: int
    run_ref: str
    actor: str
    ridings: Mapping[str, int]
    file_name: str
    kind: str = "supporter"

    def keep_new(
        self,
        session: Session,
        rows: Sequence[SupporterRow],
        found: OnFile,
        report: ImportReport,
        now: datetime,
        ids: Sequence[int] | None = None,
    ) -> None:
        """Insert people who are not on file, with their consents and tags.

        Args:
            session: The session of the transaction.
            rows: Their rows.
            found: What is on file.
            report: Counts the consents.
            now: The instant of writing.
            ids: Their keys, where those were set aside already; else new ones are taken.
        """
        if ids is None:
            ids = allot_ids(session, _CONTACTS, len(rows))
        insert_rows(
            session,
            _CONTACTS,
            _COLUMNS,
            [self._contact(row, new, now) for row, new in zip(rows, ids, strict=True)],
        )
        events: list[NewConsent] = []
        for row, contact_id in zip(rows, ids, strict=True):
            events += self._consents(row, contact_id, found, frozenset(), report, now)
        record(session, events=events, now=now, fresh=True)
        self.put_on_tags(session, [(one, row.tags) for row, one in zip(rows, ids, strict=True)])
        keep_answers(session, people=list(zip(rows, ids, strict=True)), run_id=self.run_id, now=now)

    def keep_changed(
        self,
        session: Session,
        changed: Sequence[tuple[SupporterRow, Known]],
        found: OnFile,
        report: ImportReport,
        now: datetime,
    ) -> None:
        """Bring people on file up to date, and add the consents that are new."""
        if not changed:
            return
        ids = [known.id for _, known in changed]
        changes = {known.id: self._changes(row, known, now) for row, known in changed}
        keep_images(session, run_id=self.run_id, changes=changes)
        statement = (
            update(_CONTACTS)
            .where(_CONTACTS.c.id == bindparam("b_id"))
            .values(
                {
                    name: func.coalesce(
                        bindparam(f"b_{name}", type_=_CONTACTS.c[name].type), _CONTACTS.c[name]
                    )
                    for name in OVERWRITTEN
                }
                | {name: bindparam(f"b_{name}") for name in ALWAYS}
            )
        )
        session.connection().execute(
            statement,
            [
                {f"b_{name}": value for name, value in values.items()} | {"b_id": contact_id}
                for contact_id, values in changes.items()
            ],
        )
        on_ledger = _claims_on_ledger(session, ids)
        withdrawn = _withdrawn(session, [known for _, known in changed])
        events: list[NewConsent] = []
        for row, known in changed:
            closed = _closed(withdrawn, known)
            new = self._consents(row, known.id, found, closed, report, now)
            events += [
                event
                for event in new
                if (event.contact_id, event.channel, event.basis, event.basis_date) not in on_ledger
            ]
        record(session, events=events, now=now)
        # What sorts the person goes with the record that stands for them, whichever the row found.
        standing = [(row, known.standing_id or known.id) for row, known in changed]
        worn = self._worn(session, [(person, row.tags) for row, person in standing])
        pairs = [dict(zip(_WORN_COLUMNS, one, strict=True)) for one in worn]
        upsert(session, _WORN, pairs, key=_WORN_KEY)
        keep_answers(session, people=standing, run_id=self.run_id, now=now)

    def put_on_tags(self, session: Session, tags: Sequence[tuple[int, tuple[str, ...]]]) -> None:
        """Let people who are new wear their tags."""
        insert_rows(session, _WORN, _WORN_COLUMNS, self._worn(session, tags))

    def _worn(
        self, session: Session, tags: Sequence[tuple[int, tuple[str, ...]]]
    ) -> list[tuple[int, int, int]]:
        """Who wears which tag, and that this file put it on."""
        names = {tag for _, worn in tags for tag in worn}
        tag_ids = ensure_tags(session, names) if names else {}
        return [(person, tag_ids[tag], self.run_id) for person, worn in tags for tag in worn]

    def foresee(
        self,
        session: Session,
        decided: Decided,
        found: OnFile,
        report: ImportReport,
        now: datetime,
        gone: set[tuple[int, str]],
    ) -> list[NewConsent]:
        """Count the consents that rows would bring, and write nothing.

        Args:
            session: The session.
            decided: What is to be done with the rows.
            found: What is on file.
            report: Counts the consents.
            now: The instant of writing.
            gone: Who would have left which channel by an earlier row.

        Returns:
            The consents.
        """
        withdrawn = _withdrawn(session, [known for _, known in decided.changed]) | gone
        events = []
        for row in decided.new:
            events += self._consents(row, _NOBODY, found, frozenset(), report, now)
        for row, known in decided.changed:
            closed = _closed(withdrawn, known)
            events += self._consents(row, known.id, found, closed, report, now)
        return events

    def _contact(self, row: SupporterRow, contact_id: int, now: datetime) -> tuple[Any, ...]:
        place = row.place
        riding_id = self.ridings.get(place.riding_code) if place.riding_code else None
        return (
            contact_id, new_public_id(), self.kind, "active", row.given_name, row.family_name,
            row.email, row.email_hash, row.phone, row.phone_hash, row.sms_confirmed_at,
            row.language, place.province, place.fsa, riding_id, place.certainty,
            "postal" if riding_id else None, place.time_zone, row.source or self.file_name, False,
            self.run_id, self.run_id, row.digest, now, now,
        )  # fmt: skip

    def _changes(self, row: SupporterRow, known: Known, now: datetime) -> dict[str, Any]:
        fresh = dict(zip(_COLUMNS, self._contact(row, known.id, now), strict=True))
        if known.riding_source == "chosen":
            # The person's own word on where they live beats what a postal code suggests.
            for name in ("riding_id", "riding_certainty", "riding_source", "province"):
                fresh[name] = None
        fresh["source"] = row.source
        is_same_phone = row.phone_hash is None or row.phone_hash == known.phone_hash
        if row.sms_confirmed_at is None and is_same_phone:
            fresh["sms_confirmed_at"] = known.sms_confirmed_at
        return {name: fresh[name] or None for name in OVERWRITTEN} | {
            name: fresh[name] for name in ALWAYS
        }

    def _consents(
        self,
        row: SupporterRow,
        contact_id: int,
        found: OnFile,
        withdrawn: frozenset[str],
        report: ImportReport,
        now: datetime,
    ) -> list[NewConsent]:
        events = []
        for channel in row.unclaimed:
            why = "opted_out" if row.left(channel) else "not_claimed"
            report.without_consent[f"{channel}:{why}"] += 1
        for claim in row.claims:
            refusal = _refusal(claim, row, found, withdrawn, now)
            if refusal is None:
                report.consents[claim.channel] += 1
                events.append(self._grant(claim, row, contact_id))
            else:
                report.without_consent[f"{claim.channel}:{refusal}"] += 1
        return events

    def _grant(self, claim: Claim, row: SupporterRow, contact_id: int) -> NewConsent:
        return NewConsent(
            contact_id=contact_id,
            channel=claim.channel,
            action="granted",
            basis=claim.basis,
            basis_date=claim.day,
            evidence=claim.evidence,
            source=f"import {self.run_ref} line {row.line}",
            actor=self.actor,
            address_hash=row.email_hash if claim.channel == "email" else row.phone_hash,
            occurred_at=datetime.combine(claim.day, time(), tzinfo=UTC),
        )


def _refusal(
    claim: Claim, row: SupporterRow, found: OnFile, withdrawn: frozenset[str], now: datetime
) -> str | None:
    if found.suppression(row, claim.channel) is not None:
        return "suppressed"
    if claim.channel in withdrawn:
        return "withdrawn"
    end = expiry(claim.basis, claim.day)
    return "expired" if end is not None and end <= now else None


def _claims_on_ledger(session: Session, ids: Sequence[int]) -> set[tuple[Any, ...]]:
    rows = session.execute(
        select(
            ConsentEvent.contact_id,
            ConsentEvent.channel,
            ConsentEvent.basis,
            ConsentEvent.basis_date,
        ).where(ConsentEvent.contact_id.in_(ids))
    )
    return {tuple(row) for row in rows}


def _withdrawn(session: Session, people: Iterable[Known]) -> set[tuple[int, str]]:
    """Who left which channel as a whole, by any record: no file brings them back."""
    ids = {one for known in people for one in (known.id, known.standing_id)}
    rows = session.execute(
        select(Consent.contact_id, Consent.channel).where(
            Consent.contact_id.in_(ids),
            Consent.organization == OUR_ORGANIZATION,
            Consent.topic == EVERY_TOPIC,
            Consent.granted.is_(False),
        )
    )
    return {(contact_id, channel) for contact_id, channel in rows}


def _closed(withdrawn: set[tuple[int, str]], known: Known) -> frozenset[str]:
    """The channels that a person left, with the record that a row found or the one that stands."""
    return frozenset(
        channel
        for channel in CHANNELS
        if {(known.id, channel), (known.standing_id, channel)} & withdrawn
    )
