"""Nothing on the screen of somebody who asked for discretion says what a message is about."""

from collections.abc import Mapping
from datetime import datetime
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from mobilize.actions.content import read_messages
from mobilize.contacts.models import Contact
from mobilize.core.db import Database
from mobilize.core.i18n import LANGUAGES, Language
from mobilize.messaging.discretion import (
    GENERAL,
    Telling,
    discreet_line,
    telling_in_file,
    telling_problem,
    telling_words,
)
from mobilize.messaging.models import Message, TemplateText
from mobilize.messaging.providers.transports import Transports
from mobilize.messaging.sending import drain
from mobilize.messaging.service import start_mailing
from mobilize.messaging.templates import TextDraft, save_template
from mobilize.runtime import Runtime
from mobilize.strategy.content import read_content
from mobilize.strategy.loading import load_demands
from tests.messaging.people import add_contact
from tests.support.sandbox import Sandbox

EVERYBODY = select(Contact.id, Contact.language)
BODY = "Trafficked persons ask for permanent status. [Act]({{ action_url }})"
TITLES = tuple(
    title for demand in read_content().demands for title in (demand.title_en, demand.title_fr)
)
FACTS: Mapping[str, Mapping[str, str]] = {
    "en": {"demand": "Permanent Status", "campaign": "Lasting protection"},
    "fr": {"demand": "Statut permanent", "campaign": "Une protection durable"},
}
PREVIEW_CHARACTERS = 90
"""What a phone shows of a mail beneath its subject."""


@pytest.fixture
def telling(sending: Runtime) -> Telling:
    with sending.db.transaction() as session:
        load_demands(session, read_content().demands, sending.clock.now())
        return telling_words(session)


def mail_of(
    subject: str, discreet: str = "", *, language: Language = "en", body: str = BODY
) -> TextDraft:
    return TextDraft(
        channel="email", language=language, subject=subject, body=body, discreet=discreet
    )


def launch(runtime: Runtime, *texts: TextDraft) -> int:
    now = runtime.clock.now()
    with runtime.db.transaction() as session:
        template = save_template(session, name="A test", texts=texts, now=now)
        return start_mailing(
            session,
            kind="letter",
            channel=texts[0].channel,
            template_id=template.id,
            recipients=EVERYBODY,
            topic="permanent-status",
            campaign_ref=None,
            facts=FACTS,
            now=now,
        ).id


def test_a_discreet_person_sees_other_words_where_the_subject_tells(
    sending: Runtime, transports: Transports, sandbox: Sandbox, telling: Telling
) -> None:
    now = sending.clock.now()
    with sending.db.transaction() as session:
        add_contact(session, 1, now=now)
        add_contact(session, 2, now=now, discreet=True)

    launch(sending, mail_of("{{ demand }} now, {{ given_name }}", "A word, {{ given_name }}"))
    drain(sending, transports, worker="one")

    open_mail, discreet = (
        sandbox.mail(one["seq"])
        for number in (1, 2)
        for one in sandbox.messages(to=f"person{number}@example.org")
    )
    assert open_mail["subject"] == "Permanent Status now, Given1"
    assert discreet["subject"] == "A word, Given2"
    assert discreet["from"]["name"] == sending.settings.sendgrid.discreet_name_en
    assert discreet["from"]["email"] == open_mail["from"]["email"]
    # The mail itself is the same; only what stands before its first words is not.
    assert open_mail["text"].startswith("Trafficked persons")
    assert discreet["text"].startswith("A few lines for you.\n\nTrafficked persons")
    assert "A few lines for you." not in open_mail["html"]
    assert discreet["html"].index("A few lines for you.") < discreet["html"].index("Trafficked")
    for mail in (open_mail, discreet):
        assert "~p0~" not in mail["html"]
        assert "~p1~" not in mail["text"]


