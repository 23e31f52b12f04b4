"""Real processes whose disk is full, or was read-only, go on by themselves (fault 12).

Criterion: what was answered with a thank-you is there, once, and nothing else is; a form that was
not kept says so in the reader's language and keeps what was typed; a worker sends nothing of which
nobody would know, and once there is room it ends what it began, with nobody in doubt and without a
restart or a repair; the database's own check of its integrity finds nothing.

On PostgreSQL the disk is the server's: `test_full_disk.py` has the server refuse.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
import requests
from sqlalchemy import func, select, text

from mobilize.actions.models import MpContact
from mobilize.contacts.consent_models import ConsentEvent
from mobilize.core.db import Database
from mobilize.core.keys import Keyring
from mobilize.messaging.lettering import ACT, LEAVE
from mobilize.messaging.models import Message
from mobilize.runtime import Runtime
from tests.faults.crowd import add_crowd, calls_begun, mailing_state
from tests.faults.invariants import check_invariants
from tests.faults.rooms import Rationed, Room, SmallDisk, mounted
from tests.faults.visitors import Visitor, hidden_fields, running_web
from tests.faults.workers import running_worker, wait_until
from tests.messaging.test_sending import launch, states
from tests.support import databases
from tests.support.campaigns import invited, open_campaign
from tests.support.sandbox import Sandbox

pytestmark = pytest.mark.faults

NOTE: Final = "She calls back <Tuesday>"
MANY: Final = int(os.environ.get("MOBILIZE_FAULT_RUNS", "2")) >= 100
_MOST: Final = 500
"""Forms after which even the room that was set aside already is used up."""


@pytest.fixture(params=["rationed", "small disk"])
def room(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Room]:
    if request.param == "rationed":
        yield Rationed(tmp_path)
        return
    with mounted(tmp_path / "disk") as folder:
        yield SmallDisk(folder)


@pytest.fixture
def db(room: Room, sqlite_country: Path, keyring: Keyring) -> Iterator[Database]:
    """The embedded database, on that disk."""
    path = room.folder / "mobilize.db"
    with databases.sqlite_copy(sqlite_country, path, keyring) as db:
        yield db


def supporter(runtime: Runtime) -> Message:
    """Somebody in Ajax who was invited to the project's campaign, in French."""
    now = runtime.clock.now()
    with runtime.db.transaction() as session:
        return invited(session, open_campaign(session, now), now)


def personal_page(runtime: Runtime, message: Message) -> str:
    return f"/fr/a/{runtime.links.seal(ACT, message.id)}"


def reports(runtime: Runtime) -> int:
    with runtime.db.read() as session:
        return session.scalar(select(func.count()).select_from(MpContact)) or 0


def noes(runtime: Runtime) -> int:
    with runtime.db.read() as session:
        left = select(func.count()).where(ConsentEvent.action == "withdrawn")
        return session.scalar(left) or 0


def is_sound(runtime: Runtime) -> bool:
    with runtime.db.read() as session:
        return session.scalars(text("PRAGMA integrity_check")).all() == ["ok"]


def test_what_finds_no_room_is_not_thanked_for_and_is_kept_by_the_page_for_later(
    runtime: Runtime, room: Room, tmp_path: Path
) -> None:
    message = supporter(runtime)
    token = runtime.links.seal(LEAVE, message.id)
    with running_web(runtime, tmp_path / "web.log", "--processes", "1") as (process, base):
        visitor = Visitor(base)
        path = visitor.way_to_call(personal_page(runtime, message))
        assert visitor.send(path, visitor.report_of(path)).status_code == 303
        room.take(process)

        thanked, form, answer = fill_up(visitor, path)
        page = visitor.send(f"/en/leave/{token}", {"what": "all"})
        one_click = visitor.send(f"/hooks/leave/{token}", {"List-Unsubscribe": "One-Click"})

        assert answer.headers["Retry-After"]
        assert "Ceci n’a pas été enregistré" in answer.text
        assert "Merci" not in answer.text
        assert "data-quick-exit" in answer.text
        assert hidden_fields(answer.text) == form, "the page keeps what was typed"
        assert (page.status_code, one_click.status_code) == (503, 503)
        assert "This was not saved" in page.text
        assert (reports(runtime), noes(runtime)) == (1 + thanked, 0)
        assert visitor.get(path).status_code == 200, "who only reads notices nothing"

        room.give_back(process)
        assert visitor.send(path, hidden_fields(answer.text)).status_code == 303
        assert visitor.send(f"/en/leave/{token}", hidden_fields(page.text)).status_code == 200
    assert reports(runtime) == 1 + thanked + 1
    assert noes(runtime) > 0
    assert is_sound(runtime)


