"""People choose, leave, come back by START, and are erased."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from mobilize.accounts.models import AuditEntry
from mobilize.contacts import joining, ledger, personal, queries, service
from mobilize.contacts.channels import CHANNELS
from mobilize.contacts.consent_models import Consent, ConsentEvent, Suppression
from mobilize.contacts.models import Contact
from mobilize.contacts.projection import rebuild_projection
from mobilize.contacts.rows import Claim
from mobilize.contacts.starting import lift_stop
from mobilize.core import personal_data
from mobilize.core.db import Database
from mobilize.core.errors import Conflict, InvalidInput, NotFound
from mobilize.mps.queries import riding_ids

HOUR = timedelta(hours=1)


@pytest.fixture
def ana(db: Database, now: datetime) -> Contact:
    """A supporter with consent to email and texts."""
    day = now.date() - timedelta(days=30)
    claims = [Claim(channel, "express", day, "web form") for channel in ("email", "sms")]
    with db.transaction() as session:
        return joining.create(
            session,
            email="Ana@example.org",
            phone="613 555 0123",
            given_name="Ana",
            family_name="Lee",
            language="en",
            tags=["Rally"],
            consents=claims,
            actor="supporter",
            now=now - HOUR,
        )


def standing(db: Database, contact: Contact) -> dict[tuple[str, str], bool]:
    with db.read() as session:
        found = queries.standing_consents(session, contact.id)
    return {(one.channel, one.topic): one.granted for one in found}


def suppressed(db: Database) -> dict[str, str]:
    with db.read() as session:
        rows = session.execute(
            select(Suppression.channel, Suppression.reason).where(
                Suppression.lifted_at.is_(None),
                # What keeps a file from bringing somebody back goes over no channel.
                Suppression.channel.in_(CHANNELS),
            )
        )
        return dict(rows.all())


def leave(db: Database, contact: Contact, now: datetime, channel: str, **more: str) -> None:
    with db.transaction() as session:
        service.withdraw(
            session,
            contact_id=contact.id,
            channel=channel,
            actor="supporter",
            now=now,
            **({"source": "page"} | more),
        )


def lift(db: Database, contact: Contact, now: datetime) -> bool:
    assert contact.phone_hash is not None
    with db.transaction() as session:
        return lift_stop(session, address_hash=contact.phone_hash, now=now) is not None


def test_leaving_a_channel_closes_its_consent_and_its_address(
    db: Database, ana: Contact, now: datetime
) -> None:
    leave(db, ana, now, "email")
    assert standing(db, ana) == {("email", ""): False, ("sms", ""): True}
    assert suppressed(db) == {"email": "unsubscribed"}


def test_leaving_a_topic_leaves_the_rest(db: Database, ana: Contact, now: datetime) -> None:
    leave(db, ana, now, "email", topic="services")
    assert standing(db, ana) == {
        ("email", ""): True,
        ("email", "services"): False,
        ("sms", ""): True,
    }
    assert suppressed(db) == {}


def test_start_opens_what_stop_closed(db: Database, ana: Contact, now: datetime) -> None:
    leave(db, ana, now, "sms", source="stop")
    assert suppressed(db) == {"sms": "stop"}
    assert lift(db, ana, now + HOUR)

    assert suppressed(db) == {}
    assert standing(db, ana)["sms", ""]
    with db.read() as session:
        last = queries.ledger_of(session, ana.id)[-1]
    assert (last.action, last.basis, last.evidence) == (
        "renewed",
        "express",
        "START by text; before: web form",
    )


def test_start_opens_nothing_else(db: Database, ana: Contact, now: datetime) -> None:
    leave(db, ana, now, "sms")
    leave(db, ana, now + HOUR, "sms", source="stop")
    assert not lift(db, ana, now + 2 * HOUR)
    assert suppressed(db) == {"sms": "unsubscribed"}

    assert not standing(db, ana)["sms", ""]


def test_leaving_by_the_page_after_a_stop_is_for_good(
    db: Database, ana: Contact, now: datetime
) -> None:
    leave(db, ana, now, "sms", source="stop")
    leave(db, ana, now + HOUR, "sms")
    assert not lift(db, ana, now + 2 * HOUR)
    assert not standing(db, ana)["sms", ""]


def test_start_makes_no_consent_that_was_not_there(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        bo = joining.create(session, phone="613 555 0199", actor="supporter", now=now - HOUR)
    leave(db, bo, now, "sms", source="stop")
    assert lift(db, bo, now + HOUR)
    assert standing(db, bo) == {("sms", ""): False}


def test_choices_are_kept(db: Database, ana: Contact, now: datetime) -> None:
    with db.transaction() as session:
        riding = riding_ids(session, "2023")["35075"]
        service.set_language(session, contact_id=ana.id, language="fr", now=now)
        service.confirm_sms(session, contact_id=ana.id, now=now)
        service.choose_riding(session, contact_id=ana.id, riding_id=riding, now=now)
    with db.read() as session:
        contact = queries.by_public_id(session, ana.public_id)
    assert (contact.language, contact.sms_confirmed_at) == ("fr", now)
    assert (contact.riding_id, contact.riding_source, contact.riding_certainty) == (
        riding,
        "chosen",
        "confirmed",
    )
    assert (contact.province, contact.time_zone) == ("ON", "America/Toronto")


def test_a_riding_that_is_none_is_refused(db: Database, ana: Contact, now: datetime) -> None:
    with pytest.raises(InvalidInput, match="no such riding"), db.transaction() as session:
        service.choose_riding(session, contact_id=ana.id, riding_id=999_999, now=now)


def test_one_email_is_one_person(db: Database, ana: Contact, now: datetime) -> None:
    with pytest.raises(Conflict), db.transaction() as session:
        joining.create(session, email="ANA@example.org", actor="supporter", now=now)


def test_a_tag_that_names_a_status_is_refused(db: Database, ana: Contact) -> None:
    with pytest.raises(InvalidInput, match="immigration status"), db.transaction() as session:
        joining.add_tags(session, contact_id=ana.id, tags=["Sans statut"])


def test_tags_are_worn_and_taken_off(db: Database, ana: Contact) -> None:
    with db.transaction() as session:
        joining.add_tags(session, contact_id=ana.id, tags=["RALLY", "Choir "])
        joining.remove_tag(session, contact_id=ana.id, tag="rally")
    with db.read() as session:
        assert queries.tags_of(session, [ana.id]) == {ana.id: ["choir"]}


def test_erasing_leaves_no_address_and_keeps_the_proof(
    db: Database, ana: Contact, now: datetime
) -> None:
    with db.transaction() as session:
        personal_data.erase_person(session, ana.id, actor="supporter", now=now)
    with db.read() as session:
        contact = session.get_one(Contact, ana.id)
        actions = session.scalars(select(ConsentEvent.action).order_by(ConsentEvent.id)).all()
        audited = session.scalars(select(AuditEntry)).one()
    assert contact.state == "tombstoned"
    assert (contact.given_name, contact.family_name, contact.email, contact.phone) == (
        "", "", None, None,
    )  # fmt: skip
    assert (contact.email_hash, contact.phone_hash) == (None, None)
    assert suppressed(db) == {"email": "erased", "sms": "erased", "voice": "erased"}
    assert actions == ["granted", "granted", "withdrawn", "withdrawn", "withdrawn"]
    assert (audited.action, audited.subject_id) == ("contact.erase", ana.public_id)


def test_a_person_gets_a_copy_of_everything(db: Database, ana: Contact, now: datetime) -> None:
    leave(db, ana, now, "email")
    with db.read() as session:
        copy = personal_data.show_person(session, ana.id)["contacts"]
        assert copy == personal.show(session, ana.id)
    assert (copy["email"], copy["phone"], copy["tags"]) == (
        "ana@example.org",
        "+16135550123",
        ["rally"],
    )
    assert [event["action"] for event in copy["consents"]] == ["granted", "granted", "withdrawn"]
    assert copy["suppressed"] == [
        {"channel": "email", "reason": "unsubscribed", "since": now.isoformat()}
    ]


def test_who_is_not_there_is_not_found(db: Database) -> None:
    with pytest.raises(NotFound), db.read() as session:
        queries.by_public_id(session, "nobody")


def test_a_grant_without_proof_is_refused(db: Database, ana: Contact, now: datetime) -> None:
    event = ledger.NewConsent(
        contact_id=ana.id, channel="email", action="granted", basis="express", source="form",
        actor="supporter", occurred_at=now,
    )  # fmt: skip
    with pytest.raises(InvalidInput, match="what proves it"), db.transaction() as session:
        ledger.record(session, events=[event], now=now)


def test_the_projection_can_be_folded_anew(db: Database, ana: Contact, now: datetime) -> None:
    leave(db, ana, now, "email", topic="services")
    leave(db, ana, now + HOUR, "sms")
    before = standing(db, ana)
    with db.transaction() as session:
        assert rebuild_projection(session) == 1
    assert standing(db, ana) == before
    with db.read() as session:
        assert session.scalars(select(Consent.event_id)).all()


def test_erasing_one_of_a_home_leaves_the_shared_number_to_the_others(
    db: Database, ana: Contact, now: datetime
) -> None:
    with db.transaction() as session:
        sister = joining.create(
            session, actor="test", now=now, email="sister@example.org", phone=ana.phone or ""
        )
        personal_data.erase_person(session, ana.id, actor="supporter", now=now)
    assert suppressed(db) == {"email": "erased"}

    with db.transaction() as session:
        personal_data.erase_person(session, sister.id, actor="supporter", now=now)
    assert set(suppressed(db)) == {"email", "sms", "voice"}
