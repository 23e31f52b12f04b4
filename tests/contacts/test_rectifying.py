"""A record is corrected with a reason; what was agreed to never travels to an address silently."""

from datetime import datetime, time, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from mobilize.accounts.models import AuditEntry
from mobilize.contacts import erasing, joining, service
from mobilize.contacts.consent_models import ConsentEvent, Suppression
from mobilize.contacts.histories import history_of
from mobilize.contacts.identity import email_hash, phone_hash
from mobilize.contacts.models import Contact
from mobilize.contacts.queries import by_public_id, standing_consents
from mobilize.contacts.rectifying import Correction, rectify
from mobilize.contacts.rows import Claim
from mobilize.contacts.suppression import barred_by, closed_by
from mobilize.contacts.wishes import SafeReach, set_safe_reach
from mobilize.core.db import Database
from mobilize.core.errors import Conflict, InvalidInput
from mobilize.core.keys import Keyring
from mobilize.runtime import Runtime
from tests.support.accounts import bearer, make_key

LATER = timedelta(hours=1)


@pytest.fixture
def ana(db: Database, now: datetime) -> Contact:
    """Somebody who said yes to email and to texts, and answered one."""
    with db.transaction() as session:
        made = joining.create(
            session,
            email="ana@example.org",
            phone="613-555-0123",
            given_name="Anna",
            family_name="Brook",
            language="en",
            actor="supporter",
            now=now,
            consents=[Claim(one, "express", now.date(), "rally") for one in ("email", "sms")],
        )
        service.confirm_sms(session, contact_id=made.id, now=now)
    return made


def correct(
    db: Database, ana: Contact, now: datetime, *, reason: str = "asked", **fields: str
) -> list[str]:
    with db.transaction() as session:
        return rectify(
            session,
            contact=session.get_one(Contact, ana.id),
            correction=Correction(**fields),
            reason=reason,
            actor="account:a",
            now=now + LATER,
        )


def agreed(db: Database, ana: Contact) -> set[str]:
    with db.read() as session:
        return {one.channel for one in standing_consents(session, ana.id) if one.granted}


def closed(session: Session) -> dict[str, str]:
    rows = session.scalars(select(Suppression).where(Suppression.lifted_at.is_(None)))
    return {one.channel: one.reason for one in rows}


def test_names_and_language_are_corrected_and_the_log_knows_no_name(
    db: Database, ana: Contact, now: datetime
) -> None:
    changed = correct(db, ana, now, given_name=" Ana ", family_name="Brook", language="fr")
    assert changed == ["given_name", "language"]
    with db.read() as session:
        found = session.get_one(Contact, ana.id)
        entry = session.scalars(
            select(AuditEntry).where(AuditEntry.action == "contact.rectify")
        ).one()
    assert (found.given_name, found.language) == ("Ana", "fr")
    assert entry.facts == {"fields": ["given_name", "language"], "reason": "asked"}


def test_consent_goes_along_where_the_person_asked_and_names_the_new_address(
    db: Database, ana: Contact, keyring: Keyring, now: datetime
) -> None:
    assert correct(db, ana, now, email="Ana@Example.com") == ["email"]
    with db.read() as session:
        last = session.scalars(select(ConsentEvent).order_by(ConsentEvent.id.desc())).first()
        assert last is not None
        assert (last.action, last.basis, last.actor) == ("renewed", "express", "account:a")
        assert last.address_hash == email_hash(keyring, "ana@example.com")
        assert last.evidence == "the person asked for the change; before: rally"
        assert closed(session) == {"email": "replaced"}
        assert session.get_one(Contact, ana.id).email == "ana@example.com"
    assert agreed(db, ana) == {"email", "sms"}


def test_a_mistake_of_ours_takes_no_consent_along(
    db: Database, ana: Contact, now: datetime
) -> None:
    correct(db, ana, now, reason="mistake", email="anna@example.org")
    assert agreed(db, ana) == {"sms"}
    with db.read() as session:
        actions = sorted(event.action for event in history_of(session, ana.id))
    assert actions == ["granted", "granted", "retracted"]


