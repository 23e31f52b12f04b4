"""Threads of texts: begun by a text from a number, looked after by somebody, answered, closed.

Nothing here answers by itself. What a thread is about stands nowhere but in the sealed texts: the
audit log knows that somebody took, answered or closed it.
"""

import re
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Table, delete, exists, select
from sqlalchemy.orm import Session

from mobilize.accounts import audit
from mobilize.accounts.roles import Caller
from mobilize.contacts.groups import STANDING
from mobilize.contacts.models import Contact
from mobilize.contacts.starting import BY_TEXT
from mobilize.contacts.suppression import LEFT, Closing, suppress_all
from mobilize.core.db import upsert
from mobilize.core.errors import Conflict, NotFound
from mobilize.messaging.models import InboundText, TextHold, TextThread
from mobilize.messaging.optout import withdraw_all

LEFT_THE_INBOX: Final = (
    "It may have left the inbox: its time was over, the person was erased, or others look after it "
    "now. Go back to the inbox."
)
"""The same words whatever the reason, so that none of them tells anything of a person."""
STATES: Final = ("unread", "open", "answered", "closed")
FORWARD: Final[dict[str, tuple[str, ...]]] = {
    # A new text makes a thread unread again from wherever it stands.
    "unread": ("open", "answered", "closed"),
    "open": ("unread", "answered", "closed"),
    "answered": ("unread", "open", "closed"),
    "closed": ("unread", "open", "answered"),
}
_PHONE: Final = re.compile(r"\+[1-9][0-9]{7,14}")
READ_BY_A_PERSON: Final = "read by an organizer"
"""The ledger's source of a no that stood in a sentence."""


def can_be_answered(sender: str) -> bool:
    """Whether a text came from a phone, not from a short code or a name of a machine."""
    return _PHONE.fullmatch(sender) is not None


def take_in(session: Session, *, text: InboundText, now: datetime) -> TextThread:
    """Put a text that is for a person into the thread of its number, which is unread from then on.

    Args:
        session: The transaction; of one number one text at a time is taken in.
        text: The text, stored.
        now: The moment.
    """
    thread = thread_of(session, text.sender_hash)
    if thread is None:
        thread = TextThread(
            sender_hash=text.sender_hash,
            last_text_id=text.id,
            last_text_at=now,
            created_at=now,
        )
        session.add(thread)
    thread.state = "unread"
    thread.contact_id = whose(session, text.sender_hash)
    thread.last_text_id, thread.last_text_at = text.id, now
    session.flush()
    text.thread_id = thread.id
    return thread


def thread_of(session: Session, sender_hash: bytes) -> TextThread | None:
    """The thread of a number, if one was begun."""
    return session.scalar(select(TextThread).where(TextThread.sender_hash == sender_hash))


def by_public_id(session: Session, public_id: str) -> TextThread:
    """The thread that an address or a body names, to be changed: nobody else does meanwhile.

    Raises:
        NotFound: There is none.
    """
    thread = session.scalar(
        select(TextThread).where(TextThread.public_id == public_id).with_for_update()
    )
    if thread is None:
        raise NotFound("There is no such conversation.", hint=LEFT_THE_INBOX)
    return thread


def whose(session: Session, sender_hash: bytes) -> int | None:
    """The person whose number it is, where it is one person's alone."""
    people = session.scalars(
        select(STANDING)
        .where(Contact.phone_hash == sender_hash, Contact.state != "tombstoned")
        .distinct()
        .limit(2)
    ).all()
    return people[0] if len(people) == 1 else None


def hold(session: Session, *, sender_hash: bytes, now: datetime) -> None:
    """Let no text go to a number but an answer, until somebody said what was meant."""
    table = TextHold.__table__
    assert isinstance(table, Table)
    upsert(session, table, [{"sender_hash": sender_hash, "since": now}], key=["sender_hash"])


def held_of(session: Session, numbers: Collection[bytes]) -> Sequence[bytes]:
    """Those of these numbers to which texts wait for somebody to say what was meant."""
    held = select(TextHold.sender_hash).where(TextHold.sender_hash.in_(numbers))
    return session.scalars(held).all()


