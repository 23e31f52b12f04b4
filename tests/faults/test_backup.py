"""A database that is brought back from a copy forgets no no that was said since the copy was made.

Criterion: before anything is sent from it, every opt-out of the time between is in force again, so
that the provider's ledger takes nothing for whoever left; and what was said is said once.
"""

import json
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from mobilize.app import create_app
from mobilize.contacts.consent_models import ConsentEvent, Suppression
from mobilize.contacts.do_not_contact import set_do_not_contact
from mobilize.contacts.jobs import recall_noes
from mobilize.contacts.models import Contact
from mobilize.contacts.recalling import recall
from mobilize.contacts.service import withdraw
from mobilize.contacts.suppression import Closing, suppress_all
from mobilize.core.journal import Journal
from mobilize.messaging.lettering import LEAVE
from mobilize.messaging.models import Message
from mobilize.messaging.providers.transports import Transports
from mobilize.messaging.sending import drain
from mobilize.runtime import Runtime
from tests.faults.crowd import add_crowd, mailing_state
from tests.faults.invariants import check_invariants
from tests.faults.workers import PATIENCE, running_worker, wait_until
from tests.messaging.test_sending import launch, states
from tests.support.copies import take_copy
from tests.support.sandbox import Sandbox
from tests.support.serving import served

pytestmark = pytest.mark.faults


@pytest.fixture
def kept(sending: Runtime) -> Runtime:
    """An installation of ten people that keeps noes beside its database, as every real one does."""
    journal = Journal(sending.settings.opt_outs_folder)
    sending.db.before_commit(journal.keep_noted)
    with sending.db.transaction() as session:
        add_crowd(session, 10, now=sending.clock.now())
    return replace(sending, journal=journal)


def people(runtime: Runtime) -> list[Contact]:
    with runtime.db.read() as session:
        return list(session.scalars(select(Contact).order_by(Contact.id)))


def noes(runtime: Runtime) -> int:
    """How many withdrawals stand in the ledger."""
    with runtime.db.read() as session:
        counted = select(func.count()).where(ConsentEvent.action == "withdrawn")
        return session.scalar(counted) or 0


@contextmanager
def way_in(runtime: Runtime, sandbox: Sandbox) -> Iterator[None]:
    """Texts to our number reach the installation."""
    with served(create_app(runtime)) as address:
        public = runtime.settings.site.public_url
        sandbox.webhooks(
            inbound_sms_url=f"{public}/hooks/twilio/inbound", public_url=public, app_url=address
        )
        yield
        sandbox.webhooks(inbound_sms_url="", public_url="", app_url="")


