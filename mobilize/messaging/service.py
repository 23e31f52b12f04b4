"""Mailings and the outbox: to send is to insert a row; the worker sends after commit."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import (
    Select,
    case,
    func,
    insert,
    literal,
    null,
    select,
    update,
)
from sqlalchemy.orm import Session

from mobilize.core.columns import JsonDocument
from mobilize.core.errors import Conflict, NotFound
from mobilize.messaging.models import (
    BULK_LANE,
    Chunk,
    Mailing,
    Message,
)
from mobilize.messaging.policy import Channel
from mobilize.messaging.queries import current_texts
from mobilize.messaging.taking_back import take_back
from mobilize.waking import wake_after_commit

HELD: Final = {"key_share": True}
"""How a mailing is held while its state is decided: new chunks may refer to it meanwhile."""
CHUNK_SIZE: Final[Mapping[Channel, int]] = {"email": 1000, "sms": 100}
"""SendGrid takes 1,000 recipients in a request; texts go one by one, so that a crash leaves at most
a hundred of them without an answer."""


def start_mailing(
    session: Session,
    *,
    kind: str,
    channel: Channel,
    template_id: int,
    recipients: Select[int, str | None],
    topic: str,
    campaign_ref: str | None,
    facts: Mapping[str, Mapping[str, str]],
    now: datetime,
    milestone: str | None = None,
) -> Mailing:
    """Freeze an audience into one message per person, in chunks of one language.

    Args:
        session: The transaction of the launch.
        kind: `alert`, `followup` or `letter`.
        channel: How it goes.
        template_id: What it says; the texts of this moment are the ones that go.
        recipients: Contact ids and languages, as the audience compiles to.
        topic: The demand's slug.
        campaign_ref: The public id of the campaign that personal links lead to.
        facts: What the texts say that is the same for everybody, by language.
        now: The moment of the launch.
        milestone: The slug of the milestone that it follows up, if any.
    """
    mailing = Mailing(
        kind=kind,
        channel=channel,
        template_id=template_id,
        lane=BULK_LANE,
        topic=topic,
        campaign_ref=campaign_ref,
        milestone=milestone,
        facts={language: dict(values) for language, values in facts.items()},
        state="sending",
        created_at=now,
    )
    session.add(mailing)
    session.flush()
    _freeze(session, mailing, recipients, now)
    wake_after_commit(session, "bulk")
    return mailing


def _freeze(
    session: Session, mailing: Mailing, recipients: Select[int, str | None], now: datetime
) -> None:
    people = recipients.subquery("people")
    contact_id, language = people.c[0], people.c[1]
    size = CHUNK_SIZE["email" if mailing.channel == "email" else "sms"]
    number = (func.row_number().over(partition_by=language, order_by=contact_id) - 1) // literal(
        size
    ) + 1
    texts = {
        t.language: t.id
        for t in current_texts(session, mailing.template_id)
        if t.channel == mailing.channel
    }
    refusal = case(
        (language.is_(None), "no_language"),
        (language.not_in(list(texts)), "no_text"),
        else_=null(),
    )
    session.execute(
        insert(Message).from_select(
            [
                "mailing_id",
                "language",
                "chunk_no",
                "contact_id",
                "template_text_id",
                "variables",
                "state",
                "reason",
                "created_at",
                "state_at",
            ],
            select(
                literal(mailing.id),
                func.coalesce(language, ""),
                case((refusal.is_(None), number), else_=0),
                contact_id,
                case(
                    *((language == code, text_id) for code, text_id in texts.items()),
                    else_=null(),
                )
                if texts
                else null(),
                literal({}, JsonDocument),
                case((refusal.is_(None), "queued"), else_="skipped"),
                refusal,
                literal(now, Message.created_at.type),
                literal(now, Message.created_at.type),
            ),
        )
    )
    session.execute(
        insert(Chunk).from_select(
            ["mailing_id", "language", "number", "lane", "size", "state", "attempts", "not_before"],
            select(
                Message.mailing_id,
                Message.language,
                Message.chunk_no,
                literal(mailing.lane),
                func.count(),
                literal("ready"),
                literal(0),
                literal(now, Message.created_at.type),
            )
            .where(Message.mailing_id == mailing.id, Message.chunk_no > 0)
            .group_by(Message.mailing_id, Message.language, Message.chunk_no),
        )
    )


def pause_mailing(session: Session, *, mailing_id: int, reason: str) -> None:
    """Stop taking chunks of a mailing; what is with the provider stays there."""
    _move(session, mailing_id, source=("ready", "sending"), target="paused", reason=reason)


def resume_mailing(session: Session, *, mailing_id: int) -> None:
    """Let a paused mailing go on; the gate is asked again for everyone."""
    _move(session, mailing_id, source=("paused",), target="sending", reason=None)
    wake_after_commit(session, "bulk")


def cancel_mailing(session: Session, *, mailing_id: int, now: datetime) -> None:
    """Take back what has not gone; every such message says so."""
    _move(
        session, mailing_id, source=("ready", "sending", "paused"), target="cancelled", reason=None
    )
    # Who is just taking a chunk is waited for: a claim that is not committed yet is not seen.
    ready = select(Chunk.number).where(Chunk.mailing_id == mailing_id, Chunk.state == "ready")
    session.execute(ready.order_by(Chunk.language, Chunk.number).with_for_update())
    own = Message.mailing_id == mailing_id
    take_back(session, own, state="cancelled", reason="cancelled", now=now)
    session.execute(
        update(Chunk)
        .where(Chunk.mailing_id == mailing_id, Chunk.state == "ready")
        .values(state="done")
    )


def _move(
    session: Session,
    mailing_id: int,
    *,
    source: tuple[str, ...],
    target: str,
    reason: str | None,
) -> None:
    mailing = session.get(Mailing, mailing_id, with_for_update=HELD)
    if mailing is None:
        raise NotFound("There is no such mailing.")
    if mailing.state == target:
        return
    if mailing.state not in source:
        raise Conflict(f"The mailing is {mailing.state}; it cannot become {target}.")
    mailing.state = target
    mailing.pause_reason = reason
