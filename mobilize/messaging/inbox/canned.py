"""Answers that are ready in both languages: written by organizers, or come with the software."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from mobilize.accounts import audit
from mobilize.core.content import built, read_entries
from mobilize.core.errors import InvalidInput, NotFound
from mobilize.messaging.inbox.models import CannedAnswer
from mobilize.messaging.sms import cost_of

_FILE: Final = "answers.toml"
_LONGEST_NAME: Final = 100
_MOST_SEGMENTS: Final = 3


@dataclass(frozen=True, kw_only=True)
class CannedWords:
    """What an answer is called and says, in both languages."""

    name_en: str
    name_fr: str
    body_en: str
    body_fr: str

    def tidied(self) -> "CannedWords":
        """The same without blanks around it, each text on one line."""
        values = {name: " ".join(str(value).split()) for name, value in vars(self).items()}
        return CannedWords(**values)


@dataclass(frozen=True, kw_only=True)
class CannedContent(CannedWords):
    """An answer as the file has it."""

    key: str


def read_answers(folder: Path | None = None) -> list[CannedContent]:
    """The answers of `answers.toml`, in its order.

    Args:
        folder: Where the file lies; the configuration's `strategy` folder where not given.

    Raises:
        SetupError: The file is missing, or an entry of it cannot be used; the entry is named.
    """
    entries = read_entries(folder, _FILE, "answer")["answer"]
    return [
        built(CannedContent, one, f"{_FILE}, answer `{one.get('key', '?')}`") for one in entries
    ]


def load_answers(session: Session, *, content: Sequence[CannedContent], now: datetime) -> int:
    """Make the answers that are not there yet; what organizers changed or put away stays so.

    Returns:
        How many were made.
    """
    known = set(session.scalars(select(CannedAnswer.key).where(CannedAnswer.key.is_not(None))))
    new = [one for one in content if one.key not in known]
    for one in new:
        words = CannedWords(
            name_en=one.name_en, name_fr=one.name_fr, body_en=one.body_en, body_fr=one.body_fr
        ).tidied()
        check(words)
        session.add(CannedAnswer(key=one.key, **vars(words), created_at=now, updated_at=now))
    session.flush()
    return len(new)


def standing(session: Session) -> Sequence[CannedAnswer]:
    """The answers that are offered, in the order in which they were made."""
    return session.scalars(
        select(CannedAnswer).where(CannedAnswer.archived_at.is_(None)).order_by(CannedAnswer.id)
    ).all()


def by_public_id(session: Session, public_id: str) -> CannedAnswer:
    """One answer.

    Raises:
        NotFound: There is none.
    """
    found = session.scalar(select(CannedAnswer).where(CannedAnswer.public_id == public_id))
    if found is None:
        raise NotFound("There is no such answer.", hint="Choose one from the list.")
    return found


def create(session: Session, *, words: CannedWords, actor: str, now: datetime) -> CannedAnswer:
    """Write an answer.

    Raises:
        InvalidInput: A text is missing in a language, or too long.
    """
    tidy = words.tidied()
    check(tidy)
    made = CannedAnswer(**vars(tidy), created_at=now, updated_at=now)
    session.add(made)
    session.flush()
    _note(session, made, "canned_answer.create", actor, now)
    return made


def change(
    session: Session, *, answer: CannedAnswer, words: CannedWords, actor: str, now: datetime
) -> None:
    """Give an answer other words; what was sent with the former ones stays as it was.

    Raises:
        InvalidInput: A text is missing in a language, or too long.
    """
    tidy = words.tidied()
    check(tidy)
    for name, value in vars(tidy).items():
        setattr(answer, name, value)
    answer.updated_at = now
    _note(session, answer, "canned_answer.change", actor, now)


def archive(session: Session, *, answer: CannedAnswer, actor: str, now: datetime) -> None:
    """Offer an answer no longer."""
    if answer.archived_at is None:
        answer.archived_at = now
        _note(session, answer, "canned_answer.archive", actor, now)


def check(words: CannedWords) -> None:
    """Refuse what lacks a language or is too long.

    Raises:
        InvalidInput: All that is wrong is named at once.
    """
    wrong = {name: "missing" for name, value in vars(words).items() if not value}
    for name in ("name_en", "name_fr"):
        if len(getattr(words, name)) > _LONGEST_NAME:
            wrong[name] = "too long"
    for name in ("body_en", "body_fr"):
        if cost_of(getattr(words, name)).segments > _MOST_SEGMENTS:
            wrong[name] = "too long"
    if wrong:
        raise InvalidInput(
            "An answer has a name and words in both languages, of three segments at most.",
            hint="Fill in what is missing, and shorten what is too long.",
            fields=wrong,
        )


def _note(session: Session, answer: CannedAnswer, action: str, actor: str, now: datetime) -> None:
    audit.record(
        session,
        now=now,
        actor=actor,
        action=action,
        subject_kind="canned_answer",
        subject_id=answer.public_id,
    )
