"""The list of records that may be one person's: what an organizer sees of it, and decides."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from mobilize.accounts import audit
from mobilize.contacts.identity_models import DuplicatePair, Merge
from mobilize.contacts.likeness import name_likeness
from mobilize.contacts.models import Contact
from mobilize.core.errors import Conflict, NotFound
from mobilize.core.paging import LARGEST_PAGE, PAGE_SIZE, Page

_FIRST, _SECOND = aliased(Contact), aliased(Contact)
_MOST_SHARING = 20


@dataclass(frozen=True)
class Reviewed:
    """A pair with its two records, the older one first."""

    pair: DuplicatePair
    first: Contact
    second: Contact


@dataclass(frozen=True)
class Decided:
    """What somebody decided: `merged` with the merge's id, or `different` with the pair's."""

    decision: str
    ref: str
    at: datetime
    people: tuple[Contact, ...]


def open_pairs(session: Session, *, after: str = "", limit: int = PAGE_SIZE) -> Page[Reviewed]:
    """A page of the pairs that wait for a decision, the likeliest first.

    Args:
        session: The session.
        after: The public id of the pair that the page before ended with.
        limit: How many at most.

    Raises:
        NotFound: There is no such pair.
    """
    size = min(limit, LARGEST_PAGE)
    wanted = _waiting(DuplicatePair, _FIRST, _SECOND)
    if after:
        last = pair_by_public_id(session, after)
        wanted = wanted.where(_comes_after(last))
    rows = session.execute(
        wanted.order_by(DuplicatePair.score.desc(), DuplicatePair.id).limit(size + 1)
    ).all()
    shown = [Reviewed(*row) for row in rows[:size]]
    return Page(shown, shown[-1].pair.id if len(rows) > size else None)


def count_open(session: Session) -> int:
    """How many pairs wait for a decision."""
    return session.scalar(_waiting(func.count())) or 0


def reviewed(session: Session, public_id: str) -> Reviewed:
    """One pair with its records, whatever became of it.

    Raises:
        NotFound: There is none.
    """
    pair = pair_by_public_id(session, public_id)
    first, second = (session.get_one(Contact, one) for one in (pair.first_id, pair.second_id))
    return Reviewed(pair, first, second)


def pair_by_public_id(session: Session, public_id: str) -> DuplicatePair:
    """The pair that the outside knows by that id.

    Raises:
        NotFound: There is none.
    """
    pair = session.scalar(select(DuplicatePair).where(DuplicatePair.public_id == public_id))
    if pair is None:
        raise NotFound("There is no such pair.")
    return pair


def dismiss(session: Session, *, pair: DuplicatePair, actor: str, now: datetime) -> None:
    """Note that these are two people: the pair is not shown again.

    Raises:
        Conflict: They are one record by now.
    """
    if pair.state == "merged":
        raise Conflict("These two are one record by now.", hint="Undo the merge first.")
    if pair.state == "different":
        return
    pair.state, pair.decided_at, pair.decided_by = "different", now, actor
    _note(session, pair, "contact.not_same", actor, now)


def reopen(session: Session, *, pair: DuplicatePair, actor: str, now: datetime) -> None:
    """Take back that these are two people."""
    if pair.state == "different":
        pair.state, pair.decided_at, pair.decided_by = "open", None, None
        _note(session, pair, "contact.perhaps_same", actor, now)


def lately_decided(session: Session, *, limit: int = 5) -> list[Decided]:
    """The latest merges and dismissals that can be taken back, the latest first."""
    merges = session.execute(
        select(Merge, _FIRST)
        .join(_FIRST, _FIRST.id == Merge.kept_id)
        .where(Merge.undone_at.is_(None), Merge.before.is_not(None), _FIRST.state == "active")
        .order_by(Merge.id.desc())
        .limit(limit)
    )
    told_apart = session.execute(
        _of_pairs(DuplicatePair, _FIRST, _SECOND)
        .where(DuplicatePair.state == "different")
        .order_by(DuplicatePair.decided_at.desc(), DuplicatePair.id.desc())
        .limit(limit)
    )
    found = [
        *(Decided("merged", row.public_id, row.merged_at, (kept,)) for row, kept in merges),
        *(
            Decided("different", pair.public_id, pair.decided_at, (first, second))
            for pair, first, second in told_apart
        ),
    ]
    return sorted(found, key=lambda one: one.at, reverse=True)


def sharing_number(session: Session, contact: Contact) -> Sequence[Contact]:
    """The other people who have a person's number: a family, or a home of many."""
    if contact.phone_hash is None:
        return []
    own = (contact.given_name, contact.family_name)
    others = session.scalars(
        select(Contact)
        .where(
            Contact.phone_hash == contact.phone_hash,
            Contact.state == "active",
            Contact.id != contact.id,
        )
        .order_by(Contact.id)
        .limit(_MOST_SHARING)
    )
    return [
        one
        for one in others
        if name_likeness(own, (one.given_name, one.family_name)) == "different"
    ]


def _waiting(*asked: Any) -> Any:
    return _of_pairs(*asked).where(DuplicatePair.state == "open")


def _of_pairs(*asked: Any) -> Any:
    """Of pairs whose two records both stand for somebody."""
    return (
        select(*asked)
        .select_from(DuplicatePair)
        .join(_FIRST, _FIRST.id == DuplicatePair.first_id)
        .join(_SECOND, _SECOND.id == DuplicatePair.second_id)
        .where(_FIRST.state == "active", _SECOND.state == "active")
    )


def _comes_after(last: DuplicatePair) -> ColumnElement[bool]:
    return or_(
        DuplicatePair.score < last.score,
        and_(DuplicatePair.score == last.score, DuplicatePair.id > last.id),
    )


def _note(session: Session, pair: DuplicatePair, action: str, actor: str, now: datetime) -> None:
    audit.record(
        session,
        now=now,
        actor=actor,
        action=action,
        subject_kind="duplicate",
        subject_id=pair.public_id,
    )