WORDS = st.sampled_from((*TITLES, "Trafficking", "la traite", "a word", "un mot", "{{ demand }}"))
LINES = st.lists(WORDS, min_size=1, max_size=3).map(" ".join)
_NUMBERS = count(100)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(subject=LINES, discreet=st.one_of(st.just(""), LINES), name=WORDS)
def test_no_word_of_any_demand_is_on_a_discreet_screen(
    sending: Runtime,
    transports: Transports,
    sandbox: Sandbox,
    telling: Telling,
    subject: str,
    discreet: str,
    name: str,
) -> None:
    now = sending.clock.now()
    sandbox.reset()
    with sending.db.transaction() as session:
        for language in LANGUAGES:
            contact = add_contact(
                session, next(_NUMBERS), now=now, language=language, discreet=True
            )
            contact.given_name = name

    launch(sending, *(mail_of(subject, discreet, language=language) for language in LANGUAGES))
    drain(sending, transports, worker="one")

    mails = [sandbox.mail(one["seq"]) for one in sandbox.messages()]
    assert mails
    for mail in mails:
        assert telling.words_in(mail["subject"]) == ()
        assert telling.words_in(mail["from"]["name"]) == ()
        assert telling.words_in(mail["text"].partition("\n\n")[0]) == ()


def test_the_preview_of_a_mail_ends_before_its_first_words(
    sending: Runtime, transports: Transports, sandbox: Sandbox, telling: Telling
) -> None:
    with sending.db.transaction() as session:
        add_contact(session, 1, now=sending.clock.now(), discreet=True)
    launch(sending, mail_of("A word"))
    drain(sending, transports, worker="one")
    [one] = sandbox.messages()
    page = sandbox.mail(one["seq"])["html"]
    before = page[page.index("A few lines for you.") : page.index("Trafficked")]
    assert before.count("&#8199;") > PREVIEW_CHARACTERS


def test_a_text_message_that_tells_goes_to_discreet_people_in_other_words_or_not_at_all(
    sending: Runtime, transports: Transports, sandbox: Sandbox, telling: Telling
) -> None:
    now = sending.clock.now()
    with sending.db.transaction() as session:
        add_contact(session, 101, now=now)
        add_contact(session, 102, now=now, discreet=True)
    tells = "Permanent status: {{ action_url }} STOP to leave."

    launch(sending, TextDraft(channel="sms", language="en", body=tells))
    drain(sending, transports, worker="one")
    with sending.db.read() as session:
        assert sorted(
            (one.state, one.reason or "") for one in session.scalars(select(Message))
        ) == [("accepted", ""), ("skipped", "not_discreet")]

    discreet = "Five minutes this week? {{ action_url }} STOP to leave."
    launch(sending, TextDraft(channel="sms", language="en", body=tells, discreet=discreet))
    drain(sending, transports, worker="one")
    [body] = [one["body"] for one in sandbox.messages("sms", to="+16135550102")]
    assert body.startswith("Five minutes this week? http")


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_has_no_neutral_subject_goes_under_a_general_one(
    language: Language, now: datetime
) -> None:
    text = TemplateText(channel="email", language=language, subject="Trafficking", discreet="")
    line = discreet_line(text, language=language, facts={}, telling=telling_in_file())
    assert line is not None
    assert line.for_person({"given_name": "Aspen"}) == GENERAL[language]


@pytest.mark.parametrize(
    ("subject", "discreet", "problem"),
    [
        ("A word this week", "", None),
        ("About {{ demand }}", "", "discreet_missing"),
        ("{% if mp %}Trafficking{% else %}A word{% endif %}", "", "discreet_missing"),
        ("About {{ demand }}", "A word", None),
        ("A word", "The STATUT PERMANENT", "discreet_tells"),
        ("Réfugiés", "", "discreet_missing"),
    ],
)
def test_whoever_writes_is_told_what_tells(
    telling: Telling, subject: str, discreet: str, problem: str | None
) -> None:
    text = TemplateText(channel="email", language="en", subject=subject, discreet=discreet)
    found = telling_problem(text, facts=FACTS["en"], telling=telling)
    assert (found[0] if found else None) == problem


def test_our_own_messages_and_general_words_tell_nothing(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        load_demands(session, read_content().demands, now)
        telling = telling_words(session)
    assert [line for line in GENERAL.values() if telling.words_in(line)] == []
    for message in read_messages():
        for one in message.texts:
            text = TemplateText(
                channel=one.channel,
                language=one.language,
                subject=one.subject,
                body=one.body,
                discreet=one.discreet,
            )
            assert telling_problem(text, facts={}, telling=telling) is None, message.key
