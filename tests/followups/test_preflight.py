"""A follow-up is asked what an alert is asked, and waits where somebody can put it right."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, update

from mobilize.alerts import service as alerts
from mobilize.contacts.models import Contact
from mobilize.core.clock import VirtualClock
from mobilize.core.errors import Conflict
from mobilize.followups import service
from mobilize.followups.jobs import Tick, run_due
from mobilize.followups.models import Plan
from mobilize.followups.queries import history, next_due
from mobilize.followups.reasons import explain
from mobilize.messaging.models import Mailing, Message, TextBudget
from mobilize.messaging.providers.transports import open_transports
from mobilize.messaging.sending import drain
from mobilize.runtime import Runtime
from tests.alerts.test_spending import LONG, PRICED, approved, recorder, world_of_texts
from tests.alerts.world import EVERYBODY, World, launch, make_world
from tests.followups.world import add_milestone, make_plan, only_row, step
from tests.support.receiver import Receiver

__all__ = ["recorder"]
DAY = date(2026, 11, 30)
DUE = datetime(2026, 11, 30, 15, tzinfo=UTC)


def priced(runtime: Runtime, cap: str) -> Runtime:
    twilio = replace(runtime.settings.twilio, segment_price=Decimal("0.01"), alert_cap=Decimal(cap))
    return replace(runtime, settings=replace(runtime.settings, twilio=twilio))


def without_address(runtime: Runtime) -> Runtime:
    site = replace(runtime.settings.site, postal_address=" ")
    return replace(runtime, settings=replace(runtime.settings, site=site))


def text_step(world: World, offset_days: int = 0) -> service.PlanStepDraft:
    return service.PlanStepDraft(
        offset_days=offset_days,
        local_time=time(10),
        rules=EVERYBODY,
        channel="sms",
        template_id=world.template_id,
    )


@pytest.fixture
def clock(runtime: Runtime) -> VirtualClock:
    assert isinstance(runtime.clock, VirtualClock)
    return runtime.clock


def texts_on_the_day(runtime: Runtime, now: datetime) -> tuple[World, Plan]:
    with runtime.db.transaction() as session:
        world = world_of_texts(session, now)
        milestone = add_milestone(session, now, DAY)
        plan = make_plan(session, world, now, text_step(world), milestone_id=milestone.milestone_id)
    return world, plan


def test_a_step_waits_for_the_postal_address_and_goes_once_it_is_there(
    runtime: Runtime, clock: VirtualClock, now: datetime
) -> None:
    with runtime.db.transaction() as session:
        world = make_world(session, now)
        milestone = add_milestone(session, now, DAY)
        make_plan(session, world, now, step(world, 0), milestone_id=milestone.milestone_id)

    clock.set(DUE)
    assert run_due(without_address(runtime)) == Tick(planned=0, fired=0, skipped=0)
    with runtime.db.read() as session:
        assert session.scalars(select(Message.id)).all() == []
        (waiting,) = next_due(session)
        assert (waiting.state, waiting.reason) == ("planned", "postal_address_missing")
        assert "adresse postale" in explain(waiting.reason, "fr")

    clock.set(DUE + timedelta(minutes=6))
    assert run_due(runtime) == Tick(planned=0, fired=1, skipped=0)
    with runtime.db.read() as session:
        row = only_row(session)
        assert (row.state, row.reason) == ("fired", None)


def test_what_a_step_waited_for_in_vain_stands_behind_its_end(
    runtime: Runtime, clock: VirtualClock, now: datetime
) -> None:
    with runtime.db.transaction() as session:
        world = make_world(session, now)
        milestone = add_milestone(session, now, DAY)
        plan = make_plan(session, world, now, step(world, 0), milestone_id=milestone.milestone_id)

    clock.set(DUE)
    run_due(without_address(runtime))
    clock.set(DUE + timedelta(hours=25))
    assert run_due(without_address(runtime)).skipped == 1
    with runtime.db.transaction() as session:
        assert only_row(session).reason == "too_late, postal_address_missing"
        # A date that moves undoes that: nothing went out.
        milestone = session.merge(milestone)
        milestone.on_date = DAY + timedelta(days=7)
    run_due(runtime)
    with runtime.db.read() as session:
        (item,) = history(session, plan.id)
        assert (item.state, item.reason, item.due_at) == ("planned", None, DUE + timedelta(days=7))


def test_a_step_that_waits_moves_with_its_date(
    runtime: Runtime, clock: VirtualClock, now: datetime
) -> None:
    with runtime.db.transaction() as session:
        world = make_world(session, now)
        milestone = add_milestone(session, now, DAY)
        plan = make_plan(session, world, now, step(world, 0), milestone_id=milestone.milestone_id)
    clock.set(DUE)
    run_due(without_address(runtime))
    with runtime.db.transaction() as session:
        session.merge(milestone).on_date = DAY + timedelta(days=7)
    assert run_due(runtime) == Tick(planned=1, fired=0, skipped=0)
    with runtime.db.read() as session:
        (item,) = history(session, plan.id)
        assert (item.state, item.reason, item.due_at) == ("planned", None, DUE + timedelta(days=7))


@pytest.mark.parametrize(
    ("cap", "price", "reason"), [("0.03", "0.01", "over_cap"), ("1", "0", "price_missing")]
)
def test_texts_that_would_cost_more_than_they_may_wait(
    runtime: Runtime, clock: VirtualClock, now: datetime, cap: str, price: str, reason: str
) -> None:
    texts_on_the_day(runtime, now)
    clock.set(DUE)
    held = priced(runtime, cap)
    twilio = replace(held.settings.twilio, segment_price=Decimal(price))
    run_due(replace(held, settings=replace(held.settings, twilio=twilio)))
    with runtime.db.read() as session:
        row = only_row(session)
        assert (row.state, row.reason, row.mailing_id) == ("planned", reason, None)

    clock.set(DUE + timedelta(minutes=6))
    assert run_due(priced(runtime, "0.04")).fired == 1
    with runtime.db.read() as session:
        assert session.scalars(select(TextBudget.most)).one() == 4


def test_a_step_after_an_alert_has_the_alerts_own_cap(
    runtime: Runtime, clock: VirtualClock, now: datetime
) -> None:
    with runtime.db.transaction() as session:
        world = world_of_texts(session, now)
        alert = approved(session, world, now)
        alerts.set_text_cap(
            session,
            alert_id=alert.id,
            cap=Decimal("0.04"),
            set_by=world.author,
            terms=PRICED,
            now=now,
        )
        make_plan(session, world, now, text_step(world, 8), alert_id=alert.id)
        launch(session, world, alert, now, terms=PRICED)
        for message in session.scalars(select(Message)):
            message.state, message.accepted_at = "delivered", now
        # With these names each text takes two segments, where the alert's took one.
        session.execute(update(Contact).values(given_name=LONG))
    run_due(runtime)
    clock.set(now + timedelta(days=8))
    run_due(priced(runtime, "9"))
    with runtime.db.read() as session:
        assert only_row(session).reason == "over_cap"


def test_texts_of_a_step_stop_at_the_cap_and_go_on_when_it_is_raised(
    runtime: Runtime, clock: VirtualClock, now: datetime, recorder: Receiver
) -> None:
    world, plan = texts_on_the_day(runtime, now)
    clock.set(DUE)
    sending = priced(runtime, "0.04")
    twilio = replace(sending.settings.twilio, url=recorder.url)
    sending = replace(sending, settings=replace(sending.settings, twilio=twilio))
    assert run_due(sending).fired == 1
    with runtime.db.transaction() as session:
        session.execute(update(Contact).values(given_name=LONG))
    drain(sending, open_transports(sending.settings), worker="one")
    with runtime.db.read() as session:
        (item,) = history(session, plan.id)
        assert (item.state, item.pause_reason) == ("fired", "cap_reached")
        assert len(recorder.received) == 2

    def resume(cap: str) -> None:
        terms = replace(PRICED, cap=Decimal(cap))
        with runtime.db.transaction() as session:
            service.resume(session, plan_id=plan.id, resumed_by=world.author, terms=terms, now=now)

    with pytest.raises(Conflict, match="have cost"):
        resume("0.04")
    resume("0.08")
    drain(sending, open_transports(sending.settings), worker="one")
    with runtime.db.read() as session:
        assert len(recorder.received) == 4, "nobody twice"
        assert session.scalars(select(Mailing.state)).one() in {"sending", "done"}
    with pytest.raises(Conflict, match="only from paused"):
        resume("0.08")
