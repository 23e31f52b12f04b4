"""How fast messages go out: rates of a provider and a sender that hold over all workers together.

A sender's row says when its next message may go (the generic cell rate algorithm, ITU-T I.371: an
instant instead of a bucket of tokens). Who takes a slice of a chunk moves that instant on, in one
statement, by the time that the slice takes at the rate; a worker who finds no room leaves the chunk
where it is. A small share of each rate is kept for messages that somebody waits for, such as codes
and thank-yous, so that no blast holds them up.

The clock is the database's: one for all machines, however their own differ. Where it was put back,
a sender is free at once, and not only when the old time comes again.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, cast

import phonenumbers
from sqlalchemy import ColumnElement, Float, Table, case, func, literal, select, update
from sqlalchemy import cast as sql_cast
from sqlalchemy.orm import Session

from mobilize.core.bulk import insert_new
from mobilize.messaging.lettering import Person
from mobilize.messaging.models import BULK_LANE, TRANSACTIONAL_LANE, SenderPace
from mobilize.messaging.policy import Channel
from mobilize.messaging.providers.outcomes import AT_ONCE, Batch, Pace
from mobilize.messaging.sms import cost_of
from mobilize.settings import Settings, Twilio

NumberType = Literal["long_code", "toll_free", "short_code"]
Line = tuple[Channel, int]
"""A channel and one of its lanes."""

SLICE_SECONDS: Final = 5.0
"""What is taken at a time: short, so that the gate is asked again soon and a crash leaves few
texts without an answer."""
_AHEAD: Final = 1.0
"""Seconds before its time that a slice is taken, so that no gap comes between two."""
_FURTHEST: Final = 600.0
"""Seconds; no slice of time ends later than that from now."""
_SHORT_CODE_DIGITS: Final = 6
_PACES: Final = cast("Table", SenderPace.__table__)


@dataclass(frozen=True)
class Limit:
    """The rate of one sender: messages a second, for texts their segments."""

    sender: str
    per_second: float


def number_type(number: str) -> NumberType:
    """What kind of number texts come from; Twilio's rates differ by it."""
    digits = number.lstrip("+")
    if len(digits) <= _SHORT_CODE_DIGITS:
        return "short_code"
    parsed = phonenumbers.parse(number, "CA")
    is_free = phonenumbers.number_type(parsed) == phonenumbers.PhoneNumberType.TOLL_FREE
    return "toll_free" if is_free else "long_code"


def limits_of(settings: Settings) -> Mapping[Channel, Sequence[Limit]]:
    """The rates that the settings name; 0 is none."""
    sendgrid, twilio = settings.sendgrid, settings.twilio
    found: dict[Channel, list[Limit]] = {
        "email": [
            Limit("sendgrid", sendgrid.per_second),
            Limit(f"sendgrid:{sendgrid.from_email}"[:100], sendgrid.sender_per_second),
        ],
        "sms": [
            Limit("twilio", twilio.per_second),
            Limit(f"twilio:{twilio.from_number}", _by_type(twilio)),
        ],
    }
    return {
        channel: [limit for limit in limits if limit.per_second > 0]
        for channel, limits in found.items()
    }


def _by_type(twilio: Twilio) -> float:
    return {
        "long_code": twilio.long_code_per_second,
        "toll_free": twilio.toll_free_per_second,
        "short_code": twilio.short_code_per_second,
    }[number_type(twilio.from_number)]


