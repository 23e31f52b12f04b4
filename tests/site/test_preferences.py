"""A supporter's own page: it does what it says, tells nobody who they are, and keeps the proof."""

from datetime import datetime, time, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from mobilize.accounts.models import AuditEntry
from mobilize.contacts.consent_models import ConsentEvent, ConsentWording, Suppression
from mobilize.contacts.erasing import erase
from mobilize.contacts.models import Contact
from mobilize.contacts.service import suppress, withdraw
from mobilize.core.clock import VirtualClock
from mobilize.messaging.gate import gate
from mobilize.messaging.policy import policy_from
from mobilize.runtime import Runtime
from mobilize.strategy.models import DemandVersion
from tests.support.own_pages import TOPICS, OwnPage, own_page

SAVE = {
    "language": "en",
    "asked": ["email", "sms"],
    "named": list(TOPICS),
    "email_on": "yes",
    "email_topic": list(TOPICS),
    "sms_on": "yes",
    "sms_topic": list(TOPICS),
    "discreet": "keep",
    "no_voicemail": "keep",
    "safe_channel": "keep",
    "safe_hours": "keep",
}


@pytest.fixture
def page(runtime: Runtime, client: FlaskClient, now: datetime) -> OwnPage:
    return own_page(runtime, client, now)


def save(page: OwnPage, **changes: object) -> TestResponse:
    form = {name: value for name, value in {**SAVE, **changes}.items() if value is not None}
    return page.client.post(page.address, data=form)


def later(page: OwnPage) -> datetime:
    """A minute passes: a yes and a no of the same instant are a no."""
    clock = page.runtime.clock
    assert isinstance(clock, VirtualClock)
    return clock.advance(timedelta(minutes=1))


def refusal(page: OwnPage, channel: str, topic: str = "") -> str | None:
    """What the gate says of the person at this moment."""
    runtime = page.runtime
    rules = gate(
        channel="sms" if channel == "sms" else "email",
        kind="alert",
        topic=topic,
        now=runtime.clock.now(),
        policy=policy_from(runtime.settings),
        recent=(),
    )
    statement = select(rules.refusal).select_from(Contact).where(Contact.id == page.contact_id)
    for consent, condition in rules.joins:
        statement = statement.outerjoin(consent, condition)
    with runtime.db.read() as session:
        return session.scalars(statement).one()


def events(page: OwnPage) -> list[tuple[str, str, str]]:
    """What the ledger took up through the page."""
    with page.runtime.db.read() as session:
        rows = session.execute(
            select(ConsentEvent.channel, ConsentEvent.topic, ConsentEvent.action)
            .where(ConsentEvent.source == "preferences page")
            .order_by(ConsentEvent.id)
        )
        return [(channel, topic, action) for channel, topic, action in rows]


def everything_on_file(runtime: Runtime) -> tuple[object, ...]:
    with runtime.db.read() as session:
        person = session.scalars(select(Contact)).one()
        counts = [
            session.scalar(select(func.count()).select_from(table))
            for table in (ConsentEvent, AuditEntry, Suppression, ConsentWording)
        ]
        return (*counts, *(getattr(person, column.key) for column in Contact.__table__.columns))


def test_opening_the_page_changes_nothing(page: OwnPage) -> None:
    before = everything_on_file(page.runtime)
    for _ in range(2):
        answer = page.client.get(page.address)
        assert answer.status_code == 200
        assert page.client.head(page.address).status_code == 200
    assert everything_on_file(page.runtime) == before


def test_a_forwarded_link_shows_no_name_no_address_and_no_wish_for_safety(
    runtime: Runtime, client: FlaskClient, now: datetime
) -> None:
    page = own_page(
        runtime,
        client,
        now,
        discreet=True,
        safe_from=time(18, 5),
        safe_until=time(20, 10),
        no_voicemail=True,
    )
    text = client.get(page.address).text
    assert "Not you?" in text
    for secret in ("Given1", "Family1", "person1", "5550001", "0001", "18:05", "20:10"):
        assert secret not in text
    plain = own_page(runtime, client, now, number=2)
    assert text.replace(page.token, "") == client.get(plain.address).text.replace(plain.token, "")