def test_a_new_number_gets_no_text_before_somebody_answered_from_it(
    db: Database, ana: Contact, now: datetime
) -> None:
    correct(db, ana, now, phone="613-555-0199")
    with db.read() as session:
        assert session.get_one(Contact, ana.id).sms_confirmed_at is None
    assert agreed(db, ana) == {"email", "sms"}
    correct(db, ana, now, reason="moved", phone="613-555-0111")
    assert agreed(db, ana) == {"email"}


def test_a_number_that_others_have_stays_open_for_them(
    db: Database, ana: Contact, now: datetime
) -> None:
    with db.transaction() as session:
        joining.create(session, phone="613-555-0123", given_name="Bo", actor="command", now=now)
    correct(db, ana, now, phone="613-555-0199")
    with db.read() as session:
        assert closed(session) == {}


def test_an_address_that_left_the_list_stays_closed(
    db: Database, ana: Contact, keyring: Keyring, now: datetime
) -> None:
    left = email_hash(keyring, "left@example.org")
    with db.transaction() as session:
        service.suppress(
            session, channel="email", address_hash=left, reason="unsubscribed", now=now
        )
    correct(db, ana, now, email="left@example.org")
    assert agreed(db, ana) == {"sms"}
    with db.read() as session:
        kept = session.get_one(Suppression, ("email", left))
        assert (kept.reason, kept.lifted_at) == ("unsubscribed", None)


def test_a_correction_can_be_taken_back(
    db: Database, ana: Contact, keyring: Keyring, now: datetime
) -> None:
    correct(db, ana, now, email="wrong@example.org")
    correct(db, ana, now, email="ana@example.org")
    assert agreed(db, ana) == {"email", "sms"}
    with db.read() as session:
        first = session.get_one(Suppression, ("email", email_hash(keyring, "ana@example.org")))
    assert first.lifted_at is not None


def test_a_number_that_texted_stop_and_was_corrected_away_and_back_stays_closed(
    db: Database, ana: Contact, keyring: Keyring, now: datetime
) -> None:
    number = phone_hash(keyring, "+16135550123")
    with db.transaction() as session:
        service.suppress(session, channel="sms", address_hash=number, reason="stop", now=now)
    correct(db, ana, now, phone="613-555-0199")
    correct(db, ana, now, phone="613-555-0123")
    assert agreed(db, ana) == {"email"}
    with db.read() as session:
        assert closed_by(session, channel="sms", address_hash=number) == "replaced"
        assert barred_by(session, channel="sms", address_hash=number) == "stop"


def test_an_address_of_somebody_else_or_of_somebody_erased_is_refused(
    db: Database, ana: Contact, now: datetime
) -> None:
    with db.transaction() as session:
        joining.create(session, email="bo@example.org", actor="command", now=now)
        gone = joining.create(session, email="gone@example.org", actor="command", now=now)
        erasing.erase(session, contact=gone, actor="supporter", now=now)
    for email, why in (("bo@example.org", "on file"), ("gone@example.org", "not to be kept")):
        with pytest.raises(Conflict, match=why):
            correct(db, ana, now, email=email, given_name="Other")
    with db.read() as session:
        found = session.get_one(Contact, ana.id)
    assert (found.email, found.given_name) == ("ana@example.org", "Anna")


def test_all_that_is_wrong_is_named_at_once_and_nothing_changes(
    db: Database, ana: Contact, now: datetime
) -> None:
    with pytest.raises(InvalidInput) as refused:
        correct(db, ana, now, email="nowhere", phone="12", riding="x", given_name="Other")
    assert set(refused.value.fields) == {"email", "phone", "riding"}
    with pytest.raises(InvalidInput, match="reason"):
        correct(db, ana, now, reason="why not", given_name="Other")
    with pytest.raises(InvalidInput):
        correct(db, ana, now, email="", phone="")
    with db.read() as session:
        assert session.get_one(Contact, ana.id).given_name == "Anna"


