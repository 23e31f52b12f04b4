"""Texts that wait their turn: a sender gets so many segments a second out, and no more.

Source of the rules: Twilio's pages on errors 21611, 30001 and 30036, and "Rate Limits and Message
Queues".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from mobilize.sandbox.clock import Clock
from mobilize.sandbox.fates import TextEvent
from mobilize.sandbox.faults import Faults, Parties
from mobilize.sandbox.text_rules import segments

_OVERFLOW = TextEvent("failed", 30001)
_EXPIRED = TextEvent("failed", 30036)


class QueueFullError(Exception):
    """The sender's queue takes no more; Twilio's error 21611."""


@dataclass(frozen=True, slots=True)
class Turn:
    """When a text's turn comes; ``fate`` is what happens then in place of all else."""

    wait: timedelta = timedelta()
    fate: tuple[TextEvent, ...] | None = None


class SenderQueues:
    """The queue of every sender for which a rate is in force."""

    def __init__(self, faults: Faults, clock: Clock) -> None:
        self._faults = faults
        self._clock = clock
        self.forget()

    def forget(self) -> None:
        """Empty every queue."""
        self._free: dict[str, datetime] = {}

    def turn(self, form: Mapping[str, str]) -> Turn:
        """Take a place in the sender's queue.

        Raises:
            QueueFullError: When the sender is a number, and its queue is full.
        """
        sender = form.get("From") or form.get("MessagingServiceSid", "")
        rule = self._faults.rule("mps", "twilio", Parties((form["To"],), sender))
        if rule is None:
            return Turn()
        now = self._clock.now()
        rule.seen += 1
        free = max(self._free.get(sender, now), now)
        wait = free - now
        rule.struck += bool(wait)
        if wait.total_seconds() > rule.queue:
            if form.get("From"):
                raise QueueFullError
            return Turn(fate=(_OVERFLOW,))
        validity = form.get("ValidityPeriod", "")
        if validity.isdigit() and wait > timedelta(seconds=int(validity)):
            return Turn(timedelta(seconds=int(validity)), (_EXPIRED,))
        taken = segments(form.get("Body", "")) / rule.limit
        self._free[sender] = free + timedelta(seconds=taken)
        return Turn(wait)
