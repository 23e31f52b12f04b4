"""How contacts show, and erase, what they hold of a person."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from mobilize.contacts import custom_fields, notes, queries
from mobilize.contacts.images import images_of
from mobilize.contacts.service import tombstone
from mobilize.core.personal_data import Holding, register


def show(session: Session, contact_id: int) -> dict[str, Any]:
    """Everything on file of a person, addresses open: for that person alone."""
    contact = queries.by_id(session, contact_id)
    return {
        "id": contact.public_id,
        "state": contact.state,
        "given_name": contact.given_name,
        "family_name": contact.family_name,
        "email": contact.email,
        "phone": contact.phone,
        "phone_confirmed_at": _text(contact.sms_confirmed_at),
        "language": contact.language,
        "province": contact.province,
        "postal_area": contact.fsa,
        "riding_certainty": contact.riding_certainty,
        "riding_source": contact.riding_source,
        "time_zone": contact.time_zone,
        "source": contact.source,
        "tags": queries.tags_of(session, [contact_id]).get(contact_id, []),
        "do_not_contact": contact.do_not_contact,
        "custom_fields": custom_fields.values_of(session, [contact_id]).get(contact_id, {}),
        "notes": [
            {"text": note.text, "at": _text(note.created_at)}
            for note in notes.notes_of(session, contact_id)
        ],
        "since": _text(contact.created_at),
        "earlier_versions_kept": images_of(session, contact_id),
        "consents": [
            {
                "channel": event.channel,
                "organization": event.organization,
                "topic": event.topic,
                "action": event.action,
                "basis": event.basis,
                "basis_date": str(event.basis_date) if event.basis_date else None,
                "expires_at": _text(event.expires_at),
                "source": event.source,
                "evidence": event.evidence,
                "at": _text(event.occurred_at),
            }
            for event in queries.ledger_of(session, contact_id)
        ],
        "suppressed": [
            {"channel": one.channel, "reason": one.reason, "since": _text(one.since)}
            for one in queries.suppressions_of(session, contact)
        ],
    }


def erase(session: Session, contact_id: int, now: datetime) -> None:
    """Tombstone the person at their own wish."""
    tombstone(session, contact_id=contact_id, actor="supporter", now=now)


def _text(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None


register(Holding(name="contacts", show=show, erase=erase))
