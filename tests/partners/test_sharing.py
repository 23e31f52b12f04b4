"""A partner's consents are its own: asked beside ours, none to us, and taken out for it alone."""

import csv
from datetime import datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from mobilize.accounts.models import AuditEntry
from mobilize.contacts.ledger import NewConsent, record
from mobilize.contacts.wordings import wording_id
from mobilize.core.db import Database
from mobilize.partners.models import Partner
from mobilize.partners.sharing import consents_to
from mobilize.runtime import Runtime
from tests.messaging.people import add_contact
from tests.support.accounts import bearer, make_key


def partner_of(
    db: Database, now: datetime, name: str, website: str = "https://x.example.org"
) -> str:
    with db.transaction() as session:
        partner = Partner(
            name_en=name,
            name_fr=name,
            name_norm=name.lower(),
            website=website,
            created_at=now,
            updated_at=now,
        )
        session.add(partner)
        session.flush()
        return partner.public_id


def test_what_was_agreed_to_with_a_partner_is_taken_out_for_it_alone(
    db: Database, now: datetime
) -> None:
    ours, theirs = partner_of(db, now, "House"), partner_of(db, now, "Other")
    with db.transaction() as session:
        words = wording_id(session, name="form", language="en", text="Yes,\nHouse may.", now=now)
        people = [add_contact(session, number, now=now).id for number in range(1, 5)]
        record(
            session,
            events=[
                NewConsent(
                    contact_id=person,
                    channel=channel,
                    organization=organization,
                    action=action,
                    basis="express" if action == "granted" else None,
                    evidence="form",
                    wording_id=words,
                    source="form /en/join/with/x",
                    actor="supporter",
                    occurred_at=now,
                )
                for person, channel, organization, action in (
                    (people[0], "email", ours, "granted"),
                    (people[0], "sms", ours, "granted"),
                    (people[1], "email", theirs, "granted"),
                    (people[2], "email", ours, "granted"),
                    (people[2], "email", ours, "withdrawn"),
                )
            ],
            now=now,
        )
        partner = session.scalars(select(Partner).where(Partner.public_id == ours)).one()
        rows = list(
            csv.DictReader(
                "".join(consents_to(session, partner=partner, now=now)).splitlines(keepends=True)
            )
        )
    assert [(row["email"], row["phone"], row["channel"]) for row in rows] == [
        ("person1@example.org", "", "email"),
        ("", "'+16135550001", "sms"),
    ]
    assert {row["words"] for row in rows} == {"Yes,\nHouse may."}


@pytest.mark.parametrize("db", ["sqlite"], indirect=True)
def test_a_form_is_opened_by_an_organizer_and_says_how_the_partner_is_reached(
    client: FlaskClient, runtime: Runtime, now: datetime
) -> None:
    key = bearer(make_key(runtime))
    partner = partner_of(runtime.db, now, "House")
    answer = client.put(f"/api/v1/partners/{partner}/form", json={"open": True}, headers=key)
    assert answer.get_json()["shares_form"] is True
    assert "House" in client.get(f"/en/join/with/{partner}").text
    client.put(f"/api/v1/partners/{partner}/form", json={"open": False}, headers=key)
    assert client.get(f"/en/join/with/{partner}").status_code == 404
    nowhere = partner_of(runtime.db, now, "Nowhere", website="")
    refused = client.put(f"/api/v1/partners/{nowhere}/form", json={"open": True}, headers=key)
    assert refused.status_code == 409
    with runtime.db.read() as session:
        done = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert done[-2:] == ["partner.share_form", "partner.close_form"]
