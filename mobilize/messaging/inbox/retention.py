"""What the inbox lets go of in time: texts that came in, our answers, threads without a text."""

from datetime import datetime

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from mobilize.core.i18n import Label
from mobilize.core.retention import Rule, counting, deleting, register, removed
from mobilize.messaging.inbox import threads
from mobilize.messaging.inbox.models import TextReply
from mobilize.messaging.models import InboundText, TextThread

_OLD_TEXT = (lambda before: InboundText.received_at < before,)
_delete_texts = deleting(InboundText.id, *_OLD_TEXT)


def remove_texts(session: Session, before: datetime, now: datetime, limit: int) -> int:
    """Remove the oldest texts, our answers from before, and threads of which nothing is left."""
    gone = _delete_texts(session, before, now, limit)
    old = select(TextReply.id).where(TextReply.created_at < before).limit(limit)
    removed(session, delete(TextReply).where(TextReply.id.in_(old.scalar_subquery())))
    left = exists().where(InboundText.thread_id == TextThread.id)
    empty = select(TextThread.id).where(TextThread.last_text_at < before, ~left).limit(limit)
    removed(session, delete(TextThread).where(TextThread.id.in_(empty.scalar_subquery())))
    # What a sentence held back would wait for ever, now that nobody can read the sentence.
    unread = threads.held_for_nothing(session, before=before, limit=limit)
    threads.take_at_their_word(session, unread, now=now)
    return gone


register(
    Rule(
        name="inbound_texts",
        setting="texts_days",
        what=Label(
            "Texts that people sent us, and our answers",
            "Textos que l’on nous a envoyés, et nos réponses",
        ),
        stays=Label("what a STOP closed", "ce qu’un ARRET a fermé"),
        count=counting(InboundText.id, *_OLD_TEXT),
        remove=remove_texts,
    )
)
