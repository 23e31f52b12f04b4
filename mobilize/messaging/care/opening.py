"""Texts that need care as those named for them see them: that they are there, then what they say.

Whoever calls this has made sure that the reader was named; each opening is noted in the audit log.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mobilize.accounts import audit
from mobilize.contacts.identity import phone_hash
from mobilize.contacts.models import Contact
from mobilize.core.columns import keyring_of_session
from mobilize.core.errors import NotFound
from mobilize.messaging.care.models import CareCase, CareText
from mobilize.messaging.care.recognizing import look_at
from mobilize.messaging.inbox import threads


@dataclass(frozen=True)
class Shown:
    """One text, and what in it speaks for a disclosure.

    Attributes:
        at: When it came or went.
        ours: Whether we said it.
        words: What it says.
        why: What its phrases speak for; empty where none does.
    """

    at: datetime
    ours: bool
    words: str
    why: tuple[str, ...]


def waiting(session: Session) -> Sequence[CareCase]:
    """The cases that there are, those that nobody read first, then the newest."""
    return session.scalars(
        select(CareCase).order_by(CareCase.seen_at.is_not(None), CareCase.last_at.desc())
    ).all()


def count_unseen(session: Session) -> int:
    """How many have something that nobody read."""
    statement = select(func.count(CareCase.id)).where(CareCase.seen_at.is_(None))
    return session.scalar(statement) or 0


def case_by_public_id(session: Session, public_id: str) -> CareCase:
    """One case.

    Raises:
        NotFound: There is none.
    """
    case = session.scalar(select(CareCase).where(CareCase.public_id == public_id))
    if case is None:
        raise NotFound("There is no such text.", hint="It may be past its thirty days.")
    return case


def open_case(
    session: Session, *, public_id: str, with_number: bool, actor: str, now: datetime
) -> CareCase:
    """Open a case to read it, and the number where somebody means to call.

    Raises:
        NotFound: There is none.
    """
    case = case_by_public_id(session, public_id)
    case.seen_at = now
    note(session, case, "care.number" if with_number else "care.open", actor, now)
    session.flush()
    return case


def texts_of(session: Session, case: CareCase) -> list[Shown]:
    """What was said, the oldest first."""
    rows = session.scalars(
        select(CareText).where(CareText.case_id == case.id).order_by(CareText.at, CareText.id)
    )
    return [
        Shown(
            one.at,
            one.direction == "out",
            one.body,
            look_at(one.body).why if one.direction == "in" else (),
        )
        for one in rows
    ]


def number_of(session: Session, case: CareCase) -> bytes:
    """The number's keyed hash by which people and threads know it."""
    return phone_hash(keyring_of_session(session), case.sender)


def person_of(session: Session, case: CareCase) -> Contact | None:
    """Whose number it is, where it is one person's alone."""
    contact_id = threads.whose(session, number_of(session, case))
    return None if contact_id is None else session.get(Contact, contact_id)


def note(session: Session, case: CareCase, action: str, actor: str, now: datetime) -> None:
    """Note in the audit log that somebody did something with a case."""
    audit.record(
        session,
        now=now,
        actor=actor,
        action=action,
        subject_kind="care",
        subject_id=case.public_id,
    )