def test_saving_without_a_change_writes_nothing(page: OwnPage) -> None:
    before = everything_on_file(page.runtime)
    answer = save(page)
    assert answer.status_code == 303
    assert "Saved" in page.client.get(answer.location).text
    assert everything_on_file(page.runtime) == before


def test_a_topic_is_left_on_one_channel_and_taken_up_again(page: OwnPage) -> None:
    save(page, email_topic=["access-to-services"])
    assert refusal(page, "email", "permanent-status") == "left_topic"
    assert refusal(page, "email", "access-to-services") is None
    assert refusal(page, "sms", "permanent-status") is None

    later(page)
    save(page)
    assert refusal(page, "email", "permanent-status") is None
    assert events(page) == [
        ("email", "permanent-status", "withdrawn"),
        ("email", "permanent-status", "granted"),
    ]


def test_a_channel_goes_off_at_once_and_comes_back_with_its_proof(page: OwnPage) -> None:
    save(page, email_on=None)
    assert refusal(page, "email") == "suppressed"
    assert refusal(page, "sms") is None

    later(page)
    save(page)

    assert refusal(page, "email") is None
    with page.runtime.db.read() as session:
        person = session.get_one(Contact, page.contact_id)
        off, on = session.execute(
            select(ConsentEvent, ConsentWording)
            .join(ConsentWording, ConsentWording.id == ConsentEvent.wording_id)
            .where(ConsentEvent.source == "preferences page", ConsentEvent.topic == "")
            .order_by(ConsentEvent.id)
        ).all()
    for event, wording in (off, on):
        assert event.actor == "supporter"
        assert event.address_hash == person.email_hash
        assert (wording.name, wording.language) == ("preferences-email", "en")
        assert wording.text.startswith("I want emails from")
    assert (off[0].action, on[0].action) == ("withdrawn", "granted")
    assert (on[0].basis, on[0].expires_at) == ("express", None)
    assert str(page.message_id) in on[0].evidence


def test_somebody_who_comes_back_with_one_topic_gets_that_topic_alone(page: OwnPage) -> None:
    save(page, email_on=None)
    later(page)
    save(page, email_topic=["access-to-services"])
    assert refusal(page, "email", "access-to-services") is None
    assert refusal(page, "email", "permanent-status") == "left_topic"


def test_the_ledger_keeps_the_words_in_the_language_that_they_were_shown_in(page: OwnPage) -> None:
    form = {**SAVE, "language": "en", "email_topic": ["access-to-services"]}
    page.client.post(page.address.replace("/en/", "/fr/"), data=form)
    with page.runtime.db.read() as session:
        [wording] = session.scalars(select(ConsentWording))
    assert (wording.language, wording.name) == ("fr", "preferences-email-permanent-status")
    assert wording.text.startswith("Je veux recevoir")
    assert wording.text.endswith("Sujet 1")
    assert page.contact().language == "en"


def test_texts_that_come_back_by_a_link_in_an_email_rest_on_the_confirmed_number(
    page: OwnPage,
) -> None:
    save(page, sms_on=None)
    later(page)
    save(page)
    assert refusal(page, "sms") is None
    with page.runtime.db.read() as session:
        evidence = session.scalars(
            select(ConsentEvent.evidence).where(
                ConsentEvent.channel == "sms", ConsentEvent.source == "preferences page"
            )
        ).all()
    assert all("number confirmed by text on 2026-11-22" in one for one in evidence)


def test_what_a_page_opened_earlier_did_not_ask_stays_as_it_is(page: OwnPage) -> None:
    """A demand was adopted since, or texts were not shown: silence is no answer."""
    save(page, asked=["email"], sms_on=None, sms_topic=None)
    save(page, named=["access-to-services"], email_topic=["access-to-services"])
    assert events(page) == []
    for topic in TOPICS:
        assert refusal(page, "email", topic) is refusal(page, "sms", topic) is None


def test_where_no_demand_is_adopted_a_channel_is_chosen_as_a_whole(page: OwnPage) -> None:
    with page.runtime.db.transaction() as session:
        session.execute(update(DemandVersion).values(state="superseded"))
    whole = {"named": None, "email_topic": None, "sms_topic": None}
    save(page, email_on=None, **whole)
    assert refusal(page, "email") == "suppressed"
    later(page)
    assert save(page, **whole).status_code == 303
    assert refusal(page, "email") is None
    assert events(page) == [("email", "", "withdrawn"), ("email", "", "granted")]


