"""What must go in time goes by a running worker; without one, that is said, and not of what."""

from datetime import timedelta

from mobilize.accounts.jobs import let_go, overdue
from mobilize.core.clock import VirtualClock
from mobilize.messaging.receiving import take_text
from mobilize.runtime import Runtime
from tests.messaging.people import add_contact


def test_a_text_that_needs_care_and_outlives_its_days_is_overdue_until_it_goes(
    runtime: Runtime,
) -> None:
    clock = runtime.clock
    assert isinstance(clock, VirtualClock)
    with runtime.db.transaction() as session:
        add_contact(session, 150, now=clock.now())
        take_text(
            session,
            sender="+16135550150",
            body="He took my passport and I cannot leave the house",
            provider_ref="SM1",
            settings=runtime.settings,
            now=clock.now(),
        )
    days = runtime.settings.retention.care_days
    clock.set(clock.now() + timedelta(days=days, hours=3))
    assert not overdue(runtime), "the worker's next round is yet to come"
    clock.set(clock.now() + timedelta(days=1))
    assert overdue(runtime)
    let_go(runtime)
    assert not overdue(runtime)
