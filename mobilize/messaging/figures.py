"""What sending counts as it works, and what of it stands in tables: Prometheus asks for both.

No label names anybody: channels, states, reasons, lanes and providers are few, and fixed in the
code. What is read costs a few short statements, however many messages there are.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session

from mobilize.core.leases import Lease
from mobilize.core.metrics import Count, Gauge, Reading, Span
from mobilize.core.remembering import remembered
from mobilize.messaging.deciding import pauses, unknown_by_mailing
from mobilize.messaging.models import (
    STANDING_KINDS,
    TRANSACTIONAL_LANE,
    Chunk,
    Mailing,
    Message,
)
from mobilize.messaging.outbox import PROVIDER_OF
from mobilize.messaging.progress import counts_of
from mobilize.messaging.providers.outcomes import Outcome

HANDED_OVER: Final = Count(
    "mobilize_messages_handed_over",
    "Messages given to a provider, by what came of it.",
    ("channel", "outcome"),
)
EVENTS: Final = Count(
    "mobilize_webhook_events",
    "What providers told, by their word for it; told again counts under `again`.",
    ("provider", "kind"),
)
EVENT_LAG: Final = Span(
    "mobilize_webhook_lag_seconds",
    "How long ago the oldest event of a webhook call happened.",
    ("provider",),
    (0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 86400.0),
)
KINDS: Final = frozenset(
    {
        "processed", "deferred", "delivered", "bounce", "blocked", "dropped", "spamreport",
        "unsubscribe", "group_unsubscribe", "sent", "undelivered", "failed",
    }
)  # fmt: skip
"""The providers' words that have a figure of their own; others count as `other`."""
_IN_MOTION: Final = timedelta(days=1)
_MANY: Final = 20_000
"""So many that stand alone are counted every few seconds only."""


def count_outcomes(channel: str, outcomes: Mapping[int, Outcome]) -> None:
    """Count what a call to a provider ended in, message by message."""
    for kind, number in Counter(type(one).__name__ for one in outcomes.values()).items():
        HANDED_OVER.add(channel, kind.lower(), by=number)


def count_events(
    provider: str, told: Collection[tuple[str, datetime]], *, fresh: int, now: datetime
) -> None:
    """Count the events of one webhook call.

    Args:
        provider: Who told them.
        told: The provider's word for each, and when it happened.
        fresh: How many of them were new.
        now: When they were told.
    """
    if not told:
        return
    for kind, number in Counter(kind if kind in KINDS else "other" for kind, _ in told).items():
        EVENTS.add(provider, kind, by=number)
    if fresh < len(told):
        EVENTS.add(provider, "again", by=len(told) - fresh)
    oldest = min(at for _, at in told)
    EVENT_LAG.note(provider, seconds=max((now - oldest).total_seconds(), 0.0))


def gauges(session: Session, *, now: datetime, real_now: datetime) -> Iterable[Gauge]:
    """Where sending stands at a moment.

    Args:
        session: The session.
        now: The moment by the installation's clock, by which messages are due.
        real_now: The moment by the machine's, for leases and pauses.
    """
    yield from _queues(session, now, real_now)
    yield from _messages(session, now)
    paused = {one.provider for one in pauses(session, real_now=real_now)}
    yield Gauge(
        "mobilize_provider_paused",
        "1 where a provider is not called now.",
        ("provider",),
        [Reading((one,), float(one in paused)) for one in sorted(PROVIDER_OF.values())],
    )
    yield Gauge(
        "mobilize_messages_unknown",
        "Messages of which nobody knows whether the provider took them.",
        (),
        [Reading((), sum(group.count for group in unknown_by_mailing(session)))],
    )
    held = session.execute(select(Lease.name, Lease.until).order_by(Lease.name))
    yield Gauge(
        "mobilize_lease_seconds",
        "For how long a lease still holds; below 0 nobody holds it. `leader` does what is due.",
        ("name",),
        [Reading((name,), (until - real_now).total_seconds()) for name, until in held],
    )