def test_who_left_topic_after_topic_finds_the_channel_off_and_may_save_the_rest(
    page: OwnPage,
) -> None:
    with page.runtime.db.transaction() as session:
        for topic in TOPICS:
            withdraw(
                session,
                contact_id=page.contact_id,
                channel="email",
                topic=topic,
                source="leave page",
                actor="supporter",
                now=page.runtime.clock.now(),
            )
    text = page.client.get(page.address).text
    assert 'name="email_on" value="yes">' in text
    assert 'name="sms_on" value="yes" checked' in text
    answer = save(page, email_on=None, email_topic=None, discreet="yes")
    assert answer.status_code == 303
    assert events(page) == []
    later(page)
    save(page, email_topic=["access-to-services"])
    assert refusal(page, "email", "access-to-services") is None
    assert refusal(page, "email", "permanent-status") == "left_topic"


def test_texts_come_back_only_to_a_number_that_was_confirmed(
    runtime: Runtime, client: FlaskClient, now: datetime
) -> None:
    page = own_page(runtime, client, now, sms_confirmed=False)
    assert "sms_on" not in client.get(page.address).text
    save(page)
    assert refusal(page, "sms") == "sms_not_confirmed"
    assert events(page) == []


def test_emails_come_back_only_by_a_link_that_came_by_email(
    runtime: Runtime, client: FlaskClient, now: datetime
) -> None:
    page = own_page(runtime, client, now, channel="sms")
    assert save(page, email_on=None).status_code == 303
    assert refusal(page, "email") == "suppressed"
    later(page)
    assert "email_on" not in client.get(page.address).text
    answer = save(page)
    assert answer.status_code == 422
    assert "use the link in one of our emails" in answer.text
    assert refusal(page, "email") == "suppressed"


@pytest.mark.parametrize("reason", ["complaint", "bounced", "organizer", "stop"])
def test_what_others_closed_the_page_does_not_open(page: OwnPage, reason: str) -> None:
    with page.runtime.db.transaction() as session:
        person = session.get_one(Contact, page.contact_id)
        assert person.email_hash is not None
        suppress(
            session,
            channel="email",
            address_hash=person.email_hash,
            reason=reason,
            now=page.runtime.clock.now(),
        )
    answer = save(page)
    assert answer.status_code == 422
    assert refusal(page, "email") == "suppressed"


def test_wishes_for_safety_are_kept_until_they_are_changed(page: OwnPage) -> None:
    save(
        page,
        discreet="yes",
        no_voicemail="yes",
        safe_channel="email",
        safe_hours="between",
        safe_from="22:00",
        safe_until="06:00",
    )
    person = page.contact()
    assert (person.discreet, person.no_voicemail, person.safe_channel) == (True, True, "email")
    assert (person.safe_from, person.safe_until) == (time(22), time(6))

    save(page, language="fr")
    person = page.contact()
    assert (person.language, person.discreet, person.safe_from) == ("fr", True, time(22))

    save(page, discreet="no", no_voicemail="no", safe_channel="any", safe_hours="any")
    person = page.contact()
    assert (person.discreet, person.no_voicemail, person.safe_channel) == (False, False, None)
    assert (person.safe_from, person.safe_until) == (None, None)


def test_a_link_over_another_channel_does_not_tell_of_the_safe_one(
    runtime: Runtime, client: FlaskClient, now: datetime
) -> None:
    page = own_page(runtime, client, now, safe_channel="sms")
    text = client.get(page.address).text
    assert "email_on" in text
    assert "sms_on" not in text
    save(page, sms_on=None, sms_topic=None)
    assert refusal(page, "sms") is None


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        ({"safe_from": "09:00", "safe_until": "09:00"}, "nothing could ever come"),
        ({"safe_from": "09:00"}, "Write both times"),
        ({"safe_from": "nine", "safe_until": "10:00"}, "Write both times"),
    ],
)
def test_hours_that_never_open_are_refused_and_what_was_typed_stays(
    page: OwnPage, hours: dict[str, str], words: str
) -> None:
    answer = save(page, safe_hours="between", email_topic=["access-to-services"], **hours)
    assert answer.status_code == 422
    assert words in answer.text
    assert f'value="{hours["safe_from"]}"' in answer.text
    assert 'value="between" checked' in answer.text
    assert 'value="access-to-services" checked' in answer.text
    assert answer.text.count('value="permanent-status" checked') == 1
    assert page.contact().safe_from is None
    assert events(page) == []


