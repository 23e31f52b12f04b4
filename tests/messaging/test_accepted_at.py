"""Each text of a batch was accepted at its own time, not when the last of them was."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from mobilize.core.clock import SystemClock
from mobilize.messaging import leasing
from mobilize.messaging.known import Known
from mobilize.messaging.models import Message
from mobilize.messaging.policy import policy_from
from mobilize.messaging.preparing import prepare
from mobilize.messaging.providers.outcomes import Accepted, Pace
from mobilize.messaging.recording import record
from mobilize.runtime import Runtime
from tests.alerts.test_spending import approved, world_of_texts
from tests.alerts.world import launch
from tests.messaging.test_twilio import batch, provider, recorder
from tests.support.receiver import Receiver

__all__ = ["recorder"]


def test_of_a_paced_batch_the_first_was_accepted_before_the_last(recorder: Receiver) -> None:
    outcomes = provider(recorder.url).send(batch(2), Pace(0.0, 1.0)).values()
    ago = [one.ago for one in outcomes if isinstance(one, Accepted)]
    assert len(ago) == 2
    assert ago[0] > ago[1] >= 0


@pytest.mark.parametrize(("ago", "before"), [(0.4, 0), (12.7, 12), (300.0, 20)])
def test_the_time_that_is_kept_is_that_of_the_text_and_never_before_it_was_taken(
    runtime: Runtime, ago: float, before: int
) -> None:
    now, real_now = runtime.clock.now(), SystemClock().now()
    with runtime.db.transaction() as session:
        world = world_of_texts(session, now)
        launch(session, world, approved(session, world, now), now)
    with runtime.db.transaction() as session:
        lease = leasing.lease(session, worker="one", now=now, real_now=real_now, seconds=300)
        assert lease is not None
        prepared = prepare(
            session,
            lease.chunk,
            settings=runtime.settings,
            links=runtime.links,
            known=Known(),
            policy=policy_from(runtime.settings),
            now=now,
        )
        assert prepared is not None
    first, second = (one.message_id for one in prepared.batch.letters)
    ended = now + timedelta(seconds=20)
    outcomes = {first: Accepted("SM1", ago), second: Accepted("SM2")}
    with runtime.db.transaction() as session:
        real_now = runtime.machine.now()
        record(session, prepared, outcomes, now=ended, real_now=real_now, max_attempts=3)
    with runtime.db.read() as session:
        kept = dict(
            session.execute(
                select(Message.id, Message.accepted_at).where(Message.id.in_(outcomes))
            ).all()
        )
    assert kept == {first: ended - timedelta(seconds=before), second: ended}
