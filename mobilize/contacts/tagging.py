"""Tags at an organizer's hand: put on a person, taken off, renamed and removed; each is audited."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, delete, insert, literal, select
from sqlalchemy.orm import Session

from mobilize.accounts import audit
from mobilize.contacts import joining
from mobilize.contacts.models import Contact, ContactTag, Tag
from mobilize.contacts.rows import read_tag, read_tags
from mobilize.core.errors import Conflict, InvalidInput, NotFound

_WORN = cast("Table", ContactTag.__table__)


def tag(
    session: Session, *, contact: Contact, tags: Sequence[str], actor: str, now: datetime
) -> None:
    """Let a person wear tags, each as typed; several may stand between semicolons or commas.

    Raises:
        InvalidInput: There is none, or one names a status or a case.
        Conflict: The record stands for nobody any more.
    """
    if contact.state != "active":
        raise Conflict("This record stands for nobody any more.", hint="Go back to the list.")
    names = [name for text in tags for name in read_tags(text)]
    if not names:
        raise InvalidInput("There is no tag.", hint="Write a word.", fields={"tag": "empty"})
    joining.add_tags(session, contact_id=contact.id, tags=names)
    _note(session, "contact.add_tag", "contact", contact.public_id, actor, now, tags=sorted(names))


def untag(session: Session, *, contact: Contact, name: str, actor: str, now: datetime) -> None:
    """Take a tag off a person; where they do not wear it, nothing changes."""
    joining.remove_tag(session, contact_id=contact.id, tag=name)
    wanted = name.strip().lower()
    _note(session, "contact.remove_tag", "contact", contact.public_id, actor, now, tags=[wanted])


def rename_tag(session: Session, *, name: str, to: str, actor: str, now: datetime) -> None:
    """Call a tag by another name; where that one exists, the two become one.

    Raises:
        NotFound: There is no such tag.
        InvalidInput: The new name is empty, or names a status or a case.
    """
    old = _named(session, name)
    wanted = read_tag(to)
    if not wanted:
        raise InvalidInput("There is no tag.", hint="Write a word.", fields={"to": "empty"})
    was = old.name
    if wanted == was:
        return
    other = session.scalar(select(Tag).where(Tag.name == wanted))
    if other is None:
        old.name = wanted
    else:
        has_it = select(ContactTag.contact_id).where(ContactTag.tag_id == other.id)
        session.execute(
            insert(_WORN).from_select(
                ["contact_id", "tag_id"],
                select(ContactTag.contact_id, literal(other.id)).where(
                    ContactTag.tag_id == old.id, ContactTag.contact_id.not_in(has_it)
                ),
            )
        )
        _drop(session, old)
    session.flush()
    _note(session, "tag.rename", "tag", wanted, actor, now, was=was)


def remove_tag(session: Session, *, name: str, actor: str, now: datetime) -> None:
    """Take a tag off everybody, and away.

    Raises:
        NotFound: There is no such tag.
    """
    found = _named(session, name)
    _drop(session, found)
    _note(session, "tag.remove", "tag", found.name, actor, now)


def _drop(session: Session, found: Tag) -> None:
    session.execute(delete(ContactTag).where(ContactTag.tag_id == found.id))
    session.execute(delete(Tag).where(Tag.id == found.id))


def _named(session: Session, name: str) -> Tag:
    found = session.scalar(select(Tag).where(Tag.name == name.strip().lower()))
    if found is None:
        raise NotFound("There is no such tag.")
    return found


def _note(
    session: Session,
    action: str,
    kind: str,
    subject: str,
    actor: str,
    now: datetime,
    **facts: Any,
) -> None:
    audit.record(
        session,
        now=now,
        actor=actor,
        action=action,
        subject_kind=kind,
        subject_id=subject,
        facts=facts,
    )
