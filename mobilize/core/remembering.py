"""Answers that cost much to find are remembered for a while: a count of a million rows, say.

How long follows from what it cost, so that however many ask, and however often, finding it takes a
small share of one core. Each process remembers for itself, and forgets when it ends.
"""

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Generic, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from mobilize.core.clock import SystemClock

Answer = TypeVar("Answer")

TIMES: Final = 20
"""An answer holds for so many times what it took to find."""
LONGEST: Final = 60.0
_MOST: Final = 500


@dataclass(frozen=True)
class Remembered(Generic[Answer]):
    """An answer, and when it was found, by the machine's clock."""

    answer: Answer
    at: datetime


@dataclass
class _Kept:
    lock: threading.Lock = field(default_factory=threading.Lock)
    found: Remembered[Any] | None = None
    until: float = 0.0


_SHELVES: "Final[WeakKeyDictionary[object, dict[Hashable, _Kept]]]" = WeakKeyDictionary()


def remembered(
    session: Session,
    key: Hashable,
    ask: Callable[[], Answer],
    *,
    is_much: Callable[[Answer], bool],
) -> Remembered[Answer]:
    """An answer found a moment ago, or now.

    While one asks anew, others are given the answer from before.

    Args:
        session: The session; what is remembered belongs to its database.
        key: What is asked, the same for the same question.
        ask: Finds the answer.
        is_much: Whether an answer is worth remembering; any other is found anew each time.
    """
    kept = _kept(session, key)
    if not kept.lock.acquire(blocking=kept.found is None):
        assert kept.found is not None
        return kept.found
    try:
        if kept.found is not None and time.monotonic() < kept.until:
            return kept.found
        begun = time.monotonic()
        found = Remembered(ask(), SystemClock().now())
        took = time.monotonic() - begun
        kept.found = found if is_much(found.answer) else None
        kept.until = time.monotonic() + min(TIMES * took, LONGEST)
        return found
    finally:
        kept.lock.release()


def _kept(session: Session, key: Hashable) -> _Kept:
    bind = session.get_bind()
    # An engine with other options is another object over the same pool.
    pool = (bind if isinstance(bind, Engine) else bind.engine).pool
    shelf = _SHELVES.setdefault(pool, {})
    if len(shelf) > _MOST:
        shelf.clear()
    return shelf.setdefault(key, _Kept())
