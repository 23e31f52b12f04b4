"""Texts that need care: kept apart, answered once with a number to call, given back or let go.

The answer is one text in both languages without a word on what it is about. It goes in the same
breath as the text came, to a phone that is in somebody's hand; so the hours for texts to the many
do not hold it up. It needs no consent: it answers a text of theirs (SOR/2013-221, s. 3(b)) and asks
for nothing. Yet it never goes where somebody texted STOP, be it in the same text: who was told that
no more texts come gets none, whatever we think is good for them, and the carrier would bring none.
Nor does it go into a phone of which the person said that it is not safe, or not at this hour.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from mobilize.accounts import audit
from mobilize.contacts.groups import STANDING
from mobilize.contacts.histories import records_of
from mobilize.contacts.identity import phone_hash
from mobilize.contacts.models import Contact
from mobilize.contacts.suppression import CARRIER, LEFT, closed_by
from mobilize.core.columns import keyring_of_session
from mobilize.messaging.care.models import CareCase, CareMark, CareText
from mobilize.messaging.hours import in_safe_hours
from mobilize.messaging.inbox import threads
from mobilize.messaging.inbox.models import TextReply, TextWish
from mobilize.messaging.keywords import word_of
from mobilize.messaging.models import InboundText, Message, TextThread
from mobilize.messaging.taking_back import take_back
from mobilize.settings import Settings

ANSWER: Final = (
    "Free, confidential support, day and night: {number}. In danger: 911. "
    "Soutien gratuit et confidentiel, jour et nuit: {number}. En danger: 911."
)
"""No name, no word on the topic, both languages, one segment."""
SENT: Final = "sent"
BY_HAND: Final = "by_hand"
OUTCOMES: Final = (
    SENT, BY_HAND, "already", "stopped", "closed", "do_not_contact", "switched_off", "safe_channel",
    "outside_safe_hours",
)  # fmt: skip
_OURS: Final = "reply"
"""Begins the reference of what we had answered: `reply:<message>:<account>`."""


def mark_of(session: Session, number: bytes) -> bytes:
    """The keyed hash under which a number's case is found, used for nothing else."""
    return keyring_of_session(session).index("care", number.hex())


def is_open(session: Session, number: bytes) -> bool:
    """Whether texts from a number are kept apart at present."""
    case = select(CareCase.id).where(CareCase.mark == mark_of(session, number))
    return session.scalar(case) is not None


def take_in(
    session: Session, *, text: InboundText, tells: bool, settings: Settings, now: datetime
) -> str | None:
    """Keep a text apart, with the thread that it belongs to.

    Args:
        session: The transaction; of one number one text at a time is taken in.
        text: The text, not stored.
        tells: Whether it looks like a disclosure itself; else one came before it.
        settings: The installation's.
        now: The moment.

    Returns:
        The one answer, or None where none is due or may go.
    """
    mark = mark_of(session, text.sender_hash)
    case = session.scalar(select(CareCase).where(CareCase.mark == mark))
    outcome = None
    if tells and (case is None or case.outcome != SENT):
        outcome = _why_not(session, text, now) or SENT
    if case is None:
        case = CareCase(
            mark=mark, sender=text.sender, outcome=outcome or "already", last_at=now, created_at=now
        )
        session.add(case)
        session.flush()
        _take_over(session, case, text.sender_hash, now)
    case.outcome = outcome or case.outcome
    case.last_at, case.seen_at = now, None
    session.add(
        CareText(
            case_id=case.id,
            provider_ref=text.provider_ref,
            retry_token=text.retry_token,
            direction="in",
            body=text.body,
            at=now,
        )
    )
    session.flush()
    if outcome != SENT:
        return None
    for one in _answered_marks(session, text.sender_hash):
        session.merge(CareMark(mark=one))
    return ANSWER.format(number=settings.site.hotline_number)


def set_apart(session: Session, *, thread: TextThread, actor: str, now: datetime) -> None:
    """Take a conversation out of the inbox that somebody found to tell what was done to someone.

    No answer goes by itself: the hour at which it is read is not the one at which it was texted.

    Args:
        session: The transaction.
        thread: The conversation, held.
        actor: Who found it.
        now: The moment.
    """
    number = thread.sender_hash
    sender = session.get_one(InboundText, thread.last_text_id).sender
    audit.record(
        session,
        now=now,
        actor=actor,
        action="thread.set_apart",
        subject_kind="thread",
        subject_id=thread.public_id,
    )
    mark = mark_of(session, number)
    case = session.scalar(select(CareCase).where(CareCase.mark == mark))
    if case is None:
        case = CareCase(mark=mark, sender=sender, outcome=BY_HAND, last_at=now, created_at=now)
        session.add(case)
    case.last_at, case.seen_at = now, None
    session.flush()
    _take_over(session, case, number, now)
    session.flush()


def give_back(session: Session, *, case: CareCase) -> TextThread | None:
    """Put texts that were no disclosure into the inbox, as if they had come there.

    Returns:
        The thread; None where no text of theirs is left.
    """
    keyring = keyring_of_session(session)
    number = phone_hash(keyring, case.sender)
    kept = session.scalars(
        select(CareText).where(CareText.case_id == case.id).order_by(CareText.at, CareText.id)
    ).all()
    thread = None
    for one in (one for one in kept if one.direction == "in"):
        text = session.scalar(
            select(InboundText).where(InboundText.provider_ref == one.provider_ref)
        )
        if text is None:
            text = InboundText(
                provider_ref=one.provider_ref or f"{_OURS}:{one.id}",
                retry_token=one.retry_token,
                sender=case.sender,
                sender_hash=number,
                received_at=one.at,
            )
            session.add(text)
        text.body = one.body
        session.flush()
        thread = threads.take_in(session, text=text, now=one.at)
    if thread is not None:
        _replies_back(session, thread, [one for one in kept if one.direction == "out"])
    forget(session, [case.id])
    return thread


