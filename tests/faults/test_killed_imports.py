"""An import is ended in the middle and run again: exactly the file's rows, once.

The suite kills at a few seeded points; `make faults` at twenty.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import func, select

from mobilize.contacts.consent_models import Consent, ConsentEvent
from mobilize.contacts.import_jobs import bring_in_files
from mobilize.contacts.mapping import propose
from mobilize.contacts.models import Contact, ContactTag, ImportChange, ImportRun
from mobilize.contacts.opening import open_table
from mobilize.contacts.queries import by_email
from mobilize.contacts.uploads import ask, receive, upload_called
from mobilize.runtime import Runtime
from tests.contacts.files import importer, person, read, write
from tests.faults.workers import PATIENCE, environment_of, running_worker, wait_until
from tests.support.sandbox import CHECKOUT, Sandbox

pytestmark = pytest.mark.faults

POINTS: Final = 20 if int(os.environ.get("MOBILIZE_FAULT_RUNS", "2")) >= 100 else 2
PEOPLE: Final = 8_000
KNOWN: Final = 800
"""How many of them are on file already, under an older name; they sit in every batch."""
BAD: Final = 40
AGAIN: Final = 60


@pytest.mark.parametrize("seed", range(POINTS))
def test_killed_at_any_point_and_run_again_it_keeps_each_row_once(
    runtime: Runtime, tmp_path: Path, seed: int
) -> None:
    dice = random.Random(seed)  # noqa: S311 - repeatable, not secret
    known = range(0, PEOPLE, PEOPLE // KNOWN)
    bring_in = importer(runtime.db, runtime.keyring, runtime.clock.now())
    bring_in(write(tmp_path / "old.csv", [person(number, given_name="Old") for number in known]))
    path = _file(tmp_path / "new.csv", dice)

    last = dice.randrange(3)  # dies within the batch that comes after so many
    _kill_in_the_middle(runtime, path, tmp_path / "killed.log", dice, batches=last)
    report = _run_again(runtime, path)

    assert report["rows"] == PEOPLE + BAD + AGAIN
    assert report["rejected"] == BAD
    rejected = read(Path(report["rejects_path"]))
    assert len(rejected) == BAD + AGAIN
    with runtime.db.read() as session:
        counts = {
            model.__name__: session.scalar(select(func.count()).select_from(model))
            for model in (Contact, ConsentEvent, Consent, ContactTag, ImportChange, ImportRun)
        }
        addresses = session.scalar(select(func.count(Contact.email_hash.distinct())))
        old = session.scalar(select(func.count()).where(Contact.given_name == "Old"))
        one = by_email(session, "person0@example.org")
    assert counts == {
        "Contact": PEOPLE,
        "ConsentEvent": PEOPLE,
        "Consent": PEOPLE,
        "ContactTag": PEOPLE,
        "ImportChange": KNOWN,
        "ImportRun": 2,
    }
    assert (addresses, old) == (PEOPLE, 0)
    assert one is not None
    assert one.first_import_id != one.import_id


def test_asked_to_stop_it_finishes_its_batch_and_goes_on_when_it_is_run_again(
    runtime: Runtime, tmp_path: Path
) -> None:
    people = 20_000
    path = write(tmp_path / "new.csv", [person(number) for number in range(people)])
    _end_in_the_middle(runtime, path, tmp_path / "stopped.log")

    with runtime.db.read() as session:
        run = session.scalars(select(ImportRun)).one()
        kept = session.scalar(select(func.count()).select_from(Contact))
    assert run.finished_at is None
    assert kept == run.last_line - 1 == run.counts["rows"] < people
    report = _run_again(runtime, path)
    assert (report["rows"], report["created"]) == (people, people)


def test_a_worker_that_is_asked_to_stop_leaves_a_file_where_another_goes_on(
    runtime: Runtime, sandbox: Sandbox, tmp_path: Path
) -> None:
    people = 20_000
    path = write(tmp_path / "new.csv", [person(number) for number in range(people)])
    with runtime.db.transaction() as session, path.open("rb") as stream:
        upload = receive(
            session,
            stream=stream,
            file_name=path.name,
            most_bytes=1 << 30,
            actor="account:somebody",
            now=runtime.clock.now(),
        )
        choices = propose(open_table(path).header, path.name)
        ask(
            session,
            upload,
            state="importing",
            actor=upload.actor,
            now=upload.created_at,
            choices=choices,
        )
    with running_worker(runtime, sandbox, tmp_path / "worker.log") as worker:
        wait_until(lambda: _batches_done(runtime) > 0, "a batch of the file", worker)
        worker.terminate()
        assert worker.wait(PATIENCE) == 0

    with runtime.db.read() as session:
        run = session.scalars(select(ImportRun)).one()
        kept = session.scalar(select(func.count()).select_from(Contact))
    assert run.finished_at is None
    assert kept == run.last_line - 1 < people
    bring_in_files(runtime)
    with runtime.db.read() as session:
        assert session.scalar(select(func.count()).select_from(Contact)) == people
        assert upload_called(session, upload.public_id).state == "done"


def _end_in_the_middle(runtime: Runtime, path: Path, log: Path) -> None:
    """Ask the command and all that it started to end, as a supervisor does; it says that it did."""
    with (
        log.open("wb") as file,
        subprocess.Popen(
            _command(path),
            cwd=CHECKOUT,
            env=environment_of(runtime),
            stdout=file,
            stderr=file,
            start_new_session=True,
        ) as process,
    ):
        deadline = time.monotonic() + PATIENCE
        while _batches_done(runtime) < 1:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, "the import does not get on"
            time.sleep(0.005)
        os.killpg(process.pid, signal.SIGTERM)
        assert process.wait(PATIENCE) == 128 + signal.SIGTERM, log.read_text()
    assert json.loads(log.read_text())["error"]["code"] == "stopped"


def _file(path: Path, dice: random.Random) -> Path:
    """Everybody once, some a second time under another name, and some rows that are no use."""
    rows = [person(number, tags="rally") for number in range(PEOPLE)]
    rows += [person(dice.randrange(PEOPLE), family_name=f"Other{n}") for n in range(AGAIN)]
    for number in range(BAD):
        rows.insert(dice.randrange(PEOPLE), {"email": f"nobody{number}"})
    return write(path, rows)


def _command(path: Path) -> list[str]:
    return [sys.executable, "-m", "mobilize", "contacts", "import", str(path), "--json"]


def _kill_in_the_middle(
    runtime: Runtime, path: Path, log: Path, dice: random.Random, *, batches: int
) -> None:
    """Kill the command some moment after it has committed so many batches, or its record alone."""
    with (
        log.open("wb") as file,
        subprocess.Popen(
            _command(path), cwd=CHECKOUT, env=environment_of(runtime), stdout=file, stderr=file
        ) as process,
    ):
        deadline = time.monotonic() + PATIENCE
        while _batches_done(runtime) < batches:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, "the import does not get on"
            time.sleep(0.005)
        time.sleep(dice.uniform(0, 0.15))
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL, "it was done before it could be killed"


def _batches_done(runtime: Runtime) -> int:
    """How many batches stand; less than none until the file has a record."""
    with runtime.db.read() as session:
        run = session.scalar(select(ImportRun).where(ImportRun.file_name == "new.csv"))
    return -1 if run is None else run.last_line // 2000


def _run_again(runtime: Runtime, path: Path) -> dict[str, Any]:
    ended = subprocess.run(
        _command(path),
        cwd=CHECKOUT,
        env=environment_of(runtime),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert ended.returncode == 0, ended.stderr
    answer: dict[str, Any] = json.loads(ended.stdout)
    return answer
