"""What messaging is asked: templates and their texts, mailings and their counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from mobilize.contacts.models import Contact
from mobilize.core.errors import NotFound
from mobilize.core.paging import PAGE_SIZE, Page
from mobilize.messaging.gate import gate, recent_mailings
from mobilize.messaging.models import Message, Template, TemplateText
from mobilize.messaging.policy import Channel, GatePolicy


def template_by_key(session: Session, key: str) -> Template | None:
    """The template that the software asks for by name."""
    return session.scalar(select(Template).where(Template.key == key))


def current_texts(session: Session, template_id: int) -> Sequence[TemplateText]:
    """The newest text of each channel and language."""
    newer = aliased(TemplateText)
    return session.scalars(
        select(TemplateText)
        .where(
            TemplateText.template_id == template_id,
            ~select(newer.id)
            .where(
                newer.template_id == TemplateText.template_id,
                newer.channel == TemplateText.channel,
                newer.language == TemplateText.language,
                newer.version > TemplateText.version,
            )
            .exists(),
        )
        .order_by(TemplateText.channel, TemplateText.language)
    ).all()


@dataclass(frozen=True)
class MailingCount:
    """How many messages of a mailing stand where, and why."""

    mailing_id: int
    language: str
    state: str
    reason: str | None
    people: int


def mailing_counts(session: Session, mailing_ids: Sequence[int]) -> list[MailingCount]:
    """The messages of mailings by language, state and reason."""
    rows = session.execute(
        select(Message.mailing_id, Message.language, Message.state, Message.reason, func.count())
        .where(Message.mailing_id.in_(mailing_ids))
        .group_by(Message.mailing_id, Message.language, Message.state, Message.reason)
        .order_by(Message.mailing_id, Message.language, Message.state, Message.reason)
    )
    return [MailingCount(*row) for row in rows]


@dataclass(frozen=True)
class Forecast:
    """How many people of a language would get a message, or would not, and why."""

    language: str | None
    reason: str | None
    put_off: bool
    people: int


def forecast(
    session: Session,
    *,
    recipients: Select[int, str | None],
    kind: str,
    channel: Channel,
    topic: str,
    now: datetime,
    policy: GatePolicy,
) -> list[Forecast]:
    """Ask the gate about a whole audience at a moment, in one statement; nothing is sent."""
    people = recipients.subquery("people")
    recent = recent_mailings(session, channel=channel, policy=policy, now=now)
    rules = gate(channel=channel, kind=kind, topic=topic, now=now, policy=policy, recent=recent)
    statement = select(
        Contact.language.label("language"),
        rules.refusal.label("refusal"),
        rules.put_off.label("put_off"),
    ).join(people, people.c[0] == Contact.id)
    for consent, condition in rules.joins:
        statement = statement.outerjoin(consent, condition)
    answered = statement.subquery("answered")
    rows = session.execute(
        select(answered.c.language, answered.c.refusal, answered.c.put_off, func.count())
        .group_by(answered.c.language, answered.c.refusal, answered.c.put_off)
        .order_by(answered.c.language, answered.c.refusal)
    )
    return [Forecast(language, reason, bool(off), n) for language, reason, off, n in rows]


def template_by_public_id(session: Session, public_id: str) -> Template:
    """A template that an address or a body names.

    Raises:
        NotFound: There is none.
    """
    template = session.scalar(select(Template).where(Template.public_id == public_id))
    if template is None:
        raise NotFound("There is no such template.", hint="Choose one from the list.")
    return template


def list_templates(
    session: Session, *, after: int | None = None, size: int = PAGE_SIZE
) -> Page[Template]:
    """Templates, the newest first."""
    statement = select(Template).order_by(Template.id.desc()).limit(size + 1)
    if after is not None:
        statement = statement.where(Template.id < after)
    rows = session.scalars(statement).all()
    return Page(items=rows[:size], after=rows[size - 1].id if len(rows) > size else None)
