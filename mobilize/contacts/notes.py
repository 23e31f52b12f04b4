"""Notes about a person: sealed, seen by who works with people, purged in time.

A note is never changed: whoever wrote it deletes it and writes another.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from mobilize.accounts import audit
from mobilize.contacts.models import Contact
from mobilize.contacts.record_models import ContactNote
from mobilize.core.errors import Conflict, Forbidden, InvalidInput, NotFound


def add_note(
    session: Session, *, contact: Contact, text: str, actor: str, now: datetime
) -> ContactNote:
    """Write a note; the audit log says that, never what.

    Raises:
        InvalidInput: It is empty.
        Conflict: The record stands for nobody any more.
    """
    if contact.state != "active":
        raise Conflict("This record stands for nobody any more.", hint="Go back to the list.")
    if not text.strip():
        raise InvalidInput("The note is empty.", hint="Write something.", fields={"text": "empty"})
    note = ContactNote(contact_id=contact.id, text=text.strip(), actor=actor, created_at=now)
    session.add(note)
    session.flush()
    _note(session, contact, "contact.note", actor, now)
    return note


def notes_of(session: Session, contact_id: int) -> Sequence[ContactNote]:
    """What was written about a person, the latest first."""
    return session.scalars(
        select(ContactNote)
        .where(ContactNote.contact_id == contact_id)
        .order_by(ContactNote.created_at.desc(), ContactNote.id.desc())
    ).all()


def delete_note(
    session: Session, *, contact: Contact, note_ref: str, actor: str, now: datetime
) -> None:
    """Delete a note of one's own.

    Raises:
        NotFound: The person has no such note.
        Forbidden: Somebody else wrote it.
    """
    note = session.scalar(
        select(ContactNote).where(
            ContactNote.public_id == note_ref, ContactNote.contact_id == contact.id
        )
    )
    if note is None:
        raise NotFound("There is no such note.")
    if note.actor != actor:
        raise Forbidden("Somebody else wrote this note.", hint="Ask them to delete it.")
    session.delete(note)
    _note(session, contact, "contact.unnote", actor, now)


def _note(session: Session, contact: Contact, action: str, actor: str, now: datetime) -> None:
    audit.record(
        session,
        now=now,
        actor=actor,
        action=action,
        subject_kind="contact",
        subject_id=contact.public_id,
    )