def test_where_somebody_lives_is_corrected_by_postal_code_or_by_their_own_word(
    db: Database, ana: Contact, now: datetime
) -> None:
    assert correct(db, ana, now, postal_code="K1A 0A6") == ["postal_code"]
    with db.read() as session:
        found = session.get_one(Contact, ana.id)
        assert (found.fsa, found.province, found.riding_source) == ("K1A", "ON", "postal")
    assert correct(db, ana, now, riding="35001") == ["riding"]
    with db.read() as session:
        found = session.get_one(Contact, ana.id)
        assert (found.riding_certainty, found.riding_source) == ("confirmed", "chosen")


def test_safe_ways_are_noted_down_and_checked(db: Database, ana: Contact, now: datetime) -> None:
    wanted = SafeReach(discreet=True, safe_channel="sms", safe_from=time(22), safe_until=time(6))
    with db.transaction() as session:
        contact = session.get_one(Contact, ana.id)
        for _ in range(2):
            set_safe_reach(session, contact=contact, wanted=wanted, actor="account:a", now=now)
        for wrong in (
            SafeReach(safe_from=time(9)),
            SafeReach(safe_from=time(9), safe_until=time(9)),
            SafeReach(safe_channel="pigeon"),
        ):
            with pytest.raises(InvalidInput):
                set_safe_reach(session, contact=contact, wanted=wrong, actor="account:a", now=now)
    with db.read() as session:
        entry = session.scalars(
            select(AuditEntry).where(AuditEntry.action == "contact.prefer")
        ).one()
        found = session.get_one(Contact, ana.id)
    assert entry.facts == {"fields": ["discreet", "safe_channel", "safe_from", "safe_until"]}
    assert (found.discreet, found.safe_until) == (True, time(6))


def test_rights_over_json(client: FlaskClient, runtime: Runtime, ana: Contact) -> None:
    place, key = f"/api/v1/contacts/{ana.public_id}", bearer(make_key(runtime))
    corrected = client.patch(place, json={"reason": "asked", "given_name": "Ana"}, headers=key)
    assert (corrected.status_code, corrected.get_json()["given_name"]) == (200, "Ana")
    assert client.patch(place, json={"given_name": "Ana"}, headers=key).status_code == 422
    wish = {"safe_channel": "sms", "safe_from": "22:00", "safe_until": "06:00"}
    assert client.put(f"{place}/safe-reach", json=wish, headers=key).status_code == 200
    assert client.get(f"{place}/safe-reach", headers=key).get_json()["safe_from"] == "22:00:00"
    copy = client.post(f"{place}/copy", headers=key)
    assert copy.headers["Cache-Control"] == "no-store"
    assert copy.get_json()["contacts"]["email"] == "ana@example.org"
    viewer = bearer(make_key(runtime, role="viewer"))
    for method, address in (("POST", f"{place}/copy"), ("DELETE", place), ("PATCH", place)):
        answer = client.open(address, method=method, json={"reason": "asked"}, headers=viewer)
        assert answer.status_code == 403
    assert client.delete(place, headers=key).status_code == 204
    with runtime.db.read() as session:
        assert by_public_id(session, ana.public_id).state == "tombstoned"
        audited = session.scalars(
            select(AuditEntry.action).where(AuditEntry.subject_id == ana.public_id)
        ).all()
    assert list(audited) == [
        "contact.rectify", "contact.prefer", "contact.copy", "contact.erase"
    ]  # fmt: skip
    assert client.patch(place, json={"reason": "asked"}, headers=key).status_code == 409


def test_a_number_is_found_by_its_hash_after_it_changed(
    db: Database, ana: Contact, keyring: Keyring, now: datetime
) -> None:
    correct(db, ana, now, phone="(613) 555-0199")
    with db.read() as session:
        found = session.get_one(Contact, ana.id)
    assert (found.phone, found.phone_hash) == (
        "+16135550199",
        phone_hash(keyring, "+16135550199"),
    )
