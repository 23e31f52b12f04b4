"""Faults that the sandbox commits on request, so that a sender can be tried.

A fault strikes requests that would send something: every one, every nth, or a share of them drawn
from the seed, and ``count`` of them in all.
"""

import random
import threading
from dataclasses import asdict, dataclass
from typing import Any

BEFORE = ("429", "500", "503", "401", "reset_before", "slow")
AFTER = ("accept_then_reset", "accept_then_timeout", "accept_then_500")
KINDS = (*BEFORE, *AFTER)
PROVIDERS = ("sendgrid", "twilio")


@dataclass
class Fault:
    """One order to fail.

    Attributes:
        provider: ``sendgrid`` or ``twilio``.
        kind: One of ``KINDS``; ``accept_...`` first takes what was sent.
        count: How often it strikes in all; ``None`` is for ever.
        every: Strike each nth request only.
        chance: The share of requests that are struck, 0 to 1.
        retry_after: Seconds told with a 429; ``None`` tells nothing.
        seconds: How long ``slow`` and ``accept_then_timeout`` take.
    """

    provider: str
    kind: str
    count: int | None = 1
    every: int = 1
    chance: float = 1.0
    retry_after: int | None = None
    seconds: float = 30.0
    seen: int = 0
    struck: int = 0

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            ValueError: Naming the value and what it may be.
        """
        if not (self.count is None or isinstance(self.count, int)):
            raise ValueError("count must be a whole number, or null for ever")
        if self.provider not in PROVIDERS:
            raise ValueError(f"provider must be one of {', '.join(PROVIDERS)}")
        if self.kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}")
        if self.every < 1 or not 0 <= self.chance <= 1:
            raise ValueError("every must be 1 or more, and chance between 0 and 1")


class Faults:
    """The orders in force, oldest first; at most one strikes a request."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        """Withdraw every order."""
        with self._lock:
            self._orders: list[Fault] = []
            self._dice = random.Random(self._seed)  # noqa: S311 - repeatable, not secret

    def add(self, fault: Fault) -> None:
        """Put an order in force."""
        with self._lock:
            self._orders.append(fault)

    def strike(self, provider: str) -> Fault | None:
        """The fault that this request meets, if any."""
        with self._lock:
            for fault in self._orders:
                if fault.provider != provider or fault.struck == fault.count:
                    continue
                fault.seen += 1
                if fault.seen % fault.every == 0 and self._dice.random() < fault.chance:
                    fault.struck += 1
                    return fault
        return None

    def report(self) -> list[dict[str, Any]]:
        """Every order with how often it was met."""
        with self._lock:
            return [asdict(fault) for fault in self._orders]
