"""Reading a file in a process of its own, ahead of the one that writes.

The two speak over the process's pipes: keys and names of people appear in no argument, environment
or file. The process is started by name and not as a copy of the caller, so that it works under any
server, and inherits no connection. It ends when its caller does.
"""

import gc
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from queue import SimpleQueue
from threading import Lock, Thread
from typing import IO, Any, Final

from mobilize.contacts.intake.batches import Batch, Supply
from mobilize.contacts.intake.lending import Orders, Wanted, to_be_lent
from mobilize.contacts.intake.reading import Job, Supplies, read_here, read_with
from mobilize.contacts.pieces import InPieces
from mobilize.core.errors import InvalidInput
from mobilize.core.keys import Keyring, Keys

_AHEAD: Final = 2
"""Batches that are asked for before the first is written."""
_FIRST: Final = 2_000
"""Rows that are read here while the other process starts."""
_DONE: Final = "done"
_LOST: Final = "lost"


def read_apart(job: Job, keyring: Keyring, supplies: Supplies) -> Generator[Batch]:
    """Read the file in another process; if it cannot start or is lost, go on in this one.

    Raises:
        InvalidInput: The file can no longer be read.
    """
    lent, source = to_be_lent(job)
    with _process(keyring, source) as (order, answers):
        # While the other process starts, this one has nothing else to do.
        here = read_here(replace(job, batch_rows=min(job.batch_rows, _FIRST)), keyring, supplies)
        with closing(here):
            batch = next(here, None)
        if batch is None:
            return
        order(replace(lent, after_line=batch.last_line))
        for _ in range(_AHEAD):
            order(supplies())
        yield batch
        last_line = batch.last_line
        while isinstance(answer := answers.get(), Batch):
            order(supplies())
            yield answer
            last_line = answer.last_line
    if isinstance(answer, InvalidInput):
        raise answer
    if answer != _DONE:
        yield from read_here(replace(job, after_line=last_line), keyring, supplies)


@contextmanager
def _process(keyring: Keyring, source: InPieces | None) -> Iterator[tuple[Any, "SimpleQueue[Any]"]]:
    answers: SimpleQueue[Any] = SimpleQueue()
    try:
        process = subprocess.Popen(  # noqa: S603 - this very interpreter, a module of ours
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
    except OSError:
        answers.put(_LOST)
        yield (lambda _thing: None), answers
        return
    with process:
        orders, incoming = process.stdin, process.stdout
        assert orders is not None
        assert incoming is not None

        one_at_a_time = Lock()

        def order(thing: object) -> None:
            # Who is gone hears nothing; that it is gone comes as its answer.
            with one_at_a_time, suppress(BrokenPipeError):
                said = (thing, keyring.handed_over()) if isinstance(thing, Supply) else thing
                pickle.dump(said, orders, pickle.HIGHEST_PROTOCOL)
                orders.flush()

        def lend(number: int) -> None:
            assert source is not None
            try:
                order(source.piece(number))
            except Exception:  # noqa: BLE001 - it shows again where this process reads on
                process.kill()

        receiver = Thread(target=_receive, args=(incoming, answers, lend), daemon=True)
        receiver.start()
        try:
            yield order, answers
        finally:
            process.kill()
            receiver.join()
            with suppress(BrokenPipeError):
                orders.close()


def _receive(incoming: IO[bytes], answers: "SimpleQueue[Any]", lend: Callable[[int], None]) -> None:
    """Take what the other process sends as soon as it comes; no more comes than was asked for."""
    while True:
        try:
            answer = pickle.load(incoming)  # noqa: S301 - our own process wrote it
        except (EOFError, pickle.UnpicklingError):
            answer = _LOST
        if isinstance(answer, Wanted):
            lend(answer.number)
            continue
        answers.put(answer)
        if not isinstance(answer, Batch):
            return


def main() -> None:
    """The other process: read as orders come in, until they end."""
    # Whoever stops the command stops its caller, which closes the pipe when its batch is done.
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_IGN)
    # Nothing here makes cycles, and looking for them takes an eighth of the time.
    gc.disable()
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as outgoing:
        # Nothing that any library prints may stand between the answers.
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

        def answer(thing: object) -> None:
            pickle.dump(thing, outgoing, pickle.HIGHEST_PROTOCOL)
            outgoing.flush()

        orders = Orders(sys.stdin.buffer, answer)
        keyring: Keyring | None = None
        newest: Keys | None = None

        def supplies() -> tuple[Supply, Keyring]:
            nonlocal keyring, newest
            supply, keys = orders.next()
            if keyring is None or keys != newest:
                keyring, newest = Keyring(**keys._asdict()), keys
            return supply, keyring

        with suppress(BrokenPipeError, EOFError):
            try:
                for batch in read_with(orders.next(), supplies):
                    answer(batch)
                answer(_DONE)
            except InvalidInput as error:
                answer(error)


if __name__ == "__main__":
    main()