def forget(session: Session, case_ids: Collection[int]) -> None:
    """Let cases go with all their texts."""
    session.execute(delete(CareText).where(CareText.case_id.in_(case_ids)))
    session.execute(delete(CareCase).where(CareCase.id.in_(case_ids)))


def let_go(session: Session, *, gone: Collection[CareCase], now: datetime) -> None:
    """Let cases go that are past their time, or that somebody read and removed.

    Where a word for stopping in one held other texts back and nobody said that it meant something
    else, it is taken for what it says: nobody could say so later.
    """
    keyring = keyring_of_session(session)
    numbers = [phone_hash(keyring, one.sender) for one in gone]
    forget(session, [one.id for one in gone])
    threads.take_at_their_word(session, threads.held_of(session, numbers), now=now)


def forget_person(session: Session, *, contact_id: int, numbers: Collection[bytes]) -> None:
    """Let go of everything under a person's numbers, and of whether they were ever answered."""
    marks = [mark_of(session, one) for one in numbers]
    forget(session, session.scalars(select(CareCase.id).where(CareCase.mark.in_(marks))).all())
    answered = [_answered(session, "number", one.hex()) for one in numbers]
    answered.append(_answered(session, "person", str(contact_id)))
    session.execute(delete(CareMark).where(CareMark.mark.in_(answered)))


def is_unsafe(session: Session, number: bytes, now: datetime) -> bool:
    """Whether whoever has a number said that no such text may come into that phone, or not now."""
    return _person_says_no(session, number, now) is not None


def _why_not(session: Session, text: InboundText, now: datetime) -> str | None:
    """Why no answer may go, or None where it may."""
    number = text.sender_hash
    if text.keyword == "stop" or closed_by(session, channel=CARRIER, address_hash=number):
        return "stopped"
    if closed_by(session, channel="sms", address_hash=number) not in {None, LEFT}:
        return "closed"
    return _person_says_no(session, number, now) or _was_answered(session, number)


def _person_says_no(session: Session, number: bytes, now: datetime) -> str | None:
    wished = select(TextWish.contact_id).where(TextWish.contact_id.in_(_records(session, number)))
    if session.scalar(wished.limit(1)) is not None:
        return "switched_off"
    people = session.execute(
        select(Contact.do_not_contact, Contact.safe_channel, in_safe_hours(now)).where(
            Contact.id.in_(_people(session, number)), Contact.state == "active"
        )
    ).all()
    for do_not_contact, safe_channel, safe_hour in people:
        if do_not_contact:
            return "do_not_contact"
        if safe_channel not in {None, "sms"}:
            return "safe_channel"
        if not safe_hour:
            return "outside_safe_hours"
    return None


def _was_answered(session: Session, number: bytes) -> str | None:
    marks = _answered_marks(session, number)
    found = session.scalar(select(CareMark.mark).where(CareMark.mark.in_(marks)).limit(1))
    return None if found is None else "already"


def _people(session: Session, number: bytes) -> list[int]:
    statement = select(STANDING).where(Contact.phone_hash == number, Contact.state != "tombstoned")
    return list(session.scalars(statement.distinct()))


def _records(session: Session, number: bytes) -> list[int]:
    return [one for person in _people(session, number) for one in records_of(session, person)]


def _answered_marks(session: Session, number: bytes) -> list[bytes]:
    """What says that an answer went: to the number, and to whoever has it, by any number."""
    people = [_answered(session, "person", str(one)) for one in _records(session, number)]
    return [_answered(session, "number", number.hex()), *people]


def _answered(session: Session, what: str, name: str) -> bytes:
    return keyring_of_session(session).index("care-answered", f"{what} {name}")


def _take_over(session: Session, case: CareCase, number: bytes, now: datetime) -> None:
    """The thread of a number leaves the inbox for the case, with what we had answered."""
    thread = threads.thread_of(session, number)
    if thread is None:
        return
    texts = session.scalars(select(InboundText).where(InboundText.thread_id == thread.id)).all()
    for one in texts:
        session.add(
            CareText(
                case_id=case.id,
                provider_ref=one.provider_ref,
                retry_token=one.retry_token,
                direction="in",
                body=one.body,
                at=one.received_at,
            )
        )
    replies = session.scalars(select(TextReply).where(TextReply.thread_id == thread.id)).all()
    for reply in replies:
        session.add(
            CareText(
                case_id=case.id,
                provider_ref=f"{_OURS}:{reply.message_id}:{reply.account_id}",
                direction="out",
                body=reply.body,
                at=reply.created_at,
            )
        )
    waiting = Message.id.in_([one.message_id for one in replies])
    take_back(session, waiting, state="cancelled", reason="too_late", now=now)
    own = InboundText.thread_id == thread.id
    # That a word such as STOP came stays on record, without the rest of it.
    for one in texts:
        if one.keyword is not None:
            one.body, one.thread_id = word_of(one.keyword), None
    session.flush()
    session.execute(delete(InboundText).where(own, InboundText.keyword.is_(None)))
    session.execute(delete(TextReply).where(TextReply.thread_id == thread.id))
    session.execute(delete(TextThread).where(TextThread.id == thread.id))
    session.expire_all()


def _replies_back(session: Session, thread: TextThread, ours: Collection[CareText]) -> None:
    for one in ours:
        _, message_id, account_id = (one.provider_ref or "::").split(":")
        session.add(
            TextReply(
                thread_id=thread.id,
                message_id=int(message_id),
                account_id=int(account_id),
                body=one.body,
                created_at=one.at,
            )
        )
    session.flush()
