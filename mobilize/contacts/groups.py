"""Whose record a record is, where several were found to be one person's.

Every merged record points at the one that stands for the person, never at one in between; how they
came together is told by `contact_merges`.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Final

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from mobilize.contacts.models import Contact
from mobilize.core.bulk import any_id

STANDING: Final = func.coalesce(Contact.merged_into_id, Contact.id)
"""In a statement over contacts: the record that stands for the person."""


def standing_id(session: Session, contact_id: int) -> int:
    """The record that stands for the person behind a record; mostly itself."""
    return session.scalar(select(STANDING).where(Contact.id == contact_id)) or contact_id


def standing_ids(session: Session, contact_ids: Collection[int]) -> set[int]:
    """The records that stand for the people behind some records."""
    return set(session.scalars(select(STANDING).where(any_id(session, Contact.id, contact_ids))))


def groups_of(session: Session, contact_ids: Collection[int]) -> dict[int, list[int]]:
    """Of some records those that share a person with others: by the one that stands, all of them.

    Who has one record alone, as nearly everybody, is not in the answer. Two statements.
    """
    if not contact_ids:
        return {}
    shared = session.scalars(
        select(Contact.merged_into_id)
        .where(
            Contact.merged_into_id.is_not(None),
            or_(
                any_id(session, Contact.id, contact_ids),
                any_id(session, Contact.merged_into_id, contact_ids),
            ),
        )
        .distinct()
    ).all()
    roots = [root for root in shared if root is not None]
    if not roots:
        return {}
    rows = session.execute(
        select(Contact.merged_into_id, Contact.id)
        .where(any_id(session, Contact.merged_into_id, roots), Contact.state == "merged")
        .order_by(Contact.id)
    )
    found: defaultdict[int, list[int]] = defaultdict(list)
    for root, member in rows:
        if root is not None:
            found[root] = found[root] or [root]
            found[root].append(member)
    return dict(found)


def with_groups(session: Session, contact_ids: Iterable[int]) -> dict[int, list[int]]:
    """For each record all records of its person, itself among them, the standing one first."""
    asked = list(contact_ids)
    by_member = {
        member: members for members in groups_of(session, asked).values() for member in members
    }
    return {one: by_member.get(one, [one]) for one in asked}
