"""The tick: what is due fires once, late and closed steps say why they did not."""

from datetime import UTC, date, datetime, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select

from mobilize.actions.models import Campaign
from mobilize.alerts.problems import BLOCKING
from mobilize.core.clock import VirtualClock
from mobilize.core.db import Database
from mobilize.followups.firing import fire
from mobilize.followups.jobs import Tick, run_due
from mobilize.followups.queries import history, next_due, steps_of
from mobilize.followups.reasons import REASONS, explain
from mobilize.followups.rehearsal import rehearse
from mobilize.messaging.models import Mailing, Message
from mobilize.messaging.policy import policy_from
from mobilize.runtime import Runtime
from tests.alerts.world import FRENCH, NO_LIMITS, approve, launch, make_alert, make_world
from tests.followups.world import TORONTO, add_milestone, complete, make_plan, only_row, step

DAY = date(2026, 11, 30)
DUE = datetime(2026, 11, 30, 15, tzinfo=UTC)


@pytest.fixture
def clock(runtime: Runtime) -> VirtualClock:
    assert isinstance(runtime.clock, VirtualClock)
    return runtime.clock


def test_a_due_step_goes_out_once(runtime: Runtime, clock: VirtualClock, now: datetime) -> None:
    with runtime.db.transaction() as session:
        world = make_world(session, now)
        milestone = add_milestone(session, now, DAY)
        plan = make_plan(session, world, now, step(world, 0), milestone_id=milestone.milestone_id)
        assert [item.due_at for item in next_due(session)] == [DUE]
    assert run_due(runtime) == Tick(planned=0, fired=0, skipped=0)

    clock.set(DUE)
    assert run_due(runtime) == Tick(planned=0, fired=1, skipped=0)
    assert run_due(runtime) == Tick(planned=0, fired=0, skipped=0)

    with runtime.db.read() as session:
        assert session.scalar(select(func.count(Message.id))) == 4
        assert session.scalars(select(Mailing.kind)).all() == ["followup"]
        assert session.scalars(select(Mailing.milestone)).all() == ["awareness-day"]
        (item,) = history(session, plan.id)
        assert (item.state, item.acted_at, item.mailing_public_id is None) == ("fired", DUE, False)
        assert next_due(session) == []


