"""How conversations by text show, hand over and erase what they hold of a person.

Texts that need care are erased with the rest and shown in no copy: a copy of everything is made by
organizers, and a person opens their own on a phone that others may read. Whoever asks what is held
of such texts is told by those named for them.
"""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from mobilize.contacts.erasing import own_addresses
from mobilize.contacts.queries import by_id
from mobilize.core.i18n import Label
from mobilize.core.moving import Rows
from mobilize.core.personal_data import Holding, register
from mobilize.messaging.care import cases
from mobilize.messaging.inbox.models import TextReply, TextWish
from mobilize.messaging.inbox.wishes import answers_by_itself
from mobilize.messaging.models import InboundText, TextHold, TextThread

_THREADS: Final = Rows(TextThread.id, TextThread.contact_id)
_TABLES: Final = (
    "text_threads", "text_replies", "text_holds", "text_wishes",
    "care_cases", "care_texts", "care_marks",
)  # fmt: skip
_WORDS: Final = {
    "conversations": Label("Conversations by text", "Conversations par texto"),
    "our_answers": Label("Our answers to your texts", "Nos réponses à vos textos"),
    "answers_by_themselves": Label(
        "Texts may go to you by themselves", "Des textos automatiques peuvent vous être envoyés"
    ),
    "text": Label("Text", "Texte"),
}


def show(session: Session, contact_id: int) -> dict[str, Any]:
    """What was answered to texts from numbers that are the person's alone."""
    numbers = _numbers(session, contact_id)
    rows = session.execute(
        select(TextReply.body, TextReply.created_at)
        .join(TextThread, TextThread.id == TextReply.thread_id)
        .where(TextThread.sender_hash.in_(numbers))
        .order_by(TextReply.id)
    )
    return {
        "our_answers": [{"text": words, "at": at.isoformat()} for words, at in rows],
        "answers_by_themselves": answers_by_itself(session, contact_id),
    }


def erase(session: Session, contact_id: int, _actor: str, _now: datetime) -> None:
    """Let the threads of the person's numbers go; messaging forgets the texts themselves."""
    numbers = _numbers(session, contact_id)
    theirs = TextThread.sender_hash.in_(numbers)
    threads = session.scalars(select(TextThread.id).where(theirs)).all()
    session.execute(delete(TextReply).where(TextReply.thread_id.in_(threads)))
    session.execute(
        update(InboundText).where(InboundText.thread_id.in_(threads)).values(thread_id=None)
    )
    session.execute(delete(TextThread).where(TextThread.id.in_(threads)))
    # A number that others share keeps its thread, which is then nobody's in particular.
    session.execute(
        update(TextThread).where(TextThread.contact_id == contact_id).values(contact_id=None)
    )
    session.execute(delete(TextHold).where(TextHold.sender_hash.in_(numbers)))
    session.execute(delete(TextWish).where(TextWish.contact_id == contact_id))
    cases.forget_person(session, contact_id=contact_id, numbers=numbers)


def merge(session: Session, kept_id: int, merged_id: int) -> list[int]:
    """Hand the threads over; a wish of either record is the person's."""
    return _THREADS.hand_over(session, giver=merged_id, taker=kept_id)


def part(session: Session, kept_id: int, merged_id: int, memo: list[int]) -> None:
    """Give the threads back."""
    _THREADS.give(session, memo, giver=kept_id, taker=merged_id)


def _numbers(session: Session, contact_id: int) -> set[bytes]:
    owned = own_addresses(session, by_id(session, contact_id))
    return {address for channel, address in owned if channel == "sms"}


register(
    Holding(
        name="conversations",
        tables=frozenset(_TABLES),
        show=show,
        erase=erase,
        merge=merge,
        part=part,
        words=_WORDS,
    )
)
