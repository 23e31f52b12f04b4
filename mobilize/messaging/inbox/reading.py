"""What the inbox is asked: which threads there are, and what was said in one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from mobilize.accounts.models import Account
from mobilize.contacts.histories import records_of
from mobilize.contacts.identity import normalise_phone, phone_hash
from mobilize.contacts.models import Contact
from mobilize.contacts.queries import Filter, conditions
from mobilize.core.columns import keyring_of_session
from mobilize.core.errors import InvalidInput, NotFound
from mobilize.core.paging import LARGEST_PAGE, PAGE_SIZE, Page
from mobilize.messaging.inbox.models import TextReply
from mobilize.messaging.inbox.threads import LEFT_THE_INBOX
from mobilize.messaging.models import (
    REPLY,
    InboundText,
    Mailing,
    Message,
    TemplateText,
    TextHold,
    TextThread,
)
from mobilize.messaging.rendering import compile_sms
from mobilize.messaging.states import REACHED_PROVIDER

_SHOWN: Final = 100
"""How many of each kind of text a thread shows: the latest."""
_LINK: Final = "…"
_OWN_LINKS: Final = dict.fromkeys(
    ("action_url", "stay_url", "leave_url", "preferences_url", "confirm_url"), _LINK
)


@dataclass(frozen=True, kw_only=True)
class ThreadFilter:
    """Which threads are asked for; what is None asks nothing."""

    state: str | None = None
    assigned_to: int | None = None
    search: str = ""
    """Words that a name begins with, or a whole phone number."""


@dataclass(frozen=True)
class ThreadLine:
    """A thread as a list shows it.

    Attributes:
        thread: The thread.
        sender: The number of its latest text.
        words: What that says.
        person: Whose number it is, where it is known.
        assignee: Who looks after it, by name.
        held: Whether texts to the number wait for somebody to say what was meant.
    """

    thread: TextThread
    sender: str
    words: str
    person: Contact | None
    assignee: str
    held: bool


class Said(NamedTuple):
    """One text of a thread.

    Attributes:
        at: When it came or went.
        ours: Whether we said it.
        words: What was said; links of a person's own are not shown.
        state: Where a text of ours stands.
        reason: Why it did not go.
        author: Who answered, by name; empty for what went to many or by itself.
        keyword: STOP and its like, where theirs was one.
    """

    at: datetime
    ours: bool
    words: str
    state: str = ""
    reason: str | None = None
    author: str = ""
    keyword: str | None = None


def threads(
    session: Session, wanted: ThreadFilter, *, after: int | None = None, limit: int = PAGE_SIZE
) -> Page[ThreadLine]:
    """A page of threads, those with the newest text first.

    Args:
        session: The session.
        wanted: Which.
        after: The key that the page before ended with.
        limit: How many at most.
    """
    size = min(limit, LARGEST_PAGE)
    where = _conditions(session, wanted)
    if after is not None:
        where.append(TextThread.last_text_id < after)
    rows = _lines(session, where, limit=size + 1)
    return Page(rows[:size], rows[size - 1].thread.last_text_id if len(rows) > size else None)


def line_of(session: Session, public_id: str) -> ThreadLine:
    """One thread.

    Raises:
        NotFound: There is none.
    """
    found = _lines(session, [TextThread.public_id == public_id], limit=1)
    if not found:
        raise NotFound("There is no such conversation.", hint=LEFT_THE_INBOX)
    return found[0]


def count_unread(session: Session) -> int:
    """How many threads nobody has read since their latest text."""
    statement = select(func.count(TextThread.id)).where(TextThread.state == "unread")
    return session.scalar(statement) or 0


def threads_of_person(session: Session, contact_id: int) -> Sequence[TextThread]:
    """The threads of a person's numbers, the newest first."""
    return session.scalars(
        select(TextThread)
        .where(TextThread.contact_id.in_(records_of(session, contact_id)))
        .order_by(TextThread.last_text_id.desc())
    ).all()