class Pacer:
    """Takes slices of time for batches.

    Args:
        settings: The installation's.
    """

    def __init__(self, settings: Settings) -> None:
        self._limits = limits_of(settings)
        self._reserve = settings.sending.urgent_share

    def without_room(self, session: Session) -> set[Line]:
        """The lanes for which a sender has no room at this moment."""
        by_sender = {
            limit.sender: channel for channel, limits in self._limits.items() for limit in limits
        }
        if not by_sender:
            return set()
        now = _now(session)
        moment = now + _AHEAD
        rows = session.execute(
            select(
                SenderPace.sender,
                _later(SenderPace.bulk_free_at, now) > moment,
                _later(SenderPace.urgent_free_at, now) > moment,
            ).where(SenderPace.sender.in_(by_sender))
        ).all()
        missing = by_sender.keys() - {row.sender for row in rows}
        if missing:
            names = ("sender", "bulk_free_at", "urgent_free_at")
            insert_new(
                session, _PACES, names, [(one, 0.0, 0.0) for one in sorted(missing)], key="sender"
            )
        full: set[Line] = set()
        for sender, bulk, urgent in rows:
            full |= {(by_sender[sender], BULK_LANE)} if bulk else set()
            full |= {(by_sender[sender], TRANSACTIONAL_LANE)} if urgent else set()
        return full

    def at_most(self, channel: Channel, lane: int) -> int | None:
        """How many messages a slice holds; None where there is no limit."""
        rates = [limit.per_second * self._share(lane) for limit in self._limits[channel]]
        return max(1, int(min(rates) * SLICE_SECONDS)) if rates else None

    def take(
        self,
        session: Session,
        channel: Channel,
        lane: int,
        *,
        size: int,
        write: Callable[[], Batch],
    ) -> Pace | None:
        """Take the time that a batch needs; None where somebody else was faster.

        To be called last in its transaction: the sender's row is held until that ends.

        Args:
            session: The session of the transaction.
            channel: How it goes.
            lane: Which of its lanes it is in.
            size: How many messages it has.
            write: Makes its letters; asked only where texts are counted in segments.
        """
        limits = self._limits[channel]
        if not limits:
            return AT_ONCE
        units = size if channel == "email" else _segments(write, size)
        start_in = each = 0.0
        for limit in sorted(limits, key=lambda one: one.sender):
            taken = self._move_on(session, limit, lane, units)
            if taken is None:
                return None
            start_in, each = max(start_in, taken.start_in), max(each, taken.each)
        return Pace(start_in, each)

    def _move_on(self, session: Session, limit: Limit, lane: int, units: int) -> Pace | None:
        now = _now(session)
        whole, shared = 1 / limit.per_second, 1 / (limit.per_second * self._share(lane))
        bulk, urgent = SenderPace.bulk_free_at, SenderPace.urgent_free_at
        if lane == BULK_LANE:
            own = bulk
            values: dict[Any, Any] = {bulk: _later(bulk, now) + units * shared}
            each: ColumnElement[float] = literal(shared)
        else:
            own = urgent
            start = _later(urgent, now)
            blast = _later(bulk, now) > start
            values = {
                urgent: start + case((blast, units * shared), else_=units * whole),
                # Where no blast goes out, these have the whole rate, and a blast begins after them.
                bulk: case((blast, bulk), else_=start + units * whole),
            }
            each = case((bulk > urgent, shared), else_=whole)
        row = session.execute(
            update(SenderPace)
            .where(SenderPace.sender == limit.sender, _later(own, now) <= now + _AHEAD)
            .values(values)
            .returning(own - now, each)
            .execution_options(synchronize_session=False)
        ).first()
        if row is None:
            return None
        return Pace(max(0.0, row[0] - units * row[1]), row[1])

    def _share(self, lane: int) -> float:
        return 1 - self._reserve if lane == BULK_LANE else self._reserve


def for_one_request(
    people: list[Person], *, channel: Channel, at_most: int | None
) -> tuple[list[Person], list[Person]]:
    """Who goes with the next request, and who waits for another.

    An address may stand in a SendGrid request once (Mail Send reference, “Limitations”); two people
    who share one each get their own message.
    """
    seen: set[str] = set()
    first: list[Person] = people
    left: list[Person] = []
    if channel == "email" and len({person.address.lower() for person in people}) < len(people):
        first = []
        for person in people:
            address = person.address.lower()
            (left if address in seen else first).append(person)
            seen.add(address)
    if at_most is not None and len(first) > at_most:
        first, left = first[:at_most], [*first[at_most:], *left]
    return first, left


def _segments(write: Callable[[], Batch], size: int) -> int:
    try:
        batch = write()
    except Exception:  # noqa: BLE001 - told where it is sent: nothing of it goes
        return size
    return sum(cost_of(batch.words_for(letter)).segments for letter in batch.letters)


def _later(column: Any, now: ColumnElement[float]) -> ColumnElement[float]:
    return case((column.between(now, now + _FURTHEST), column), else_=now)


def _now(session: Session) -> ColumnElement[float]:
    if session.get_bind().dialect.name == "postgresql":
        # The statement's, so that it is the same wherever it stands in one.
        return sql_cast(func.extract("epoch", func.statement_timestamp()), Float)
    return literal(time.time())
