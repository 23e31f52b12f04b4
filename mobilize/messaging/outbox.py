"""The outbox: chunks that wait, that a worker holds, or whose worker died.

Leases run on the machine's clock, not the shared virtual one: they guard against crashes, and
crashes happen in real time.
"""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, insert, or_, select, update
from sqlalchemy.orm import Session

from mobilize.core.db import alone
from mobilize.messaging.gate import Channel
from mobilize.messaging.models import Chunk, Mailing, Message, ProviderPause, Submission
from mobilize.messaging.service import CHUNK_SIZE

PROVIDER_OF: Final[dict[Channel, str]] = {"email": "sendgrid", "sms": "twilio"}


def recover(session: Session, *, now: datetime, real_now: datetime) -> int:
    """Take back the chunks of workers that died; what they were submitting is now unknown.

    Returns:
        How many chunks were taken back.
    """
    dead = session.execute(
        select(Chunk.mailing_id, Chunk.language, Chunk.number)
        .where(Chunk.state == "leased", Chunk.lease_until < real_now)
        .with_for_update(skip_locked=True)
    ).all()
    for mailing_id, language, number in dead:
        session.execute(
            update(Message)
            .where(
                Message.mailing_id == mailing_id,
                Message.language == language,
                Message.chunk_no == number,
                Message.state == "submitting",
            )
            .values(state="unknown", reason="worker_stopped", state_at=now)
        )
        session.execute(
            update(Submission)
            .where(
                Submission.mailing_id == mailing_id,
                Submission.language == language,
                Submission.chunk_no == number,
                Submission.state == "submitting",
            )
            .values(state="unknown", error="the worker stopped", finished_at=now)
        )
        release(session, (mailing_id, language, number), state="ready")
    return len(dead)


def release(
    session: Session,
    chunk: tuple[int, str, int],
    *,
    state: str,
    wait_until: datetime | None = None,
    error: str | None = None,
    uncounted: bool = False,
) -> None:
    """Give a chunk back: done, or ready again after a while; an uncounted attempt never was."""
    mailing_id, language, number = chunk
    session.execute(
        update(Chunk)
        .where(Chunk.mailing_id == mailing_id, Chunk.language == language, Chunk.number == number)
        .values(
            state=state,
            leased_by=None,
            lease_until=wait_until,
            last_error=error,
            attempts=Chunk.attempts - (1 if uncounted else 0),
        )
    )


def group(session: Session, *, now: datetime) -> int:
    """Put messages that stand alone and are due into chunks: thank-yous, and what was put off.

    Returns:
        How many chunks were made.
    """
    due = (
        Message.chunk_no.is_(None),
        Message.state == "queued",
        or_(Message.not_before.is_(None), Message.not_before <= now),
    )
    waiting = (
        select(Message.mailing_id, Message.language, Mailing.lane, Mailing.channel)
        .join(Mailing, Mailing.id == Message.mailing_id)
        .where(*due, Mailing.state == "sending")
        .distinct()
    )
    if not session.execute(waiting.limit(1)).first():
        return 0
    alone(session, "outbox-group")
    made = 0
    for mailing_id, language, lane, channel in session.execute(waiting).all():
        size = CHUNK_SIZE["email" if channel == "email" else "sms"]
        number = 1 + (
            session.scalar(
                select(func.max(Chunk.number)).where(
                    Chunk.mailing_id == mailing_id, Chunk.language == language
                )
            )
            or 0
        )
        chosen = (
            select(Message.id)
            .where(*due, Message.mailing_id == mailing_id, Message.language == language)
            .order_by(Message.id)
            .limit(size)
            .scalar_subquery()
        )
        session.execute(
            insert(Chunk).values(
                mailing_id=mailing_id,
                language=language,
                number=number,
                lane=lane,
                size=size,
                state="ready",
                attempts=0,
                not_before=now,
            )
        )
        session.execute(
            update(Message)
            .where(Message.id.in_(chosen))
            .values(chunk_no=number, not_before=None)
            .execution_options(synchronize_session=False)
        )
        made += 1
    return made


def lease(
    session: Session, *, worker: str, now: datetime, real_now: datetime, seconds: int
) -> Chunk | None:
    """Take the next chunk that may go: the transactional lane first, then in order.

    A chunk whose provider is paused, or whose mailing is, stays where it is.
    """
    paused = select(ProviderPause.provider).where(
        or_(ProviderPause.until.is_(None), ProviderPause.until > real_now)
    )
    closed = [
        channel
        for channel, provider in PROVIDER_OF.items()
        if provider in set(session.scalars(paused))
    ]
    chunk = session.scalar(
        select(Chunk)
        .join(Mailing, Mailing.id == Chunk.mailing_id)
        .where(
            Chunk.state == "ready",
            Chunk.not_before <= now,
            or_(Chunk.lease_until.is_(None), Chunk.lease_until < real_now),
            Mailing.state == "sending",
            Mailing.channel.not_in(closed),
        )
        .order_by(Chunk.lane, Chunk.mailing_id, Chunk.number, Chunk.language)
        .limit(1)
        .with_for_update(of=Chunk, skip_locked=True)
    )
    if chunk is None:
        return None
    chunk.state = "leased"
    chunk.leased_by = worker
    chunk.lease_until = real_now + timedelta(seconds=seconds)
    chunk.attempts += 1
    session.flush()
    return chunk


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
    finished = session.scalars(
        select(Mailing.id).where(
            Mailing.state == "sending", Mailing.kind != "transactional", ~busy, ~waiting
        )
    ).all()
    if finished:
        session.execute(
            update(Mailing)
            .where(Mailing.id.in_(finished), Mailing.state == "sending")
            .values(state="done", finished_at=now)
        )
    return len(finished)
