"""The ledger decides; the projection and the pure functions say the same as it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobilize.contacts.consent import Reason, effective, holds, project

START = datetime(2026, 1, 1, tzinfo=UTC)


def day(number: int) -> datetime:
    return START + timedelta(days=number)


@dataclass(frozen=True)
class Event:
    """An event as the rules look at it."""

    id: int
    action: str
    occurred_at: datetime
    topic: str = ""
    channel: str = "email"
    organization: str = "us"
    expires_at: datetime | None = None
    retracts_id: int | None = None


def granted(
    at: int,
    topic: str = "",
    *,
    until: int | None = None,
    channel: str = "email",
    organization: str = "us",
) -> Event:
    end = day(until) if until is not None else None
    return Event(at, "granted", day(at), topic, channel, organization, end)


def retracted(at: int, grant: int, topic: str = "") -> Event:
    return Event(at, "retracted", day(at), topic, retracts_id=grant)


def withdrawn(at: int, topic: str = "", *, channel: str = "email") -> Event:
    return Event(at, "withdrawn", day(at), topic, channel)


@pytest.mark.parametrize(
    ("events", "topic", "says"),
    [
        ([], "", "never_given"),
        ([granted(1)], "", "granted"),
        ([granted(1)], "services", "granted"),
        ([granted(1, "services")], "services", "granted"),
        ([granted(1, "services")], "justice", "never_given"),
        ([granted(1, until=50)], "", "expired"),
        ([granted(1, until=50), granted(2)], "", "granted"),
        ([granted(1), granted(2, until=50)], "", "granted"),
        ([granted(1), withdrawn(2)], "", "withdrawn"),
        ([granted(1, "services"), withdrawn(2)], "services", "withdrawn"),
        ([granted(1), withdrawn(2), granted(3)], "", "granted"),
        ([granted(1), withdrawn(2, "services")], "services", "left_topic"),
        ([granted(1), withdrawn(2, "services")], "justice", "granted"),
        ([withdrawn(1, "services"), granted(2)], "services", "left_topic"),
        ([withdrawn(1, "services"), granted(2, "services")], "services", "granted"),
        ([withdrawn(1, "services"), withdrawn(2), granted(3)], "services", "left_topic"),
        ([granted(1, channel="sms")], "", "never_given"),
        ([granted(1, organization="partner")], "", "never_given"),
        ([granted(1), withdrawn(2, channel="sms")], "", "granted"),
        ([granted(1), Event(2, "complaint", day(2))], "", "withdrawn"),
        ([granted(1), Event(2, "bounced", day(2))], "", "granted"),
        ([granted(101)], "", "never_given"),
        ([granted(1), retracted(2, 1)], "", "never_given"),
        ([granted(1), retracted(101, 1)], "", "granted"),
        ([granted(1), granted(2), retracted(3, 2)], "", "granted"),
        ([granted(1), retracted(2, 1), granted(3)], "", "granted"),
        ([withdrawn(1), granted(2), retracted(3, 2)], "", "withdrawn"),
        ([granted(1), withdrawn(2), retracted(3, 1)], "", "withdrawn"),
        ([granted(1), withdrawn(2), retracted(3, 2)], "", "withdrawn"),
        (
            [withdrawn(1, "services"), granted(2, "services"), retracted(3, 2, "services")],
            "services",
            "left_topic",
        ),
    ],
)
def test_what_the_ledger_says(events: Sequence[Event], topic: str, says: Reason) -> None:
    decision = effective(events, channel="email", organization="us", topic=topic, at=day(100))
    assert decision.reason == says
    assert decision.granted == (says == "granted")


def test_a_no_beats_a_yes_of_the_same_instant() -> None:
    events = [withdrawn(1), granted(1)]
    assert not effective(events, channel="email", organization="us", topic="", at=day(9)).granted


def test_the_decision_names_the_event_it_rests_on() -> None:
    events = [granted(1, until=500), granted(2), granted(3, until=600)]
    decision = effective(events, channel="email", organization="us", topic="", at=day(9))
    assert decision.event_id == 2


EVENTS = st.lists(
    st.builds(
        Event,
        id=st.integers(1, 20),
        action=st.sampled_from(
            [
                "granted",
                "granted",
                "renewed",
                "retracted",
                "withdrawn",
                "complaint",
                "expired",
                "bounced",
            ]
        ),
        occurred_at=st.integers(0, 20).map(day),
        topic=st.sampled_from(["", "", "services", "justice"]),
        channel=st.sampled_from(["email", "sms"]),
        organization=st.sampled_from(["us", "partner"]),
        expires_at=st.none() | st.integers(5, 40).map(day),
        retracts_id=st.none() | st.integers(1, 20),
    ).map(
        lambda one: (
            one if one.action != "complaint" else Event(one.id, "complaint", one.occurred_at)
        )
    ),
    unique_by=lambda one: one.id,
    max_size=14,
)


@settings(max_examples=500, deadline=None)
@given(EVENTS, st.sampled_from(["", "services", "justice"]), st.integers(20, 45))
def test_the_projection_says_what_the_ledger_says(events: list[Event], topic: str, at: int) -> None:
    decision = effective(events, channel="email", organization="us", topic=topic, at=day(at))
    standing = holds(project(events), channel="email", organization="us", topic=topic, at=day(at))
    assert standing == decision.granted


@settings(max_examples=300, deadline=None)
@given(EVENTS, st.sampled_from(["", "services"]), st.integers(21, 45))
def test_after_a_withdrawal_only_a_later_grant_speaks(
    events: list[Event], topic: str, at: int
) -> None:
    closed = [*events, withdrawn(21)]
    decision = effective(closed, channel="email", organization="us", topic=topic, at=day(at))
    assert not decision.granted
