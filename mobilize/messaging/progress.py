"""How far mailings are: what has gone, how fast, when it ends, and what holds it up.

Read from chunks and requests, a thousand messages to a row, so that it can be asked every few
seconds while a million go out. Where each message stands (`queries.mailing_counts`) is counted from
the messages themselves and remembered for a while.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from mobilize.core.remembering import Remembered, remembered
from mobilize.messaging.deciding import pauses
from mobilize.messaging.models import Chunk, Mailing, Message, ProviderPause, Submission
from mobilize.messaging.outbox import PROVIDER_OF
from mobilize.messaging.queries import MailingCount, mailing_counts

_RECENT: Final = timedelta(minutes=5)
_MANY: Final = 20_000
"""Counting so many messages takes a hundredth of a second or so, and is done anew each time."""


@dataclass(frozen=True)
class Hold:
    """Why nothing goes, or not everything.

    Attributes:
        kind: `mailing`: somebody or something paused it; `provider`: the provider is not called
            now; `hours`: people whose hour it is not.
        reason: What an organizer reads of it; empty for hours.
        until: When it ends by itself, if it does.
        people: How many wait for that, where it is not everybody.
    """

    kind: Literal["mailing", "provider", "hours"]
    reason: str
    until: datetime | None
    people: int | None = None


@dataclass(frozen=True)
class Progress:
    """How far a mailing is.

    Attributes:
        mailing: Its public id.
        channel: How it goes.
        state: Where the mailing stands.
        to_go: Messages that no provider was asked to take yet, those put off among them.
        with_provider: Messages in calls that have no answer yet.
        handed_over: Messages in calls that the provider took.
        unanswered: Messages in calls of which nobody knows whether it took them.
        per_minute: How many were handed over per minute, in the last five or while it ran; none
            where there is nothing to tell it from.
        begun_at: When the first call was made.
        ended_at: When the last one had its answer, of a mailing that has ended.
        ends_at: When the rest will have gone at this speed; none where that cannot be said.
        holds: What holds it up.
    """

    mailing: str
    channel: str
    state: str
    to_go: int
    with_provider: int
    handed_over: int
    unanswered: int
    per_minute: float | None
    begun_at: datetime | None
    ended_at: datetime | None
    ends_at: datetime | None
    holds: Sequence[Hold]


@dataclass(frozen=True)
class _Calls:
    """What a mailing's requests to the provider add up to."""

    asked: int = 0
    open: int = 0
    taken: int = 0
    unanswered: int = 0
    recent: int = 0
    begun_at: datetime | None = None
    ended_at: datetime | None = None


def counts_of(session: Session, mailing_ids: Collection[int]) -> Remembered[Sequence[MailingCount]]:
    """Where the messages of mailings stand, and when they were counted."""
    wanted = tuple(sorted(mailing_ids))
    return remembered(
        session,
        ("mailing_counts", wanted),
        lambda: mailing_counts(session, wanted),
        is_much=lambda counts: sum(count.people for count in counts) > _MANY,
    )


def progress(
    session: Session, mailing_ids: Collection[int], *, now: datetime, real_now: datetime
) -> list[Progress]:
    """How far mailings are, in the order of their making.

    Args:
        session: The session.
        mailing_ids: The mailings.
        now: The moment by the installation's clock, by which messages go.
        real_now: The moment by the machine's, by which providers are paused.
    """
    mailings = session.scalars(
        select(Mailing).where(Mailing.id.in_(mailing_ids)).order_by(Mailing.id)
    ).all()
    sizes = _chunk_sizes(session, mailing_ids)
    calls = _calls(session, mailing_ids, since=now - _RECENT)
    put_off = _put_off(session, mailing_ids).answer
    paused = _paused(session, real_now)
    found = []
    for mailing in mailings:
        done, left = sizes.get(mailing.id, (0, 0))
        made = calls.get(mailing.id, _Calls())
        later, next_at = put_off.get(mailing.id, (0, None))
        is_open = mailing.state in {"ready", "sending", "paused"}
        holds = _stopped(mailing, paused if is_open and left else {})
        if is_open and later:
            holds.append(Hold("hours", "", next_at, later))
        speed = _per_minute(mailing, made, now)
        waiting = max(left - made.open, 0)
        found.append(
            Progress(
                mailing=mailing.public_id,
                channel=mailing.channel,
                state=mailing.state,
                to_go=waiting + later if is_open else 0,
                with_provider=made.open,
                handed_over=made.taken,
                unanswered=made.unanswered,
                per_minute=speed,
                begun_at=made.begun_at,
                ended_at=None if is_open else made.ended_at,
                ends_at=_ends_at(mailing, made, done, waiting, speed, now),
                holds=holds,
            )
        )
    return found