def said_in(session: Session, line: ThreadLine) -> list[Said]:
    """What was said in a thread, the oldest first: their texts, our answers, what else we sent."""
    found = [*_theirs(session, line.thread)[::-1], *_answers(session, line.thread)[::-1]]
    if line.person is not None:
        found += _sent_to(session, line.person)[::-1]
    return sorted(found, key=lambda one: one.at)


def _conditions(session: Session, wanted: ThreadFilter) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = []
    if wanted.state is not None:
        where.append(TextThread.state == wanted.state)
    if wanted.assigned_to is not None:
        where.append(TextThread.assigned_to == wanted.assigned_to)
    if wanted.search.strip():
        people = select(Contact.id).where(*conditions(session, Filter(search=wanted.search)))
        by_person = TextThread.contact_id.in_(people)
        number = _number_in(session, wanted.search)
        where.append(
            by_person if number is None else or_(by_person, TextThread.sender_hash == number)
        )
    return where


def _number_in(session: Session, typed: str) -> bytes | None:
    try:
        return phone_hash(keyring_of_session(session), normalise_phone(typed))
    except InvalidInput:
        return None


def _lines(
    session: Session, where: Sequence[ColumnElement[bool]], *, limit: int
) -> list[ThreadLine]:
    rows = session.execute(
        select(TextThread, InboundText.sender, InboundText.body, Contact, Account.name, TextHold)
        .outerjoin(InboundText, InboundText.id == TextThread.last_text_id)
        .outerjoin(Contact, Contact.id == TextThread.contact_id)
        .outerjoin(Account, Account.id == TextThread.assigned_to)
        .outerjoin(TextHold, TextHold.sender_hash == TextThread.sender_hash)
        .where(*where)
        .order_by(TextThread.last_text_id.desc())
        .limit(limit)
    ).all()
    return [
        ThreadLine(thread, sender or "", words or "", person, name or "", held is not None)
        for thread, sender, words, person, name, held in rows
    ]


def _theirs(session: Session, thread: TextThread) -> list[Said]:
    rows = session.execute(
        select(InboundText.received_at, InboundText.body, InboundText.keyword)
        .where(InboundText.thread_id == thread.id)
        .order_by(InboundText.id.desc())
        .limit(_SHOWN)
    )
    return [Said(at, False, words, keyword=keyword) for at, words, keyword in rows]


def _answers(session: Session, thread: TextThread) -> list[Said]:
    rows = session.execute(
        select(TextReply.created_at, TextReply.body, Message.state, Message.reason, Account.name)
        .join(Message, Message.id == TextReply.message_id)
        .outerjoin(Account, Account.id == TextReply.account_id)
        .where(TextReply.thread_id == thread.id)
        .order_by(TextReply.id.desc())
        .limit(_SHOWN)
    )
    return [
        Said(at, True, words, state, reason, name or "") for at, words, state, reason, name in rows
    ]


def _sent_to(session: Session, person: Contact) -> list[Said]:
    """The other texts that went to a person, in the words of their templates."""
    rows = session.execute(
        select(Message, Mailing.facts, TemplateText)
        .join(Mailing, Mailing.id == Message.mailing_id)
        .join(TemplateText, TemplateText.id == Message.template_text_id)
        .where(
            Message.contact_id.in_(records_of(session, person.id)),
            Mailing.channel == "sms",
            Mailing.kind != REPLY,
            Message.state.in_((*REACHED_PROVIDER, "unknown")),
        )
        .order_by(Message.id.desc())
        .limit(_SHOWN)
    )
    return [
        Said(
            message.accepted_at or message.state_at,
            True,
            _as_sent(text, facts.get(message.language, {}), person),
            message.state,
            message.reason,
        )
        for message, facts, text in rows
    ]


def _as_sent(text: TemplateText, facts: dict[str, str], person: Contact) -> str:
    source = text.discreet if person.discreet and text.discreet else text.body
    compiled = compile_sms(body=source, facts=facts)
    return compiled.render({**_OWN_LINKS, "given_name": person.given_name}).text
