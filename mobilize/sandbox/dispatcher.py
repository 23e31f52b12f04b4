"""Calls webhooks in the background: in batches, in order per text, again after a failure.

Emails' events gather for a moment and go out together. A call that is not answered with 2xx is
tried again as ``retries`` says, and put among the refused ones after the last attempt. What is
called beside the true calls is made once, and how it was answered is counted.
"""

import heapq
import itertools
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from mobilize.sandbox.posting import Answer, Call, PendingEvent, post
from mobilize.sandbox.retries import Retries
from mobilize.sandbox.targets import NotLoopbackError, Targets
from mobilize.sandbox.timetable import Timetable

_BATCH = 500
_LINGER = 0.02
_THREADS = 4


@dataclass(order=True, slots=True)
class _Due:
    at: float
    turn: int
    call: Call | None = field(compare=False)  # None: collect a batch of waiting events
    era: int = field(compare=False)


class Dispatcher:
    """The queue of calls to make, and the threads that make them.

    Args:
        targets: Where calls really go.
        pack: Makes the signed call of a batch of mail events, and what is called beside it.
        on_told: Hears of every true call that was taken.
        retries: When a call that failed is made again.
        timetable: Where calls wait for an instant of the sandbox's clock.
    """

    def __init__(
        self,
        *,
        targets: Targets,
        pack: Callable[[list[PendingEvent]], list[Call]],
        on_told: Callable[[Call], None],
        retries: Retries,
        timetable: Timetable,
    ) -> None:
        self._targets = targets
        self._pack = pack
        self._on_told = on_told
        self._retries = retries
        self._timetable = timetable
        self._changed = threading.Condition()
        self._turns = itertools.count()
        self._era = 0
        self.forget()
        for number in range(_THREADS):
            threading.Thread(target=self._work, name=f"webhooks-{number}", daemon=True).start()

    def forget(self) -> None:
        """Drop everything that waits; what is under way is not counted when it ends."""
        with self._changed:
            self._era += 1
            self._events: deque[PendingEvent] = deque()
            self._queue: list[_Due] = []
            self._refused: list[Call] = []
            self._beside: Counter[tuple[str, bool]] = Counter()
            self._open = 0
            self._delivered = 0
            self._changed.notify_all()

    def queue_events(self, events: list[PendingEvent]) -> None:
        """Tell mail events, soon and together."""
        if not events:
            return
        with self._changed:
            if not self._events:
                self._push(None, _LINGER)
            self._events.extend(events)
            self._open += len(events)

    def queue_call(self, call: Call) -> None:
        """Make ``call``, and then those that wait for it."""
        with self._changed:
            self._open += sum(one.weight for one in call.chain())
            self._push(call, 0)

    def make_now(self, call: Call) -> None:
        """Make ``call`` before this returns; after a failure it is tried again as any other."""
        with self._changed:
            self._open += sum(one.weight for one in call.chain())
            era = self._era
        self._make(call, era)

    def retry_refused(self) -> None:
        """Give the refused calls all their attempts again."""
        with self._changed:
            refused, self._refused = self._refused, []
            for call in refused:
                call.tries = 0
                self._open += call.weight
                self._push(call, 0)

    def wait(self, seconds: float) -> bool:
        """Wait until nothing is pending; false when that took longer than ``seconds``."""
        with self._changed:
            return self._changed.wait_for(lambda: self._open == 0, timeout=seconds)

    def report(self) -> dict[str, Any]:
        """How many events were told, are pending, which calls were refused, what went beside."""
        with self._changed:
            return {
                "delivered": self._delivered,
                "pending": self._open,
                "refused": [
                    {"url": call.url, "events": len(call.events), "reason": call.failure}
                    for call in self._refused
                ],
                "beside": {
                    kind: {
                        "taken": self._beside[kind, True],
                        "refused": self._beside[kind, False],
                    }
                    for kind in sorted({kind for kind, _ in self._beside})
                },
            }

    def _push(self, call: Call | None, pause: float) -> None:
        due = _Due(time.monotonic() + pause, next(self._turns), call, self._era)
        heapq.heappush(self._queue, due)
        self._changed.notify()

    def _work(self) -> None:
        while True:
            call, era = self._next()
            self._make(call, era)

    def _next(self) -> tuple[Call, int]:
        """The next call that is due, waiting for it."""
        with self._changed:
            while True:
                now = time.monotonic()
                if not self._queue or self._queue[0].at > now:
                    self._changed.wait(self._queue[0].at - now if self._queue else None)
                    continue
                due = heapq.heappop(self._queue)
                if due.call is not None:
                    return due.call, due.era
                count = min(_BATCH, len(self._events))
                batch = [self._events.popleft() for _ in range(count)]
                if self._events:
                    self._push(None, 0)
                if batch:
                    call, *beside = self._pack(batch)
                    for one in beside:
                        self._open += one.weight
                        self._push(one, 0)
                    return call, due.era

    def _make(self, call: Call, era: int) -> None:
        call.tries += 1
        reachable = True
        try:
            answer = post(self._targets.really(call.url), call.body, call.headers)
        except NotLoopbackError as error:
            reachable, answer = False, Answer(0, failure=str(error))
        if not answer.ok and not call.beside and reachable and self._again(call, answer, era):
            return
        if answer.ok and not call.beside:
            self._on_told(call)
        self._close(call, answer, era)

    def _again(self, call: Call, answer: Answer, era: int) -> bool:
        """Put a call that failed in its place for the next attempt; false after the last one."""
        after = self._retries.after(call, answer)
        if after is None:
            return False
        with self._changed:
            if era != self._era:
                return True
            if after.at is None:
                self._push(call, after.pause)
                return True
            # Nobody who waits for the present waits for this.
            self._open -= call.weight
            self._changed.notify_all()
        self._timetable.at(after.at, lambda: self._take_up(call, era))
        return True

    def _take_up(self, call: Call, era: int) -> None:
        with self._changed:
            if era == self._era:
                self._open += call.weight
                self._push(call, 0)

    def _close(self, call: Call, answer: Answer, era: int) -> None:
        with self._changed:
            if era != self._era:
                return
            self._open -= call.weight
            if call.beside:
                self._beside[call.beside, answer.ok] += 1
            elif answer.ok:
                self._delivered += len(call.events)
            else:
                call.failure = answer.failure
                self._refused.append(call)
            if call.then:
                self._push(call.then, 0)
                call.then = None  # a refused call that is retried must not repeat what followed
            self._changed.notify_all()
