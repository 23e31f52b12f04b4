"""Taking the next chunk that may go, so that no other worker takes it.

Leases run on the machine's clock, not the shared virtual one: they guard against crashes, and
crashes happen in real time.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final, cast

from sqlalchemy import Select, Table, bindparam, or_, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from mobilize.core.clock import latest
from mobilize.core.columns import UTCDateTime
from mobilize.messaging import breaker
from mobilize.messaging.models import BULK_LANE, TRANSACTIONAL_LANE, Chunk, Mailing
from mobilize.messaging.outbox import PROVIDER_OF
from mobilize.messaging.pacing import Line
from mobilize.messaging.policy import Channel
from mobilize.waking import Lane

LAST_LANE: Final[dict[Lane, int]] = {"first": TRANSACTIONAL_LANE, "bulk": BULK_LANE}
"""The last lane that those take from who are woken for one."""
_LANES: Final = (TRANSACTIONAL_LANE, BULK_LANE)
_NOW: Final = bindparam("now", type_=UTCDateTime())
_REAL_NOW: Final = bindparam("real_now", type_=UTCDateTime())
_LATEST: Final = bindparam("latest", type_=UTCDateTime())
_CHUNKS: Final = cast("Table", Chunk.__table__)
_TAKE: Final = update(_CHUNKS).where(
    _CHUNKS.c.mailing_id == bindparam("of_mailing"),
    _CHUNKS.c.language == bindparam("in_language"),
    _CHUNKS.c.number == bindparam("numbered"),
)


@dataclass(frozen=True)
class Lease:
    """A chunk that a worker holds.

    Attributes:
        chunk: The chunk.
        mailing: What it is of.
        channel: How its messages go.
        is_probe: Whether a single message of it is to try a provider that failed.
        is_troubled: Whether the provider failed the last time, so that success is news.
    """

    chunk: Chunk
    mailing: Mailing
    channel: Channel
    is_probe: bool = False
    is_troubled: bool = False


def lease(
    session: Session,
    *,
    worker: str,
    now: datetime,
    real_now: datetime,
    seconds: int,
    lane: int = BULK_LANE,
    full: Collection[Line] = (),
) -> Lease | None:
    """Take the next chunk that may go: the transactional lane first, then in order.

    A chunk whose provider is left alone, whose sender has no room, or whose mailing is paused stays
    where it is.

    Args:
        session: The transaction.
        worker: Who takes it.
        now: The moment by which chunks are due.
        real_now: The moment by the machine's clock, for leases and pauses.
        seconds: For how long it is taken.
        lane: The last lane to take from.
        full: The channels and lanes for which the sender has no room.
    """
    until = real_now + timedelta(seconds=seconds)
    providers = breaker.standing(session, real_now=real_now)
    shut = _closed(providers) | set(full)
    while True:
        found = session.execute(_next(lane, frozenset(shut)), _at(now, real_now)).first()
        if found is None:
            return None
        chunk, mailing = found
        channel: Channel = "email" if mailing.channel == "email" else "sms"
        provider = PROVIDER_OF[channel]
        is_probe = provider in providers.half_open
        if is_probe and not breaker.take_probe(
            session, provider=provider, real_now=real_now, until=until
        ):
            shut |= {(channel, one) for one in _LANES}
            continue
        _hold(session, chunk, worker=worker, until=until)
        return Lease(chunk, mailing, channel, is_probe, provider in providers.troubled)


def _hold(session: Session, chunk: Chunk, *, worker: str, until: datetime) -> None:
    taken = {
        "state": "leased",
        "leased_by": worker,
        "lease_until": until,
        "attempts": chunk.attempts + 1,
    }
    key = {"of_mailing": chunk.mailing_id, "in_language": chunk.language, "numbered": chunk.number}
    session.execute(_TAKE, key | taken)
    for name, value in taken.items():
        set_committed_value(chunk, name, value)


def waiting(
    session: Session,
    *,
    now: datetime,
    real_now: datetime,
    lane: int = BULK_LANE,
    full: Collection[Line] = (),
    at_most: int = 1,
) -> int:
    """How many chunks could be taken now from the lanes up to this one; it counts to `at_most`."""
    shut = _closed(breaker.standing(session, real_now=real_now)) | set(full)
    due = _due(frozenset(shut)).where(Chunk.lane <= lane).with_only_columns(Chunk.number)
    return len(session.scalars(due.limit(at_most), _at(now, real_now)).all())


def _at(now: datetime, real_now: datetime) -> dict[str, datetime]:
    # A chunk that waits for longer than a provider is ever left alone for waits for nothing: the
    # clock was put back since.
    return {"now": now, "real_now": real_now, "latest": latest(real_now, breaker.LONGEST)}


def _closed(providers: breaker.Standing) -> set[Line]:
    return {
        (channel, lane)
        for channel, provider in PROVIDER_OF.items()
        if provider in providers.closed_to_us
        for lane in _LANES
    }


@lru_cache(maxsize=32)
def _next(lane: int, shut: frozenset[Line]) -> Select[Chunk, Mailing]:
    # Asked for every chunk, and nearly always the same: put together once.
    return (
        _due(shut)
        .where(Chunk.lane <= lane)
        .order_by(Chunk.lane, Chunk.mailing_id, Chunk.number, Chunk.language)
        .limit(1)
        .with_for_update(of=Chunk, skip_locked=True)
    )


def _due(shut: frozenset[Line]) -> Select[Chunk, Mailing]:
    return (
        select(Chunk, Mailing)
        .join(Mailing, Mailing.id == Chunk.mailing_id)
        .where(
            Chunk.state == "ready",
            Chunk.not_before <= _NOW,
            or_(
                Chunk.lease_until.is_(None),
                Chunk.lease_until < _REAL_NOW,
                Chunk.lease_until > _LATEST,
            ),
            Mailing.state == "sending",
            *(or_(Mailing.channel != one, Chunk.lane != lane) for one, lane in sorted(shut)),
        )
    )
