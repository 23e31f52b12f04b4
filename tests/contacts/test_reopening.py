"""Who left comes back at their written request, noted by an organizer with its proof."""

from contextlib import nullcontext
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from mobilize.accounts.models import AuditEntry
from mobilize.contacts import queries, reopening, service
from mobilize.contacts.consent_models import ConsentEvent
from mobilize.contacts.models import Contact
from mobilize.contacts.reopening import WrittenRequest
from mobilize.contacts.suppression import closed_by
from mobilize.core.db import Database
from mobilize.core.errors import Conflict, InvalidInput
from mobilize.runtime import Runtime
from tests.messaging.people import add_contact
from tests.support.accounts import bearer, make_key

DAY = timedelta(days=1)
LEFT_ON = date(2026, 11, 22)


@pytest.fixture
def ana(db: Database, now: datetime) -> Contact:
    """Somebody who left both channels three days ago."""
    with db.transaction() as session:
        contact = add_contact(session, 1, now=now - DAY)
        for channel in ("email", "sms"):
            service.withdraw(
                session,
                contact_id=contact.id,
                channel=channel,
                source="leave page",
                actor="supporter",
                now=now,
            )
        return contact


def request(**changes: Any) -> WrittenRequest:
    said: dict[str, Any] = {
        "channel": "email",
        "asked_on": LEFT_ON + 2 * DAY,
        "how": "letter",
        "note": "Binder 4, page 12",
    }
    return WrittenRequest(**(said | changes))


def reopen(
    db: Database, contact: Contact, at: datetime, *, zone: str = "America/Toronto", **changes: Any
) -> None:
    with db.transaction() as session:
        reopening.reopen(
            session,
            contact=queries.by_public_id(session, contact.public_id),
            request=request(**changes),
            actor="account:somebody",
            zone=ZoneInfo(zone),
            now=at,
        )


def closed(db: Database, contact: Contact, channel: str) -> str | None:
    address = contact.email_hash if channel == "email" else contact.phone_hash
    assert address is not None
    with db.read() as session:
        return closed_by(session, channel=channel, address_hash=address)


def grants(db: Database, contact: Contact) -> dict[str, bool]:
    with db.read() as session:
        found = queries.standing_consents(session, contact.id)
    return {one.channel: one.granted for one in found}


@pytest.mark.parametrize("channel", ["email", "sms"])
def test_a_written_request_opens_the_channel_that_it_names_with_its_proof(
    db: Database, ana: Contact, now: datetime, channel: str
) -> None:
    later = now + 3 * DAY
    reopen(db, ana, later, channel=channel, note="Binder 4, from ana@example.org")
    other = {"email": "sms", "sms": "email"}[channel]
    assert grants(db, ana) == {channel: True, other: False}
    assert closed(db, ana, channel) is None
    assert closed(db, ana, other) == "unsubscribed"
    with db.read() as session:
        event = session.scalars(select(ConsentEvent).order_by(ConsentEvent.id.desc())).first()
        [entry] = session.scalars(select(AuditEntry).where(AuditEntry.action == "contact.reopen"))
    assert event is not None
    assert (event.action, event.basis, event.basis_date) == (
        "granted",
        "express",
        LEFT_ON + 2 * DAY,
    )
    assert (event.source, event.actor) == ("written request", "account:somebody")
    assert event.evidence.startswith("asked in writing on 2026-11-24, by letter: Binder 4")
    assert "ana@example.org" not in event.evidence, "an address has no place in the ledger"
    assert entry.facts == {
        "channel": channel,
        "asked_on": "2026-11-24",
        "how": "letter",
        "lifted": "unsubscribed",
    }


@pytest.mark.parametrize("reason", ["complaint", "bounced", "invalid", "erased", "organizer"])
def test_what_something_else_closed_stays_closed(
    db: Database, ana: Contact, now: datetime, reason: str
) -> None:
    assert ana.email_hash is not None
    with db.transaction() as session:
        service.suppress(
            session, channel="email", address_hash=ana.email_hash, reason=reason, now=now + DAY
        )
    before = closed(db, ana, "email")
    with pytest.raises(Conflict):
        reopen(db, ana, now + 3 * DAY)
    assert closed(db, ana, "email") == before
    assert not grants(db, ana)["email"]


