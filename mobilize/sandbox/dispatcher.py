"""Calls webhooks in the background: in batches, in order per text, again after a failure.

Emails' events gather for a moment and go out together. A call that is not answered with 2xx is
tried again after growing pauses, and put among the refused ones after the last attempt.
"""

import heapq
import http.client
import itertools
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from mobilize.sandbox.records import Mail
from mobilize.sandbox.targets import NotLoopbackError, Targets

_BATCH = 500
_LINGER = 0.02
_FIRST_PAUSE = 0.2
_TIMEOUT = 15.0
_THREADS = 4


@dataclass(frozen=True, slots=True)
class PendingEvent:
    """An event of a mail that is to be told."""

    number: int
    mail: Mail
    index: int


@dataclass(slots=True)
class Call:
    """One webhook call; ``url`` is the public one, ``then`` waits until this one is done."""

    url: str
    body: bytes
    headers: dict[str, str]
    events: tuple[int, ...]
    then: "Call | None" = None
    tries: int = 0
    failure: str = ""

    def chain(self) -> "list[Call]":
        """This call and those that wait for it."""
        return [self, *(self.then.chain() if self.then else ())]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a webhook answered; status 0 where there was no answer at all."""

    status: int
    body: bytes = b""
    failure: str = ""

    @property
    def ok(self) -> bool:
        """Whether the provider is satisfied."""
        return 200 <= self.status < 300  # noqa: PLR2004 - the range of success


def post(url: str, body: bytes, headers: dict[str, str]) -> Answer:
    """Post once, through no proxy and following no redirect."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=_TIMEOUT)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request("POST", path, body, headers)
        response = connection.getresponse()
        answer = response.read()
    except (OSError, http.client.HTTPException) as error:
        return Answer(0, failure=f"{type(error).__name__}: {error}")
    finally:
        connection.close()
    return Answer(response.status, answer, f"answered {response.status}")


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
        pack: Makes one signed call of a batch of mail events.
        on_told: Hears the numbers of events that were taken.
        attempts: How often a call is tried in all.
    """

    def __init__(
        self,
        *,
        targets: Targets,
        pack: Callable[[list[PendingEvent]], Call],
        on_told: Callable[[tuple[int, ...]], None],
        attempts: int,
    ) -> None:
        self._targets = targets
        self._pack = pack
        self._on_told = on_told
        self._attempts = attempts
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
            self._open += sum(len(one.events) for one in call.chain())
            self._push(call, 0)

    def retry_refused(self) -> None:
        """Give the refused calls all their attempts again."""
        with self._changed:
            refused, self._refused = self._refused, []
            for call in refused:
                call.tries = 0
                self._open += len(call.events)
                self._push(call, 0)

    def wait(self, seconds: float) -> bool:
        """Wait until nothing is pending; false when that took longer than ``seconds``."""
        with self._changed:
            return self._changed.wait_for(lambda: self._open == 0, timeout=seconds)

    def report(self) -> dict[str, Any]:
        """How many events were told, are pending, and which calls were refused."""
        with self._changed:
            return {
                "delivered": self._delivered,
                "pending": self._open,
                "refused": [
                    {"url": call.url, "events": len(call.events), "reason": call.failure}
                    for call in self._refused
                ],
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
                    return self._pack(batch), due.era

    def _make(self, call: Call, era: int) -> None:
        call.tries += 1
        try:
            answer = post(self._targets.really(call.url), call.body, call.headers)
        except NotLoopbackError as error:
            call.tries = self._attempts
            answer = Answer(0, failure=str(error))
        with self._changed:
            if era != self._era:
                return
            if not answer.ok and call.tries < self._attempts:
                self._push(call, _FIRST_PAUSE * 2 ** (call.tries - 1))
                return
        if answer.ok:
            self._on_told(call.events)
        self._close(call, answer, era)

    def _close(self, call: Call, answer: Answer, era: int) -> None:
        with self._changed:
            if era != self._era:
                return
            self._open -= len(call.events)
            if answer.ok:
                self._delivered += len(call.events)
            else:
                call.failure = answer.failure
                self._refused.append(call)
            if call.then:
                self._push(call.then, 0)
                call.then = None  # a refused call that is retried must not repeat what followed
            self._changed.notify_all()
