"""A person's timeline: all features on one line, newest first, in pages that join without a gap."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import Session

import mobilize.holdings
from mobilize.actions.models import Campaign, MpContact, Participation
from mobilize.contacts import joining, notes
from mobilize.contacts.consent_models import OptIn
from mobilize.contacts.do_not_contact import set_do_not_contact
from mobilize.contacts.histories import records_of
from mobilize.contacts.identity_models import Merge
from mobilize.contacts.ledger import NewConsent, record
from mobilize.contacts.models import Contact, ImportRun
from mobilize.core.db import Database
from mobilize.core.errors import InvalidInput
from mobilize.core.timeline import Entry, parts, timeline
from mobilize.messaging.models import InboundText, Message
from mobilize.partners.models import Partner, SignOn, SignOnEvent
from mobilize.runtime import Runtime
from tests.support.accounts import bearer, make_key
from tests.support.campaigns import invited, open_campaign

HOUR = timedelta(hours=1)


@contextmanager
def statements(db: Database) -> Iterator[list[str]]:
    """What the database is asked meanwhile."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if statement.startswith("SELECT"):
            asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield asked
    event.remove(db.engine, "before_cursor_execute", note)


def everything(session: Session, now: datetime) -> int:
    """Somebody to whom one of each thing happened, an hour after the other."""
    campaign: Campaign = open_campaign(session, now - 100 * HOUR)
    ana = joining.create(
        session, email="ana@example.org", phone="613-555-0123", given_name="Ana", source="rally",
        actor="command", now=now - 20 * HOUR,
    )  # fmt: skip
    run = ImportRun(
        kind="supporters", file_name="list.csv", file_hash="0", actor="command",
        started_at=now - 19 * HOUR,
    )  # fmt: skip
    session.add(run)
    session.flush()
    ana.first_import_id = run.id
    granted = NewConsent(
        contact_id=ana.id, channel="email", action="granted", basis="express", evidence="form",
        source="form", actor="supporter", address_hash=ana.email_hash, occurred_at=now - 18 * HOUR,
    )  # fmt: skip
    record(session, events=[granted], now=now)
    message: Message = invited(session, campaign, now - 17 * HOUR)
    message.contact_id = ana.id
    part = Participation(
        campaign_id=campaign.id, contact_id=ana.id, message_id=message.id, language="en",
        completed_at=now - 16 * HOUR,
    )  # fmt: skip
    office = MpContact(
        campaign_id=campaign.id, demand_version_id=campaign.demand_version_id, contact_id=ana.id,
        riding_id=1, channel="call", outcome="spoke_staff", note="Not for here.", form_key="k",
        language="en", happened_at=now - 15 * HOUR, recorded_at=now,
    )  # fmt: skip
    session.add_all([part, office])
    notes.add_note(session, contact=ana, text="Sings.", actor="command", now=now - 14 * HOUR)
    set_do_not_contact(session, contact=ana, wanted=True, actor="command", now=now - 13 * HOUR)
    texts = [
        InboundText(
            provider_ref=word, sender="x", sender_hash=ana.phone_hash, body=word, keyword=keyword,
            received_at=now - hours * HOUR,
        )
        for hours, word, keyword in ((12, "STOP", "stop"), (11, "He hurts me", None))
    ]  # fmt: skip
    asked = OptIn(
        contact_id=ana.id, channel="sms", address_hash=b"x", language="en", source="form",
        created_at=now - 10 * HOUR, expires_at=now,
    )  # fmt: skip
    session.add_all([*texts, asked])
    other = joining.create(session, email="a@example.org", actor="command", now=now - 9 * HOUR)
    other.state, other.merged_into_id = "merged", ana.id
    session.add(
        Merge(kept_id=ana.id, merged_id=other.id, actor="command", merged_at=now - 8 * HOUR)
    )
    sign_on(session, ana, campaign.demand_version_id, now - 7 * HOUR)
    return ana.id


def sign_on(session: Session, who: Contact, version: int, at: datetime) -> None:
    partner = Partner(
        name_en="House", name_fr="Maison", name_norm="house", created_at=at, updated_at=at
    )
    session.add(partner)
    session.flush()
    assert who.email_hash is not None
    signed = SignOn(
        partner_id=partner.id, demand_version_id=version, signatory_name="Ana",
        email_hash=who.email_hash, language="en", created_at=at,
    )  # fmt: skip
    session.add(signed)
    session.flush()
    session.add(SignOnEvent(sign_on_id=signed.id, kind="requested", at=at))
    session.flush()


