"""The proof of consent answers on what ground each message went, in words and in JSON."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from mobilize.accounts.models import AuditEntry
from mobilize.contacts.identity_models import Merge
from mobilize.contacts.ledger import NewConsent, record
from mobilize.contacts.models import Contact
from mobilize.contacts.projection import refresh_projection
from mobilize.contacts.queries import by_id
from mobilize.contacts.service import withdraw
from mobilize.contacts.wordings import wording_id
from mobilize.core.i18n import LANGUAGES
from mobilize.messaging.models import TemplateText
from mobilize.messaging.proof import proof_of
from mobilize.messaging.proof_page import WORDS, proof_page
from mobilize.messaging.providers.transports import Transports
from mobilize.messaging.queueing import queue_to_contact
from mobilize.messaging.sending import drain
from mobilize.messaging.templates import save_template
from mobilize.runtime import Runtime
from tests.messaging.people import add_contact
from tests.messaging.test_sending import TEXTS, launch
from tests.support.accounts import bearer, form_token, make_account, make_key, sign_in


@pytest.fixture
def written_to(sending: Runtime, transports: Transports, now: datetime) -> Contact:
    """Somebody with an implied consent, then an express one, an alert, a thank-you, and a no."""
    with sending.db.transaction() as session:
        person = add_contact(session, 1, now=now - timedelta(days=30), consents=())
        words = wording_id(
            session, name="form", language="fr", text="Oui, <vous> pouvez.\nÉcrivez.", now=now
        )
        steps = (
            ("granted", "implied_donation", date(2026, 2, 28), None, now - timedelta(days=20)),
            ("renewed", "express", None, words, now - timedelta(days=10)),
        )
        for action, basis, day, wording, at in steps:
            event = NewConsent(
                contact_id=person.id,
                channel="email",
                action=action,
                basis=basis,
                basis_date=day,
                wording_id=wording,
                evidence="receipt 12",
                source="rally",
                actor="command",
                address_hash=person.email_hash,
                occurred_at=at,
            )
            record(session, events=[event], now=now)
        save_template(session, key="thanks", name="Thanks", texts=TEXTS, now=now)
        queue_to_contact(
            session,
            template_key="thanks",
            contact_id=person.id,
            language="en",
            dedupe_key="one",
            now=now,
        )
    launch(sending)
    drain(sending, transports, worker="one")
    with sending.db.transaction() as session:
        withdraw(
            session,
            contact_id=person.id,
            channel="email",
            source="leave link",
            actor="supporter",
            now=now + timedelta(hours=1),
        )
    return person


def proof(runtime: Runtime, contact: Contact, *, opened: bool = False) -> dict[str, Any]:
    with runtime.db.read() as session:
        found = proof_of(
            session,
            contact=by_id(session, contact.id),
            settings=runtime.settings,
            now=runtime.clock.now() + timedelta(hours=2),
            opened=opened,
        )
    assert json.loads(json.dumps(found)) == found, "all of it is JSON"
    return found


def test_each_event_says_its_ground_its_end_and_its_exact_words(
    sending: Runtime, written_to: Contact
) -> None:
    implied, express, left = proof(sending, written_to)["events"]
    assert (implied["basis_date"], implied["ends_at"]) == (
        "2026-02-28",
        datetime(2028, 2, 28, tzinfo=UTC).isoformat(),
    )
    assert implied["ends_how"]["en"] == (
        "2 calendar years from February 28, 2026; it ends when February 28, 2028 begins (UTC)"
    )
    assert "10(13)a)" in implied["basis_words"]["fr"]
    assert express["words"]["text"] == "Oui, <vous> pouvez.\nÉcrivez."
    assert (express["words"]["language"], express["address"]) == ("fr", "present")
    assert (left["action"], left["source"], left["actor"]) == (
        "withdrawn",
        "leave link",
        "supporter",
    )


def test_each_message_names_the_event_it_went_on_and_the_version_of_its_words(
    sending: Runtime, written_to: Contact
) -> None:
    found = proof(sending, written_to)
    express = found["events"][1]["id"]
    assert [(one["kind"], one["consent_event"]) for one in found["messages"]] == [
        ("transactional", express),
        ("alert", express),
    ]
    texts = {one["id"]: one for one in found["texts"]}
    for one in found["messages"]:
        assert one["submitted_at"] == sending.clock.now().isoformat()
        assert (one["address"], one["state"]) == ("present", "accepted")
        assert texts[one["text"]]["version"] == 1, "also what goes by itself keeps its words"
    with sending.db.read() as session:
        hashes = set(session.scalars(select(TemplateText.sha256)))
    assert {one["sha256"] for one in found["texts"]} <= hashes


def test_it_says_what_holds_today_and_why(sending: Runtime, written_to: Contact) -> None:
    found = proof(sending, written_to)
    today = {(one["channel"], one["organization"], one["topic"]): one for one in found["today"]}
    email = today["email", "us", ""]
    assert (email["allowed"], email["reason"]) == (False, "withdrawn")
    assert email["event"] == found["events"][2]["id"]
    assert today["sms", "us", ""]["reason"] == "never_given"
    verdicts = {one["channel"]: one["reason"] for one in found["gate"]}
    assert verdicts == {"email": "suppressed", "sms": "no_consent"}
    [closed] = found["closed_addresses"]
    assert (closed["channel"], closed["reason"], closed["address"]) == (
        "email",
        "unsubscribed",
        "present",
    )


def test_merged_records_are_proved_together(
    sending: Runtime, written_to: Contact, now: datetime
) -> None:
    with sending.db.transaction() as session:
        kept = add_contact(session, 2, now=now, consents=("sms",))
        merged = session.get_one(Contact, written_to.id)
        merged.state, merged.merged_into_id = "merged", kept.id
        session.add(
            Merge(
                kept_id=kept.id,
                merged_id=merged.id,
                actor="command",
                merged_at=now + timedelta(hours=1),
            )
        )
        session.flush()
        refresh_projection(session, [kept.id])
    by_kept, by_merged = proof(sending, kept), proof(sending, written_to)
    assert by_kept == by_merged
    assert len(by_kept["events"]) == 4
    assert len(by_kept["messages"]) == 2
    assert len(by_kept["person"]["records"]) == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_says_all_of_it_and_trusts_no_text(
    sending: Runtime, written_to: Contact, language: str
) -> None:
    found = proof(sending, written_to, opened=True)
    page = proof_page(
        found,
        language="fr" if language == "fr" else "en",
        names={},
        zone=ZoneInfo("America/Toronto"),
        styles="body { margin: 0 }",
    )
    assert f'<html lang="{language}">' in page
    assert "Oui, &lt;vous&gt; pouvez." in page
    assert "person1@example.org" in page
    for one in found["events"]:
        assert str(one["ends_how"][language] if one["ends_how"] else one["source"]) in page
        assert one["action_words"][language] in page
    assert found["today"][0]["reason_words"][language] in page
    assert "None" not in page


def test_every_word_of_the_page_exists_in_both_languages() -> None:
    for key, label in WORDS.items():
        assert label.en and label.fr, key  # noqa: PT018 - one reason for both
        assert label.en.count("%s") == label.fr.count("%s"), key
        assert "'" not in label.fr, key


@pytest.mark.parametrize("db", ["sqlite"], indirect=True)
def test_looking_is_masked_and_taking_it_out_is_audited(
    app: Flask, sending: Runtime, written_to: Contact
) -> None:
    sending.attach(app)
    client: FlaskClient = app.test_client()
    key = bearer(make_key(sending))
    address = f"/api/v1/contacts/{written_to.public_id}/proof"
    looked = client.get(address, headers=key)
    assert looked.headers["Cache-Control"] == "no-store"
    assert looked.get_json()["person"]["email"] == "p…@….org"
    taken = client.post(address, headers=key).get_json()
    assert taken["person"]["email"] == "person1@example.org"
    viewer = bearer(make_key(sending, role="viewer"))
    assert client.get(address, headers=viewer).status_code == 403
    assert client.post(address, headers=viewer).status_code == 403

    account = make_account(sending, email="two@example.org")
    assert sign_in(client, account).status_code == 303
    person = f"/console/people/{written_to.public_id}"
    assert f"{person}/proof" in client.get(person).text
    asked = client.get(f"{person}/proof")
    page = client.post(f"{person}/proof", data={"language": "fr", "csrf_token": form_token(asked)})
    assert page.headers["Cache-Control"] == "no-store"
    assert "Preuve de consentement" in page.text
    assert "person1@example.org" in page.text
    assert "<style" not in page.text
    with sending.db.read() as session:
        done = session.scalars(
            select(AuditEntry.actor).where(AuditEntry.action == "contact.prove")
        ).all()
    assert len(done) == 2
