"""How contacts show, and erase, what they hold of a person."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from mobilize.contacts import copy_words, custom_fields, merge_holdings, notes, queries
from mobilize.contacts.consent_models import ConsentEvent, ConsentWording, OptIn
from mobilize.contacts.erasing import all_addresses, tombstone
from mobilize.contacts.histories import records_of
from mobilize.contacts.identity_models import DuplicatePair, Merge
from mobilize.contacts.import_models import ImportAnswer
from mobilize.contacts.leftovers import leftovers_of
from mobilize.contacts.models import Contact, ImportChange, ImportRun
from mobilize.contacts.privacy_models import AddressCode
from mobilize.contacts.record_models import CustomField
from mobilize.core.personal_data import Holding, register


def show(session: Session, contact_id: int) -> dict[str, Any]:
    """Everything on file of a person, addresses open: for that person alone."""
    contact = queries.by_id(session, contact_id)
    records = records_of(session, contact_id)
    return {
        **_record(session, contact),
        "tags": queries.tags_of(session, [contact_id]).get(contact_id, []),
        "custom_fields": custom_fields.values_of(session, [contact_id]).get(contact_id, {}),
        "notes": [
            {"text": note.text, "at": _text(note.created_at)}
            for note in notes.notes_of(session, contact_id)
        ],
        "consents": _consents(session, records),
        "asked_to_confirm": [
            {
                "channel": one.channel,
                "address": one.address,
                "answers": json.loads(one.answers) if one.answers else None,
                "state": one.state,
                "source": one.source,
                "at": _text(one.created_at),
                "confirmed_at": _text(one.confirmed_at),
            }
            for one in session.scalars(
                select(OptIn).where(OptIn.contact_id.in_(records)).order_by(OptIn.id)
            )
        ],
        "suppressed": [
            {"channel": one.channel, "reason": one.reason, "since": _text(one.since)}
            for one in queries.suppressions_of(session, contact)
        ],
        "earlier_versions": _earlier_versions(session, records),
        "earlier_answers": _earlier_answers(session, records),
        "rows_put_aside": [
            {"file": one.file_name, "line": one.line, "at": _text(one.at)}
            for one in leftovers_of(session, all_addresses(session, contact))
        ],
        "joined_records": _joined_records(session, records),
        "codes": [
            {
                "purpose": one.purpose,
                "channel": one.channel,
                "new_address": one.new_address,
                "at": _text(one.created_at),
                "used_at": _text(one.used_at),
            }
            for one in session.scalars(
                select(AddressCode)
                .where(AddressCode.contact_id.in_(records))
                .order_by(AddressCode.id)
            )
        ],
    }


def erase(session: Session, contact_id: int, actor: str, now: datetime) -> None:
    """Tombstone the record."""
    tombstone(session, contact_id=contact_id, actor=actor, now=now)


def _record(session: Session, contact: Contact) -> dict[str, Any]:
    codes = queries.riding_codes(session, [contact.riding_id] if contact.riding_id else [])
    return {
        "id": contact.public_id,
        "kind": contact.kind,
        "state": contact.state,
        "given_name": contact.given_name,
        "family_name": contact.family_name,
        "email": contact.email,
        "phone": contact.phone,
        "phone_confirmed_at": _text(contact.sms_confirmed_at),
        "language": contact.language,
        "province": contact.province,
        "postal_area": contact.fsa,
        "riding": codes.get(contact.riding_id or 0),
        "riding_certainty": contact.riding_certainty,
        "riding_source": contact.riding_source,
        "time_zone": contact.time_zone,
        "source": contact.source,
        "do_not_contact": contact.do_not_contact,
        "discreet": contact.discreet,
        "safe_channel": contact.safe_channel,
        "safe_from": str(contact.safe_from) if contact.safe_from else None,
        "safe_until": str(contact.safe_until) if contact.safe_until else None,
        "paused_until": _text(contact.paused_until),
        "no_voicemail": contact.no_voicemail,
        "since": _text(contact.created_at),
        "changed_at": _text(contact.updated_at),
    }


def _consents(session: Session, records: Sequence[int]) -> list[dict[str, Any]]:
    """The ledger with the exact words that were agreed to."""
    rows = session.execute(
        select(ConsentEvent, ConsentWording.text)
        .outerjoin(ConsentWording, ConsentWording.id == ConsentEvent.wording_id)
        .where(ConsentEvent.contact_id.in_(records))
        .order_by(ConsentEvent.occurred_at, ConsentEvent.id)
    )
    return [
        {
            "channel": event.channel,
            "organization": event.organization,
            "topic": event.topic,
            "action": event.action,
            "basis": event.basis,
            "basis_date": str(event.basis_date) if event.basis_date else None,
            "expires_at": _text(event.expires_at),
            "wording": wording,
            "source": event.source,
            "evidence": event.evidence,
            "at": _text(event.occurred_at),
        }
        for event, wording in rows
    ]


def _earlier_versions(session: Session, records: Sequence[int]) -> list[dict[str, Any]]:
    """What records said before a file changed them, as far as it is kept."""
    rows = session.execute(
        select(ImportRun.file_name, ImportRun.started_at, ImportChange.before)
        .join(ImportChange, ImportChange.import_id == ImportRun.id)
        .where(ImportChange.contact_id.in_(records))
        .order_by(ImportRun.id)
    )
    return [
        {"file": file_name, "at": _text(started_at), "before": _without_keys(json.loads(before))}
        for file_name, started_at, before in rows
    ]


def _earlier_answers(session: Session, records: Sequence[int]) -> list[dict[str, Any]]:
    """What was answered to custom fields before a file answered anew."""
    rows = session.execute(
        select(ImportRun.file_name, CustomField.key, ImportAnswer.before, ImportAnswer.at)
        .join(ImportAnswer, ImportAnswer.import_id == ImportRun.id)
        .join(CustomField, CustomField.id == ImportAnswer.field_id)
        .where(ImportAnswer.contact_id.in_(records), ImportAnswer.before != "")
        .order_by(ImportRun.id, CustomField.id)
    )
    return [
        {"file": file_name, "field": key, "before": before, "at": _text(at)}
        for file_name, key, before, at in rows
    ]


def _joined_records(session: Session, records: Sequence[int]) -> list[dict[str, Any]]:
    """Records that became one with another, and those that were taken for the same person."""
    merges = session.scalars(
        select(Merge)
        .where(or_(Merge.kept_id.in_(records), Merge.merged_id.in_(records)))
        .order_by(Merge.id)
    )
    pairs = session.scalars(
        select(DuplicatePair)
        .where(or_(DuplicatePair.first_id.in_(records), DuplicatePair.second_id.in_(records)))
        .order_by(DuplicatePair.id)
    )
    return [
        *(
            {
                "state": "merged" if one.undone_at is None else "parted",
                "at": _text(one.merged_at),
                "before": _without_keys(json.loads(one.before or "{}").get("record")),
            }
            for one in merges
        ),
        *({"state": one.state, "at": _text(one.found_at), "reasons": one.reasons} for one in pairs),
    ]


def _without_keys(value: Any) -> Any:
    """What was kept as JSON, without keys and hashes that say nothing to anybody."""
    if isinstance(value, dict):
        return {
            name: _without_keys(part)
            for name, part in value.items()
            if not name.endswith(("_hash", "_id")) and name != "id"
        }
    return [_without_keys(part) for part in value] if isinstance(value, list) else value


def _text(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None


register(
    Holding(
        name="contacts",
        tables=frozenset(
            {
                "address_codes",
                "consent_events",
                "consents",
                "contact_merges",
                "contact_notes",
                "contact_tags",
                "contacts",
                "custom_values",
                "duplicate_pairs",
                "import_answers",
                "import_changes",
                "import_reject_addresses",
                "import_rejects",
                "match_keys",
                "opt_ins",
                "suppressions",
            }
        ),
        show=show,
        erase=erase,
        merge=merge_holdings.merge,
        part=merge_holdings.part,
        words=copy_words.WORDS,
        codes=copy_words.CODES,
    )
)