def held_for_nothing(session: Session, *, before: datetime, limit: int) -> Sequence[bytes]:
    """Numbers held back for long of whose texts none is left that anybody could read."""
    thread = exists().where(TextThread.sender_hash == TextHold.sender_hash)
    held = select(TextHold.sender_hash).where(TextHold.since < before, ~thread).limit(limit)
    return session.scalars(held).all()


def take_at_their_word(session: Session, numbers: Collection[bytes], *, now: datetime) -> None:
    """Take words for stopping for what they say: no more texts to these numbers, on record.

    As by the link of a message (CASL s. 11): the people can come back by their own yes. In the
    ledger it looks like a STOP, and says nothing of a sentence around it.
    """
    _end(session, numbers, source=BY_TEXT, now=now)


def let_go_on(session: Session, *, sender_hash: bytes) -> None:
    """Let texts go to a number again that were held back."""
    session.execute(delete(TextHold).where(TextHold.sender_hash == sender_hash))


def is_held(session: Session, sender_hash: bytes) -> bool:
    """Whether texts to a number wait for somebody to say what was meant."""
    return session.get(TextHold, sender_hash) is not None


def take(session: Session, *, thread: TextThread, caller: Caller, now: datetime) -> None:
    """Look after a thread; one that somebody else looked after goes over, and the audit says so."""
    if thread.assigned_to == caller.account_id and thread.state != "unread":
        return
    thread.assigned_to = caller.account_id
    if thread.state == "unread":
        move(thread, "open")
    _note(session, thread, "thread.take", caller.actor, now)


def let_go(session: Session, *, thread: TextThread, caller: Caller, now: datetime) -> None:
    """Leave a thread to whoever takes it next."""
    if thread.assigned_to is None:
        return
    thread.assigned_to = None
    _note(session, thread, "thread.let_go", caller.actor, now)


def set_state(
    session: Session, *, thread: TextThread, state: str, actor: str, now: datetime
) -> None:
    """Mark a thread as read, as unread, as closed, or open it again.

    Raises:
        Conflict: It cannot go there from where it stands.
    """
    if thread.state == state:
        return
    move(thread, state)
    _note(session, thread, f"thread.{state}", actor, now)


def move(thread: TextThread, state: str) -> None:
    """Move a thread to a state.

    Raises:
        Conflict: It cannot go there from where it stands.
    """
    if state not in FORWARD.get(thread.state, ()):
        raise Conflict(
            f"A conversation that is {thread.state} cannot become {state}.",
            hint=f"It can become {', '.join(FORWARD[thread.state])}.",
        )
    thread.state = state


def resume_texts(session: Session, *, thread: TextThread, actor: str, now: datetime) -> None:
    """Say that no end of texts was meant: what was held back may go again."""
    let_go_on(session, sender_hash=thread.sender_hash)
    _note(session, thread, "thread.resume", actor, now)


def end_texts(session: Session, *, thread: TextThread, actor: str, now: datetime) -> None:
    """Take a sentence for what it says: no more texts to this number.

    As by the link of a message (CASL s. 11): the person can come back by their own yes.
    """
    _end(session, [thread.sender_hash], source=READ_BY_A_PERSON, now=now, actor=actor)
    _note(session, thread, "thread.end_texts", actor, now)


def _end(
    session: Session,
    numbers: Collection[bytes],
    *,
    source: str,
    now: datetime,
    actor: str = "supporter",
) -> None:
    if not numbers:
        return
    closings = [Closing("sms", one, LEFT) for one in numbers]
    suppress_all(session, closings=closings, now=now)
    people = session.scalars(select(Contact.id).where(Contact.phone_hash.in_(numbers))).all()
    withdraw_all(session, people, "sms", source=source, now=now, actor=actor)
    session.execute(delete(TextHold).where(TextHold.sender_hash.in_(numbers)))


def _note(session: Session, thread: TextThread, action: str, actor: str, now: datetime) -> None:
    audit.record(
        session,
        now=now,
        actor=actor,
        action=action,
        subject_kind="thread",
        subject_id=thread.public_id,
    )
