"""The outbox: chunks that wait, or whose worker died, and how a worker gives one back.

Leases run on the machine's clock, not the shared virtual one: they guard against crashes, and
crashes happen in real time.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, cast

from sqlalchemy import ColumnElement, Table, bindparam, func, insert, or_, select, union, update
from sqlalchemy.orm import Session

from mobilize.core.clock import is_over
from mobilize.core.db import alone
from mobilize.messaging.claims import unpack
from mobilize.messaging.models import (
    STANDING_KINDS,
    Chunk,
    Mailing,
    Message,
    Submission,
)
from mobilize.messaging.policy import Channel
from mobilize.messaging.service import CHUNK_SIZE
from mobilize.messaging.states import REACHED_PROVIDER

ChunkKey = tuple[int, str, int]
"""Mailing, language, number."""
PROVIDER_OF: Final[dict[Channel, str]] = {"email": "sendgrid", "sms": "twilio"}


_CHUNKS: Final = cast("Table", Chunk.__table__)
# Every chunk is given back by this: put together once, it takes half as long to ask.
_RELEASE: Final = (
    update(_CHUNKS)
    .where(
        _CHUNKS.c.mailing_id == bindparam("of_mailing"),
        _CHUNKS.c.language == bindparam("in_language"),
        _CHUNKS.c.number == bindparam("numbered"),
    )
    .values(attempts=_CHUNKS.c.attempts - bindparam("uncounted"))
    .returning(_CHUNKS.c.number)
)
_RELEASE_OWN: Final = _RELEASE.where(_CHUNKS.c.leased_by == bindparam("holder"))


def recover(session: Session, *, now: datetime, real_now: datetime, seconds: int) -> int:
    """Take back the chunks of workers that died; what they were submitting is now unknown.

    Args:
        session: The transaction.
        now: The moment.
        real_now: The moment by the machine's clock.
        seconds: For how long a chunk is leased.

    Returns:
        How many chunks were taken back.
    """
    ended = is_over(Chunk.lease_until, real_now, longest=timedelta(seconds=seconds))
    is_dead = (Chunk.state == "leased", ended)
    mailings = session.scalars(select(Chunk.mailing_id).where(*is_dead).distinct()).all()
    if not mailings:
        return 0
    # First the mailings, then their chunks, as all do who take both.
    session.execute(
        select(Mailing.id)
        .where(Mailing.id.in_(mailings))
        .order_by(Mailing.id)
        .with_for_update(key_share=True)
    )
    dead = session.execute(
        select(Chunk.mailing_id, Chunk.language, Chunk.number)
        .where(*is_dead, Chunk.mailing_id.in_(mailings))
        .with_for_update(skip_locked=True)
    ).all()
    for mailing_id, language, number in dead:
        chunk = (mailing_id, language, number)
        for submission_id, claim in session.execute(
            select(Submission.id, Submission.claim).where(
                *_of(Submission, chunk), Submission.state == "submitting"
            )
        ).all():
            ids = [one.message_id for one in unpack(claim)]
            _lose_sight_of(session, submission_id, chunk, ids, now)
        release(session, chunk, state=_after_death(session, chunk, now))
    return len(dead)


def _after_death(session: Session, chunk: ChunkKey, now: datetime) -> str:
    """Whether a dead worker's chunk goes on: of a mailing cancelled meanwhile nothing more does.

    Cancelling left to its worker what was in its hands; the mailing is held, so that neither misses
    the other.
    """
    if session.scalar(select(Mailing.state).where(Mailing.id == chunk[0])) != "cancelled":
        return "ready"
    session.execute(
        update(Message)
        .where(*_of(Message, chunk), Message.state == "queued")
        .values(state="cancelled", reason="cancelled", state_at=now)
        .execution_options(synchronize_session=False)
    )
    return "done"


def _lose_sight_of(
    session: Session, submission_id: int, chunk: ChunkKey, ids: Sequence[int], now: datetime
) -> None:
    """Nobody knows what became of a request: it is unknown, unless an event has proven it since.

    Of a chunk that goes in several requests, only those are meant that this one was for.
    """
    is_proven = session.scalar(
        select(Message.id)
        .join(Mailing, Mailing.id == Message.mailing_id)
        .where(
            *_of(Message, chunk),
            Message.submission_id == submission_id,
            Message.state.in_(REACHED_PROVIDER),
            # An email's request is for all alike; a text's event proves that text alone.
            Mailing.channel == "email",
        )
        .limit(1)
    )
    outcome: dict[str, Any] = {"state": "unknown", "reason": "worker_stopped"}
    if is_proven:
        outcome = {"state": "accepted", "accepted_at": now}
    session.execute(
        update(Message)
        .where(*_of(Message, chunk), Message.id.in_(ids), Message.state == "queued")
        .values(submission_id=submission_id, state_at=now, **outcome)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(Submission)
        .where(Submission.id == submission_id)
        .values(
            state=outcome["state"],
            error=None if is_proven else "the worker stopped",
            finished_at=now,
        )
    )


def _of(table: type[Message | Submission], chunk: ChunkKey) -> tuple[ColumnElement[bool], ...]:
    mailing_id, language, number = chunk
    return (
        table.mailing_id == mailing_id,
        table.language == language,
        table.chunk_no == number,
    )


def release(
    session: Session,
    chunk: ChunkKey,
    *,
    state: str,
    holder: str | None = None,
    wait_until: datetime | None = None,
    error: str | None = None,
    uncounted: bool = False,
) -> bool:
    """Give a chunk back: done, or ready again after a while; an uncounted attempt never was.

    A holder gives back only what it still holds: a lease that ran out may be another's by now.

    Returns:
        Whether it was given back.
    """
    mailing_id, language, number = chunk
    given_back = session.execute(
        _RELEASE if holder is None else _RELEASE_OWN,
        {
            "of_mailing": mailing_id,
            "in_language": language,
            "numbered": number,
            "holder": holder,
            "uncounted": int(uncounted),
            "state": state,
            "leased_by": None,
            "lease_until": wait_until,
            "last_error": error,
        },
    )
    return given_back.first() is not None


def end_later(session: Session, mailing_ids: Collection[int], *, now: datetime) -> None:
    """Of finished mailings, note that they ended only now, when another message was accepted.

    An audience asks only such mailings about the last days that have not ended before them, and
    whom a mailing reached is looked up once for all when it has finished. To be called after the
    messages were written: the mailing is held until they are committed, so that it cannot finish
    in between at an instant that they are not part of.
    """
    held = select(Mailing.id).where(Mailing.id.in_(mailing_ids)).order_by(Mailing.id)
    session.execute(held.with_for_update())
    session.execute(
        update(Mailing)
        .where(Mailing.id.in_(mailing_ids), Mailing.finished_at.is_not(None))
        .values(finished_at=now)
    )


def group(session: Session, *, now: datetime) -> int:
    """Put messages that stand alone and are due into chunks: thank-yous, and what was put off.

    Returns:
        How many chunks were made.
    """
    alone_still = (Message.chunk_no.is_(None), Message.state == "queued")
    at_once, by_now = Message.not_before.is_(None), Message.not_before <= now
    due = (*alone_still, or_(at_once, by_now))
    # Each asked by itself, so that the index tells who is due however many wait until later.
    waiting = union(
        *(
            select(Message.mailing_id, Message.language, Mailing.lane, Mailing.channel)
            .join(Mailing, Mailing.id == Message.mailing_id)
            .where(*alone_still, when, Mailing.state == "sending")
            for when in (at_once, by_now)
        )
    )
    if not session.execute(waiting.limit(1)).first():
        return 0
    alone(session, "outbox-group")
    made = 0
    for mailing_id, language, lane, channel in session.execute(waiting).all():
        size = CHUNK_SIZE["email" if channel == "email" else "sms"]
        number = _next_number(session, mailing_id, language)
        chosen = (
            select(Message.id)
            .where(*due, Message.mailing_id == mailing_id, Message.language == language)
            .order_by(Message.id)
            .limit(size)
            .scalar_subquery()
        )
        grouped = session.scalars(
            update(Message)
            .where(Message.id.in_(chosen))
            .values(chunk_no=number, not_before=None)
            .returning(Message.id)
            .execution_options(synchronize_session=False)
        ).all()
        session.execute(
            insert(Chunk).values(
                mailing_id=mailing_id,
                language=language,
                number=number,
                lane=lane,
                size=len(grouped),
                state="ready",
                attempts=0,
                not_before=now,
            )
        )
        made += 1
    return made


def split(session: Session, chunk: ChunkKey, ids: Sequence[int], *, now: datetime) -> None:
    """Put some messages of a chunk into one of their own, which goes by itself."""
    alone(session, "outbox-group")
    mailing_id, language, _number = chunk
    old = session.get_one(Chunk, chunk)
    new = _next_number(session, mailing_id, language)
    session.add(
        Chunk(
            mailing_id=mailing_id,
            language=language,
            number=new,
            lane=old.lane,
            size=len(ids),
            not_before=now,
        )
    )
    old.size -= len(ids)
    session.flush()
    session.execute(
        update(Message)
        .where(*_of(Message, chunk), Message.id.in_(ids), Message.state == "queued")
        .values(chunk_no=new)
        .execution_options(synchronize_session=False)
    )


def _next_number(session: Session, mailing_id: int, language: str) -> int:
    last = session.scalar(
        select(func.max(Chunk.number)).where(
            Chunk.mailing_id == mailing_id, Chunk.language == language
        )
    )
    return 1 + (last or 0)


def finish_mailings(session: Session, *, now: datetime) -> int:
    """Close the mailings to many that have nothing left to send.

    Returns:
        How many were closed.
    """
    waiting = (
        select(Message.id)
        .where(Message.mailing_id == Mailing.id, Message.state == "queued")
        .exists()
    )
    busy = (
        select(Chunk.number).where(Chunk.mailing_id == Mailing.id, Chunk.state != "done").exists()
    )
    put_off = (
        select(Message.id)
        .where(
            Message.mailing_id == Mailing.id,
            Message.chunk_no.is_(None),
            Message.state == "queued",
        )
        .exists()
    )
    # Asked twice a second, overnight too: only where no chunk and nobody who was put off is left
    # are all messages looked at, of which there may be a million.
    near = session.scalars(
        select(Mailing.id).where(
            Mailing.state == "sending", Mailing.kind.not_in(STANDING_KINDS), ~busy, ~put_off
        )
    ).all()
    if not near:
        return 0
    finished = session.scalars(select(Mailing.id).where(Mailing.id.in_(near), ~waiting)).all()
    if finished:
        session.execute(
            update(Mailing)
            .where(Mailing.id.in_(finished), Mailing.state == "sending")
            .values(state="done", finished_at=now)
        )
    return len(finished)
