"""Calls of several batches on the same few threads, by turns.

An executor's own queue would do the same, but for each call it makes a future that nobody asks and
takes half a dozen locks: for a text that is a tenth of all there is to do.
"""

from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

Turn = Callable[[], bool]
"""Makes one call; says whether it is to line up again."""


class Turns:
    """Threads that take turns; who is to have another lines up behind all who wait.

    Args:
        threads: How many turns are taken at once.
        name: What the threads are called.
    """

    def __init__(self, threads: int, *, name: str) -> None:
        self._pool: Final = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._waiting: Final[deque[Turn]] = deque()

    def line_up(self, turn: Turn) -> None:
        """Have a turn taken as soon as it is its own.

        A thread that is done with one takes the next that waits, so each needs to be told once.

        Raises:
            RuntimeError: The process ends.
        """
        self._waiting.append(turn)
        self._pool.submit(self._take)

    def _take(self) -> None:
        while True:
            try:
                turn = self._waiting.popleft()
            except IndexError:
                return
            if turn():
                self._waiting.append(turn)
