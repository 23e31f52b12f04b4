"""Keys are changed while others write, and the work is killed: every value opens, none is lost.

The suite kills at one seeded point; `make faults` at twenty.
"""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final, cast

import pytest
from sqlalchemy import Table, insert, select, update

from mobilize.contacts.models import Contact
from mobilize.core.db import Database
from mobilize.core.keys import Keyring
from mobilize.core.resealing import count_by_key
from mobilize.runtime import Runtime
from mobilize.tables import METADATA
from tests.faults.workers import PATIENCE, environment_of
from tests.support.installation import key
from tests.support.sandbox import CHECKOUT

pytestmark = pytest.mark.faults

POINTS: Final = 20 if int(os.environ.get("MOBILIZE_FAULT_RUNS", "2")) >= 100 else 1
PEOPLE: Final = 6_000
BATCHES: Final = PEOPLE // 1000
_KEYS: Final = f"1:{key('d')},2:{key('e')}"


@pytest.mark.parametrize("seed", range(POINTS))
def test_killed_while_others_write_it_goes_on_and_no_change_is_lost(
    runtime: Runtime, tmp_path: Path, now: datetime, seed: int
) -> None:
    dice = random.Random(seed)  # noqa: S311 - repeatable, not secret
    _fill(runtime.db, now)
    log = tmp_path / "rotate.log"

    with ExitStack() as writers:
        # One who has heard of the new key, and one who still seals with the old one.
        written = [
            writers.enter_context(_writing(runtime, sealing, part=part))
            for part, sealing in enumerate((2, 1))
        ]
        _kill_in_the_middle(runtime, log, dice)
        _wait(lambda: all(len(one) > BATCHES for one in written), "the writers do not get on")
        assert _rotate(runtime)["sealed"] > 0
    while _rotate(runtime)["left"]:
        pass

    said = {number: f"person{number}@example.org" for number in range(PEOPLE)}
    for one in written:
        said |= one
    with _opened(runtime, sealing=2) as db, db.read() as session:
        rows = session.execute(select(Contact.given_name, Contact.email, Contact.phone)).all()
        counts = count_by_key(session, METADATA)
    assert {int(name): email for name, email, _ in rows} == said
    assert {phone for _, _, phone in rows} == {"+16135550123"}
    assert set(counts["contacts.email"]) == set(counts["contacts.phone"]) == {2}


def _fill(db: Database, now: datetime) -> None:
    rows = [
        {
            "public_id": f"person{number}",
            "given_name": str(number),
            "email": f"person{number}@example.org",
            "phone": "+16135550123",
            "created_at": now,
            "updated_at": now,
        }
        for number in range(PEOPLE)
    ]
    with db.transaction() as session:
        session.execute(insert(cast("Table", Contact.__table__)), rows)


@contextmanager
def _opened(runtime: Runtime, *, sealing: int) -> Iterator[Database]:
    """The installation's database, for a process that seals with that key."""
    ring = Keyring(
        data_keys={1: b"d" * 32, 2: b"e" * 32},
        index_key=b"i" * 32,
        link_key=b"l" * 32,
        sealing=sealing,
    )
    db = Database(runtime.db.engine.url.render_as_string(hide_password=False), keyring=ring)
    try:
        yield db
    finally:
        db.close()


@contextmanager
def _writing(runtime: Runtime, sealing: int, *, part: int) -> Iterator[dict[int, str]]:
    """Somebody gives people new addresses all the time; yields what was committed, by person."""
    committed: dict[int, str] = {}
    stop = threading.Event()

    def write() -> None:
        dice = random.Random(part)  # noqa: S311 - repeatable, not secret
        with _opened(runtime, sealing=sealing) as db:
            turn = 0
            while not stop.is_set():
                turn += 1
                # Two writers have people of their own, so that each knows who wrote last.
                numbers = [2 * dice.randrange(PEOPLE // 2) + part for _ in range(3)]
                new = {number: f"new{number}-{turn}@example.org" for number in numbers}
                with db.transaction() as session:
                    for number, email in new.items():
                        session.execute(
                            update(Contact)
                            .where(Contact.public_id == f"person{number}")
                            .values(email=email)
                        )
                committed.update(new)
                time.sleep(0.002)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield committed
    finally:
        stop.set()
        thread.join(PATIENCE)
        assert not thread.is_alive()


def _environment(runtime: Runtime) -> dict[str, str]:
    return environment_of(runtime, SECRETS_DATA_KEYS=_KEYS, SECRETS_SEALING_KEY="2")


def _command() -> list[str]:
    return [sys.executable, "-m", "mobilize", "keys", "rotate", "--json"]


def _kill_in_the_middle(runtime: Runtime, log: Path, dice: random.Random) -> None:
    """Kill the command some moment after it has done so many batches."""
    wanted = dice.randrange(BATCHES // 2) * 1000
    with (
        log.open("wb") as file,
        subprocess.Popen(
            _command(), cwd=CHECKOUT, env=_environment(runtime), stdout=file, stderr=file
        ) as process,
    ):
        _wait(partial(_is_done, runtime, process, wanted, log), "the work does not get on")
        time.sleep(dice.uniform(0, 0.03))
        process.send_signal(signal.SIGKILL)
        process.wait()
    with runtime.db.read() as session:
        assert count_by_key(session, METADATA)["contacts.email"][1], "it was done before"


def _is_done(runtime: Runtime, process: "subprocess.Popen[bytes]", wanted: int, log: Path) -> bool:
    assert process.poll() is None, log.read_text()
    with runtime.db.read() as session:
        # The writers alone never come to so many.
        return count_by_key(session, METADATA)["contacts.phone"][2] > wanted


def _wait(is_so: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline, what
        time.sleep(0.002)


def _rotate(runtime: Runtime) -> dict[str, int]:
    ended = subprocess.run(
        _command(),
        cwd=CHECKOUT,
        env=_environment(runtime),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert ended.returncode == 0, ended.stderr
    answer: dict[str, int] = json.loads(ended.stdout)
    return answer