def test_two_schedulers_at_once_send_once(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        world = make_world(session, now)
        milestone = add_milestone(session, now, DAY)
        make_plan(session, world, now, step(world, 0), milestone_id=milestone.milestone_id)
        row_id = only_row(session).id
    barrier, outcomes = Barrier(2), []

    def tick() -> None:
        barrier.wait()
        with db.transaction() as session:
            outcomes.append(
                fire(session, planned_step_id=row_id, now=DUE, zone=TORONTO, terms=NO_LIMITS)
            )

    threads = [Thread(target=tick) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["sent", "taken"]
    with db.read() as session:
        assert session.scalar(select(func.count(Message.id))) == 4


def test_a_step_that_comes_too_late_is_skipped(
    runtime: Runtime, clock: VirtualClock, now: datetime
) -> None:
    with runtime.db.transaction() as session:
        world = make_world(session, now)
        milestone = add_milestone(session, now, DAY)
        make_plan(
            session, world, now, step(world, -1, hours=6), milestone_id=milestone.milestone_id
        )

    clock.set(DUE - timedelta(days=1) + timedelta(hours=6, seconds=1))
    assert run_due(runtime) == Tick(planned=0, fired=0, skipped=1)

    with runtime.db.read() as session:
        row = only_row(session)
        assert (row.state, row.reason, row.mailing_id) == ("skipped", "too_late", None)


def test_a_closed_campaign_skips_with_the_reason(
    runtime: Runtime, clock: VirtualClock, now: datetime
) -> None:
    with runtime.db.transaction() as session:
        world = make_world(session, now)
        milestone = add_milestone(session, now, DAY)
        make_plan(session, world, now, step(world, 0), milestone_id=milestone.milestone_id)
        session.get_one(Campaign, world.campaign.id).state = "closed"

    clock.set(DUE)
    run_due(runtime)

    with runtime.db.read() as session:
        assert only_row(session).reason == "campaign_closed"


def test_a_step_that_cannot_be_read_stops_no_other(
    runtime: Runtime, clock: VirtualClock, now: datetime
) -> None:
    with runtime.db.transaction() as session:
        world = make_world(session, now)
        milestone = add_milestone(session, now, DAY)
        steps = (step(world, 0), step(world, 0, FRENCH))
        plan = make_plan(session, world, now, *steps, milestone_id=milestone.milestone_id)
        steps_of(session, plan.id)[0].rules = {"colour": "red"}

    clock.set(DUE)
    assert run_due(runtime) == Tick(planned=0, fired=1, skipped=1)

    with runtime.db.read() as session:
        broken, sent = history(session, plan.id)
        assert broken.reason is not None
        assert (broken.state, "“colour”" in broken.reason) == ("skipped", True)
        assert sent.state == "fired"


def test_every_reason_has_words_in_both_languages() -> None:
    assert set(BLOCKING) - {"no_steps"} <= set(REASONS)
    assert explain("nobody, campaign_closed", "fr") == (
        "plus personne n’est visé, la campagne est terminée"
    )
    assert explain(None, "en") == ""


def test_nothing_goes_out_for_a_date_that_nobody_confirmed(
    runtime: Runtime, clock: VirtualClock, now: datetime
) -> None:
    with runtime.db.transaction() as session:
        world = make_world(session, now)
        milestone = add_milestone(session, now, DAY, state="estimated")
        make_plan(session, world, now, step(world, 0), milestone_id=milestone.milestone_id)

    clock.set(DUE)
    assert run_due(runtime).fired == 0
    clock.set(DUE + timedelta(hours=25))
    assert run_due(runtime) == Tick(planned=0, fired=0, skipped=1)


def test_a_reminder_reaches_those_who_have_not_acted_by_then(
    runtime: Runtime, clock: VirtualClock, now: datetime
) -> None:
    with runtime.db.transaction() as session:
        world = make_world(session, now)
        alert = make_alert(session, world, now, rules=FRENCH)
        not_acted = {"not": {"completed": world.campaign.public_id}}
        make_plan(session, world, now, step(world, 5, not_acted), alert_id=alert.id)
        approve(session, world, alert, now)
        launch(session, world, alert, now)
        for message in session.scalars(select(Message)):
            message.state, message.accepted_at = "delivered", now
    run_due(runtime)
    with runtime.db.transaction() as session:
        complete(session, world, "person1@example.org", now + timedelta(days=1))

    clock.set(now + timedelta(days=5))
    assert run_due(runtime).fired == 1

    with runtime.db.read() as session:
        reminded = (
            select(Message)
            .join(Mailing, Mailing.id == Message.mailing_id)
            .where(Mailing.kind == "followup")
        )
        assert session.scalars(reminded.with_only_columns(Message.language)).all() == ["fr"]


def test_an_action_is_followed_up_once_on_the_day_after(
    runtime: Runtime, clock: VirtualClock, now: datetime
) -> None:
    with runtime.db.transaction() as session:
        world = make_world(session, now)
        make_plan(session, world, now, step(world, 1))
        complete(session, world, "person0@example.org", now)
    for hours in (0, 24, 25, 48):
        clock.set(now + timedelta(hours=hours))
        run_due(runtime)

    with runtime.db.read() as session:
        assert session.scalar(select(func.count(Message.id))) == 1


def test_a_rehearsal_says_who_would_get_what_and_sends_nothing(
    runtime: Runtime, now: datetime
) -> None:
    with runtime.db.transaction() as session:
        world = make_world(session, now)
        milestone = add_milestone(session, now, DAY)
        plan = make_plan(
            session,
            world,
            now,
            step(world, 0),
            step(world, 3, FRENCH),
            active=False,
            milestone_id=milestone.milestone_id,
        )
    with runtime.db.read() as session:
        rehearsed = rehearse(
            session,
            plan_id=plan.id,
            start=now,
            end=now + timedelta(days=30),
            zone=TORONTO,
            policy=policy_from(runtime.settings),
        )
        assert [
            (
                item.position,
                item.due_at.date(),
                [(g.language, g.reason, g.people) for g in item.groups],
            )
            for item in rehearsed
        ] == [
            (1, DAY, [("en", None, 2), ("fr", None, 2)]),
            (2, DAY + timedelta(days=3), [("fr", None, 2)]),
        ]
        assert session.scalar(select(func.count(Message.id))) == 0
