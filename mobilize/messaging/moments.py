"""Moments of one shape: at all of them the gate is the same expression, put together once."""

from datetime import datetime

from typing_extensions import override

from mobilize.messaging.hours import shape_of
from mobilize.messaging.policy import Channel, GatePolicy


class Moment:
    """A moment that is equal to all others at which the gate is the same expression."""

    def __init__(self, channel: Channel, now: datetime, policy: GatePolicy) -> None:
        self.now = now
        self._shape = shape_of(channel, now, policy)

    @override
    def __eq__(self, other: object) -> bool:
        return isinstance(other, Moment) and self._shape == other._shape

    @override
    def __hash__(self) -> int:
        return hash(self._shape)
