"""An organizer's answer to somebody who texted us: a message of its own in the fast lane.

It needs no consent, being sent in response to a text of theirs (CASL's regulations, SOR/2013-221,
s. 3(b)), and for that reason goes for a while after it alone, back to the number that it came from.
It never goes where STOP came from, and keeps the hours for texts and those that the person named.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from mobilize.accounts import audit
from mobilize.accounts.roles import Caller
from mobilize.contacts.models import Contact
from mobilize.contacts.suppression import CARRIER, LEFT, closed_by
from mobilize.contacts.textable import zone_of_number
from mobilize.core.errors import Conflict, InvalidInput
from mobilize.core.i18n import Language, is_language
from mobilize.messaging.discretion import telling_words
from mobilize.messaging.inbox import threads
from mobilize.messaging.inbox.models import TextReply
from mobilize.messaging.models import REPLY, InboundText, Mailing, Message, TextThread
from mobilize.messaging.previewing import TextCount
from mobilize.messaging.queueing import queue_to_address
from mobilize.messaging.sms import cheap, cost_of, costly_in

TEMPLATE: Final = "text-reply"
WITHIN: Final = timedelta(days=14)
"""For how long a text of theirs is a request that an answer responds to."""
_MOST_SEGMENTS: Final = 3


@dataclass(frozen=True)
class Reach:
    """Whether an answer may go to a thread's number now, and in which language.

    Attributes:
        refusal: Why none may, in the words of `reasons`; None where one may.
        language: The person's, where one is known.
        until: Till when their last text counts as a request.
    """

    refusal: str | None
    language: Language | None
    until: datetime


def reach_of(session: Session, *, thread: TextThread, now: datetime) -> Reach:
    """Whether an answer may go to a thread's number; the gate asks again when it goes."""
    people = _people(session, thread)
    languages = {one.language for one in people}
    language = languages.pop() if len(languages) == 1 else None
    until = thread.last_text_at + WITHIN
    closed = closed_by(session, channel="sms", address_hash=thread.sender_hash)
    refusal = None
    last = session.get(InboundText, thread.last_text_id)
    if last is None or not threads.can_be_answered(last.sender):
        refusal = "no_address"
    elif closed not in {None, LEFT} or _texted_stop(session, thread):
        refusal = "suppressed"
    elif any(one.do_not_contact for one in people):
        refusal = "do_not_contact"
    elif any(one.safe_channel == "email" for one in people):
        refusal = "safe_channel"
    elif until < now:
        refusal = "too_late"
    return Reach(refusal, language if is_language(language) else None, until)


def measure(words: str) -> TextCount:
    """What an answer would cost as it goes, on one line, and as it could be written cheaply."""
    text = _as_it_goes(words)
    cost, offer = cost_of(text), cheap(text)
    if offer == text:
        return TextCount(cost)
    return TextCount(cost, costly_in(text), cost_of(offer), offer)


