"""A mailing goes out once to each person who may get it, judged by the sandbox's own ledger."""

import logging
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
import python_http_client.client
from sqlalchemy import select

from mobilize.contacts import merging
from mobilize.contacts.consent_models import ConsentEvent, Suppression
from mobilize.contacts.models import Contact
from mobilize.core.clock import VirtualClock
from mobilize.messaging.events import Event, apply
from mobilize.messaging.known import Known
from mobilize.messaging.models import Chunk, Mailing, Message, Submission
from mobilize.messaging.policy import policy_from
from mobilize.messaging.providers.transports import Transports
from mobilize.messaging.queries import forecast
from mobilize.messaging.queueing import queue_to_address, queue_to_contact
from mobilize.messaging.sending import drain
from mobilize.messaging.service import cancel_mailing, pause_mailing, resume_mailing, start_mailing
from mobilize.messaging.templates import TextDraft, save_template
from mobilize.runtime import Runtime
from tests.messaging.people import add_contact
from tests.support.sandbox import Sandbox

TEXTS = (
    TextDraft(
        channel="email",
        language="en",
        subject="A word, {{ given_name | default: 'friend' }}",
        body="Hello {{ given_name }}.\n\n[Act now]({{ action_url }})",
    ),
    TextDraft(
        channel="email",
        language="fr",
        subject="Un mot, {{ given_name | default: 'bonjour' }}",
        body="Bonjour {{ given_name }}.\n\n[Agir]({{ action_url }})",
    ),
    TextDraft(channel="sms", language="en", body="Act: {{ action_url }} STOP to leave."),
    TextDraft(channel="sms", language="fr", body="Agir: {{ action_url }} ARRET pour quitter."),
)

EVERYBODY = select(Contact.id, Contact.language).where(Contact.kind == "supporter")


def launch(runtime: Runtime, channel: str = "email", kind: str = "alert") -> int:
    now = runtime.clock.now()
    with runtime.db.transaction() as session:
        template = save_template(session, key="test", name="A test", texts=TEXTS, now=now)
        return start_mailing(
            session,
            kind=kind,
            channel="email" if channel == "email" else "sms",
            template_id=template.id,
            recipients=EVERYBODY,
            topic="permanent-status",
            campaign_ref=None,
            facts={},
            now=now,
        ).id


def states(runtime: Runtime, mailing_id: int) -> Counter[tuple[str, str | None]]:
    with runtime.db.read() as session:
        rows = session.execute(
            select(Message.state, Message.reason).where(Message.mailing_id == mailing_id)
        )
        return Counter((row.state, row.reason) for row in rows)


