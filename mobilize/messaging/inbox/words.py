"""The words of an answer, opened at the moment of sending: the outbox's row does not hold them."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from mobilize.messaging.inbox.models import TextReply
from mobilize.messaging.lettering import Person
from mobilize.messaging.models import REPLY, Mailing

WORDS: Final = "words"
"""What the template of an answer calls the words."""


def worded(
    session: Session, mailing: Mailing, people: Sequence[Person]
) -> tuple[list[Person], list[int]]:
    """The people with what was written for each, and the messages for which no words are left.

    Of a mailing that says the same to everybody they are as they were.
    """
    if mailing.kind != REPLY:
        return list(people), []
    ids = [person.message_id for person in people]
    rows = session.execute(
        select(TextReply.message_id, TextReply.body).where(TextReply.message_id.in_(ids))
    )
    words: dict[int, str] = dict(rows.all())
    found = [
        person._replace(variables={**(person.variables or {}), WORDS: words[person.message_id]})
        for person in people
        if person.message_id in words
    ]
    return found, [one for one in ids if one not in words]
