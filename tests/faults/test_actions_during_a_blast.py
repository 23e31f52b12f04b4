"""People act while a blast goes out, over HTTP, against real processes (fault 13).

Criterion: each report that got a thank-you page is there, once; the thank-yous by mail reach the
provider while most of the blast still waits; nobody gets anything twice; and neither process grows
by more than `ROOM`, however many come.
"""

import os
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import func, select, update

from mobilize.actions.models import Campaign, MpContact
from mobilize.contacts.models import Contact
from mobilize.messaging.lettering import ACT
from mobilize.messaging.models import Mailing, Message
from mobilize.messaging.service import start_mailing
from mobilize.messaging.templates import save_template
from mobilize.mps.queries import CURRENT_ORDER, riding_ids
from mobilize.runtime import Runtime
from tests.faults.crowd import add_crowd, ids_in, mailing_state
from tests.faults.invariants import accepted_ids, check_invariants
from tests.faults.visitors import Visitor, running_web
from tests.faults.workers import running_worker, wait_until
from tests.messaging.test_sending import EVERYBODY, TEXTS, states
from tests.support.campaigns import AJAX, open_campaign
from tests.support.sandbox import Sandbox

pytestmark = pytest.mark.faults

MANY: Final = int(os.environ.get("MOBILIZE_FAULT_RUNS", "2")) >= 100
PEOPLE: Final = 20_000 if MANY else 3_000
ACTING: Final = 2_000 if MANY else 200
WARM: Final = 20
"""After so many a process has loaded and remembered what it needs."""
AT_ONCE: Final = 8
ROOM: Final = 64 * 1024
"""KiB by which a web or worker process may grow over what it takes once it is warm."""
SLOWLY: Final = {"SENDGRID_PER_SECOND": "40", "SENDING_URGENT_SHARE": "0.5"}
"""At half of that rate the blast takes minutes."""


def test_who_acts_during_a_blast_is_counted_once_and_thanked_before_the_blast_ends(
    sending: Runtime, sandbox: Sandbox, tmp_path: Path
) -> None:
    blast, links = blast_to_all(sending)
    with ExitStack() as processes:
        web, base = processes.enter_context(running_web(sending, tmp_path / "web.log"))
        log = tmp_path / "worker.log"
        slowly = running_worker(sending, sandbox, log, **SLOWLY)
        worker = processes.enter_context(slowly)
        wait_until(lambda: bool(ids_in(sending, blast, "accepted")), "the blast", worker)
        place = Visitor(base).way_to_call(links[0]).partition("/at/")[2]
        act = partial(report_twice, base, place)
        with ThreadPoolExecutor(AT_ONCE) as people:
            told = list(people.map(act, links[:WARM]))
            warm = [size_of(web), size_of(worker)]
            told += people.map(act, links[WARM:ACTING])
        wait_until(lambda: len(thanked(sending)) == ACTING, "the thank-yous", worker)

        left = len(ids_in(sending, blast, "queued"))
        assert left > PEOPLE / 10, "the blast was over before the last thank-you"
        taken = set(accepted_ids(sending, sandbox))
        assert thanked(sending) <= taken
        grown = [
            now - then for now, then in zip((size_of(web), size_of(worker)), warm, strict=True)
        ]
        assert max(grown) < ROOM, f"the web and the worker grew by {grown} KiB"

        worker.terminate()
        worker.wait()
        worker = processes.enter_context(running_worker(sending, sandbox, log))
        wait_until(lambda: mailing_state(sending, blast) == "done", "the end", worker)

    assert kept(sending) == dict.fromkeys(told, 1), "each that was thanked is there, once"
    assert states(sending, blast) == {("accepted", None): PEOPLE}
    check_invariants(sending, sandbox)


def blast_to_all(runtime: Runtime) -> tuple[int, Sequence[str]]:
    """A mailing of the project's campaign to a crowd in Ajax; the personal pages of those in it."""
    now = runtime.clock.now()
    with runtime.db.transaction() as session:
        campaign: Campaign = open_campaign(session, now)
        add_crowd(session, PEOPLE, now=now)
        ajax = riding_ids(session, CURRENT_ORDER)[AJAX]
        session.execute(update(Contact).values(riding_id=ajax))
        template = save_template(session, key="test", name="A test", texts=TEXTS, now=now)
        mailing = start_mailing(
            session,
            kind="alert",
            channel="email",
            template_id=template.id,
            recipients=EVERYBODY,
            topic="permanent-status",
            campaign_ref=campaign.public_id,
            facts={},
            now=now,
        )
    with runtime.db.read() as session:
        some = select(Message.id).where(Message.mailing_id == mailing.id).limit(ACTING)
        ids = session.scalars(some.order_by(Message.id)).all()
    return mailing.id, [f"/en/a/{token}" for token in runtime.links.seal_many(ACT, ids)]


def report_twice(base: str, place: str, personal: str) -> str:
    """Report a call, and press the button twice as people do; the number of the form."""
    visitor, path = Visitor(base), f"{personal}/at/{place}"
    form = visitor.report_of(path)
    first, second = visitor.send(path, form), visitor.send(path, form)
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.headers["Location"].partition("/thanks/")[1]
    return form["form_key"]


def kept(runtime: Runtime) -> dict[str, int]:
    """How often each form is there."""
    with runtime.db.read() as session:
        rows = session.execute(
            select(MpContact.form_key, func.count()).group_by(MpContact.form_key)
        )
        return {row[0]: row[1] for row in rows}


def thanked(runtime: Runtime) -> set[int]:
    """The thank-yous that the provider took."""
    with runtime.db.read() as session:
        return set(
            session.scalars(
                select(Message.id)
                .join(Mailing, Mailing.id == Message.mailing_id)
                .where(Mailing.kind == "transactional", Message.state == "accepted")
            )
        )


def size_of(process: "subprocess.Popen[bytes]") -> int:
    """What a process and its children hold in memory, in KiB."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text("ascii")
    total = 0
    for one in (process.pid, *map(int, children.split())):
        told = Path(f"/proc/{one}/status").read_text("ascii")
        (resident,) = [line for line in told.splitlines() if line.startswith("VmRSS:")]
        total += int(resident.split()[1])
    return total
