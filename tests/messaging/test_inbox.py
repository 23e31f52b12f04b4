"""Texts from people become conversations: kept once, answered by a person, within their rights."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from sqlalchemy import func, select

from mobilize.accounts.jobs import let_go
from mobilize.accounts.models import AuditEntry
from mobilize.accounts.roles import Caller
from mobilize.app import create_app
from mobilize.contacts import merging
from mobilize.contacts.consent_models import Suppression
from mobilize.contacts.models import Contact
from mobilize.contacts.suppression import Closing, suppress_all
from mobilize.core.clock import VirtualClock
from mobilize.core.errors import Conflict, InvalidInput, MobilizeError
from mobilize.messaging.discretion import telling_in_file
from mobilize.messaging.inbox import answering, canned, reading, threads, wishes
from mobilize.messaging.inbox.reading import ThreadFilter
from mobilize.messaging.keywords import keyword_of, may_ask_to_stop
from mobilize.messaging.models import InboundText, Message, TextHold, TextThread
from mobilize.messaging.providers.transports import Transports
from mobilize.messaging.receiving import take_text
from mobilize.messaging.sending import drain
from mobilize.messaging.sms import cost_of
from mobilize.runtime import Runtime
from tests.messaging.people import add_contact, consent_of
from tests.messaging.test_sending import launch, states
from tests.support.campaigns import load_templates
from tests.support.sandbox import Sandbox
from tests.support.serving import served

numbers = count()
NUMBER = "+16135550150"
DAYTIME = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
"""A Monday, noon in Ottawa: texts may go everywhere in Canada."""
CALLER = Caller(
    account_id=1,
    account_public_id="organizer0000001",
    actor="account:organizer0000001",
    name="Sample",
    role="organizer",
    language="en",
)


@pytest.fixture
def desk(sending: Runtime, clock: VirtualClock) -> Runtime:
    """The installation at noon, with the words that software sends."""
    clock.set(DAYTIME)
    with sending.db.transaction() as session:
        load_templates(session, DAYTIME)
    return sending


def text(
    runtime: Runtime, words: str, *, ref: str = "", sender: str = NUMBER, token: str | None = None
) -> str | None:
    """Somebody texts us."""
    with runtime.db.transaction() as session:
        return take_text(
            session,
            sender=sender,
            body=words,
            provider_ref=ref or f"SM{next(numbers)}",
            retry_token=token,
            settings=runtime.settings,
            now=runtime.clock.now(),
        )


def reply(runtime: Runtime, words: str, *, key: str = "one", language: str | None = "en") -> None:
    """An organizer answers the only thread there is."""
    with runtime.db.transaction() as session:
        thread = threads.by_public_id(session, session.scalars(select(TextThread.public_id)).one())
        answering.answer(
            session, thread=thread, words=words, language=language, key=key, caller=CALLER,
            now=runtime.clock.now(),
        )  # fmt: skip


def thread_of(runtime: Runtime) -> TextThread:
    with runtime.db.read() as session:
        return session.scalars(select(TextThread)).one()


def person(runtime: Runtime, **values: object) -> Contact:
    with runtime.db.transaction() as session:
        return add_contact(session, 150, now=runtime.clock.now(), **values)  # type: ignore[arg-type]


def test_a_text_is_stored_once_however_often_it_is_brought(
    sending: Runtime, sandbox: Sandbox
) -> None:
    with served(create_app(sending)) as address:
        public = sending.settings.site.public_url
        sandbox.webhooks(
            inbound_sms_url=f"{public}/hooks/twilio/inbound", public_url=public, app_url=address
        )
        told = sandbox.inbound_sms(NUMBER, sending.settings.twilio.from_number, "Hello there")
    assert (told["webhook_status"], told["replies"]) == (200, [])

    text(sending, "Hello there", ref=told["sid"])
    text(sending, "Hello there", ref="SMsecond", token="call-1")
    text(sending, "Hello there", ref="SMthird", token="call-1")
    with sending.db.read() as session:
        assert session.scalar(select(func.count(InboundText.id))) == 2


def test_texts_of_one_number_are_one_conversation_of_the_person(runtime: Runtime) -> None:
    one = person(runtime)
    text(runtime, "When is the next meeting?")
    text(runtime, "And where?")
    with runtime.db.read() as session:
        [line] = reading.threads(session, ThreadFilter()).items
        assert line.person is not None
        assert (line.person.id, line.words, line.thread.state) == (one.id, "And where?", "unread")
        said = reading.said_in(session, line)
    assert [words.words for words in said] == ["When is the next meeting?", "And where?"]


def test_of_a_number_that_several_share_nobody_is_named(runtime: Runtime) -> None:
    person(runtime)
    with runtime.db.transaction() as session:
        add_contact(session, 10150, now=runtime.clock.now())
    text(runtime, "Who are you?")
    assert thread_of(runtime).contact_id is None


def test_a_keyword_alone_begins_no_conversation_and_one_with_more_does(runtime: Runtime) -> None:
    for word in ("HELP", "oui", "Arrêt.", "STOP 🙏"):
        text(runtime, word)
    with runtime.db.read() as session:
        assert session.scalar(select(func.count(TextThread.id))) == 0
    text(runtime, "Stop texting me, call the office instead")
    assert thread_of(runtime).state == "unread"


def test_stp_is_a_please_in_french_and_a_stop_where_it_stands_alone(runtime: Runtime) -> None:
    assert text(runtime, "stp rappelez-moi demain") is None
    assert "no more texts" in str(text(runtime, "stp"))


@pytest.mark.parametrize(
    "words",
    [
        "please stop texting me", "Je veux me désabonner svp", "why do I get this? REMOVE ME",
        "pouvez-vous ARRE\u0302TER d'écrire", "ne m’écrivez plus", "could you leave me alone",
    ],
)  # fmt: skip
def test_a_sentence_with_a_word_for_stopping_holds_texts_back_until_somebody_read_it(
    desk: Runtime, transports: Transports, sandbox: Sandbox, words: str
) -> None:
    person(desk)
    assert text(desk, words) is None
    mailing = launch(desk, "sms")
    drain(desk, transports, worker="one")
    assert states(desk, mailing) == {("skipped", "held"): 1}
    with desk.db.read() as session:
        assert session.scalar(select(func.count(Suppression.address_hash))) == 0
    reply(desk, "Would you like no more texts from us?")
    drain(desk, transports, worker="one")
    assert len(sandbox.messages("sms")) == 1, "an answer goes all the same"


@pytest.mark.parametrize(
    "words",
    [
        "unsub", "Please STOP", "Opt-out", "opt out", "S.T.O.P.", "Désabonnement", "remove",
        "svp arre\u0302tez", "s'il vous plaît, arrêtez", "Stoppez", "STOP ALL", "STOP 🙏",
    ],
)  # fmt: skip
def test_a_word_for_stopping_is_one_in_all_its_forms(words: str) -> None:
    assert keyword_of(words) == "stop"


@pytest.mark.parametrize(
    "words",
    [
        "Stop texting me", "STOP. End trafficking", "stop, trafficking is awful", "Stop this now",
        "END", "Fin svp", "fin des textos", "cancel my subscription", "End it", "quit",
        "Stop trafficking alerts", "STOP the messages about trafficking", "Stop it all",
        "Cancel, I am on vacation", "Stop\nhuman trafficking", "Stop the noise", "Arrêtez tout",
        "FIN!", "ANNULER mon abonnement", "Stop STOP stop", "End this please", "Fin stp",
        "Annuler stp", "END TXT", "cancel your txts", "Cancel alert", "Fin de toute notification",
    ],
)  # fmt: skip
def test_in_doubt_a_sentence_that_begins_with_a_word_for_stopping_ends_the_texts(
    words: str,
) -> None:
    assert keyword_of(words) == "stop"


ABOUT_OTHER_THINGS = [
    "End trafficking", "Stop human trafficking now!", "Fin de semaine", "Fin de semaine prochaine?",
    "Arrêtez la traite des personnes", "Arre\u0302tez la traite",
    "Cancel my visit on Tuesday", "STOP TRAFFICKING",
    "Cessez l’exploitation!", "TD bank on Main Street", "Annuler le rendez-vous de mardi",
    "Quit smoking yesterday, sorry I missed you",
]  # fmt: skip


@pytest.mark.parametrize("words", ABOUT_OTHER_THINGS)
def test_what_plainly_wants_something_else_to_end_is_held_back_and_read_by_a_person(
    words: str,
) -> None:
    assert keyword_of(words) is None
    assert may_ask_to_stop(words)


def test_who_wants_trafficking_to_end_gets_no_text_until_somebody_read_it_and_then_all_again(
    desk: Runtime, transports: Transports, sandbox: Sandbox
) -> None:
    contact = person(desk)
    assert text(desk, "Stop human trafficking now!") is None, "nobody is told that they left"
    held = launch(desk, "sms")
    drain(desk, transports, worker="one")
    assert states(desk, held) == {("skipped", "held"): 1}
    with desk.db.transaction() as session:
        assert consent_of(session, contact, "sms").granted
        thread = threads.by_public_id(session, thread_of(desk).public_id)
        assert thread.state == "unread"
        threads.resume_texts(session, thread=thread, actor="account:a", now=desk.clock.now())
    after = launch(desk, "sms")
    drain(desk, transports, worker="one")
    assert states(desk, after) == {("accepted", None): 1}
    assert len(sandbox.messages("sms")) == 1


@pytest.mark.parametrize("words", ["Arrêtez pas!", "arrête pas de m'écrire", "n'arrêtez pas"])
def test_whoever_asks_us_not_to_stop_is_read_by_a_person(words: str) -> None:
    assert keyword_of(words) is None
    assert may_ask_to_stop(words)


@pytest.mark.parametrize("words", ["🛑", "Wrong number", "mauvais numéro", "m'envoyez plus rien"])
def test_what_stops_without_the_word_holds_back(words: str) -> None:
    assert may_ask_to_stop(words)


@pytest.mark.parametrize("sender", ["12345", "BANKCA"])
@pytest.mark.parametrize("words", ["Your code is 1", "STOP", "He took my passport", ""])
def test_a_machine_is_answered_neither_by_itself_nor_by_a_person(
    runtime: Runtime, sender: str, words: str
) -> None:
    assert text(runtime, words, sender=sender) is None
    with pytest.raises(Conflict, match="no phone"):
        reply(runtime, "An answer")


def test_what_was_held_back_and_never_read_is_taken_at_its_word(
    runtime: Runtime, clock: VirtualClock
) -> None:
    contact = person(runtime)
    text(runtime, "could you leave me alone")
    clock.set(clock.now() + timedelta(days=runtime.settings.retention.texts_days + 1))
    let_go(runtime)
    with runtime.db.read() as session:
        assert session.scalar(select(func.count(TextHold.since))) == 0
        assert not consent_of(session, contact, "sms").granted
        assert session.scalar(select(Suppression.reason)) == "unsubscribed"


@pytest.mark.parametrize("words", ["HELP", "Aide svp"])
def test_help_names_the_hotline_unless_the_phone_is_not_safe(runtime: Runtime, words: str) -> None:
    hotline = runtime.settings.site.hotline_number
    answer = str(text(runtime, words))
    assert answer.count(hotline) == 2
    assert telling_in_file().words_in(answer) == ()
    assert cost_of(answer).costly == ()
    person(runtime, safe_channel="email")
    assert hotline not in str(text(runtime, words))


@pytest.mark.parametrize("words", ["à la fin du mois", "the end of the year", "I quit my job"])
def test_ordinary_sentences_hold_nothing_back(words: str) -> None:
    assert not may_ask_to_stop(words)


def test_whoever_reads_it_says_what_was_meant(runtime: Runtime) -> None:
    contact = person(runtime)
    now = runtime.clock.now()
    text(runtime, "this has to stop, call me")
    with runtime.db.transaction() as session:
        thread = threads.by_public_id(session, thread_of(runtime).public_id)
        threads.resume_texts(session, thread=thread, actor="account:a", now=now)
        assert session.scalar(select(func.count(TextHold.since))) == 0
        assert consent_of(session, contact, "sms").granted
        threads.end_texts(session, thread=thread, actor="account:a", now=now)
    with runtime.db.read() as session:
        assert not consent_of(session, contact, "sms").granted
        assert session.scalar(select(Suppression.reason)) == "unsubscribed"


def test_an_answer_goes_back_to_the_number_in_the_fast_lane_once(
    desk: Runtime, transports: Transports, sandbox: Sandbox
) -> None:
    text(desk, "When is the next meeting?")
    for _ in range(2):
        reply(desk, "On Tuesday at seven.\nSee you {{ there }}!")
    drain(desk, transports, worker="one")
    [sent] = sandbox.messages("sms")
    assert (sent["to"], sent["body"]) == (NUMBER, "On Tuesday at seven. See you {{ there }}!")
    thread = thread_of(desk)
    assert (thread.state, thread.assigned_to) == ("answered", CALLER.account_id)
    with desk.db.read() as session:
        message = session.scalars(select(Message)).one()
        assert "Tuesday" not in str(message.variables), "the outbox does not hold the words"
        [line] = reading.threads(session, ThreadFilter()).items
        assert [(one.ours, one.state) for one in reading.said_in(session, line)] == [
            (False, ""), (True, message.state),
        ]  # fmt: skip


def test_it_needs_no_consent_but_waits_for_the_hours_and_those_that_were_named(
    desk: Runtime, clock: VirtualClock, transports: Transports, sandbox: Sandbox
) -> None:
    person(desk, consents=(), sms_confirmed=False)
    clock.set(DAYTIME + timedelta(hours=11))
    text(desk, "Are you there?")
    reply(desk, "Yes!")
    drain(desk, transports, worker="one")
    assert sandbox.messages("sms") == []
    clock.set(DAYTIME + timedelta(days=1))
    drain(desk, transports, worker="one")
    assert len(sandbox.messages("sms")) == 1


@pytest.mark.parametrize(
    ("values", "before"),
    [({"do_not_contact": True}, ""), ({"safe_channel": "email"}, ""), ({}, "STOP")],
)
def test_it_never_goes_where_somebody_said_no(
    desk: Runtime, values: dict[str, object], before: str
) -> None:
    person(desk, **values)
    text(desk, "A question")
    if before:
        text(desk, before)
    with pytest.raises(Conflict):
        reply(desk, "An answer")


def test_a_stop_between_answer_and_sending_wins(
    desk: Runtime, transports: Transports, sandbox: Sandbox
) -> None:
    text(desk, "A question")
    reply(desk, "An answer")
    text(desk, "ARRET")
    drain(desk, transports, worker="one")
    assert sandbox.messages("sms") == []
    with desk.db.read() as session:
        assert session.scalars(select(Message.reason)).one() == "suppressed"


def test_after_two_weeks_an_answer_is_none_any_more(desk: Runtime, clock: VirtualClock) -> None:
    text(desk, "A question")
    clock.set(DAYTIME + timedelta(days=15))
    with pytest.raises(Conflict, match="two weeks"):
        reply(desk, "Sorry for the wait")


def test_whoever_left_by_a_link_and_then_asks_gets_an_answer(
    desk: Runtime, transports: Transports, sandbox: Sandbox
) -> None:
    contact = person(desk)
    assert contact.phone_hash is not None
    with desk.db.transaction() as session:
        left = Closing("sms", contact.phone_hash, "unsubscribed")
        suppress_all(session, closings=[left], now=DAYTIME)
    text(desk, "One more question")
    reply(desk, "One more answer")
    drain(desk, transports, worker="one")
    assert len(sandbox.messages("sms")) == 1


@pytest.mark.parametrize(
    ("words", "language", "values"),
    [
        (" ", "en", {}),
        ("x" * 460, "en", {}),
        ("Bonjour", None, {"language": None}),
        ("Call the hotline", "en", {"discreet": True}),
    ],
)
def test_what_cannot_go_is_refused_with_what_to_do(
    desk: Runtime, words: str, language: str | None, values: dict[str, object]
) -> None:
    person(desk, **values)
    text(desk, "A question")
    with pytest.raises(InvalidInput) as refused:
        reply(desk, words, language=language)
    assert refused.value.hint
    assert refused.value.fields


def test_a_yes_to_an_organizer_is_not_answered_by_itself(desk: Runtime) -> None:
    text(desk, "A question")
    reply(desk, "Would Tuesday do?")
    assert text(desk, "Yes please") is None
    assert thread_of(desk).state == "unread"
    assert "Nothing waits" in str(text(desk, "oui", sender="+16135550199"))


def test_a_new_text_opens_what_was_closed(runtime: Runtime) -> None:
    text(runtime, "A question")
    now = runtime.clock.now()
    with runtime.db.transaction() as session:
        thread = threads.by_public_id(session, thread_of(runtime).public_id)
        threads.take(session, thread=thread, caller=CALLER, now=now)
        threads.set_state(session, thread=thread, state="closed", actor=CALLER.actor, now=now)
        with pytest.raises(MobilizeError):
            threads.move(thread, "gone")
        told = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [one.action for one in told] == ["thread.take", "thread.closed"]
    assert "question" not in str([one.facts for one in told])
    text(runtime, "Another")
    assert thread_of(runtime).state == "unread"


def test_threads_are_found_by_name_number_state_and_who_looks_after_them(runtime: Runtime) -> None:
    person(runtime)
    text(runtime, "first")
    text(runtime, "second", sender="+16135550199")
    with runtime.db.transaction() as session:
        thread = session.scalars(select(TextThread).order_by(TextThread.id)).all()[0]
        threads.take(session, thread=thread, caller=CALLER, now=runtime.clock.now())

    def found(after: int | None = None, limit: int = 50, **asked: object) -> list[str]:
        with runtime.db.read() as session:
            wanted = ThreadFilter(**asked)  # type: ignore[arg-type]
            page = reading.threads(session, wanted, after=after, limit=limit)
            return [line.words for line in page.items]

    assert found() == ["second", "first"]
    assert found(search="Family150") == ["first"]
    assert found(search="613 555 0199") == ["second"]
    assert found(search="nobody") == []
    assert found(state="unread") == ["second"]
    assert found(assigned_to=CALLER.account_id) == ["first"]
    with runtime.db.read() as session:
        first = reading.threads(session, ThreadFilter(), limit=1)
    assert found(after=first.after) == ["first"]


def test_a_merge_brings_the_conversation_and_parting_takes_it_back(runtime: Runtime) -> None:
    one = person(runtime)
    now = runtime.clock.now()
    text(runtime, "first")
    with runtime.db.transaction() as session:
        other = add_contact(session, 151, now=now)
        merging.merge(
            session, kept=other, merged=session.get_one(Contact, one.id), actor="a", now=now
        )
    assert thread_of(runtime).contact_id == other.id
    with runtime.db.transaction() as session:
        [(merge, _)] = merging.standing_merges(session, other.id)
        merging.undo(session, row=merge, actor="a", now=now)
    assert thread_of(runtime).contact_id == one.id


def test_ready_made_answers_are_loaded_once_and_stay_as_organizers_left_them(
    runtime: Runtime,
) -> None:
    now, content = runtime.clock.now(), canned.read_answers()
    with runtime.db.transaction() as session:
        assert canned.load_answers(session, content=content, now=now) == len(content)
        first, second, *_ = canned.standing(session)
        canned.archive(session, answer=first, actor="account:a", now=now)
        words = canned.CannedWords(name_en="A", name_fr="B", body_en="C", body_fr="D")
        canned.change(session, answer=second, words=words, actor="account:a", now=now)
        assert canned.load_answers(session, content=content, now=now) == 0
        assert len(canned.standing(session)) == len(content) - 1
        assert second.body_fr == "D"


def test_ready_made_answers_exist_in_both_languages_in_one_segment_each() -> None:
    for one in canned.read_answers():
        canned.check(one)
        for words in (one.body_en, one.body_fr):
            assert (answering.measure(words).cost.segments, words) == (1, words)
    with pytest.raises(InvalidInput) as refused:
        canned.check(canned.CannedWords(name_en="A", name_fr="", body_en="x", body_fr=""))
    assert set(refused.value.fields) == {"name_fr", "body_fr"}


def test_a_wish_against_answers_counts_whichever_record_it_stands_on(runtime: Runtime) -> None:
    one = person(runtime)
    now = runtime.clock.now()
    with runtime.db.transaction() as session:
        contact = session.get_one(Contact, one.id)
        wishes.set_answers(session, contact=contact, wanted=False, actor="account:a", now=now)
        assert not wishes.answers_by_itself(session, one.id)
        wishes.set_answers(session, contact=contact, wanted=True, actor="account:a", now=now)
        assert wishes.answers_by_itself(session, one.id)
