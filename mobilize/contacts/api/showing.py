"""How a person looks in JSON."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from mobilize.accounts.guards import caller
from mobilize.contacts import queries
from mobilize.contacts.identity import masked_email, masked_phone
from mobilize.contacts.models import Contact


def shown(session: Session, people: Sequence[Contact]) -> list[dict[str, Any]]:
    """People as the API shows them: addresses open to administrators alone."""
    tags = queries.tags_of(session, [person.id for person in people])
    codes = queries.riding_codes(session, {one.riding_id for one in people if one.riding_id})
    opened = caller().role == "admin"
    return [
        {
            "id": person.public_id,
            "kind": person.kind,
            "given_name": person.given_name,
            "family_name": person.family_name,
            "email": person.email if opened else masked_email(person.email),
            "phone": person.phone if opened else masked_phone(person.phone),
            "sms_confirmed_at": person.sms_confirmed_at,
            "language": person.language,
            "province": person.province,
            "postal_area": person.fsa,
            "riding": codes.get(person.riding_id or 0),
            "riding_certainty": person.riding_certainty,
            "do_not_contact": person.do_not_contact,
            "tags": tags.get(person.id, []),
            "source": person.source,
            "created_at": person.created_at,
        }
        for person in people
    ]
