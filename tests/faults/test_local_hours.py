"""Over zones and changes of the hour each text goes exactly once, and at a right local hour.

A worker looks every quarter of an hour, and people live in every kind of zone: half an hour off
(St. John's), without a change of the hour (Regina, Whitehorse), at the two ends of the country,
and of no known zone. The judge is the sandbox's ledger, and a clock of the test's own for each.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from mobilize.contacts.consent_models import ConsentEvent
from mobilize.contacts.ledger import NewConsent, record
from mobilize.core.clock import VirtualClock
from mobilize.messaging.policy import Channel
from mobilize.messaging.providers.transports import Transports
from mobilize.messaging.sending import drain
from mobilize.runtime import Runtime
from tests.faults.invariants import check_invariants
from tests.messaging.people import add_contact
from tests.messaging.test_sending import launch, states
from tests.support.sandbox import Sandbox

pytestmark = pytest.mark.faults

QUARTER: Final = timedelta(minutes=15)
LIVING: Final = (
    "America/St_Johns",
    "America/Halifax",
    "America/Toronto",
    "America/Regina",
    "America/Edmonton",
    "America/Whitehorse",
    "America/Vancouver",
    None,
)
"""Where they live; nobody knows where the last one does."""

# What each zone's clocks show, from the tables of the law and not from ours. 2027: daylight time
# from 14 March to 7 November; Saskatchewan and Yukon have none.
SPRING: Final = date(2027, 3, 14)
FALL: Final = date(2027, 11, 7)
STANDARD: Final = {
    "America/St_Johns": -3.5,
    "America/Halifax": -4.0,
    "America/Toronto": -5.0,
    "America/Edmonton": -7.0,
    "America/Vancouver": -8.0,
}
FIXED: Final = {"America/Regina": -6.0, "America/Whitehorse": -7.0}


def local(moment: datetime, zone: str) -> datetime:
    """What a clock on the wall shows, by the law; the change is at two in the night, local time."""
    if zone in FIXED:
        return (moment + timedelta(hours=FIXED[zone])).replace(tzinfo=None)
    standard = (moment + timedelta(hours=STANDARD[zone])).replace(tzinfo=None)
    begins = datetime.combine(SPRING, time(2))
    # Daylight time ends at two by itself, which is one by standard time.
    ends = datetime.combine(FALL, time(1))
    return standard + timedelta(hours=begins <= standard < ends)


def may_get_texts(wall: datetime) -> bool:
    """The CRTC's hours: from 9 to 21:30 on weekdays, from 10 to 18 on weekends."""
    if wall.weekday() >= 5:
        return time(10) <= wall.time() < time(18)
    return time(9) <= wall.time() < time(21, 30)


def people_everywhere(session: Session, now: datetime) -> None:
    """One person for each zone, in its order."""
    for number, zone in enumerate(LIVING):
        add_contact(session, number, now=now).time_zone = zone


def first_texts(
    runtime: Runtime,
    transports: Transports,
    sandbox: Sandbox,
    *,
    channel: Channel,
    start: datetime,
    hours: int,
) -> Mapping[str | None, list[datetime]]:
    """Look every quarter of an hour; when each person's message was taken, by where they live."""
    assert isinstance(runtime.clock, VirtualClock)
    went: defaultdict[str | None, list[datetime]] = defaultdict(list)
    seen = 0
    for number in range(4 * hours):
        moment = start + number * QUARTER
        runtime.clock.set(moment)
        drain(runtime, transports, worker="one")
        taken = sandbox.messages(channel)
        for item in taken[seen:]:
            digits = item["to"].removesuffix("@example.org")[-1]
            went[LIVING[int(digits)]].append(moment)
        seen = len(taken)
    return went


@pytest.mark.parametrize(
    "start",
    [
        # The evening before an hour is left out, the one after, and the one before it comes twice.
        datetime(2027, 3, 13, 23, tzinfo=UTC),
        datetime(2027, 3, 14, 23, tzinfo=UTC),
        datetime(2027, 11, 6, 22, tzinfo=UTC),
        # A day on which nothing changes.
        datetime(2027, 6, 30, 23, tzinfo=UTC),
    ],
    ids=lambda start: f"{start:%d %b %Hh}",
)
def test_each_text_goes_once_in_the_first_quarter_that_is_open_where_the_person_lives(
    sending: Runtime, transports: Transports, sandbox: Sandbox, start: datetime
) -> None:
    assert isinstance(sending.clock, VirtualClock)
    sending.clock.set(start)
    with sending.db.transaction() as session:
        people_everywhere(session, start)
    launch(sending, "sms")

    went = first_texts(sending, transports, sandbox, channel="sms", start=start, hours=48)

    quarters = [start + number * QUARTER for number in range(4 * 48)]
    zones = [zone for zone in LIVING if zone]
    expected = {
        zone: [next(one for one in quarters if may_get_texts(local(one, zone)))] for zone in zones
    }
    for zone in zones:
        assert went[zone] == expected[zone], zone
    # Of no known zone: where it is right for all of them.
    (moment,) = went[None]
    assert all(may_get_texts(local(moment, zone)) for zone in zones)
    check_invariants(sending, sandbox)