def test_a_channel_without_a_topic_is_asked_about(page: OwnPage) -> None:
    answer = save(page, email_topic=None)
    assert answer.status_code == 422
    assert "Choose at least one topic" in answer.text


def test_a_pause_holds_for_its_days_and_ends_at_a_word(page: OwnPage) -> None:
    answer = page.client.post(f"{page.address}/pause", data={"do": "pause"})
    assert "Paused" in page.client.get(answer.location).text
    assert refusal(page, "email") == refusal(page, "sms") == "paused"
    days = page.runtime.settings.self_service.pause_days
    assert page.contact().paused_until == page.runtime.clock.now() + timedelta(days=days)

    page.client.post(f"{page.address}/pause", data={"do": "resume"})
    assert refusal(page, "email") is None

    page.client.post(f"{page.address}/pause", data={"do": "pause"})
    clock = page.runtime.clock
    assert isinstance(clock, VirtualClock)
    clock.advance(timedelta(days=days, seconds=1))
    assert refusal(page, "email") is None


def test_every_change_is_audited_without_what_it_was(page: OwnPage) -> None:
    save(page, discreet="yes", email_topic=["access-to-services"])
    with page.runtime.db.read() as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    for entry in entries:
        assert (entry.actor, entry.subject_id) == ("supporter", page.contact().public_id)
    assert [(entry.action, entry.facts) for entry in entries] == [
        ("contact.preferences", {"changed": ["email"]}),
        ("contact.prefer", {"fields": ["discreet"]}),
    ]


@pytest.mark.parametrize("way", ["forged", "erased", "moved on", "never sent"])
def test_a_link_that_is_nobodys_any_more_looks_like_a_forged_one(page: OwnPage, way: str) -> None:
    token = page.token
    with page.runtime.db.transaction() as session:
        person = session.get_one(Contact, page.contact_id)
        if way == "forged":
            token = "A" * 22
        elif way == "erased":
            erase(session, contact=person, actor="supporter", now=page.runtime.clock.now())
        elif way == "moved on":
            person.email, person.email_hash = "other@example.org", b"o" * 32
        else:
            token = page.runtime.links.seal("preferences", page.message_id + 1000)
    for path in ("", "/data/copy", "/data/erase", "/data/change"):
        for method in ("GET", "POST"):
            answer = page.client.open(f"/en/preferences/{token}{path}", method=method)
            assert answer.status_code == 404
            assert "Given1" not in answer.text


def test_a_link_leads_on_to_the_record_that_stands_for_the_person(
    page: OwnPage, now: datetime
) -> None:
    other = own_page(page.runtime, page.client, now, number=2)
    with page.runtime.db.transaction() as session:
        merged = session.get_one(Contact, page.contact_id)
        merged.state, merged.merged_into_id = "merged", other.contact_id
        kept = session.get_one(Contact, other.contact_id)
        # The address went over to the record that stands.
        merged_hash, merged.email, merged.email_hash = merged.email_hash, None, None
        session.flush()
        kept.email_hash = merged_hash
    save(page, discreet="yes")
    assert other.contact().discreet


def test_the_leave_page_leads_to_the_choices(page: OwnPage) -> None:
    leave = page.runtime.links.seal("leave", page.message_id)
    text = page.client.get(f"/fr/leave/{leave}").text
    assert f"/fr/preferences/{page.token}" in text


def test_the_links_of_leaving_and_of_acting_do_not_open_the_page(page: OwnPage) -> None:
    for purpose in ("leave", "act", "provider"):
        token = page.runtime.links.seal(purpose, page.message_id)
        assert page.client.get(f"/en/preferences/{token}").status_code == 404