def holds_of(
    session: Session, message: Message, mailing: Mailing, *, real_now: datetime
) -> list[Hold]:
    """Why one message waits still; nothing where it is merely not its turn yet."""
    holds = _stopped(mailing, _paused(session, real_now))
    if message.not_before is not None:
        holds.append(Hold("hours", "", message.not_before, 1))
    return holds


def _paused(session: Session, real_now: datetime) -> dict[str, ProviderPause]:
    return {one.provider: one for one in pauses(session, real_now=real_now)}


def _stopped(mailing: Mailing, paused: Mapping[str, ProviderPause]) -> list[Hold]:
    holds = []
    if mailing.state == "paused":
        holds.append(Hold("mailing", mailing.pause_reason or "", None))
    pause = paused.get(PROVIDER_OF["email" if mailing.channel == "email" else "sms"])
    if pause is not None:
        holds.append(Hold("provider", pause.reason, pause.until))
    return holds


def _chunk_sizes(session: Session, mailing_ids: Collection[int]) -> dict[int, tuple[int, int]]:
    """How many messages stand in chunks that are done, and in those that are not, by mailing."""
    is_done = Chunk.state == "done"
    rows = session.execute(
        select(
            Chunk.mailing_id,
            func.sum(case((is_done, Chunk.size), else_=0)),
            func.sum(case((is_done, 0), else_=Chunk.size)),
        )
        .where(Chunk.mailing_id.in_(mailing_ids))
        .group_by(Chunk.mailing_id)
    )
    return {mailing_id: (int(done), int(left)) for mailing_id, done, left in rows}


def _calls(session: Session, mailing_ids: Collection[int], *, since: datetime) -> dict[int, _Calls]:
    taken = Submission.state == "accepted"
    rows = session.execute(
        select(
            Submission.mailing_id,
            func.sum(Submission.size),
            func.sum(case((Submission.state == "submitting", Submission.size), else_=0)),
            func.sum(case((taken, Submission.size), else_=0)),
            func.sum(case((Submission.state == "unknown", Submission.size), else_=0)),
            func.sum(case((taken & (Submission.finished_at > since), Submission.size), else_=0)),
            func.min(Submission.started_at),
            func.max(Submission.finished_at),
        )
        .where(Submission.mailing_id.in_(mailing_ids))
        .group_by(Submission.mailing_id)
    )
    found = {}
    for mailing_id, *numbers, begun_at, ended_at in rows:
        asked, still_open, accepted, unanswered, recent = map(int, numbers)
        found[mailing_id] = _Calls(
            asked, still_open, accepted, unanswered, recent, begun_at, ended_at
        )
    return found


_Waiting = Mapping[int, tuple[int, datetime | None]]


def _put_off(session: Session, mailing_ids: Collection[int]) -> Remembered[_Waiting]:
    """How many messages wait for a better hour, and when the first of them comes.

    At night that may be everybody.
    """
    wanted = tuple(sorted(mailing_ids))
    return remembered(
        session,
        ("put_off", wanted),
        lambda: _count_put_off(session, wanted),
        is_much=lambda waiting: sum(people for people, _ in waiting.values()) > _MANY,
    )


def _count_put_off(session: Session, mailing_ids: Collection[int]) -> _Waiting:
    rows = session.execute(
        select(Message.mailing_id, func.count(), func.min(Message.not_before))
        .where(
            Message.mailing_id.in_(mailing_ids),
            Message.chunk_no.is_(None),
            Message.state == "queued",
        )
        .group_by(Message.mailing_id)
    )
    return {mailing_id: (count, first) for mailing_id, count, first in rows}


def _per_minute(mailing: Mailing, made: _Calls, now: datetime) -> float | None:
    if made.begun_at is None:
        return None
    if mailing.state in {"done", "cancelled"}:
        span, went = (made.ended_at or now) - made.begun_at, made.taken
    else:
        span, went = min(now - made.begun_at, _RECENT), made.recent
    # A virtual clock may stand still.
    return went / (span / timedelta(minutes=1)) if span and went else None


def _ends_at(
    mailing: Mailing,
    made: _Calls,
    done: int,
    waiting: int,
    speed: float | None,
    now: datetime,
) -> datetime | None:
    if mailing.state != "sending" or not speed or not waiting or not done:
        return None
    # Of those that wait, as many are left out by the gate as until now.
    going = waiting * min((made.asked - made.open) / done, 1.0)
    return now + timedelta(minutes=going / speed)
