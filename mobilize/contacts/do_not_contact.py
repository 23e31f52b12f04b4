"""Whom nobody writes to or calls, whatever they once agreed to, until an organizer lifts it."""

from datetime import datetime

from sqlalchemy.orm import Session

from mobilize.accounts import audit
from mobilize.contacts.models import Contact
from mobilize.core.errors import Conflict
from mobilize.core.journal import note


def set_do_not_contact(
    session: Session, *, contact: Contact, wanted: bool, actor: str, now: datetime
) -> None:
    """Let nothing go to a person, or lift it; their consents stay as they are.

    Raises:
        Conflict: The record stands for nobody any more.
    """
    if contact.state != "active":
        raise Conflict("This record stands for nobody any more.", hint="Go back to the list.")
    if contact.do_not_contact is wanted:
        return
    contact.do_not_contact, contact.updated_at = wanted, now
    if wanted:
        entry = {"no": "barred", "contact": contact.public_id, "at": now.isoformat()}
        note(session, [entry])
    audit.record(
        session,
        now=now,
        actor=actor,
        action="contact.do_not_contact" if wanted else "contact.may_contact",
        subject_kind="contact",
        subject_id=contact.public_id,
    )
