"""What a page shows is what the ledger says, and saving it as it is writes nothing."""

from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from mobilize.contacts import ledger
from mobilize.contacts.consent import effective
from mobilize.contacts.histories import history_of
from mobilize.contacts.models import Contact
from mobilize.contacts.preferences import (
    Channel,
    ChannelChoice,
    Proof,
    Wishes,
    Words,
    change,
    choice_of,
)
from mobilize.core.db import Database
from tests.messaging.people import add_contact

TOPICS = ("justice", "services")
WORDS: dict[tuple[Channel, str], Words] = {
    ("email", topic): Words("test", "Yes.") for topic in ("", *TOPICS)
}
HAPPENINGS = st.lists(
    st.tuples(
        st.sampled_from(["granted", "withdrawn"]),
        st.sampled_from(["", *TOPICS]),
        st.sampled_from(["express", "implied_inquiry"]),
        st.integers(1, 400),
    ),
    max_size=7,
)
CHOICES = st.builds(
    ChannelChoice, st.booleans(), st.frozensets(st.sampled_from(TOPICS), min_size=1)
)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(happenings=HAPPENINGS, wanted=CHOICES)
def test_what_is_wished_is_what_the_ledger_then_says(
    db: Database,
    now: datetime,
    happenings: list[tuple[str, str, str, int]],
    wanted: ChannelChoice,
) -> None:
    with db.transaction() as session:
        number = 1 + (session.scalar(select(func.max(Contact.id))) or 0)
        contact = add_contact(session, number, now=now, consents=())
        for action, topic, basis, days in happenings:
            at = now - timedelta(days=days)
            event = ledger.NewConsent(
                contact_id=contact.id,
                channel="email",
                topic=topic,
                action=action,
                basis=basis if action == "granted" else None,
                basis_date=at.date() if action == "granted" else None,
                source="test",
                evidence="form",
                actor="command",
                occurred_at=at,
            )
            ledger.record(session, events=[event], now=now)

        def agreed(topic: str, at: datetime) -> bool:
            facts = history_of(session, contact.id)
            return effective(facts, channel="email", organization="us", topic=topic, at=at).granted

        def wish(choice: ChannelChoice, at: datetime) -> int:
            before = len(history_of(session, contact.id))
            change(
                session,
                contact=contact,
                wishes=Wishes(channels={"email": choice}),
                topics=TOPICS,
                words=WORDS,
                shown_in="en",
                proof=Proof("email", "own link"),
                now=at,
            )
            return len(history_of(session, contact.id)) - before

        shown = choice_of(session, contact, "email", TOPICS, now=now)
        assert shown.topics == {topic for topic in TOPICS if agreed(topic, now)}
        assert shown.on == bool(shown.topics)
        assert wish(shown, now) == 0

        later = now + timedelta(minutes=1)
        wish(wanted, later)
        assert {topic for topic in TOPICS if agreed(topic, later)} == (
            wanted.topics if wanted.on else set()
        ) or (not wanted.on and not shown.on)
        assert wish(wanted, later + timedelta(minutes=1)) == 0
