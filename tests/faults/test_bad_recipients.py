"""What is wrong for one of a thousand costs the others nothing, and each request is on record."""

import random
import signal
from collections import Counter
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select, update

from mobilize.contacts.models import Contact
from mobilize.messaging.models import Mailing, Message, Submission
from mobilize.messaging.providers.transports import Transports
from mobilize.messaging.queueing import queue_to_contact
from mobilize.messaging.sending import drain
from mobilize.messaging.states import REACHED_PROVIDER
from mobilize.messaging.templates import TextDraft, save_template
from mobilize.runtime import Runtime
from tests.faults.conftest import WayBack
from tests.faults.crowd import add_crowd, calls_begun, ids_in, mailing_state
from tests.faults.invariants import accepted_ids, check_invariants
from tests.faults.test_storms import drain_until_done
from tests.faults.workers import running_worker, wait_until
from tests.messaging.test_sending import launch, states
from tests.support.sandbox import Sandbox

pytestmark = pytest.mark.faults


def crowd(runtime: Runtime, people: int) -> list[int]:
    """All of one language, so that they make one chunk for each thousand."""
    with runtime.db.transaction() as session:
        ids = add_crowd(session, people, now=runtime.clock.now(), phones=0)
        session.execute(update(Contact).values(language="en"))
    return ids


def refused_people(runtime: Runtime, mailing_id: int) -> set[int | None]:
    with runtime.db.read() as session:
        return set(
            session.scalars(
                select(Message.contact_id).where(
                    Message.mailing_id == mailing_id, Message.state == "refused"
                )
            )
        )


def requests_made(runtime: Runtime, mailing_id: int) -> int:
    return calls_begun(runtime, mailing_id)


@pytest.mark.parametrize("kind", ["bad_recipient", "400"], ids=["named", "unnamed"])
def test_a_bad_recipient_among_a_thousand_costs_the_others_nothing(
    sending: Runtime, transports: Transports, sandbox: Sandbox, kind: str
) -> None:
    ids = crowd(sending, 1000)
    mailing_id = launch(sending)
    sandbox.faults("sendgrid", kind, count=None, to="person617@example.org")

    drain_until_done(sending, transports, mailing_id)

    assert states(sending, mailing_id) == {
        ("accepted", None): 999,
        ("refused", "invalid_address"): 1,
    }
    assert refused_people(sending, mailing_id) == {ids[617]}
    # Ten halvings find one among a thousand.
    assert requests_made(sending, mailing_id) <= (2 if kind == "bad_recipient" else 21)
    check_invariants(sending, sandbox)


def test_several_bad_recipients_are_found_one_by_one(
    sending: Runtime, transports: Transports, sandbox: Sandbox
) -> None:
    ids = crowd(sending, 300)
    mailing_id = launch(sending)
    bad = [0, 1, 150, 299]
    sandbox.faults(
        "sendgrid", "400", count=None, to=[f"person{number}@example.org" for number in bad]
    )

    drain_until_done(sending, transports, mailing_id)

    assert states(sending, mailing_id) == {
        ("accepted", None): 296,
        ("refused", "invalid_address"): 4,
    }
    assert refused_people(sending, mailing_id) == {ids[number] for number in bad}
    check_invariants(sending, sandbox)


def test_each_half_is_a_request_on_record_and_an_event_proves_its_own_alone(
    sending: Runtime, transports: Transports, sandbox: Sandbox, way_back: WayBack
) -> None:
    crowd(sending, 64)
    mailing_id = launch(sending)
    way_back.cut()
    sandbox.faults("sendgrid", "400", count=1)
    sandbox.faults("sendgrid", "accept_then_reset", count=1)
    sandbox.faults("sendgrid", "reset_before", count=1)

    drain_until_done(sending, transports, mailing_id)
    assert states(sending, mailing_id) == {("unknown", "no_answer"): 33, ("accepted", None): 31}
    way_back.mend()

    # One half was taken; of the other one message tried whether all is well, and never arrived.
    assert states(sending, mailing_id) == {("unknown", "no_answer"): 1, ("delivered", None): 63}
    check_invariants(sending, sandbox)


def test_what_is_too_large_goes_in_halves(
    sending: Runtime, transports: Transports, sandbox: Sandbox
) -> None:
    crowd(sending, 100)
    mailing_id = launch(sending)
    sandbox.faults("sendgrid", "413", count=3)

    drain_until_done(sending, transports, mailing_id)

    assert states(sending, mailing_id) == {("accepted", None): 100}
    check_invariants(sending, sandbox)


