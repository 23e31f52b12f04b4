"""Whether a text may go to a person by itself when they text us something that needs care."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from mobilize.accounts import audit
from mobilize.contacts.histories import records_of
from mobilize.contacts.models import Contact
from mobilize.core.errors import Conflict
from mobilize.messaging.inbox.models import TextWish


def answers_by_itself(session: Session, contact_id: int) -> bool:
    """Whether nobody wished otherwise, on whichever of the person's records."""
    records = records_of(session, contact_id)
    wished = select(TextWish.contact_id).where(TextWish.contact_id.in_(records)).limit(1)
    return session.scalar(wished) is None


def set_answers(
    session: Session, *, contact: Contact, wanted: bool, actor: str, now: datetime
) -> None:
    """Note whether texts may go to a person by themselves; STOP and its like are always answered.

    Raises:
        Conflict: The record stands for nobody any more.
    """
    if contact.state != "active":
        raise Conflict("This record stands for nobody any more.", hint="Go back to the list.")
    if wanted == answers_by_itself(session, contact.id):
        return
    if wanted:
        records = records_of(session, contact.id)
        session.execute(delete(TextWish).where(TextWish.contact_id.in_(records)))
    else:
        session.add(TextWish(contact_id=contact.id, since=now))
    session.flush()
    audit.record(
        session,
        now=now,
        actor=actor,
        action="contact.text_answers",
        subject_kind="contact",
        subject_id=contact.public_id,
        facts={"wanted": wanted},
    )
