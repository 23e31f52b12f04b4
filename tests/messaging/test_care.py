"""A text in which somebody may tell what was done to them: apart, answered once, for few eyes."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update

from mobilize.accounts.jobs import let_go
from mobilize.accounts.models import AuditEntry
from mobilize.contacts.consent_models import Suppression
from mobilize.contacts.erasing import erase
from mobilize.contacts.models import Contact
from mobilize.contacts.suppression import Closing, suppress_all
from mobilize.core.clock import VirtualClock
from mobilize.core.personal_data import show_person
from mobilize.core.timeline import timeline
from mobilize.messaging.care import cases
from mobilize.messaging.care.models import CareCase, CareMark, CareText
from mobilize.messaging.discretion import telling_in_file
from mobilize.messaging.inbox import reading, threads, wishes
from mobilize.messaging.inbox.models import TextReply
from mobilize.messaging.inbox.reading import ThreadFilter
from mobilize.messaging.models import InboundText, Message, TextHold, TextThread
from mobilize.messaging.providers.transports import Transports
from mobilize.messaging.sending import drain
from mobilize.messaging.sms import cost_of
from mobilize.runtime import Runtime
from tests.messaging.people import add_contact, consent_of
from tests.messaging.test_inbox import DAYTIME, desk, person, reply, text
from tests.messaging.test_sending import launch, states
from tests.support.sandbox import Sandbox

__all__ = ["desk"]
TOLD = "He took my passport and I cannot leave the house"


def count(runtime: Runtime, what: Any) -> int:
    with runtime.db.read() as session:
        return session.scalar(select(func.count()).select_from(what)) or 0


def outcome(runtime: Runtime) -> str:
    with runtime.db.read() as session:
        return session.scalars(select(CareCase.outcome)).one()


def test_the_answer_names_a_number_and_nothing_else_in_one_segment(runtime: Runtime) -> None:
    hotline = runtime.settings.site.hotline_number
    answer = cases.ANSWER.format(number=hotline)
    assert cost_of(answer).segments == 1
    assert cost_of(answer).costly == ()
    assert telling_in_file().words_in(answer) == ()
    site = runtime.settings.site
    assert site.organization_en not in answer
    assert site.organization_fr not in answer


def test_it_is_answered_once_and_never_again(runtime: Runtime, clock: VirtualClock) -> None:
    person(runtime)
    assert runtime.settings.site.hotline_number in str(text(runtime, TOLD))
    assert text(runtime, "He is locking me in") is None
    clock.set(clock.now() + timedelta(days=60))
    let_go(runtime)
    assert count(runtime, CareCase) == 0
    assert text(runtime, TOLD) is None
    assert outcome(runtime) == "already"


def test_a_person_with_two_numbers_is_answered_once(runtime: Runtime) -> None:
    one = person(runtime)
    assert text(runtime, TOLD)
    with runtime.db.transaction() as session:
        contact = session.get_one(Contact, one.id)
        other = add_contact(session, 151, now=runtime.clock.now(), consents=())
        contact.phone, contact.phone_hash = other.phone, other.phone_hash
        other.phone = other.phone_hash = None
    assert text(runtime, TOLD, sender="+16135550151") is None


def test_it_stands_nowhere_that_others_look(runtime: Runtime) -> None:
    contact = person(runtime)
    text(runtime, "When is the next meeting?")
    text(runtime, TOLD)
    assert text(runtime, "Are you there?") is None
    with runtime.db.read() as session:
        assert reading.threads(session, ThreadFilter()).items == []
        assert reading.threads_of_person(session, contact.id) == []
        shown = str(timeline(session, [contact.id], after="", limit=50).items)
        copy = str(show_person(session, contact.id))
        audited = str(session.scalars(select(AuditEntry.action)).all())
    assert count(runtime, InboundText) == count(runtime, TextThread) == 0
    for place in (shown, copy, audited):
        assert "passport" not in place
        assert "meeting" not in place
        assert "care" not in place
    with runtime.db.read() as session:
        said = session.scalars(select(CareText).order_by(CareText.id)).all()
    assert [one.body for one in said] == ["When is the next meeting?", TOLD, "Are you there?"]


def test_no_column_joins_it_to_the_people_on_file(runtime: Runtime) -> None:
    contact = person(runtime)
    text(runtime, TOLD)
    with runtime.db.engine.connect() as connection:
        for table in (CareCase, CareText, CareMark):
            for row in connection.exec_driver_sql(f"SELECT * FROM {table.__tablename__}"):  # noqa: S608
                assert contact.phone_hash not in row
                assert "passport" not in str(row)


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"do_not_contact": True}, "do_not_contact"),
        ({"safe_channel": "email"}, "safe_channel"),
        ({"consents": (), "sms_confirmed": False}, "sent"),
        ({"discreet": True}, "sent"),
    ],
)
def test_what_somebody_said_of_their_phone_holds(
    runtime: Runtime, values: dict[str, object], why: str
) -> None:
    person(runtime, **values)
    assert bool(text(runtime, TOLD)) == (why == "sent")
    assert outcome(runtime) == why


def test_outside_the_hours_that_they_named_no_answer_goes_then_or_later(desk: Runtime) -> None:
    hour = DAYTIME.time()
    after, before = hour.replace(hour=hour.hour + 1), hour.replace(hour=hour.hour + 2)
    person(desk, safe_from=after, safe_until=before)
    assert text(desk, TOLD) is None
    assert outcome(desk) == "outside_safe_hours"


def test_it_can_be_switched_off_for_a_person(runtime: Runtime) -> None:
    one = person(runtime)
    now = runtime.clock.now()
    with runtime.db.transaction() as session:
        contact = session.get_one(Contact, one.id)
        wishes.set_answers(session, contact=contact, wanted=False, actor="account:a", now=now)
    assert text(runtime, TOLD) is None
    assert outcome(runtime) == "switched_off"


@pytest.mark.parametrize("words", ["STOP. " + TOLD, "Arrêtez, il a pris mon passeport"])
def test_stop_wins_nothing_answers_and_those_named_still_see_it(
    runtime: Runtime, words: str
) -> None:
    person(runtime)
    assert text(runtime, words) is None
    assert outcome(runtime) == "stopped"
    with runtime.db.read() as session:
        assert session.scalar(select(Suppression.reason).limit(1)) == "stop"
        assert session.scalars(select(InboundText.body)).one() == "STOP", "as if it came alone"
        assert session.scalars(select(CareText.body)).one() == words


def test_stop_with_more_words_stays_apart_where_a_disclosure_came_before(runtime: Runtime) -> None:
    person(runtime)
    text(runtime, TOLD)
    assert text(runtime, "STOP he is looking at this") is None
    assert count(runtime, TextThread) == 0
    with runtime.db.read() as session:
        assert session.scalars(select(InboundText.body)).one() == "STOP"
        assert session.scalar(select(Suppression.reason).limit(1)) == "stop"


def test_a_stop_that_came_before_looks_like_any_other(runtime: Runtime) -> None:
    one = person(runtime)
    text(runtime, "Stop, I have a question first")
    text(runtime, TOLD)
    with runtime.db.read() as session:
        copy = show_person(session, one.id)
    assert [text["text"] for text in copy["messaging"]["texts_from_your_number"]] == ["STOP"]


def test_after_an_earlier_stop_no_answer_goes(runtime: Runtime) -> None:
    person(runtime)
    text(runtime, "STOP")
    assert text(runtime, TOLD) is None
    assert outcome(runtime) == "stopped"


def test_whoever_only_left_by_a_link_is_answered_and_a_dead_number_is_not(
    runtime: Runtime,
) -> None:
    one = person(runtime)
    assert one.phone_hash is not None
    now = runtime.clock.now()
    with runtime.db.transaction() as session:
        closing = Closing("sms", one.phone_hash, "unsubscribed")
        suppress_all(session, closings=[closing], now=now)
    assert text(runtime, TOLD)
    with runtime.db.transaction() as session:
        closing = Closing("sms", one.phone_hash, "complaint")
        suppress_all(session, closings=[closing], now=now)
        session.execute(delete(CareMark))
        session.execute(update(CareCase).values(outcome="already"))
    assert text(runtime, TOLD) is None
    assert outcome(runtime) == "closed"


def test_a_word_for_stopping_in_it_holds_other_texts_back(runtime: Runtime) -> None:
    text(runtime, f"{TOLD}, please make it stop")
    assert count(runtime, TextHold) == 1


def test_whoever_sees_that_texts_wait_is_not_told_why(
    desk: Runtime, transports: Transports
) -> None:
    person(desk)
    text(desk, f"{TOLD}, please make it stop")
    mailing = launch(desk, "sms")
    drain(desk, transports, worker="one")
    assert states(desk, mailing) == {("skipped", "paused"): 1}


def test_what_it_held_back_is_taken_at_its_word_once_it_is_gone(
    runtime: Runtime, clock: VirtualClock
) -> None:
    one = person(runtime)
    text(runtime, f"{TOLD}, please make it stop")
    clock.set(clock.now() + timedelta(days=31))
    let_go(runtime)
    assert count(runtime, TextHold) == count(runtime, CareCase) == 0
    with runtime.db.read() as session:
        no = consent_of(session, one, "sms")
        assert (no.granted, session.scalar(select(Suppression.reason))) == (False, "unsubscribed")


def test_it_is_stored_once_however_often_it_is_brought(runtime: Runtime) -> None:
    assert text(runtime, TOLD, ref="SM1", token="call-1")
    assert text(runtime, TOLD, ref="SM1", token="call-2") is None
    assert text(runtime, TOLD, ref="SM2", token="call-1") is None
    assert count(runtime, CareText) == 1


def test_an_answer_that_waits_does_not_go_once_the_conversation_moved(
    desk: Runtime, transports: Transports, sandbox: Sandbox
) -> None:
    text(desk, "A question")
    reply(desk, "An answer about that")
    text(desk, TOLD)
    drain(desk, transports, worker="one")
    assert sandbox.messages("sms") == []
    with desk.db.read() as session:
        assert session.scalars(select(Message.reason)).one() == "too_late"
        assert session.scalars(select(CareText.direction).order_by(CareText.id)).all() == [
            "in", "out", "in",
        ]  # fmt: skip
    assert count(desk, TextReply) == 0


def test_what_the_phrases_missed_is_set_apart_by_whoever_reads_it(
    desk: Runtime, transports: Transports, sandbox: Sandbox
) -> None:
    text(desk, "Can we talk about something that I cannot write down?")
    reply(desk, "An answer that has not gone yet")
    with desk.db.transaction() as session:
        public_id = session.scalars(select(TextThread.public_id)).one()
        thread = threads.by_public_id(session, public_id)
        cases.set_apart(session, thread=thread, actor="account:a", now=desk.clock.now())
    drain(desk, transports, worker="one")
    assert sandbox.messages("sms") == []
    assert count(desk, TextThread) == count(desk, InboundText) == 0
    assert outcome(desk) == "by_hand"
    assert text(desk, "Are you there?") is None
    assert count(desk, CareText) == 3
    assert text(desk, TOLD), "nothing went yet, so that the number may"


def test_what_was_no_disclosure_goes_back_to_the_inbox_with_our_answers(desk: Runtime) -> None:
    text(desk, "A question")
    reply(desk, "An answer")
    text(desk, TOLD)
    with desk.db.transaction() as session:
        thread = cases.give_back(session, case=session.scalars(select(CareCase)).one())
        assert thread is not None
        assert thread.state == "unread"
    with desk.db.read() as session:
        [line] = reading.threads(session, ThreadFilter()).items
        said = [one.words for one in reading.said_in(session, line)]
    assert sorted(said) == sorted(["A question", "An answer", TOLD])
    assert count(desk, CareCase) == count(desk, CareText) == 0
    assert text(desk, TOLD) is None, "answered once is answered"


def test_erasing_the_person_leaves_nothing_of_it(runtime: Runtime) -> None:
    one = person(runtime)
    text(runtime, TOLD)
    with runtime.db.transaction() as session:
        contact = session.get_one(Contact, one.id)
        erase(session, contact=contact, actor="supporter", now=runtime.clock.now())
    assert count(runtime, CareCase) == count(runtime, CareText) == count(runtime, CareMark) == 0


def test_each_text_goes_thirty_days_after_it_came(runtime: Runtime, clock: VirtualClock) -> None:
    text(runtime, TOLD)
    clock.set(clock.now() + timedelta(days=20))
    text(runtime, "Are you there?")
    clock.set(clock.now() + timedelta(days=11))
    let_go(runtime)
    with runtime.db.read() as session:
        assert session.scalars(select(CareText.body)).all() == ["Are you there?"]
    clock.set(clock.now() + timedelta(days=20))
    let_go(runtime)
    assert count(runtime, CareCase) == 0


@pytest.mark.parametrize(
    "words", ["I support survivors, please call me about the bill", "When do we meet?"]
)
def test_what_advocates_write_stays_in_the_inbox(runtime: Runtime, words: str) -> None:
    assert text(runtime, words) is None
    assert count(runtime, TextThread) == 1
    assert count(runtime, CareCase) == 0