def test_a_stop_by_text_is_opened_by_start_alone(db: Database, ana: Contact, now: datetime) -> None:
    assert ana.phone_hash is not None
    with db.transaction() as session:
        service.suppress(
            session, channel="sms", address_hash=ana.phone_hash, reason="stop", now=now + DAY
        )
    with pytest.raises(Conflict, match="STOP"):
        reopen(db, ana, now + 3 * DAY, channel="sms")
    assert not grants(db, ana)["sms"]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"do_not_contact": True}, "not to be contacted"),
        ({"state": "tombstoned"}, "stands for nobody"),
        ({"sms_confirmed_at": None}, "answered a text"),
        ({"phone": None, "phone_hash": None}, "no address"),
    ],
)
def test_nobody_is_opened_whom_nothing_may_or_can_reach(
    db: Database, ana: Contact, now: datetime, values: dict[str, Any], sentence: str
) -> None:
    with db.transaction() as session:
        contact = session.get_one(Contact, ana.id)
        for name, value in values.items():
            setattr(contact, name, value)
    with pytest.raises(Conflict, match=sentence):
        reopen(db, ana, now + 3 * DAY, channel="sms")


def test_nothing_is_written_where_nobody_left(db: Database, ana: Contact, now: datetime) -> None:
    reopen(db, ana, now + 3 * DAY)
    with pytest.raises(Conflict, match="nothing to open"):
        reopen(db, ana, now + 4 * DAY)


@pytest.mark.parametrize(
    ("zone", "day", "counts"),
    [
        ("America/Toronto", LEFT_ON, True),
        ("America/Toronto", LEFT_ON - DAY, False),
        # There it was past midnight already when they left.
        ("Pacific/Auckland", LEFT_ON, False),
        ("Pacific/Auckland", LEFT_ON + DAY, True),
    ],
)
def test_only_a_request_of_the_day_of_leaving_or_later_counts_where_we_count_days(
    db: Database, ana: Contact, now: datetime, zone: str, day: date, counts: bool
) -> None:
    refused = pytest.raises(InvalidInput, match="left after that day")
    with nullcontext() if counts else refused:
        reopen(db, ana, now + 3 * DAY, zone=zone, asked_on=day)
    assert grants(db, ana)["email"] is counts


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"asked_on": LEFT_ON - DAY}, "asked_on"),
        ({"asked_on": LEFT_ON + 9 * DAY}, "asked_on"),
        ({"note": " "}, "note"),
        ({"note": "x" * 201}, "note"),
        ({"note": "She told us of her immigration status"}, "note"),
        ({"how": "telepathy"}, "how"),
        ({"channel": "voice"}, "channel"),
    ],
)
def test_a_request_without_its_proof_opens_nothing(
    db: Database, ana: Contact, now: datetime, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        reopen(db, ana, now + 3 * DAY, **changes)
    assert field in refused.value.fields
    assert closed(db, ana, "email") == "unsubscribed"


def test_over_the_api_it_takes_the_right_role(
    client: FlaskClient, runtime: Runtime, ana: Contact
) -> None:
    runtime.clock.set(runtime.clock.now() + 3 * DAY)  # type: ignore[attr-defined]
    body = {
        "channel": "email",
        "asked_on": "2026-11-24",
        "how": "email",
        "note": "Shared mailbox, 24 November",
    }
    address = f"/api/v1/contacts/{ana.public_id}/reopen"

    keys = {
        role: bearer(make_key(runtime, role=role)) for role in ("viewer", "auditor", "organizer")
    }

    def post(role: str, **changes: Any) -> int:
        return client.post(address, json=body | changes, headers=keys[role]).status_code

    assert post("viewer") == 403
    assert post("auditor") == 403
    assert post("organizer", note="") == 422
    assert post("organizer", who="somebody") == 422
    assert post("organizer") == 200
    assert post("organizer") == 409
    assert grants(runtime.db, ana)["email"]