def _queues(session: Session, now: datetime, real_now: datetime) -> Iterable[Gauge]:
    """What waits to go, by lane; chunks that are done are not looked at."""
    first = case((Chunk.lane == TRANSACTIONAL_LANE, "first"), else_="bulk")
    is_due = and_(Chunk.state == "ready", Chunk.not_before <= now)
    is_dead = and_(Chunk.state == "leased", Chunk.lease_until < real_now)
    chunks = session.execute(
        select(
            first,
            func.sum(case((Chunk.state == "ready", Chunk.size), else_=0)),
            func.sum(case((Chunk.state == "leased", Chunk.size), else_=0)),
            func.sum(case((is_dead, 1), else_=0)),
            func.min(case((is_due, Chunk.not_before))),
        )
        .join(Mailing, Mailing.id == Chunk.mailing_id)
        .where(Chunk.state != "done", Mailing.state == "sending")
        .group_by(first)
    )
    alone = remembered(
        session,
        "alone",
        lambda: _alone(session, now),
        is_much=lambda lanes: sum(due + later for _, due, later, _ in lanes) > _MANY,
    ).answer
    found = {lane: _Queue() for lane in ("first", "bulk")}
    for lane, ready, held, dead, oldest in chunks:
        found[lane].add(ready=ready, held=held, dead=dead, oldest=oldest)
    for lane, ready, later, oldest in alone:
        found[lane].add(ready=ready, later=later, oldest=oldest)
    yield Gauge(
        "mobilize_queue_messages",
        "Messages that wait: ready to go, with a worker, or for a better hour.",
        ("lane", "state"),
        [
            Reading((lane, state), number)
            for lane, queue in found.items()
            for state, number in queue.numbers.items()
        ],
    )
    yield Gauge(
        "mobilize_queue_oldest_seconds",
        "For how long the message that is due the longest has been waiting.",
        ("lane",),
        [Reading((lane,), queue.waited(now)) for lane, queue in found.items()],
    )
    yield Gauge(
        "mobilize_chunks_abandoned",
        "Chunks whose worker died, until another takes them over.",
        (),
        [Reading((), sum(queue.dead for queue in found.values()))],
    )


def _alone(session: Session, now: datetime) -> list[tuple[str, int, int, datetime | None]]:
    """What stands in no chunk, by lane: due, put off, and since when the first is due.

    At night that may be everybody whom a mailing is for.
    """
    is_due = or_(Message.not_before.is_(None), Message.not_before <= now)
    since = func.coalesce(Message.not_before, Message.created_at)
    lane = case((Mailing.lane == TRANSACTIONAL_LANE, "first"), else_="bulk")
    rows = session.execute(
        select(
            lane,
            func.sum(case((is_due, 1), else_=0)),
            func.sum(case((is_due, 0), else_=1)),
            func.min(case((is_due, since))),
        )
        .join(Mailing, Mailing.id == Message.mailing_id)
        .where(Message.chunk_no.is_(None), Message.state == "queued", Mailing.state == "sending")
        .group_by(lane)
    )
    return [(name, int(due), int(later), first) for name, due, later, first in rows]


class _Queue:
    """What waits on one lane."""

    def __init__(self) -> None:
        self.numbers = {"ready": 0, "with_worker": 0, "later": 0}
        self.dead = 0
        self._oldest: datetime | None = None

    def add(
        self,
        *,
        oldest: datetime | None,
        ready: int = 0,
        held: int = 0,
        later: int = 0,
        dead: int = 0,
    ) -> None:
        self.numbers["ready"] += int(ready)
        self.numbers["with_worker"] += int(held)
        self.numbers["later"] += int(later)
        self.dead += int(dead)
        self._oldest = min(filter(None, (self._oldest, oldest)), default=None)

    def waited(self, now: datetime) -> float:
        return max((now - self._oldest).total_seconds(), 0.0) if self._oldest else 0.0


def _messages(session: Session, now: datetime) -> Iterable[Gauge]:
    """Where the messages of mailings stand that go out, or ended within a day."""
    rows = session.execute(
        select(Mailing.id, Mailing.channel, Mailing.state).where(
            Mailing.kind.not_in(STANDING_KINDS),
            or_(Mailing.state.in_(("sending", "paused")), Mailing.finished_at > now - _IN_MOTION),
        )
    ).all()
    channels = {row.id: row.channel for row in rows}
    states: Counter[tuple[str, ...]] = Counter()
    left_out: Counter[tuple[str, ...]] = Counter()
    for count in counts_of(session, channels).answer:
        channel = channels[count.mailing_id]
        states[channel, count.state] += count.people
        if count.state == "skipped":
            left_out[channel, count.reason or ""] += count.people
    yield _tally(
        "mobilize_messages",
        "Messages of mailings that go out or ended within a day, by where they stand.",
        ("channel", "state"),
        states,
    )
    yield _tally(
        "mobilize_messages_left_out",
        "Of those, the ones that the gate refused, by reason.",
        ("channel", "reason"),
        left_out,
    )
    yield _tally(
        "mobilize_mailings",
        "Mailings to many that go out or are paused.",
        ("channel", "state"),
        Counter((row.channel, row.state) for row in rows if row.state in {"sending", "paused"}),
    )


def _tally(
    name: str, what: str, labels: tuple[str, ...], found: Mapping[tuple[str, ...], int]
) -> Gauge:
    return Gauge(name, what, labels, [Reading(values, found[values]) for values in sorted(found)])