def leave_in_every_way(runtime: Runtime, sandbox: Sandbox) -> None:
    """0 by one click, 1 by a text, 2 by an organizer's word, 3 one topic, 4 by a complaint."""
    who, now = people(runtime), runtime.clock.now()
    with runtime.db.read() as session:
        first = select(Message.id).where(Message.contact_id == who[0].id).limit(1)
        message_id = session.scalars(first).one()
    web = create_app(runtime).test_client()
    link = f"/hooks/leave/{runtime.links.seal(LEAVE, message_id)}"
    assert web.post(link, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    with way_in(runtime, sandbox):
        sandbox.inbound_sms(str(who[1].phone), runtime.settings.twilio.from_number, "ARRÊT")
    with runtime.db.transaction() as session:
        barred = session.get_one(Contact, who[2].id)
        set_do_not_contact(session, contact=barred, wanted=True, actor="account:test", now=now)
        withdraw(
            session,
            contact_id=who[3].id,
            channel="email",
            topic="permanent-status",
            source="own page",
            actor="supporter",
            now=now,
        )
        assert who[4].email_hash is not None
        suppress_all(session, closings=[Closing("email", who[4].email_hash, "complaint")], now=now)


def test_who_left_after_the_copy_was_made_gets_nothing_from_the_database_brought_back(
    kept: Runtime, transports: Transports, sandbox: Sandbox, tmp_path: Path
) -> None:
    launch(kept)
    drain(kept, transports, worker="one")
    bring_back = take_copy(kept.db, tmp_path)
    leave_in_every_way(kept, sandbox)
    said = noes(kept)

    bring_back()

    assert noes(kept) == 0, "the copy knows of none"
    before = {channel: len(sandbox.messages(channel)) for channel in ("email", "sms")}
    mails, _ = launch(kept), launch(kept, "sms")
    drain(kept, transports, worker="two")
    assert Counter(mail["to"] for mail in sandbox.messages()[before["email"] :]) == Counter(
        f"person{number}@example.org" for number in (1, 5, 6, 7, 8, 9)
    )
    assert {text["to"] for text in sandbox.messages("sms")[before["sms"] :]} == {
        f"+1613555{number:04}" for number in (0, 3, 4, 5, 6, 7, 8, 9)
    }
    assert states(kept, mails)["skipped", "do_not_contact"] == 1
    assert noes(kept) == said
    check_invariants(kept, sandbox)


def test_a_worker_that_starts_on_a_database_brought_back_sends_to_nobody_who_left(
    kept: Runtime, transports: Transports, sandbox: Sandbox, tmp_path: Path
) -> None:
    bring_back = take_copy(kept.db, tmp_path)
    with kept.db.transaction() as session:
        for person in people(kept)[:4]:
            assert person.email_hash is not None
            closing = Closing("email", person.email_hash, "unsubscribed")
            suppress_all(session, closings=[closing], now=kept.clock.now())
    bring_back()
    mailing_id = launch(kept)

    with running_worker(kept, sandbox, tmp_path / "worker.log") as worker:
        wait_until(lambda: mailing_state(kept, mailing_id) == "done", "the end", worker)

    assert states(kept, mailing_id)["skipped", "suppressed"] == 4
    assert len(sandbox.messages()) == 6


def test_what_the_database_knows_is_not_said_again(kept: Runtime, sandbox: Sandbox) -> None:
    launch(kept)
    leave_in_every_way(kept, sandbox)
    said = noes(kept)

    assert [recall_noes(kept, settled=False) for _ in range(2)] == [0, 0]

    assert noes(kept) == said


def test_a_no_that_a_clock_put_back_after_a_yes_yet_to_come_is_said_once(
    kept: Runtime,
) -> None:
    person, now = people(kept)[0], kept.clock.now() - timedelta(days=1)
    assert kept.journal is not None
    with kept.db.transaction() as session:
        withdraw(
            session,
            contact_id=person.id,
            channel="email",
            source="test",
            actor="supporter",
            now=now,
        )
    said = noes(kept)

    assert recall(kept.db, kept.journal, now=now, settled=False) == 0
    assert noes(kept) == said


def test_what_was_opened_again_before_the_copy_stays_open(kept: Runtime, tmp_path: Path) -> None:
    person, now = people(kept)[0], kept.clock.now()
    assert person.phone_hash is not None
    with kept.db.transaction() as session:
        closing = Closing("sms", person.phone_hash, "unsubscribed")
        suppress_all(session, closings=[closing], now=now)
    with kept.db.transaction() as session:
        session.get_one(Suppression, ("sms", person.phone_hash)).lifted_at = now
    take_copy(kept.db, tmp_path)()

    assert recall_noes(kept, settled=False) == 0


def test_a_file_of_another_machine_and_a_torn_line_are_read_for_what_they_say(
    kept: Runtime, tmp_path: Path
) -> None:
    bring_back = take_copy(kept.db, tmp_path)
    leave = [Closing("email", bytes([number]) * 32, "unsubscribed") for number in range(3)]
    with kept.db.transaction() as session:
        suppress_all(session, closings=leave, now=kept.clock.now())
    bring_back()
    (own,) = kept.settings.opt_outs_folder.iterdir()
    whole = own.read_bytes()
    own.rename(own.with_name("other-machine.jsonl"))
    own.with_name("notes.jsonl").write_text("not ours\n", "utf-8")
    own.with_name("other-machine.jsonl").write_bytes(whole[:-40])

    assert recall_noes(kept, settled=False) == 2
    own.with_name("other-machine.jsonl").write_bytes(whole)
    assert recall_noes(kept, settled=False) == 1


def test_a_disk_that_takes_nothing_refuses_no_opt_out_and_is_made_good_later(
    kept: Runtime, tmp_path: Path
) -> None:
    bring_back = take_copy(kept.db, tmp_path)
    folder = kept.settings.opt_outs_folder
    folder.write_text("in the way", "utf-8")
    for number in range(2):
        if number:
            folder.unlink()
        with kept.db.transaction() as session:
            closing = Closing("email", bytes([number]) * 32, "unsubscribed")
            suppress_all(session, closings=[closing], now=kept.clock.now())
    bring_back()

    assert recall_noes(kept, settled=False) == 2


def test_what_could_not_be_written_is_written_by_itself_as_soon_as_it_can_be(
    sending: Runtime, tmp_path: Path
) -> None:
    folder = tmp_path / "in the way"
    folder.write_text("", "utf-8")
    journal = Journal(folder, again_after=0.05)
    sending.db.before_commit(journal.keep_noted)
    with sending.db.transaction() as session:
        closing = Closing("email", b"1" * 32, "unsubscribed")
        suppress_all(session, closings=[closing], now=sending.clock.now())
    with pytest.raises(OSError, match="File exists"):
        journal.check()

    folder.unlink()

    deadline = time.monotonic() + PATIENCE
    while not any(one.entries for one in journal.read({}, settled=False)):
        assert time.monotonic() < deadline, "nobody thought of it again"
        time.sleep(0.02)


def test_nothing_beside_the_database_names_anybody(kept: Runtime, sandbox: Sandbox) -> None:
    launch(kept)
    leave_in_every_way(kept, sandbox)

    (own,) = kept.settings.opt_outs_folder.iterdir()

    text = own.read_text("utf-8")
    assert "person" not in text
    assert "613555" not in text
    assert "Given" not in text
    assert own.stat().st_mode & 0o077 == 0
    said = [json.loads(line).get("no") for line in text.splitlines() if line]
    assert {"closed", "left", "barred"} <= set(said)
