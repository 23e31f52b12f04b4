"""What the sandbox will do later, by its own clock: the machine's, or the virtual one."""

import heapq
import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from mobilize.sandbox.clock import Clock


@dataclass(order=True, slots=True)
class _Entry:
    at: datetime
    turn: int
    action: Callable[[], None] = field(compare=False)


class Timetable:
    """Actions that wait for an instant.

    While the clock is the machine's, a thread does what falls due; a virtual clock that is moved
    does it before ``moved`` returns, in order, so that a test sees the same every time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self._turn = threading.RLock()
        self._turns = itertools.count()
        self._entries: list[_Entry] = []
        threading.Thread(target=self._watch, name="timetable", daemon=True).start()

    def at(self, instant: datetime, action: Callable[[], None]) -> None:
        """Do ``action`` at ``instant``; at once means as soon as the thread comes round to it."""
        with self._changed:
            heapq.heappush(self._entries, _Entry(instant, next(self._turns), action))
            self._changed.notify()

    def forget(self) -> None:
        """Drop all that waits."""
        with self._changed:
            self._entries.clear()
            self._changed.notify()

    def moved(self) -> None:
        """The clock was set: do what is due."""
        with self._changed:
            self._changed.notify()
        while self._do_one():
            pass

    def waiting(self) -> dict[str, str | int | None]:
        """How many actions wait, and for when the first of them."""
        with self._changed:
            first = self._entries[0].at.isoformat() if self._entries else None
            return {"count": len(self._entries), "next": first}

    def _do_one(self) -> bool:
        """Do the first action that is due; false when none is."""
        with self._turn:
            with self._changed:
                if not self._entries or self._entries[0].at > self._clock.now():
                    return False
                entry = heapq.heappop(self._entries)
            entry.action()
            return True

    def _watch(self) -> None:
        while True:
            with self._changed:
                self._changed.wait(self._pause())
            while self._do_one():
                pass

    def _pause(self) -> float | None:
        """Seconds until the first action by the machine's clock; a virtual one wakes us itself."""
        if not self._entries:
            return None
        left = (self._entries[0].at - self._clock.now()).total_seconds()
        if left <= 0:
            return 0
        return None if self._clock.is_virtual else left
