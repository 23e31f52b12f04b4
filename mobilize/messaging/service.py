"""Mailings and the outbox: to send is to insert a row; the worker sends after commit."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import (
    Select,
    Subquery,
    case,
    func,
    insert,
    literal,
    null,
    select,
    update,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.orm import Session

from mobilize.core.columns import BigKey, JsonDocument
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
    size = CHUNK_SIZE["email" if mailing.channel == "email" else "sms"]
    people = _numbered(recipients, _texts_of(session, mailing))
    moment = literal(now, Message.created_at.type)
    goes = people.c.refusal.is_(None)
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
                func.coalesce(people.c.language, ""),
                case((goes, people.c.before.op("/")(size) + 1), else_=0),
                people.c.contact_id,
                people.c.text_id,
                literal({}, JsonDocument),
                case((goes, "queued"), else_="skipped"),
                people.c.refusal,
                moment,
                moment,
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


def _texts_of(session: Session, mailing: Mailing) -> dict[str, int]:
    """The texts of this moment, by language."""
    return {
        text.language: text.id
        for text in current_texts(session, mailing.template_id)
        if text.channel == mailing.channel
    }


def _numbered(recipients: Select[int, str | None], texts: Mapping[str, int]) -> Subquery:
    """Recipients with the text that each gets, why one gets none, and how many come before."""
    people = recipients.subquery("people")
    contact_id, language = people.c[0], people.c[1]
    text_id = case(texts, value=language) if texts else null()
    given = select(
        contact_id.label("contact_id"),
        language.label("language"),
        sql_cast(text_id, BigKey).label("text_id"),
    ).subquery("given")
    refusal = case(
        (given.c.language.is_(None), "no_language"), (given.c.text_id.is_(None), "no_text")
    )
    # Texts are told apart by number, which sorts faster than by language, and comes to the same.
    place = func.row_number().over(partition_by=given.c.text_id, order_by=given.c.contact_id)
    before = (place - 1).label("before")
    return select(*given.c, refusal.label("refusal"), before).subquery("numbered")


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
