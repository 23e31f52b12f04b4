"""Whatever is written to the ledger, in whatever order, the table of consents follows."""

from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from mobilize.contacts import joining, ledger, queries
from mobilize.contacts.consent import Key, Standing, effective, holds
from mobilize.contacts.consent_models import Consent, ConsentWording
from mobilize.contacts.projection import rebuild_projection
from mobilize.contacts.wordings import wording_id
from mobilize.core.db import Database
from mobilize.core.errors import InvalidInput

HAPPENINGS = st.lists(
    st.tuples(
        st.sampled_from(["granted", "granted", "withdrawn", "complaint", "retracted", "bounced"]),
        st.sampled_from(["", "services", "justice"]),
        st.sampled_from(["express", "implied_inquiry"]),
        st.integers(0, 400),
    ),
    max_size=8,
)


def projection(session: Session, contact_id: int) -> dict[Key, Standing]:
    return {
        (one.channel, one.organization, one.topic): Standing(
            one.granted, one.expires_at, one.event_id
        )
        for one in queries.standing_consents(session, contact_id)
    }


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(happenings=HAPPENINGS, after=st.integers(0, 300))
def test_the_table_follows_the_ledger(
    db: Database, now: datetime, happenings: list[tuple[str, str, str, int]], after: int
) -> None:
    with db.transaction() as session:
        contact_id = joining.create(session, phone="613 555 0123", actor="supporter", now=now).id
    for action, about, basis, days_ago in happenings:
        topic = about
        at = now - timedelta(days=days_ago)
        is_grant = action == "granted"
        retracts_id = None
        if action == "retracted":
            with db.read() as session:
                known = queries.ledger_of(session, contact_id)
                grants = [one for one in known if one.action == "granted"]
            if not grants:
                continue
            mistake = grants[days_ago % len(grants)]
            retracts_id, topic = mistake.id, mistake.topic
            at = max(at, mistake.occurred_at)
        new = ledger.NewConsent(
            contact_id=contact_id,
            channel="sms",
            topic=topic,
            action=action,
            basis=basis if is_grant else None,
            basis_date=at.date() if is_grant else None,
            evidence="form" if is_grant else "",
            source="form",
            actor="supporter",
            occurred_at=at,
            retracts_id=retracts_id,
        )
        with db.transaction() as session:
            ledger.record(session, events=[new], now=now)
    at = now + timedelta(days=after)
    with db.transaction() as session:
        table = projection(session, contact_id)
        for topic in ("", "services", "justice"):
            events = queries.ledger_of(session, contact_id)
            says = effective(events, channel="sms", organization="us", topic=topic, at=at)
            stands = holds(table, channel="sms", organization="us", topic=topic, at=at)
            assert stands == says.granted
        rebuild_projection(session)
        session.expire_all()
        assert projection(session, contact_id) == table


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"action": "guessed"}, "knows no action"),
        ({"channel": "pigeon"}, "no channel"),
        ({"basis": "assumed"}, "no consent basis"),
        ({"basis": "implied_member", "basis_date": None}, "needs the date"),
        ({"evidence": ""}, "what proves it"),
        ({"hours": 1}, "before it happens"),
        ({"action": "retracted"}, "names the grant"),
        ({"retracts_id": 1}, "names the grant"),
        ({"action": "retracted", "retracts_id": 1}, "an earlier grant of the same person"),
    ],
)
def test_what_cannot_be_is_not_written(
    db: Database, now: datetime, changes: dict[str, object], says: str
) -> None:
    with db.transaction() as session:
        contact = joining.create(session, email="a@example.org", actor="supporter", now=now)
    given_values: dict[str, object] = {
        "contact_id": contact.id, "channel": "email", "action": "granted", "basis": "express",
        "basis_date": now.date(), "evidence": "form", "source": "form", "actor": "supporter",
    }  # fmt: skip
    values = given_values | changes
    hours = values.pop("hours", 0)
    assert isinstance(hours, int)
    event = ledger.NewConsent(**values, occurred_at=now + timedelta(hours=hours))  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match=says), db.transaction() as session:
        ledger.record(session, events=[event], now=now)
    with db.read() as session:
        assert session.scalars(select(Consent)).all() == []


def test_the_same_words_are_kept_once(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        words = {"name": "rally form", "language": "fr", "text": "J’accepte.", "now": now}
        first = wording_id(session, **words)  # type: ignore[arg-type]
        again = wording_id(session, **words)  # type: ignore[arg-type]
        other = wording_id(
            session, name="rally form", language="fr", text="J’accepte tout.", now=now
        )
        kept = session.scalars(select(ConsentWording.id)).all()
    assert first == again
    assert sorted(kept) == sorted([first, other])


def test_mistaken_grants_are_taken_back_for_a_whole_file(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        people = [
            joining.create(session, email=f"p{number}@example.org", actor="supporter", now=now).id
            for number in range(3)
        ]
        mistakes = [
            ledger.NewConsent(
                contact_id=person,
                channel=channel,
                action="granted",
                basis="express",
                evidence="form",
                source="import",
                actor="command",
                occurred_at=now,
            )
            for person in people
            for channel in ("email", "sms", "voice")
        ]
        ledger.record(session, events=mistakes, now=now)
        written = [one for person in people for one in queries.ledger_of(session, person)]
        ledger.record(
            session,
            events=[
                ledger.NewConsent(
                    contact_id=one.contact_id,
                    channel=one.channel,
                    action="retracted",
                    retracts_id=one.id,
                    source="import undone",
                    actor="command",
                    occurred_at=now,
                )
                for one in written
            ],
            now=now,
        )
        assert session.scalars(select(Consent)).all() == []
        assert sum(len(queries.ledger_of(session, person)) for person in people) == 18