def answer(
    session: Session,
    *,
    thread: TextThread,
    words: str,
    language: str | None,
    key: str,
    caller: Caller,
    now: datetime,
) -> TextReply:
    """Queue an answer; the same key again is the same answer.

    Args:
        session: The transaction.
        thread: The thread, held.
        words: What is answered; breaks of lines become blanks.
        language: Which language it is in, where the person's is not known.
        key: What makes it one and the same, of the form or the program that sends it.
        caller: Who answers, and looks after the thread from then on unless somebody does.
        now: The moment.

    Raises:
        Conflict: No answer may go there.
        InvalidInput: It says nothing, is too long, or tells what a discreet person asked not to be
            told; or its language is missing.
    """
    reach = reach_of(session, thread=thread, now=now)
    if reach.refusal is not None:
        raise Conflict(_REFUSALS[reach.refusal][0], hint=_REFUSALS[reach.refusal][1])
    spoken = reach.language or language
    if not is_language(spoken):
        raise InvalidInput(
            "The language of this person is not known.",
            hint="Say in which language you answer.",
            fields={"language": "missing"},
        )
    text = _as_it_goes(words)
    _check(session, thread, text)
    dedupe_key = f"{thread.public_id}:{key}"[:60]
    standing = _queued(session, dedupe_key)
    if standing is not None:
        return standing
    number = session.get_one(InboundText, thread.last_text_id).sender
    zones = {one.time_zone for one in _people(session, thread) if one.time_zone}
    queue_to_address(
        session,
        template_key=TEMPLATE,
        address=number,
        channel="sms",
        language=spoken,
        dedupe_key=dedupe_key,
        time_zone=zones.pop() if len(zones) == 1 else zone_of_number(number),
        variables={"until": reach.until.isoformat()},
        kind=REPLY,
        now=now,
    )
    reply = TextReply(
        thread_id=thread.id,
        message_id=session.scalars(_message(dedupe_key)).one(),
        account_id=caller.account_id,
        body=text,
        created_at=now,
    )
    session.add(reply)
    thread.assigned_to = thread.assigned_to or caller.account_id
    if thread.state != "answered":
        threads.move(thread, "answered")
    session.flush()
    audit.record(
        session,
        now=now,
        actor=caller.actor,
        action="thread.answer",
        subject_kind="thread",
        subject_id=thread.public_id,
        facts={"segments": cost_of(text).segments},
    )
    return reply


_REFUSALS: Final = {
    "no_address": (
        "This came from no phone, but from a short code or a name that machines send under.",
        "Close the conversation.",
    ),
    "suppressed": (
        "Nothing may be texted to this number: STOP came from there, or it does not work.",
        "If they texted STOP, they can text START whenever they like.",
    ),
    "do_not_contact": (
        "This person is not to be contacted at all.",
        "It stands on their page, where it can be lifted.",
    ),
    "safe_channel": (
        "This person said that texts are not safe for them.",
        "Write an email instead.",
    ),
    "too_late": (
        "Their last text is more than two weeks old, so that an answer is no answer any more.",
        "They hear from you with the next message that they agreed to, or when they text again.",
    ),
}


def _people(session: Session, thread: TextThread) -> list[Contact]:
    """Everybody on file who has the number; of several nobody knows who texts."""
    here = Contact.phone_hash == thread.sender_hash
    if thread.contact_id is not None:
        here |= Contact.id == thread.contact_id
    return list(session.scalars(select(Contact).where(here, Contact.state == "active")))


def _texted_stop(session: Session, thread: TextThread) -> bool:
    return closed_by(session, channel=CARRIER, address_hash=thread.sender_hash) is not None


def _check(session: Session, thread: TextThread, text: str) -> None:
    if not text:
        raise InvalidInput(
            "The answer is empty.", hint="Write a few words.", fields={"words": "missing"}
        )
    cost = cost_of(text)
    if cost.segments > _MOST_SEGMENTS:
        raise InvalidInput(
            "The answer is longer than three segments.",
            hint="Keep it shorter, or offer to write an email.",
            fields={"words": "too long"},
        )
    discreet = any(one.discreet for one in _people(session, thread))
    if discreet and telling_words(session).words_in(text):
        raise InvalidInput(
            "This person asked for discretion, and the answer names the topic.",
            hint="Say it without the words that tell.",
            fields={"words": "telling"},
        )


def _as_it_goes(words: str) -> str:
    return " ".join(words.split())


def _message(dedupe_key: str) -> Select[int]:
    return (
        select(Message.id)
        .join(Mailing, Mailing.id == Message.mailing_id)
        .where(Mailing.kind == REPLY, Message.dedupe_key == dedupe_key)
    )


def _queued(session: Session, dedupe_key: str) -> TextReply | None:
    found = select(TextReply).where(TextReply.message_id.in_(_message(dedupe_key)))
    return session.scalar(found)
