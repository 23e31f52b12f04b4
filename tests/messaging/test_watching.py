"""What bounces or annoys too much is stopped, says why, and is not stopped again for the same."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from mobilize.contacts.models import Contact
from mobilize.messaging.jobs import watch
from mobilize.messaging.models import Mailing, Message
from mobilize.messaging.providers.transports import Transports
from mobilize.messaging.reasons import explain_pause
from mobilize.messaging.sending import drain
from mobilize.messaging.service import resume_mailing
from mobilize.runtime import Runtime
from tests.faults.conftest import WayBack, way_back
from tests.faults.crowd import add_crowd
from tests.messaging.test_sending import launch, states
from tests.support.sandbox import Sandbox

__all__ = ["way_back"]


def crowd(runtime: Runtime, people: int, *, fates: Sequence[str] = ()) -> None:
    """A crowd, the first of whom have mailboxes with a fate (the sandbox's magic names)."""
    with runtime.db.transaction() as session:
        ids = add_crowd(session, people, now=runtime.clock.now(), phones=0)
        for number, fate in enumerate(fates):
            session.get_one(Contact, ids[number]).email = f"{fate}-{number}@example.org"


def set_states(runtime: Runtime, mailing_id: int, state: str, count: int) -> None:
    """Let so many more messages stand so, as the providers' events leave them."""
    with runtime.db.transaction() as session:
        chosen = (
            select(Message.id)
            .where(Message.mailing_id == mailing_id, Message.state == "accepted")
            .order_by(Message.id)
            .limit(count)
        )
        ids = session.scalars(chosen).all()
        session.execute(update(Message).where(Message.id.in_(ids)).values(state=state))
        # The mailing is on its way still.
        session.execute(
            update(Mailing).where(Mailing.state == "done").values(state="sending", finished_at=None)
        )


def stopped_for(runtime: Runtime, mailing_id: int) -> str | None:
    with runtime.db.read() as session:
        mailing = session.get_one(Mailing, mailing_id)
        assert (mailing.state == "paused") == (mailing.pause_reason is not None)
        return mailing.pause_reason


@pytest.fixture
def sent(sending: Runtime, transports: Transports) -> int:
    """A mailing of which 200 were accepted."""
    crowd(sending, 200)
    mailing_id = launch(sending)
    drain(sending, transports, worker="one")
    set_states(sending, mailing_id, "delivered", 0)
    return mailing_id


@pytest.mark.parametrize(
    ("state", "count", "reason"),
    [
        ("bounced", 9, None),
        ("bounced", 10, "bounces 10/200"),
        ("dropped", 10, "bounces 10/200"),
        ("complained", 1, "complaints 1/200"),
        ("delivered", 200, None),
    ],
)
def test_a_share_too_large_stops_it_with_the_reason(
    sending: Runtime, sent: int, state: str, count: int, reason: str | None
) -> None:
    set_states(sending, sent, state, count)
    assert watch(sending) == (0 if reason is None else 1)
    assert stopped_for(sending, sent) == reason


def test_the_reason_reads_in_both_languages() -> None:
    assert explain_pause("bounces 10/200", "en").startswith("10 of 200 messages came back")
    assert explain_pause("complaints 1/200", "fr").endswith(
        "1 sur 200. Voyez qui le reçoit, et pourquoi."
    )
    assert explain_pause("a wrong date", "fr") == "a wrong date"
    assert explain_pause(None, "en") == ""


def test_of_few_messages_a_share_says_nothing(sending: Runtime, sent: int) -> None:
    settings = replace(sending.settings.sending, pause_sample=201)
    patient = replace(sending, settings=replace(sending.settings, sending=settings))
    set_states(sending, sent, "complained", 5)
    assert watch(patient) == 0
    assert watch(sending) == 1


def test_who_lets_it_go_on_has_seen_so_much(sending: Runtime, sent: int) -> None:
    set_states(sending, sent, "bounced", 20)
    assert watch(sending) == 1
    with sending.db.transaction() as session:
        resume_mailing(session, mailing_id=sent)
    assert watch(sending) == 0, "nothing has come since"

    # Of what comes after, the share counts anew, once there is enough of it.
    with sending.db.transaction() as session:
        judged = {"reached": 50, "bounced": 20, "complained": 0}
        session.execute(update(Mailing).where(Mailing.id == sent).values(judged=judged))
    set_states(sending, sent, "bounced", 8)
    assert watch(sending) == 1
    assert stopped_for(sending, sent) == "bounces 8/150"


def test_complaints_and_bounces_that_providers_tell_stop_an_alert_on_its_way(
    sending: Runtime, transports: Transports, sandbox: Sandbox, way_back: WayBack
) -> None:
    crowd(sending, 120, fates=["bounce+511"] * 5 + ["blocked"] * 3)
    mailing_id = launch(sending)
    drain(sending, transports, worker="one")
    assert sandbox.flush(seconds=60)["done"]
    set_states(sending, mailing_id, "delivered", 0)
    assert states(sending, mailing_id)["bounced", None] == 8

    assert watch(sending) == 1
    assert stopped_for(sending, mailing_id) == "bounces 8/120"


def test_to_look_at_mailings_waits_for_no_writer(sending: Runtime, sent: int) -> None:
    set_states(sending, sent, "bounced", 9)
    # On SQLite this holds the one writer's place, which a count of a million would take as long.
    with sending.db.transaction() as session:
        session.execute(select(1))
        assert watch(sending) == 0
