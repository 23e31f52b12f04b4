"""Faults that the sandbox commits on request, so that a sender can be tried.

A fault strikes requests that would send something: every one, every nth, or a share of them drawn
from the seed, ``count`` of them in all; of one recipient or sender, or of all.
"""

import random
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from mobilize.sandbox.patterns import listed, matches_any

STATUSES = ("400", "401", "403", "413", "429", "500", "502", "503", "504")
INSTEAD = (*STATUSES, "bad_recipient", "reset_before")
AFTER = (
    "accept_then_reset", "accept_then_timeout", "accept_then_500", "accept_then_502",
    "accept_then_503", "accept_then_504",
)  # fmt: skip
# These go along with any other fault, as a slow network does.
SLOW = ("slow", "latency", "slow_headers", "drip")
# These are rules of the provider, in force until they are withdrawn.
LIMITS = ("rate", "concurrency", "mps")
KINDS = (*INSTEAD, *AFTER, *SLOW, *LIMITS)
PROVIDERS = ("sendgrid", "twilio", "both")

_LONGEST_SLEEP = 600.0


@dataclass(frozen=True, slots=True)
class Parties:
    """Whom a request would write to, and in whose name."""

    to: tuple[str, ...] = ()
    sender: str = ""


@dataclass(kw_only=True)
class Fault:
    """One order to fail.

    Attributes:
        provider: ``sendgrid``, ``twilio`` or ``both``.
        kind: One of ``KINDS``; ``accept_...`` first takes what was sent.
        count: How often it strikes in all; ``None`` is for ever.
        after: How many requests go by unharmed first.
        every: Strike each nth request only.
        chance: The share of requests that are struck, 0 to 1.
        begins: Seconds on the sandbox's clock from the order until it is in force.
        ends: Seconds on the sandbox's clock from the order until it is over; ``None`` is never.
        to: Strike requests to such a recipient only (``*@example.net``); one pattern or several.
        sender: Strike requests of such a sender only.
        retry_after: Seconds told in ``Retry-After`` with 429, 502, 503, 504; ``None`` tells
            nothing.
        retry_after_date: Tell ``Retry-After`` as a date.
        reset: Seconds until the instant told in ``X-RateLimit-Reset``; ``None`` tells nothing.
        seconds: How long a slow kind and ``accept_then_timeout`` take (``latency``: the median),
            or, for ``rate``, the span in which ``limit`` requests are let through.
        spread: For ``latency``, the standard deviation of the delay's logarithm: at 0.5 one delay
            in twenty is longer than 2.3 medians.
        limit: How many requests ``rate`` lets through in its span, ``concurrency`` at once, and how
            many segments a second ``mps`` sends for each sender, the rest waiting in its queue.
        queue: Seconds of waiting that a sender's queue holds under ``mps``; what would wait longer
            is refused (21611), or fails (30001) where a messaging service sends it. Twilio: 10 h.
        code: Twilio's number of the error told with 400.
        html: Whether an error is told as a web page, as what stands before an API does; unsaid,
            502, 503 and 504 are.
        seen: How many requests it has looked at.
        struck: How often it struck.
    """

    provider: str
    kind: str
    count: int | None = 1
    after: int = 0
    every: int = 1
    chance: float = 1.0
    begins: float = 0.0
    ends: float | None = None
    to: str | list[str] = ""
    sender: str = ""
    retry_after: float | None = None
    retry_after_date: bool = False
    reset: float | None = None
    seconds: float = 30.0
    spread: float = 0.0
    limit: int = 1
    queue: float = 36_000.0
    code: int | None = None
    html: bool | None = None
    seen: int = field(default=0, metadata={"counts": True})
    struck: int = field(default=0, metadata={"counts": True})
    ordered_at: datetime | None = field(default=None, metadata={"counts": True})

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            ValueError: Naming the value and what it may be.
        """
        if self.provider not in PROVIDERS:
            raise ValueError(f"provider must be one of {', '.join(PROVIDERS)}")
        if self.kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}")
        if self.every < 1 or not 0 <= self.chance <= 1:
            raise ValueError("every must be 1 or more, and chance between 0 and 1")
        if self.after < 0 or self.begins < 0 or self.spread < 0:
            raise ValueError("after, begins and spread must not be negative")
        if self.ends is not None and self.ends <= self.begins:
            raise ValueError("ends must come after begins")
        if not 0 <= self.seconds <= _LONGEST_SLEEP:
            raise ValueError(f"seconds must be between 0 and {_LONGEST_SLEEP:.0f}")
        if self.limit < 1:
            raise ValueError("limit must be 1 or more")
        if self.kind in LIMITS or self.kind == "latency":
            self.count = None

    def concerns(self, address: str) -> bool:
        """Whether it is meant for this recipient."""
        return not listed(self.to) or matches_any(address, self.to)

    def is_for(self, provider: str, parties: Parties) -> bool:
        """Whether it is meant for such a request."""
        if self.provider not in {provider, "both"}:
            return False
        if self.sender and not matches_any(parties.sender, self.sender):
            return False
        return not listed(self.to) or any(self.concerns(address) for address in parties.to)

    def is_on(self, now: datetime) -> bool:
        """Whether ``now`` is in its span."""
        if self.ordered_at is None:
            return True
        age = (now - self.ordered_at).total_seconds()
        return age >= self.begins and (self.ends is None or age < self.ends)


@dataclass(slots=True)
class Strike:
    """What a request meets: a fault at most, and what slows it down.

    Attributes:
        fault: What goes wrong, if anything.
        delay: Seconds until the request is looked at.
        head: Seconds over which the head of the answer trickles.
        whole: Seconds over which the whole answer trickles.
        busy: How many requests were being answered, this one among them.
    """

    fault: Fault | None = None
    delay: float = 0.0
    head: float = 0.0
    whole: float = 0.0
    busy: int = 1


class Faults:
    """The orders in force, oldest first.

    Args:
        seed: Of what is left to chance.
        now: The sandbox's clock.
        tick: Seconds of a clock that only goes forward, for rates.
    """

    def __init__(self, seed: int, now: Callable[[], datetime], tick: Callable[[], float]) -> None:
        self._seed = seed
        self._now = now
        self._tick = tick
        self._lock = threading.Lock()
        self._busy = {"sendgrid": 0, "twilio": 0}
        self.clear()

    def clear(self, seed: int | None = None) -> None:
        """Withdraw every order; what is left to chance begins again, from ``seed`` if given."""
        with self._lock:
            self._seed = self._seed if seed is None else seed
            self._orders: list[Fault] = []
            self._passed: dict[int, list[float]] = {}
            self._dice = random.Random(self._seed)  # noqa: S311 - repeatable, not secret

    def add(self, fault: Fault) -> None:
        """Put an order in force."""
        with self._lock:
            fault.ordered_at = self._now()
            self._orders.append(fault)

    @property
    def ask_for_parties(self) -> bool:
        """Whether any order is limited to recipients or senders."""
        return any(listed(fault.to) or fault.sender for fault in self._orders)

    def enter(self, provider: str, parties: Parties) -> Strike:
        """Let a request in; ``leave`` must follow. What it meets is returned."""
        with self._lock:
            self._busy[provider] += 1
            strike = Strike(busy=self._busy[provider])
            for fault in self._orders:
                if fault.kind == "mps" or (fault.kind not in SLOW and strike.fault):
                    continue
                if not self._strikes(fault, provider, parties):
                    continue
                if fault.kind in SLOW:
                    self._slow_down(strike, fault)
                else:
                    strike.fault = fault
            return strike

    def rule(self, kind: str, provider: str, parties: Parties) -> Fault | None:
        """The limit of a kind that is in force for somebody."""
        with self._lock:
            now = self._now()
            for fault in self._orders:
                if fault.kind == kind and fault.is_on(now) and fault.is_for(provider, parties):
                    return fault
        return None

    def leave(self, provider: str) -> None:
        """A request is answered."""
        with self._lock:
            self._busy[provider] -= 1

    def report(self) -> list[dict[str, Any]]:
        """Every order with how often it was met."""
        with self._lock:
            now = self._now()
            return [_reported(fault, now) for fault in self._orders]

    def _strikes(self, fault: Fault, provider: str, parties: Parties) -> bool:
        if fault.struck == fault.count or not fault.is_on(self._now()):
            return False
        if not fault.is_for(provider, parties):
            return False
        fault.seen += 1
        if fault.kind in LIMITS:
            hit = self._over(fault, provider)
        else:
            number = fault.seen - fault.after
            hit = number > 0 and number % fault.every == 0 and self._dice.random() < fault.chance
        fault.struck += hit
        return hit

    def _over(self, fault: Fault, provider: str) -> bool:
        if fault.kind == "concurrency":
            return self._busy[provider] > fault.limit
        now = self._tick()
        passed = self._passed.setdefault(id(fault), [])
        passed[:] = [at for at in passed if at > now - fault.seconds]
        if len(passed) >= fault.limit:
            return True
        passed.append(now)
        return False

    def _slow_down(self, strike: Strike, fault: Fault) -> None:
        if fault.kind == "slow":
            strike.delay += fault.seconds
        elif fault.kind == "latency":
            delay = fault.seconds * self._dice.lognormvariate(0, fault.spread)
            strike.delay += min(delay, _LONGEST_SLEEP)
        elif fault.kind == "slow_headers":
            strike.head = fault.seconds
        else:
            strike.whole = fault.seconds


def _reported(fault: Fault, now: datetime) -> dict[str, Any]:
    told = asdict(fault)
    told["ordered_at"] = fault.ordered_at.isoformat() if fault.ordered_at else None
    return {**told, "in_force": fault.is_on(now) and fault.struck != fault.count}