def test_each_person_gets_the_mail_once_in_their_language(
    sending: Runtime, transports: Transports, sandbox: Sandbox
) -> None:
    with sending.db.transaction() as session:
        for number in range(1, 8):
            add_contact(
                session, number, now=sending.clock.now(), language="fr" if number % 2 else "en"
            )
    mailing_id = launch(sending)

    drain(sending, transports, worker="one")

    assert states(sending, mailing_id) == {("accepted", None): 7}
    mails = sandbox.messages()
    assert sorted(mail["to"] for mail in mails) == [f"person{n}@example.org" for n in range(1, 8)]
    first = sandbox.mail(next(m["seq"] for m in mails if m["to"] == "person1@example.org"))
    assert first["subject"] == "Un mot, Given1"
    assert "Bonjour Given1." in first["text"]
    assert "/fr/a/" in first["html"]
    assert first["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    with sending.db.read() as session:
        assert session.get_one(Mailing, mailing_id).state == "done"


def test_who_may_not_be_written_to_is_skipped_with_the_reason(
    sending: Runtime, transports: Transports, sandbox: Sandbox
) -> None:
    now = sending.clock.now()
    with sending.db.transaction() as session:
        add_contact(session, 1, now=now)
        add_contact(session, 2, now=now, consents=())
        add_contact(session, 3, now=now, language=None)
        add_contact(session, 4, now=now, email=None)
        add_contact(session, 5, now=now, state="tombstoned")
        add_contact(session, 6, now=now, safe_channel="sms")
        add_contact(session, 7, now=now, state="merged")
        add_contact(session, 8, now=now, do_not_contact=True)
        # What is asked for the person's safety is named first.
        add_contact(session, 9, now=now, do_not_contact=True, consents=())
    with sending.db.read() as session:
        foreseen = forecast(
            session,
            recipients=EVERYBODY,
            kind="alert",
            channel="email",
            topic="permanent-status",
            now=now,
            policy=policy_from(sending.settings),
        )
    mailing_id = launch(sending)

    drain(sending, transports, worker="one")

    expected = {
        ("accepted", None): 1,
        ("skipped", "no_consent"): 1,
        ("skipped", "no_language"): 1,
        ("skipped", "no_address"): 1,
        ("skipped", "erased"): 1,
        ("skipped", "safe_channel"): 1,
        ("skipped", "merged"): 1,
        ("skipped", "do_not_contact"): 2,
    }
    assert states(sending, mailing_id) == expected
    assert Counter({one.reason: one.people for one in foreseen}) == {
        reason: people for (_, reason), people in expected.items()
    }
    assert [mail["to"] for mail in sandbox.messages()] == ["person1@example.org"]


def test_texts_go_only_to_numbers_that_were_confirmed_by_text(
    sending: Runtime, transports: Transports, sandbox: Sandbox
) -> None:
    now = sending.clock.now()
    with sending.db.transaction() as session:
        add_contact(session, 101, now=now)
        add_contact(session, 102, now=now, sms_confirmed=False)
    mailing_id = launch(sending, "sms")

    drain(sending, transports, worker="one")

    assert states(sending, mailing_id) == {
        ("accepted", None): 1,
        ("skipped", "sms_not_confirmed"): 1,
    }
    assert [text["to"] for text in sandbox.messages("sms")] == ["+16135550101"]


def test_a_number_that_opted_out_at_the_provider_has_withdrawn(
    sending: Runtime, transports: Transports, sandbox: Sandbox
) -> None:
    now = sending.clock.now()
    with sending.db.transaction() as session:
        contact = add_contact(session, 101, now=now)
        add_contact(session, 102, now=now)
    sandbox.faults("twilio", "400", count=1, code=21610, to="+16135550101")
    first = launch(sending, "sms")
    drain(sending, transports, worker="one")

    assert states(sending, first) == {
        ("refused", "opted_out_at_provider"): 1,
        ("accepted", None): 1,
    }
    with sending.db.read() as session:
        assert set(session.scalars(select(Suppression.reason))) == {"stop"}
        last = select(ConsentEvent.action).where(ConsentEvent.contact_id == contact.id)
        newest = last.order_by(ConsentEvent.id.desc()).limit(1)
        assert session.scalar(newest) == "withdrawn"


def test_one_bad_address_costs_the_others_nothing(
    sending: Runtime, transports: Transports, sandbox: Sandbox
) -> None:
    now = sending.clock.now()
    with sending.db.transaction() as session:
        for number in range(1, 6):
            add_contact(session, number, now=now)
        add_contact(session, 9, now=now, email="not-an-address")
    mailing_id = launch(sending)

    drain(sending, transports, worker="one")

    assert states(sending, mailing_id) == {
        ("accepted", None): 5,
        ("refused", "invalid_address"): 1,
    }
    assert sandbox.summary()["duplicates"]["by_opaque_id"]["count"] == 0


def test_a_call_without_an_answer_is_never_made_again(
    sending: Runtime, transports: Transports, sandbox: Sandbox
) -> None:
    with sending.db.transaction() as session:
        add_contact(session, 1, now=sending.clock.now())
    mailing_id = launch(sending)
    sandbox.faults("sendgrid", "accept_then_reset", count=1)

    drain(sending, transports, worker="one")
    drain(sending, transports, worker="two")

    assert states(sending, mailing_id) == {("unknown", "no_answer"): 1}
    assert len(sandbox.messages()) == 1


def test_a_revoked_key_pauses_and_burns_nothing(
    sending: Runtime, transports: Transports, sandbox: Sandbox
) -> None:
    with sending.db.transaction() as session:
        add_contact(session, 1, now=sending.clock.now())
    mailing_id = launch(sending)
    sandbox.faults("sendgrid", "401", count=1)

    drain(sending, transports, worker="one")

    assert states(sending, mailing_id) == {("queued", None): 1}
    assert sandbox.messages() == []


def test_a_busy_provider_is_left_alone_for_as_long_as_it_asked(
    sending: Runtime, transports: Transports, sandbox: Sandbox
) -> None:
    with sending.db.transaction() as session:
        add_contact(session, 1, now=sending.clock.now())
    mailing_id = launch(sending)
    sandbox.faults("sendgrid", "429", count=1, retry_after=0)

    drain(sending, transports, worker="one")
    drain(sending, transports, worker="one")

    assert states(sending, mailing_id) == {("accepted", None): 1}
    with sending.db.read() as session:
        assert sorted(session.scalars(select(Submission.state))) == ["accepted", "not_sent"]


def test_a_paused_mailing_waits_and_goes_on(
    sending: Runtime, transports: Transports, sandbox: Sandbox
) -> None:
    with sending.db.transaction() as session:
        add_contact(session, 1, now=sending.clock.now())
    mailing_id = launch(sending)
    with sending.db.transaction() as session:
        pause_mailing(session, mailing_id=mailing_id, reason="a mistake in the text")
    drain(sending, transports, worker="one")
    assert states(sending, mailing_id) == {("queued", None): 1}

    with sending.db.transaction() as session:
        resume_mailing(session, mailing_id=mailing_id)
    drain(sending, transports, worker="one")

    assert states(sending, mailing_id) == {("accepted", None): 1}


def test_what_cannot_be_made_ready_pauses_its_mailing_and_holds_up_nothing_else(
    sending: Runtime, transports: Transports, sandbox: Sandbox
) -> None:
    now = sending.clock.now()
    with sending.db.transaction() as session:
        contact = add_contact(session, 1, now=now)
    blast = launch(sending)
    with sending.db.transaction() as session:
        queue_to_contact(
            session,
            template_key="test",
            contact_id=contact.id,
            language="en",
            dedupe_key="broken",
            now=now,
            links={"stay": {"purpose": "stay", "id": "no number"}},
        )

    drain(sending, transports, worker="one")

    assert states(sending, blast) == {("accepted", None): 1}
    with sending.db.read() as session:
        (stopped,) = session.scalars(select(Mailing).where(Mailing.state == "paused"))
        assert stopped.pause_reason == "not_ready ValueError"
        assert sorted(session.scalars(select(Submission.state))) == ["accepted", "not_sent"]
    assert states(sending, stopped.id) == {("queued", None): 1}


def test_what_a_sender_remembers_outlives_a_step_that_was_undone(
    sending: Runtime, transports: Transports, sandbox: Sandbox
) -> None:
    with sending.db.transaction() as session:
        add_contact(session, 1, now=sending.clock.now())
    mailing_id, known = launch(sending), Known()

    def words() -> str:
        with sending.db.transaction() as session:
            chunk = session.scalars(select(Chunk)).one()
            text = known.text_of(session, session.get_one(Mailing, mailing_id), chunk, "en")
            assert text is not None
            session.rollback()
            return text.body

    assert words() == words() == TEXTS[0].body


def test_a_cancelled_mailing_says_so_at_every_message(
    sending: Runtime, transports: Transports, sandbox: Sandbox
) -> None:
    now = sending.clock.now()
    with sending.db.transaction() as session:
        add_contact(session, 1, now=now)
    mailing_id = launch(sending)
    with sending.db.transaction() as session:
        cancel_mailing(session, mailing_id=mailing_id, now=now)

    drain(sending, transports, worker="one")

    assert states(sending, mailing_id) == {("cancelled", "cancelled"): 1}
    assert sandbox.messages() == []


def test_a_transactional_message_goes_before_a_blast_and_once(
    sending: Runtime, transports: Transports, sandbox: Sandbox
) -> None:
    now = sending.clock.now()
    with sending.db.transaction() as session:
        add_contact(session, 1, now=now)
        add_contact(session, 2, now=now)
        contact = add_contact(session, 3, now=now)
    launch(sending)
    with sending.db.transaction() as session:
        for _ in range(2):
            queue_to_contact(
                session,
                template_key="test",
                contact_id=contact.id,
                language="en",
                dedupe_key="thanks:1",
                now=now,
            )
        queue_to_address(
            session,
            template_key="test",
            address="representative@example.org",
            language="fr",
            dedupe_key="confirm:1",
            now=now,
        )

    drain(sending, transports, worker="one")

    addresses = [mail["to"] for mail in sandbox.messages()]
    assert set(addresses[:2]) == {"person3@example.org", "representative@example.org"}
    assert Counter(addresses)["person3@example.org"] == 2


def test_nobody_hears_more_often_than_the_cap_allows(
    sending: Runtime, transports: Transports, sandbox: Sandbox
) -> None:
    with sending.db.transaction() as session:
        add_contact(session, 1, now=sending.clock.now())
    for _ in range(sending.settings.sending.email_per_week):
        launch(sending)
        drain(sending, transports, worker="one")
    mailing_id = launch(sending)

    drain(sending, transports, worker="one")

    assert states(sending, mailing_id) == {("skipped", "frequency_cap"): 1}


@pytest.mark.parametrize(("cap", "before"), [(2, 1), (3, 2)])
def test_what_each_record_of_a_person_got_counts_towards_the_cap(
    sending: Runtime, transports: Transports, sandbox: Sandbox, cap: int, before: int
) -> None:
    runtime = capped(sending, cap)
    now = runtime.clock.now()
    with runtime.db.transaction() as session:
        kept, merged, _ = (add_contact(session, number, now=now) for number in (1, 2, 3))
    for _ in range(before):
        launch(runtime)
        drain(runtime, transports, worker="one")
    with runtime.db.transaction() as session:
        pair = (session.get_one(Contact, one.id) for one in (kept, merged))
        merging.merge(session, kept=next(pair), merged=next(pair), actor="command", now=now)

    mailing_id = launch(runtime)
    drain(runtime, transports, worker="one")

    assert states(runtime, mailing_id) == {
        ("skipped", "frequency_cap"): 1,
        ("skipped", "merged"): 1,
        ("accepted", None): 1,
    }
    assert sandbox.messages()[-1]["to"] == "person3@example.org"


@pytest.mark.parametrize("earlier", [0, 1])
def test_a_cap_of_nought_lets_nothing_go_to_many(
    sending: Runtime, transports: Transports, earlier: int
) -> None:
    with sending.db.transaction() as session:
        add_contact(session, 1, now=sending.clock.now())
    for _ in range(earlier):
        launch(sending)
        drain(sending, transports, worker="one")
    runtime = capped(sending, 0)
    mailing_id = launch(runtime)
    drain(runtime, transports, worker="one")
    assert states(runtime, mailing_id) == {("skipped", "frequency_cap"): 1}


def capped(runtime: Runtime, per_week: int) -> Runtime:
    """The same, with another limit of emails to a person."""
    limits = replace(runtime.settings.sending, email_per_week=per_week)
    return replace(runtime, settings=replace(runtime.settings, sending=limits))


def test_what_was_delivered_late_counts_towards_the_cap_from_then(
    sending: Runtime, transports: Transports, clock: VirtualClock
) -> None:
    most = sending.settings.sending.email_per_week
    start = clock.now()
    with sending.db.transaction() as session:
        add_contact(session, 1, now=start)
    for _ in range(most):
        launch(sending)
    drain(sending, transports, worker="one")
    clock.set(start + timedelta(days=3))
    with sending.db.transaction() as session:
        late = [
            Event(
                provider="sendgrid",
                key=f"late:{message_id}",
                message_id=message_id,
                kind="delivered",
                state="delivered",
                suppress=None,
                occurred_at=clock.now(),
                facts={},
            )
            for message_id in session.scalars(select(Message.id))
        ]
        apply(session, late, now=clock.now())

    clock.set(start + timedelta(days=8))
    within_a_week = launch(sending)
    drain(sending, transports, worker="one")
    clock.set(start + timedelta(days=11))
    after_it = launch(sending)
    drain(sending, transports, worker="one")

    assert states(sending, within_a_week) == {("skipped", "frequency_cap"): 1}
    assert states(sending, after_it) == {("accepted", None): 1}


def test_not_even_a_log_of_everything_holds_an_address(
    sending: Runtime,
    transports: Transports,
    sandbox: Sandbox,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with sending.db.transaction() as session:
        add_contact(session, 1, now=sending.clock.now())
    launch(sending)
    sdk = logging.getLogger(python_http_client.client.__name__)
    # Whoever configures logging turns off the loggers that are there already.
    monkeypatch.setattr(sdk, "disabled", False)

    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.DEBUG, logger=sdk.name):
        drain(sending, transports, worker="one")

    (to,) = [mail["to"] for mail in sandbox.messages()]
    said = [record.getMessage() for record in caplog.records]
    assert any("/v3/mail/send" in line for line in said)
    assert not any(to in line for line in said)