def whole(session: Session, person: int, *, limit: int = 500) -> list[Entry]:
    """All pages one after the other."""
    records, found, after = records_of(session, person), list[Entry](), ""
    while True:
        page = timeline(session, records, after=after, limit=limit)
        found += page.items
        if page.after is None:
            return found
        after = page.after


def test_everything_stands_on_one_line_newest_first(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        person = everything(session, now)
    with db.read() as session:
        told = whole(session, person)
    assert [entry.kind for entry in told] == [
        "sign_on.requested",
        "merge",
        "contact.create",
        "opt_in.asked",
        "text.stop",
        "contact.do_not_contact",
        "note",
        "mp_contact",
        "action",
        "message",
        "consent.granted",
        "import.brought",
        "contact.create",
    ]
    facts = {entry.kind: entry.facts for entry in told}
    assert facts["mp_contact"]["riding"]
    assert "note" not in facts["mp_contact"]
    assert facts["consent.granted"]["basis"] == "express"
    assert facts["sign_on.requested"]["partner_fr"] == "Maison"
    assert "He hurts me" not in str(told)


def test_every_kind_that_is_told_is_declared(db: Database, now: datetime) -> None:
    declared = {kind for part in parts() for kind in part.kinds}
    assert len(parts()) == 12
    assert mobilize.holdings.TELLING
    with db.transaction() as session:
        person = everything(session, now)
        assert {entry.kind for entry in whole(session, person)} <= declared


@pytest.mark.parametrize("limit", [1, 2, 3, 5])
def test_pages_join_without_gap_or_repetition_also_within_one_instant(
    db: Database, now: datetime, limit: int
) -> None:
    with db.transaction() as session:
        person = everything(session, now)
        ana = session.get_one(Contact, person)
        # Five more of two kinds, all in the instant of the do-not-contact.
        for number in range(3):
            notes.add_note(
                session, contact=ana, text=str(number), actor="command", now=now - 13 * HOUR
            )
        for wanted in (False, True):
            set_do_not_contact(
                session, contact=ana, wanted=wanted, actor="command", now=now - 13 * HOUR
            )
    with db.read() as session:
        at_once = whole(session, person)
        assert len(at_once) == 18
        assert whole(session, person, limit=limit) == at_once


def test_a_page_asks_each_part_once_however_long_the_line(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        person = everything(session, now)
        ana = session.get_one(Contact, person)
        for number in range(40):
            notes.add_note(session, contact=ana, text=str(number), actor="command", now=now)
    with db.read() as session, statements(db) as asked:
        timeline(session, [person], limit=10)
        first = len(asked)
        timeline(session, [person], limit=40)
    assert first == len(asked) - first == len(parts())


def test_a_place_that_no_page_gave_is_refused(db: Database) -> None:
    for place in ("x", "20261322T000000000000.notes.1", "20261122T150000000000.notes.x"):
        with pytest.raises(InvalidInput), db.read() as session:
            timeline(session, [1], after=place)


def test_a_number_that_others_share_tells_nothing(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        person = everything(session, now)
        joining.create(session, phone="613-555-0123", given_name="Bo", actor="command", now=now)
        assert "text.stop" not in {entry.kind for entry in whole(session, person)}


def test_it_is_read_over_json_page_by_page(
    client: FlaskClient, runtime: Runtime, now: datetime
) -> None:
    with runtime.db.transaction() as session:
        ref = session.get_one(Contact, everything(session, now)).public_id
    key = bearer(make_key(runtime))
    place, kinds, after = f"/api/v1/contacts/{ref}/timeline", list[str](), ""
    while True:
        answer = client.get(place, query_string={"limit": 5, "after": after}, headers=key)
        page = answer.get_json()
        assert answer.status_code == 200
        kinds += [item["kind"] for item in page["items"]]
        after = page["after"]
        if after is None:
            break
    assert len(kinds) == 13
    assert client.get(f"{place}?after=x", headers=key).status_code == 422
    viewer = bearer(make_key(runtime, role="viewer"))
    assert client.get(place, headers=viewer).status_code == 403
