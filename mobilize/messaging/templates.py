"""Templates and their texts: written in both languages, versioned, reviewed."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import update
from sqlalchemy.orm import Session

from mobilize.core.errors import InvalidInput
from mobilize.core.i18n import Language
from mobilize.messaging import liquid, sms
from mobilize.messaging.models import Template, TemplateText
from mobilize.messaging.policy import Channel
from mobilize.messaging.queries import current_texts, template_by_key

_LONGEST_SUBJECT: Final = 200


@dataclass(frozen=True, kw_only=True)
class TextDraft:
    """What a template says in one language on one channel."""

    channel: Channel
    language: Language
    body: str
    subject: str = ""
    discreet: str = ""
    """For people who asked for discretion: an email's other subject, a text message's other words.
    """

    @property
    def sha256(self) -> str:
        """The fingerprint of exactly these words."""
        words = [self.subject, self.body, *([self.discreet] if self.discreet else [])]
        return hashlib.sha256("\0".join(words).encode()).hexdigest()


def save_template(
    session: Session,
    *,
    name: str,
    texts: Sequence[TextDraft],
    now: datetime,
    key: str | None = None,
    template_id: int | None = None,
) -> Template:
    """Make a template, or give one new words: changed texts become new, unreviewed versions.

    Raises:
        InvalidInput: A text does not parse, an email has no subject, a text message is too long.
    """
    for text in texts:
        _check(text)
    template = None
    if key is not None:
        template = template_by_key(session, key)
    elif template_id is not None:
        template = session.get(Template, template_id)
    if template is None:
        template = Template(key=key, name=name, created_at=now)
        session.add(template)
        session.flush()
    standing = {(t.channel, t.language): t for t in current_texts(session, template.id)}
    for text in texts:
        old = standing.get((text.channel, text.language))
        if old is not None and old.sha256 == text.sha256:
            continue
        session.add(
            TemplateText(
                template_id=template.id,
                channel=text.channel,
                language=text.language,
                version=old.version + 1 if old else 1,
                subject=text.subject,
                body=text.body,
                discreet=text.discreet,
                sha256=text.sha256,
                created_at=now,
            )
        )
    session.flush()
    return template


def _check(text: TextDraft) -> None:
    where = f"the {'English' if text.language == 'en' else 'French'} {text.channel}"
    pieces = liquid.parse(text.body, where=where)
    if text.channel == "email":
        liquid.parse(text.subject, where=f"the subject of {where}")
        if not text.subject.strip():
            raise InvalidInput(f"{where} has no subject.", hint="Write a short, neutral one.")
    else:
        sms.check(liquid.skeleton_of(pieces), where=where)
    discreet = liquid.parse(text.discreet, where=f"the discreet words of {where}")
    if text.channel == "sms":
        sms.check(liquid.skeleton_of(discreet), where=f"the discreet words of {where}")
    elif len(text.discreet) > _LONGEST_SUBJECT:
        raise InvalidInput(
            f"The discreet subject of {where} is longer than {_LONGEST_SUBJECT} characters."
        )


def mark_reviewed(
    session: Session, *, template_id: int, language: Language, account_id: int, now: datetime
) -> None:
    """Record that somebody read the present texts of a template in one language."""
    current = [t.id for t in current_texts(session, template_id) if t.language == language]
    session.execute(
        update(TemplateText)
        .where(TemplateText.id.in_(current))
        .values(reviewed_at=now, reviewed_by=account_id)
    )
