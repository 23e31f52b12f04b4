"""Safe hours: a message waits until it is an hour that the person named, in their own zone."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from mobilize.contacts.models import Contact
from mobilize.messaging.gate import gate
from mobilize.messaging.policy import policy_from
from mobilize.runtime import Runtime
from tests.messaging.people import add_contact

TORONTO = ZoneInfo("America/Toronto")
NIGHT = (time(22), time(6))
DAY = (time(9), time(17))


def waits(runtime: Runtime, at: datetime) -> bool:
    """Whether an email to the one person there is would wait at an instant."""
    rules = gate(
        channel="email", kind="alert", topic="", now=at, policy=policy_from(runtime.settings)
    )
    statement = select(rules.put_off).select_from(Contact)
    with runtime.db.read() as session:
        return session.scalars(statement).one()


@pytest.mark.parametrize(
    ("hours", "local", "expected"),
    [
        (NIGHT, time(21, 59), True),
        (NIGHT, time(22), False),
        (NIGHT, time(0), False),
        (NIGHT, time(5, 59), False),
        (NIGHT, time(6), True),
        (NIGHT, time(12), True),
        (DAY, time(8, 59), True),
        (DAY, time(9), False),
        (DAY, time(17), True),
        (DAY, time(23), True),
        ((None, None), time(3), False),
    ],
)
def test_a_message_waits_for_the_hours_that_a_person_named(
    runtime: Runtime, hours: tuple[time | None, time | None], local: time, expected: bool
) -> None:
    now = runtime.clock.now()
    with runtime.db.transaction() as session:
        add_contact(session, 1, now=now, safe_from=hours[0], safe_until=hours[1])
    day = now.date() + timedelta(days=1)
    assert waits(runtime, datetime.combine(day, local, TORONTO)) is expected


@pytest.mark.parametrize(("local", "expected"), [(time(9), True), (time(12, 30), False)])
def test_without_a_zone_it_must_be_a_safe_hour_wherever_the_person_may_live(
    runtime: Runtime, local: time, expected: bool
) -> None:
    now = runtime.clock.now()
    with runtime.db.transaction() as session:
        contact = add_contact(session, 1, now=now, safe_from=DAY[0], safe_until=DAY[1])
        contact.time_zone = None
    day = now.date() + timedelta(days=1)
    assert waits(runtime, datetime.combine(day, local, TORONTO)) is expected