def test_a_message_that_nobody_may_get_stops_itself_and_says_so(
    sending: Runtime, transports: Transports, sandbox: Sandbox
) -> None:
    crowd(sending, 1000)
    mailing_id = launch(sending)
    sandbox.faults("sendgrid", "400", count=None)

    drain(sending, transports, worker="one")

    with sending.db.read() as session:
        mailing = session.get_one(Mailing, mailing_id)
        assert (mailing.state, mailing.pause_reason) == ("paused", "text_refused")
    assert requests_made(sending, mailing_id) < 100
    assert states(sending, mailing_id)["queued", None] > 950
    check_invariants(sending, sandbox, finished=False)


def test_who_is_sent_two_messages_at_once_gets_both(
    sending: Runtime, transports: Transports, sandbox: Sandbox
) -> None:
    ids = crowd(sending, 20)
    launch(sending)
    drain(sending, transports, worker="one")
    with sending.db.transaction() as session:
        for number, contact_id in enumerate([*ids, ids[0], ids[0], ids[7]]):
            queue_to_contact(
                session,
                template_key="test",
                contact_id=contact_id,
                language="en",
                dedupe_key=f"thanks:{number}",
                now=sending.clock.now(),
            )

    drain(sending, transports, worker="one")

    to = Counter(mail["to"] for mail in sandbox.messages())
    assert to == {
        **{f"person{number}@example.org": 2 for number in range(20)},
        "person0@example.org": 4,
        "person7@example.org": 3,
    }
    with sending.db.read() as session:
        requests = session.execute(
            select(Submission.size, Submission.error).order_by(Submission.id)
        ).all()
    # Nothing was refused on the way: no request holds an address twice.
    assert requests == [(20, None), (20, None), (2, None), (1, None)]
    check_invariants(sending, sandbox)


def test_what_is_too_long_for_one_person_is_refused_for_them_alone(
    sending: Runtime, transports: Transports, sandbox: Sandbox
) -> None:
    ids = crowd(sending, 5)
    now = sending.clock.now()
    words = TextDraft(channel="email", language="en", subject="Thanks", body="{{ note }}")
    with sending.db.transaction() as session:
        save_template(session, key="note", name="A note", texts=[words], now=now)
        for contact_id in ids:
            # The provider takes 10,000 bytes of what differs by person.
            note = "x" * (11_000 if contact_id == ids[3] else 10)
            queue_to_contact(
                session,
                template_key="note",
                contact_id=contact_id,
                language="en",
                dedupe_key=f"note:{contact_id}",
                variables={"note": note},
                now=now,
            )

    drain(sending, transports, worker="one")

    with sending.db.read() as session:
        stand = session.execute(select(Message.contact_id, Message.state, Message.reason)).all()
    assert set(stand) == {
        (one, "refused", "too_large") if one == ids[3] else (one, "accepted", None) for one in ids
    }
    check_invariants(sending, sandbox)


def test_killed_between_two_halves_it_sends_to_nobody_twice(
    sending: Runtime, sandbox: Sandbox, way_back: WayBack, tmp_path: Path
) -> None:
    crowd(sending, 400)
    mailing_id = launch(sending)
    bad = [3, 250]
    sandbox.faults(
        "sendgrid", "400", count=None, to=[f"person{number}@example.org" for number in bad]
    )
    sandbox.faults("sendgrid", "slow", count=None, seconds=0.1)
    dice, log = random.Random(4), tmp_path / "worker.log"  # noqa: S311 - repeatable, not secret
    with ExitStack() as workers:
        worker = workers.enter_context(running_worker(sending, sandbox, log))
        for _ in range(2):
            more = calls_begun(sending, mailing_id) + dice.randint(2, 6)
            wait_until(partial(_has_begun, sending, mailing_id, more), f"call {more}", worker)
            worker.send_signal(signal.SIGKILL)
            worker.wait()
            worker = workers.enter_context(running_worker(sending, sandbox, log))
        wait_until(partial(lambda: mailing_state(sending, mailing_id) == "done"), "the end", worker)
        way_back.mend()

    counted = states(sending, mailing_id)
    assert sum(counted.values()) == 400
    assert ids_in(sending, mailing_id, *REACHED_PROVIDER) == set(accepted_ids(sending, sandbox))
    assert set(counted) <= {
        ("delivered", None),
        ("accepted", None),
        ("refused", "invalid_address"),
        ("unknown", "worker_stopped"),
    }
    check_invariants(sending, sandbox)


def _has_begun(runtime: Runtime, mailing_id: int, calls: int) -> bool:
    return calls_begun(runtime, mailing_id) >= calls or mailing_state(runtime, mailing_id) == "done"
