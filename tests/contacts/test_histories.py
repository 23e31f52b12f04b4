"""Records that were merged speak for one person, and a no of either wins."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from mobilize.contacts import joining
from mobilize.contacts.consent import Key, effective
from mobilize.contacts.consent_models import Consent
from mobilize.contacts.histories import Addresses, history_of, records_of, together
from mobilize.contacts.identity_models import Merge
from mobilize.contacts.ledger import NewConsent, record
from mobilize.contacts.projection import rebuild_projection, refresh_projection
from mobilize.contacts.queries import standing_consents
from mobilize.core.db import Database
from tests.contacts.test_consent import Event, day, granted, withdrawn

JOINED = day(50)


def says(own: list[Event], other: list[Event], topic: str = "", *, at: int = 60) -> str:
    """What two histories, one from day 50 on, say of email from us."""
    read = [together(own, other, since=JOINED), together(other, own, since=JOINED)]
    answers = {
        effective(one, channel="email", organization="us", topic=topic, at=day(at)).reason
        for one in read
    }
    assert len(answers) == 1, "it does not matter which of the two records is kept"
    return answers.pop()


@pytest.mark.parametrize(
    ("own", "other", "topic", "expected"),
    [
        ([granted(1)], [], "", "granted"),
        ([], [], "", "never_given"),
        ([granted(1)], [withdrawn(2)], "", "withdrawn"),
        ([granted(3)], [withdrawn(2)], "", "withdrawn"),
        ([granted(3)], [withdrawn(2, "services")], "services", "left_topic"),
        ([granted(3, "services")], [withdrawn(2, "services")], "services", "left_topic"),
        ([granted(3)], [withdrawn(2, "services")], "justice", "granted"),
        ([granted(4)], [withdrawn(2), granted(3)], "", "granted"),
        ([withdrawn(2), granted(3, "services")], [], "services", "granted"),
        ([withdrawn(2), granted(3, "services")], [granted(4)], "", "withdrawn"),
        ([granted(3)], [withdrawn(2, channel="sms")], "", "granted"),
        ([granted(3, organization="partner")], [withdrawn(2)], "", "withdrawn"),
        ([granted(3)], [Event(2, "complaint", day(2))], "", "withdrawn"),
        ([granted(3)], [withdrawn(2), granted(51)], "", "granted"),
        ([granted(3)], [withdrawn(55)], "", "withdrawn"),
    ],
)
def test_a_no_of_either_record_wins_until_the_person_says_yes_again(
    own: list[Event], other: list[Event], topic: str, expected: str
) -> None:
    assert says(own, other, topic) == expected


@pytest.mark.parametrize(
    ("own", "other", "side", "expected"),
    [
        ([granted(1)], [], "kept", "granted"),
        ([], [granted(1)], "kept", "never_given"),
        ([], [granted(1)], "merged", "granted"),
        ([granted(1)], [], "merged", "never_given"),
        ([granted(51)], [], "merged", "granted"),
        ([], [granted(51)], "merged", "never_given"),
        ([], [granted(51)], "kept", "never_given"),
        ([], [granted(51)], "both", "granted"),
        ([granted(1)], [granted(2), withdrawn(3)], "kept", "withdrawn"),
        ([withdrawn(3)], [granted(4)], "merged", "withdrawn"),
    ],
)
def test_a_yes_counts_for_the_address_that_stands(
    own: list[Event], other: list[Event], side: str, expected: str
) -> None:
    read = together(own, other, since=JOINED, addresses=Addresses(email=side, cut=50))
    asked = {"channel": "email", "organization": "us", "topic": ""}
    assert effective(read, **asked, at=day(60)).reason == expected


def test_a_yes_that_was_taken_back_since_hid_no_refusal() -> None:
    """The other's yes was a mistake, so that their no stood when the two became one."""
    taken_back = Event(53, "retracted", day(53), retracts_id=3)
    assert says([granted(4)], [withdrawn(2), granted(3), taken_back]) == "withdrawn"


def person(session: Session, number: int, now: datetime) -> int:
    return joining.create(session, email=f"p{number}@example.org", actor="supporter", now=now).id


def happened(session: Session, contact_id: int, action: str, at: datetime, now: datetime) -> None:
    event = NewConsent(
        contact_id=contact_id,
        channel="email",
        action=action,
        source="form",
        actor="supporter",
        basis="express" if action == "granted" else None,
        evidence="form",
        occurred_at=at,
    )
    record(session, events=[event], now=now)


def merge(session: Session, kept: int, merged: int, now: datetime) -> Merge:
    row = Merge(kept_id=kept, merged_id=merged, actor="command", merged_at=now)
    session.add(row)
    session.flush()
    refresh_projection(session, [kept])
    return row


def table(session: Session, contact_id: int) -> dict[Key, bool]:
    session.expire_all()
    return {
        (one.channel, one.organization, one.topic): one.granted
        for one in standing_consents(session, contact_id)
    }


WHOLE = ("email", "us", "")


def test_the_table_follows_merges_of_merges_and_their_undoing(db: Database, now: datetime) -> None:
    hour = timedelta(hours=1)
    with db.transaction() as session:
        first, second, third = (person(session, number, now) for number in (1, 2, 3))
        happened(session, first, "granted", now - 5 * hour, now)
        happened(session, third, "withdrawn", now - 6 * hour, now)
        merge(session, second, third, now - 4 * hour)
        row = merge(session, first, second, now - 3 * hour)
        assert records_of(session, first) == [first, second, third]
        assert table(session, first) == {WHOLE: False}
        before = [table(session, one) for one in (first, second, third)]
        rebuild_projection(session)
        assert [table(session, one) for one in (first, second, third)] == before

        row.undone_at = now
        session.flush()
        refresh_projection(session, [first, second])
        assert table(session, first) == {WHOLE: True}
        assert table(session, second) == {WHOLE: False}


def test_who_leaves_by_an_old_link_of_a_merged_record_has_left(db: Database, now: datetime) -> None:
    hour = timedelta(hours=1)
    with db.transaction() as session:
        kept, merged = person(session, 1, now), person(session, 2, now)
        happened(session, kept, "granted", now - 5 * hour, now)
        merge(session, kept, merged, now - 4 * hour)
        assert table(session, kept) == {WHOLE: True}

        happened(session, merged, "withdrawn", now, now)
        assert table(session, kept) == {WHOLE: False}
        decided = effective(
            history_of(session, kept), channel="email", organization="us", topic="", at=now
        )
        assert (decided.granted, decided.reason) == (False, "withdrawn")
        assert session.get_one(Consent, (kept, *WHOLE)).event_id == decided.event_id