@pytest.mark.parametrize(
    ("night", "zone", "safe", "at"),
    [
        # The hour that is left out: from half past two to half past three there are no minutes but
        # the last thirty.
        (SPRING, "America/Toronto", (time(2, 30), time(3, 30)), time(3, 0)),
        (SPRING, "America/St_Johns", (time(2, 30), time(3, 30)), time(3, 0)),
        (SPRING, "America/Regina", (time(2, 30), time(3, 30)), time(2, 30)),
        # The hour that comes twice: the first time counts.
        (FALL, "America/Toronto", (time(1, 30), time(2, 0)), time(1, 30)),
        (FALL, "America/St_Johns", (time(1, 30), time(2, 0)), time(1, 30)),
        (FALL, "America/Whitehorse", (time(1, 30), time(2, 0)), time(1, 30)),
    ],
    ids=str,
)
def test_safe_hours_in_the_night_of_a_change_are_kept_once(
    sending: Runtime,
    transports: Transports,
    sandbox: Sandbox,
    night: date,
    zone: str,
    safe: tuple[time, time],
    at: time,
) -> None:
    assert isinstance(sending.clock, VirtualClock)
    start = datetime.combine(night, time(2), UTC)
    sending.clock.set(start)
    with sending.db.transaction() as session:
        person = add_contact(
            session, LIVING.index(zone), now=start, safe_from=safe[0], safe_until=safe[1]
        )
        person.time_zone = zone
    launch(sending)

    went = first_texts(sending, transports, sandbox, channel="email", start=start, hours=14)

    (moment,) = went[zone]
    assert local(moment, zone) == datetime.combine(night, at)
    check_invariants(sending, sandbox)


def test_safe_hours_that_the_night_leaves_out_altogether_come_the_night_after(
    sending: Runtime, transports: Transports, sandbox: Sandbox
) -> None:
    assert isinstance(sending.clock, VirtualClock)
    start = datetime.combine(SPRING, time(5), UTC)
    sending.clock.set(start)
    with sending.db.transaction() as session:
        # Toronto's clocks show none of these minutes that night.
        add_contact(session, 2, now=start, safe_from=time(2, 0), safe_until=time(3, 0))
    launch(sending)

    went = first_texts(sending, transports, sandbox, channel="email", start=start, hours=30)

    (moment,) = went["America/Toronto"]
    assert local(moment, "America/Toronto") == datetime.combine(date(2027, 3, 15), time(2))
    check_invariants(sending, sandbox)


@pytest.mark.parametrize(
    ("basis", "given_on", "ends_on"),
    [
        # Where a month has no such day it is its last one (Interpretation Act, s. 28).
        ("implied_donation", date(2028, 2, 29), date(2030, 2, 28)),
        ("implied_donation", date(2028, 2, 28), date(2030, 2, 28)),
        ("implied_donation", date(2028, 3, 1), date(2030, 3, 1)),
        ("implied_inquiry", date(2028, 8, 31), date(2029, 2, 28)),
        ("implied_inquiry", date(2027, 8, 29), date(2028, 2, 29)),
    ],
    ids=str,
)
def test_a_consent_of_the_29th_of_february_ends_on_the_day_that_there_is(
    sending: Runtime,
    transports: Transports,
    sandbox: Sandbox,
    basis: str,
    given_on: date,
    ends_on: date,
) -> None:
    assert isinstance(sending.clock, VirtualClock)
    given = datetime.combine(given_on, time(15), UTC)
    sending.clock.set(given)
    with sending.db.transaction() as session:
        person = add_contact(session, 1, now=given, consents=())
        record(
            session,
            events=[
                NewConsent(
                    contact_id=person.id,
                    channel="email",
                    action="granted",
                    basis=basis,
                    basis_date=given_on,
                    source="test",
                    evidence="receipt",
                    actor="command",
                    occurred_at=given,
                )
            ],
            now=given,
        )
        ends = session.scalars(select(ConsentEvent.expires_at)).one()
    # With the beginning of that day in UTC, before it begins anywhere in Canada.
    assert ends == datetime.combine(ends_on, time(), UTC)
    for moment, expected in (
        (ends - timedelta(seconds=1), ("accepted", None)),
        (ends, ("skipped", "consent_expired")),
    ):
        sending.clock.set(moment)
        mailing_id = launch(sending)
        drain(sending, transports, worker="one")
        assert list(states(sending, mailing_id)) == [expected]
    check_invariants(sending, sandbox)
