"""What the sandbox notices of a sender's manners while it works; ``verdicts`` reads it.

It is kept for this process: a restart forgets it.
"""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

NO_ANSWER = 0
"""In place of a status: the connection was broken instead."""


@dataclass(slots=True)
class OptOut:
    """Somebody who must not be written to any more.

    Attributes:
        to: Their address or number.
        tick: When it was effective, on the machine's forward-going clock.
        at: The instant instead, by the sandbox's clock, where one was told.
        until: The tick at which they joined again.
    """

    to: str
    tick: float
    at: datetime | None = None
    until: float | None = None

    def lateness(self, accepted_at: datetime, tick: float) -> float:
        """Seconds by which a message came too late; 0 or less where it did not."""
        if self.until is not None and tick >= self.until:
            return 0.0
        if self.at is not None:
            return (accepted_at - self.at).total_seconds()
        return tick - self.tick


@dataclass(slots=True)
class _Fastest:
    """The most of something within one second of the clock."""

    second: int = -1
    now: int = 0
    most: int = 0

    def add(self, second: int, count: int) -> None:
        self.now = self.now + count if second == self.second else count
        self.second = second
        self.most = max(self.most, self.now)


class Judge:
    """Notes what will be judged.

    Args:
        tick: Seconds of a clock that only goes forward.
    """

    def __init__(self, tick: Callable[[], float]) -> None:
        self._tick = tick
        self._lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        """Begin again."""
        with self._lock:
            self._opt_outs: dict[str, list[OptOut]] = {}
            self._answers: Counter[tuple[str, int]] = Counter()
            self._fastest: dict[tuple[str, str], _Fastest] = {}
            self._pauses: dict[str, tuple[float, float]] = {}
            self._pauses_told = 0
            self._impatient: list[tuple[str, float]] = []

    def opt_out(self, to: str, at: datetime | None = None) -> None:
        """Somebody must not be written to from now on, or from ``at`` by the sandbox's clock."""
        with self._lock:
            known = self._opt_outs.setdefault(to.lower(), [])
            if not known or known[-1].until is not None or at is not None:
                known.append(OptOut(to, self._tick(), at))

    def opt_in(self, to: str) -> None:
        """Somebody may be written to again."""
        with self._lock:
            for one in self._opt_outs.get(to.lower(), []):
                one.until = one.until or self._tick()

    def opt_outs(self) -> dict[str, list[OptOut]]:
        """Everybody who opted out, by address or number in small letters."""
        with self._lock:
            return {to: list(found) for to, found in self._opt_outs.items()}

    def enters(self, provider: str) -> None:
        """A request comes in."""
        with self._lock:
            told, until = self._pauses.get(provider, (0.0, 0.0))
            now = self._tick()
            if now < until:
                self._impatient.append((provider, now - told))

    def answered(self, provider: str, status: int, pause: float | None) -> None:
        """A request was answered, and the sender told to wait for ``pause`` seconds."""
        with self._lock:
            self._answers[provider, status] += 1
            if pause:
                now = self._tick()
                self._pauses_told += 1
                _, until = self._pauses.get(provider, (0.0, 0.0))
                self._pauses[provider] = (now, max(until, now + pause))

    def accepted(self, channel: str, people: int) -> float:
        """A request was accepted that writes to so many; the tick at which it was."""
        with self._lock:
            tick = self._tick()
            second = int(tick)
            for what, count in (("requests", 1), ("recipients", people)):
                self._fastest.setdefault((channel, what), _Fastest()).add(second, count)
            return tick

    def report(self, pause_grace: float) -> dict[str, Any]:
        """Answers by status, the fastest second, and the pauses told and not kept.

        Args:
            pause_grace: Seconds after a pause was told in which what comes is not blamed: it was
                on its way.
        """
        with self._lock:
            ignored = Counter(
                provider for provider, after in self._impatient if after > pause_grace
            )
            providers = {provider for provider, _ in self._answers}
            channels = {channel for channel, _ in self._fastest}
            return {
                "pauses": {"told": self._pauses_told, "ignored": dict(ignored)},
                "answers": {
                    provider: {
                        str(status) if status else "none": count
                        for (whose, status), count in sorted(self._answers.items())
                        if whose == provider
                    }
                    for provider in sorted(providers)
                },
                "fastest_second": {
                    channel: {
                        what: found.most
                        for (whose, what), found in self._fastest.items()
                        if whose == channel
                    }
                    for channel in sorted(channels)
                },
            }