def fill_up(visitor: Visitor, path: str) -> tuple[int, dict[str, str], requests.Response]:
    """Report until one is not kept; how many were, and what became of the last."""
    for thanked in range(_MOST):
        form = visitor.report_of(path, NOTE)
        answer = visitor.send(path, form)
        if answer.status_code != 303:
            assert answer.status_code == 503
            return thanked, form, answer
    pytest.fail(f"{_MOST} forms found room on a full disk")


@pytest.mark.parametrize(
    "room", ["rationed", "small disk"] if MANY else ["rationed"], indirect=True
)
def test_a_worker_that_finds_no_room_sends_nothing_in_the_dark_and_ends_it_all_later(
    sending: Runtime, sandbox: Sandbox, room: Room, tmp_path: Path
) -> None:
    people = 2_000
    with sending.db.transaction() as session:
        add_crowd(session, people, now=sending.clock.now())
    # A provider that takes its time: the room is gone when its answer comes.
    sandbox.faults("sendgrid", "slow", count=None, chance=1, seconds=0.5)
    with running_worker(sending, sandbox, tmp_path / "worker.log") as worker:
        mailing_id = launch(sending)
        wait_until(lambda: calls_begun(sending, mailing_id) >= 1, "a call", worker)
        room.take(worker)
        rest(sandbox)
        assert len(sandbox.messages()) < people
        begun = calls_begun(sending, mailing_id)
        time.sleep(2)
        assert calls_begun(sending, mailing_id) == begun, "nothing is begun in the dark"

        room.give_back(worker)
        wait_until(lambda: mailing_state(sending, mailing_id) == "done", "the end", worker)

    assert states(sending, mailing_id) == {("accepted", None): people}, "nobody is in doubt"
    check_invariants(sending, sandbox)
    assert is_sound(sending)


@pytest.mark.parametrize("room", ["rationed"], indirect=True)
def test_a_disk_that_came_up_read_only_is_read_and_takes_forms_as_soon_as_it_can(
    runtime: Runtime, tmp_path: Path, keyring: Keyring
) -> None:
    message = supporter(runtime)
    with mounted(tmp_path / "damaged") as folder:
        # As it lies there after a crash, with a log that was not brought home.
        for file in runtime.settings.instance.glob("*.db*"):
            shutil.copy(file, folder)
        remount(folder, "ro")
        here = Database(f"sqlite:///{folder}/mobilize.db", keyring=keyring)
        damaged = replace(runtime, db=here)
        log = tmp_path / "web.log"
        with running_web(damaged, log, "--processes", "1") as (_process, base):
            visitor = Visitor(base)
            path = visitor.way_to_call(personal_page(runtime, message))
            form = visitor.report_of(path, NOTE)
            refused = visitor.send(path, form)
            assert refused.status_code == 503
            assert hidden_fields(refused.text) == form
            remount(folder, "rw")
            # The first form may still meet a file that was opened while it could not be written.
            answers = [visitor.send(path, form).status_code for _ in range(2)]
            assert answers[-1] == 303
        assert reports(damaged) == 1
        assert is_sound(damaged)
        here.close()


def remount(folder: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", folder], check=True)


def rest(sandbox: Sandbox) -> None:
    """Wait until the provider has heard nothing new for a while."""
    heard = -1
    while (now := len(sandbox.messages())) != heard:
        heard = now
        time.sleep(2)
