"""Rates that hold over all workers: who takes a slice moves the sender's next instant on."""

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

import pytest
from sqlalchemy import func, select, update

from mobilize.core.db import Database
from mobilize.core.keys import Keyring
from mobilize.messaging.models import (
    BULK_LANE,
    TRANSACTIONAL_LANE,
    Chunk,
    Message,
    SenderPace,
    Submission,
)
from mobilize.messaging.pacing import Pacer, limits_of, number_type
from mobilize.messaging.policy import Channel
from mobilize.messaging.providers.outcomes import AT_ONCE, Batch, Letter, Pace
from mobilize.messaging.providers.transports import open_transports
from mobilize.messaging.queueing import queue_to_contact
from mobilize.messaging.sending import drain
from mobilize.runtime import Runtime
from mobilize.settings import Settings
from tests.faults.crowd import add_crowd, mailing_state
from tests.faults.test_storms import drain_until_done
from tests.messaging.test_sending import launch, states
from tests.support.sandbox import Sandbox

NUMBER = "twilio:+16135550100"


def limited(settings: Settings, **per_second: float) -> Settings:
    """The settings with rates: `text` of our number, `email` of our address, `account` of both."""
    return replace(
        settings,
        twilio=replace(
            settings.twilio,
            per_second=per_second.get("account", 0.0),
            long_code_per_second=per_second.get("text", 0.0),
        ),
        sendgrid=replace(
            settings.sendgrid,
            per_second=per_second.get("account", 0.0),
            sender_per_second=per_second.get("email", 0.0),
        ),
    )


def texts(count: int, words: str = "Short.") -> Batch:
    letters = [Letter(number, f"ref{number}", "+16135550123") for number in range(count)]
    return Batch(
        sender="+16135550100", sender_name="", subject="", html="", text=words, letters=letters
    )


def take(
    db: Database, settings: Settings, lane: int, batch: Batch, channel: Channel = "sms"
) -> Pace | None:
    """Take a batch's time in a transaction of its own, as each worker does."""
    pacer = Pacer(settings)
    with db.transaction() as session:
        pacer.without_room(session)
        return pacer.take(session, channel, lane, size=len(batch.letters), write=lambda: batch)


def begins_at_once(pace: Pace | None, *, each: float) -> bool:
    assert pace is not None
    return pace.start_in == pytest.approx(0, abs=0.5) and pace.each == pytest.approx(each)


def free_at(db: Database) -> Mapping[str, tuple[float, float]]:
    with db.read() as session:
        return {
            row.sender: (row.bulk_free_at, row.urgent_free_at)
            for row in session.scalars(select(SenderPace))
        }


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("+16135550100", "long_code"),
        ("+18335550100", "toll_free"),
        ("+18005550100", "toll_free"),
        ("72345", "short_code"),
        ("723456", "short_code"),
    ],
)
def test_what_kind_of_number_it_is_says_the_number(number: str, kind: str) -> None:
    assert number_type(number) == kind


def test_each_kind_of_number_has_the_rate_of_its_kind(settings: Settings) -> None:
    found = {}
    for number in ("+16135550100", "+18335550100", "72345"):
        twilio = replace(
            settings.twilio,
            from_number=number,
            long_code_per_second=1.0,
            toll_free_per_second=3.0,
            short_code_per_second=100.0,
        )
        (limit,) = limits_of(replace(settings, twilio=twilio))["sms"]
        found[limit.sender] = limit.per_second
    assert found == {"twilio:+16135550100": 1.0, "twilio:+18335550100": 3.0, "twilio:72345": 100.0}


def test_without_a_rate_nothing_is_asked_of_the_database(db: Database, settings: Settings) -> None:
    assert take(db, settings, BULK_LANE, texts(100)) == AT_ONCE
    assert free_at(db) == {}


def test_a_slice_moves_the_next_one_on_by_the_time_that_it_takes(
    db: Database, settings: Settings
) -> None:
    settings = limited(settings, text=10)
    first = take(db, settings, BULK_LANE, texts(900))
    # A tenth is kept for what somebody waits for.
    assert begins_at_once(first, each=1 / 9)
    before = free_at(db)
    assert take(db, settings, BULK_LANE, texts(1)) is None
    assert free_at(db) == before
    with db.transaction() as session:
        assert Pacer(settings).without_room(session) == {("sms", BULK_LANE)}


def test_a_long_text_takes_the_time_of_its_segments(db: Database, settings: Settings) -> None:
    settings = limited(settings, text=10)
    take(db, settings, BULK_LANE, texts(1))
    ((start, _),) = free_at(db).values()
    with db.transaction() as session:
        session.execute(update(SenderPace).values(bulk_free_at=start + 0.5))
    take(db, settings, BULK_LANE, texts(9, "x" * 400))
    ((end, _),) = free_at(db).values()
    assert end - start == pytest.approx(0.5 + 9 * 3 / 9, abs=0.4)


