"""What a sender has read before and need not ask again for each chunk."""

import time
from datetime import date
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from mobilize.core.i18n import Language
from mobilize.messaging.lettering import Places
from mobilize.messaging.models import TRANSACTIONAL_LANE, Chunk, Mailing, Message, TemplateText
from mobilize.messaging.queries import current_texts
from mobilize.messaging.text_budgets import has_budget
from mobilize.mps.models import Riding
from mobilize.mps.queries import mp_names, riding_names

_GOOD_FOR: Final = 60.0
"""Seconds."""


class Known:
    """What mailings were launched with, and what ridings and their MPs are called.

    All of it is read anew after a minute: names change, and a worker runs for weeks.
    """

    def __init__(self) -> None:
        self._places: dict[tuple[Language, date], Places] = {}
        self._texts: dict[tuple[int, Language], TemplateText] = {}
        self._counted: dict[int, bool] = {}
        self._until: float | None = None

    def places(self, session: Session, language: Language, day: date) -> Places:
        """The names of all ridings on a day and of the MPs who hold them."""
        self._forget()
        found = self._places.get((language, day))
        if found is None:
            ridings = session.scalars(select(Riding.id)).all()
            found = self._places[language, day] = Places(
                riding_names(session, ridings, language, day),
                mp_names(session, ridings, language, day),
            )
        return found

    def text_of(
        self, session: Session, mailing: Mailing, chunk: Chunk, language: Language
    ) -> TemplateText | None:
        """What a chunk says: the words that were frozen at the launch, the same for all of it.

        Of what goes out by itself it is the newest words, asked for each time.
        """
        self._forget()
        found = self._texts.get((mailing.id, language))
        if found is not None:
            return found
        frozen = _frozen_text(session, chunk)
        if frozen is not None:
            if mailing.lane != TRANSACTIONAL_LANE:
                # Apart from the session: one that is rolled back forgets what its rows say.
                session.expunge(frozen)
                self._texts[mailing.id, language] = frozen
            return frozen
        for text in current_texts(session, mailing.template_id):
            if (text.channel, text.language) == (mailing.channel, language):
                return text
        return None

    def is_counted(self, session: Session, mailing_id: int) -> bool:
        """Whether a mailing's texts have a budget: it is there from the launch on, or never."""
        self._forget()
        if mailing_id not in self._counted:
            self._counted[mailing_id] = has_budget(session, mailing_id)
        return self._counted[mailing_id]

    def _forget(self) -> None:
        moment = time.monotonic()
        if self._until is None or moment > self._until:
            self._places.clear()
            self._texts.clear()
            self._counted.clear()
            self._until = moment + _GOOD_FOR


def _frozen_text(session: Session, chunk: Chunk) -> TemplateText | None:
    text_id = session.scalar(
        select(Message.template_text_id)
        .where(
            Message.mailing_id == chunk.mailing_id,
            Message.language == chunk.language,
            Message.chunk_no == chunk.number,
            Message.template_text_id.is_not(None),
        )
        .limit(1)
    )
    return None if text_id is None else session.get(TemplateText, text_id)
