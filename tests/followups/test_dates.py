"""Plans on their dates: nothing in the past, moved dates, dates that nobody confirmed."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from mobilize.core.db import Database
from mobilize.core.errors import Conflict, Forbidden, InvalidInput
from mobilize.followups import service
from mobilize.followups.dates import difference, drop_unconfirmed, plan_ahead, replan_plan
from mobilize.followups.models import PlannedStep
from mobilize.strategy.models import MilestoneOccurrence
from tests.alerts.world import approve, launch, make_alert, make_world
from tests.followups.world import (
    TORONTO,
    activate,
    add_milestone,
    complete,
    due_dates,
    make_plan,
    standing,
    step,
)

DAY = date(2026, 11, 30)


def test_activating_plans_what_is_to_come_and_never_the_past(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        world = make_world(session, now)
        milestone = add_milestone(session, now, DAY)
        plan = make_plan(
            session,
            world,
            now,
            step(world, -14),
            step(world, -7),
            step(world, 3),
            milestone_id=milestone.milestone_id,
        )

        assert standing(session, plan) == [
            ("skipped", "past"),
            ("planned", None),
            ("planned", None),
        ]
        assert due_dates(session, plan)[2] == datetime(2026, 12, 3, 15, tzinfo=UTC)


def test_planning_twice_changes_nothing(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        world = make_world(session, now)
        milestone = add_milestone(session, now, DAY)
        make_plan(session, world, now, step(world, -7), milestone_id=milestone.milestone_id)

        assert plan_ahead(session, now=now + timedelta(hours=1), zone=TORONTO) == 0
        assert len(session.scalars(select(PlannedStep)).all()) == 1


def test_a_moved_date_moves_only_what_has_not_gone(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        world = make_world(session, now)
        milestone = add_milestone(session, now, DAY)
        plan = make_plan(
            session,
            world,
            now,
            step(world, -7),
            step(world, -1),
            step(world, 3),
            milestone_id=milestone.milestone_id,
        )
        gone = session.scalars(select(PlannedStep).order_by(PlannedStep.due_at)).first()
        assert gone is not None
        gone.state = "fired"
        session.flush()
        before = due_dates(session, plan)

        moved = session.get_one(MilestoneOccurrence, milestone.id)
        moved.on_date = DAY - timedelta(days=4)
        session.flush()
        later = datetime(2026, 11, 26, 12, tzinfo=UTC)
        shown = difference(session, plan_id=plan.id, now=later, zone=TORONTO)
        assert due_dates(session, plan) == before

        assert replan_plan(session, plan_id=plan.id, now=later, zone=TORONTO) == shown
        assert [(c.position, c.after.state, c.after.reason) for c in shown] == [
            (2, "skipped", "past"),
            (3, "planned", None),
        ]
        assert due_dates(session, plan)[0] == before[0]
        assert standing(session, plan)[0] == ("fired", None)


def test_a_date_moved_later_revives_what_was_too_late(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        world = make_world(session, now)
        milestone = add_milestone(session, now, DAY)
        plan = make_plan(session, world, now, step(world, -14), milestone_id=milestone.milestone_id)
        assert standing(session, plan) == [("skipped", "past")]

        milestone.on_date = DAY + timedelta(days=30)
        session.flush()
        replan_plan(session, plan_id=plan.id, now=now, zone=TORONTO)

        assert standing(session, plan) == [("planned", None)]


def test_an_unconfirmed_date_waits_and_then_lapses(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        world = make_world(session, now)
        milestone = add_milestone(session, now, DAY, state="estimated")
        plan = make_plan(
            session,
            world,
            now,
            step(world, -7),
            step(world, 7),
            milestone_id=milestone.milestone_id,
        )
        assert standing(session, plan) == [("awaiting", None)] * 2

        passed = datetime(2026, 11, 25, 12, tzinfo=UTC)
        assert drop_unconfirmed(session, now=passed) == 1
        milestone = session.get_one(MilestoneOccurrence, milestone.id)
        milestone.state = "confirmed"
        session.flush()
        plan_ahead(session, now=passed, zone=TORONTO)

        assert standing(session, plan) == [("skipped", "not_confirmed"), ("planned", None)]


def test_a_date_that_is_taken_back_cancels_its_steps(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        world = make_world(session, now)
        milestone = add_milestone(session, now, DAY)
        plan = make_plan(session, world, now, step(world, 3), milestone_id=milestone.milestone_id)

        milestone.state = "cancelled"
        session.flush()
        plan_ahead(session, now=now, zone=TORONTO)
        assert standing(session, plan) == [("cancelled", "date_gone")]

        milestone = session.get_one(MilestoneOccurrence, milestone.id)
        milestone.state = "confirmed"
        session.flush()
        plan_ahead(session, now=now, zone=TORONTO)
        assert standing(session, plan) == [("planned", None)]


def test_a_plan_after_an_alert_waits_for_its_launch(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        world = make_world(session, now)
        alert = make_alert(session, world, now)
        plan = make_plan(session, world, now, step(world, 5), alert_id=alert.id)
        assert standing(session, plan) == []

        approve(session, world, alert, now)
        launch(session, world, alert, now)
        plan_ahead(session, now=now, zone=TORONTO)

        assert due_dates(session, plan) == [datetime(2026, 11, 27, 15, tzinfo=UTC)]


def test_each_day_of_completed_actions_gets_its_own_steps(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        world = make_world(session, now)
        plan = make_plan(session, world, now, step(world, 1))
        complete(session, world, "person0@example.org", now + timedelta(hours=1))
        complete(session, world, "person1@example.org", now + timedelta(days=2))

        plan_ahead(session, now=now + timedelta(days=2, hours=1), zone=TORONTO)

        assert [moment.date() for moment in due_dates(session, plan)] == [
            date(2026, 11, 23),
            date(2026, 11, 25),
        ]


def test_many_people_need_a_second_person(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        world = make_world(session, now)
        plan = make_plan(session, world, now, step(world, 1), active=False)

    def activate_as(account_id: int) -> None:
        with db.transaction() as session:
            service.activate(
                session,
                plan_id=plan.id,
                activated_by=account_id,
                now=now,
                zone=TORONTO,
                two_person_over=3,
            )

    with pytest.raises(Forbidden, match="4 people"):
        activate_as(world.author)
    activate_as(world.approver)


def test_a_plan_is_activated_once_and_ends_for_good(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        world = make_world(session, now)
        milestone = add_milestone(session, now, DAY)
        plan = make_plan(session, world, now, step(world, 1), milestone_id=milestone.milestone_id)
        service.end(session, plan_id=plan.id, ended_by=world.author, now=now)

        assert standing(session, plan) == [("cancelled", "ended")]
        with pytest.raises(Conflict, match="done"):
            activate(session, world, plan, now)


def test_an_anchor_names_what_it_is(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        world = make_world(session, now)

        with pytest.raises(InvalidInput, match="one milestone, one alert"):
            make_plan(session, world, now, step(world, 1), milestone_id=1, alert_id=1)
        with pytest.raises(InvalidInput, match="a day later"):
            make_plan(session, world, now, step(world, 0))