def test_what_somebody_waits_for_has_its_share_while_a_blast_goes_out(
    db: Database, settings: Settings
) -> None:
    settings = limited(settings, text=10)
    take(db, settings, BULK_LANE, texts(900))
    urgent = take(db, settings, TRANSACTIONAL_LANE, texts(1))
    assert begins_at_once(urgent, each=1.0)
    blast_until, urgent_until = free_at(db)[NUMBER]
    assert urgent_until < blast_until, "the blast stays where it was"


def test_without_a_blast_it_has_the_whole_rate_and_a_blast_begins_after_it(
    db: Database, settings: Settings
) -> None:
    settings = limited(settings, text=10)
    urgent = take(db, settings, TRANSACTIONAL_LANE, texts(300))
    assert begins_at_once(urgent, each=0.1)
    bulk, alone = free_at(db)[NUMBER]
    assert bulk == alone
    assert take(db, settings, BULK_LANE, texts(1)) is None


def test_of_an_account_and_a_number_the_slower_one_counts(db: Database, settings: Settings) -> None:
    settings = limited(settings, text=100, account=10)
    pace = take(db, settings, BULK_LANE, texts(900))
    assert pace is not None
    assert pace.each == pytest.approx(1 / 9)
    assert free_at(db).keys() == {"twilio", NUMBER, "sendgrid"}
    # The one without room decides, and the other is not charged for nothing.
    before = free_at(db)
    assert take(db, settings, BULK_LANE, texts(1)) is None
    assert free_at(db)["twilio"] == before["twilio"]


def test_workers_that_take_at_once_share_the_rate(
    db: Database, settings: Settings, keyring: Keyring
) -> None:
    settings = limited(settings, text=20)
    taken: list[Pace | None] = []

    def work() -> None:
        # As another machine: its own connections, and nothing shared but the database.
        url = db.engine.url.render_as_string(hide_password=False)
        other = Database(url, keyring=keyring)
        try:
            taken.extend(take(other, settings, BULK_LANE, texts(360)) for _ in range(5))
        finally:
            other.close()

    take(db, settings, BULK_LANE, texts(0))
    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(taken) == 20
    assert sum(pace is not None for pace in taken) == 1, "one slice takes all the room there is"


def test_all_workers_together_keep_to_the_rate(sending: Runtime, sandbox: Sandbox) -> None:
    runtime = replace(sending, settings=limited(sending.settings, text=10))
    with runtime.db.transaction() as session:
        add_crowd(session, 30, now=runtime.clock.now())
    mailing_id = launch(runtime, "sms")
    # The provider's own limit is the judge: twice our rate, and far less than all at once.
    sandbox.faults("twilio", "rate", limit=20, seconds=1)
    threads = [
        threading.Thread(
            target=drain_until_done,
            args=(runtime, open_transports(runtime.settings), mailing_id, f"worker-{number}"),
        )
        for number in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert mailing_state(runtime, mailing_id) == "done"
    assert states(runtime, mailing_id) == {("accepted", None): 30}
    assert [fault["struck"] for fault in sandbox.state()["faults"]] == [0]


def test_a_sender_without_room_leaves_its_chunks_and_holds_nothing_else_up(
    sending: Runtime, sandbox: Sandbox
) -> None:
    runtime = replace(sending, settings=limited(sending.settings, text=1))
    now = runtime.clock.now()
    with runtime.db.transaction() as session:
        ids = add_crowd(session, 12, now=now)
    take(runtime.db, runtime.settings, BULK_LANE, texts(500))
    blast, mails = launch(runtime, "sms"), launch(runtime, "email")
    with runtime.db.transaction() as session:
        queue_to_contact(
            session,
            template_key="test",
            contact_id=ids[0],
            language="en",
            dedupe_key="thanks:1",
            channel="sms",
            now=now,
        )

    drain(runtime, open_transports(runtime.settings), worker="one")

    assert states(runtime, blast) == {("queued", None): 12}
    assert states(runtime, mails) == {("accepted", None): 12}
    assert len(sandbox.messages("sms")) == 1, "what somebody waits for goes all the same"
    with runtime.db.read() as session:
        left = session.execute(
            select(Chunk.state, Chunk.attempts).where(Chunk.mailing_id == blast)
        ).all()
    assert set(left) == {("ready", 0)}


def test_of_a_slow_sender_only_a_few_seconds_worth_is_claimed_at_a_time(
    sending: Runtime, sandbox: Sandbox
) -> None:
    runtime = replace(sending, settings=limited(sending.settings, email=20))
    with runtime.db.transaction() as session:
        add_crowd(session, 200, now=runtime.clock.now(), phones=0)
    mailing_id = launch(runtime)

    drain(runtime, open_transports(runtime.settings), worker="one")

    # Five seconds at nine tenths of the rate; the rest waits in its chunk.
    assert len(sandbox.messages()) == 90
    assert Counter(states(runtime, mailing_id)) == {("accepted", None): 90, ("queued", None): 110}
    with runtime.db.read() as session:
        assert session.scalars(select(Submission.size)).all() == [90]
        ready = session.scalar(select(func.count()).where(Chunk.state == "ready"))
        claimed = select(func.count()).where(Message.submission_id.is_not(None))
        assert (ready, session.scalar(claimed)) == (2, 90)
