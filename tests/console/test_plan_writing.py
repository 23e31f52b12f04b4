"""A follow-up plan is written at the console, step by step; a mistake keeps what was typed."""

from collections.abc import Callable
from datetime import datetime, time

import pytest
from sqlalchemy import select

from mobilize.alerts.models import Alert
from mobilize.followups.models import Plan, PlanStep
from mobilize.messaging.models import Template
from mobilize.messaging.templates import TextDraft, save_template
from mobilize.runtime import Runtime
from mobilize.strategy.models import Milestone
from tests.alerts.world import World, make_alert
from tests.console.conftest import Desk

pytestmark = pytest.mark.parametrize("db", ["sqlite"], indirect=True)
NEW = "/console/plans/new"


@pytest.fixture
def typed(runtime: Runtime, world: World, now: datetime) -> dict[str, str]:
    """A whole form with one step: a reminder to francophones, three days after an alert."""
    with runtime.db.transaction() as session:
        alert = make_alert(session, world, now)
        return {
            "do": "save",
            "steps": "1",
            "name": "Reminder",
            "campaign": world.campaign.public_id,
            "anchor": "alert",
            "alert": alert.public_id,
            "step1-days": "3",
            "step1-at": "09:30",
            "step1-channel": "email",
            "step1-template": session.get_one(Template, world.template_id).public_id,
            "step1-language": "fr",
        }


def plans(runtime: Runtime) -> list[Plan]:
    with runtime.db.read() as session:
        return list(session.scalars(select(Plan)))


def test_a_plan_is_written_and_rehearsed(
    at_desk: Callable[..., Desk], runtime: Runtime, world: World, typed: dict[str, str]
) -> None:
    desk = at_desk()
    assert NEW in desk.read("/console/plans")
    told = desk.follow(NEW, **typed)
    assert "French-speaking people" in told
    assert "Rehearse" in told
    (made,) = plans(runtime)
    with runtime.db.read() as session:
        alert_id = session.scalars(select(Alert.id)).one()
        step = session.scalars(select(PlanStep)).one()
    assert (made.anchor, made.alert_id, made.state) == ("alert", alert_id, "draft")
    assert made.created_by == desk.account_id
    assert (step.offset_days, step.local_time, step.channel) == (3, time(9, 30), "email")
    assert step.rules == {"all": [{"language": ["fr"]}]}


def test_a_plan_has_several_steps_around_a_milestone(
    at_desk: Callable[..., Desk],
    runtime: Runtime,
    world: World,
    typed: dict[str, str],
    now: datetime,
) -> None:
    with runtime.db.transaction() as session:
        milestone = Milestone(
            slug="day",
            kind="estimated",
            title_en="A day",
            title_fr="Un jour",
            rule={"when": "none"},
            time_zone="America/Toronto",
            local_time=time(9),
            source="a law",
            content_hash="0" * 64,
            updated_at=now,
        )
        session.add(milestone)
        session.flush()
        ref = milestone.public_id
    desk = at_desk()
    fields = {**typed, "anchor": "milestone", "milestone": ref}
    grown = desk.send(NEW, **{**fields, "do": "add"}).get_data(as_text=True)
    assert 'name="steps" value="2"' in grown
    assert 'value="Reminder"' in grown
    assert "2 people at this moment" in grown
    second = {
        "steps": "2",
        "step2-days": "-7",
        "step2-at": "10:00",
        "step2-channel": "sms",
        "step2-template": typed["step1-template"],
        "step2-not_completed": world.campaign.public_id,
    }
    shrunk = desk.send(NEW, **{**fields, **second, "do": "remove"}).get_data(as_text=True)
    assert 'name="steps" value="1"' in shrunk
    assert plans(runtime) == []

    desk.follow(NEW, **{**fields, **second})
    (made,) = plans(runtime)
    assert (made.anchor, made.alert_id, made.milestone_id is not None) == ("milestone", None, True)
    with runtime.db.read() as session:
        steps = session.scalars(select(PlanStep).order_by(PlanStep.position)).all()
    assert [(step.offset_days, step.channel) for step in steps] == [(3, "email"), (-7, "sms")]
    assert steps[1].rules == {"all": [{"not": {"completed": [world.campaign.public_id]}}]}


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": " "}, "name"),
        ({"campaign": "none"}, "campaign"),
        ({"alert": ""}, "alert"),
        ({"anchor": "milestone"}, "milestone"),
        ({"step1-days": "soon"}, "step1-days"),
        ({"step1-days": "400"}, "step1-days"),
        ({"step1-at": "late"}, "step1-at"),
        ({"step1-template": ""}, "step1-template"),
        ({"step1-written": "{"}, "step1-written"),
    ],
)
def test_a_mistake_keeps_what_was_typed(
    at_desk: Callable[..., Desk],
    runtime: Runtime,
    typed: dict[str, str],
    fields: dict[str, str],
    field: str,
) -> None:
    desk = at_desk()
    answer = desk.send(NEW, **{**typed, "step1-tag": "youth", **fields})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    marked = page[: page.index('aria-invalid="true"') + 200]
    assert f'name="{field}"' in marked[-600:]
    assert 'value="09:30"' in page or field == "step1-at"
    assert plans(runtime) == []


def test_a_message_of_one_language_is_refused(
    at_desk: Callable[..., Desk], runtime: Runtime, typed: dict[str, str], now: datetime
) -> None:
    with runtime.db.transaction() as session:
        half = TextDraft(channel="email", language="en", subject="Half", body="Half of it.")
        ref = save_template(session, name="Half", texts=[half], now=now).public_id
        save_template(session, key="thank-you", name="Only ours", texts=[half], now=now)
    desk = at_desk(language="fr")
    page = desk.read(NEW)
    assert "Half" in page
    assert "Only ours" not in page
    answer = desk.send(NEW, **{**typed, "step1-template": ref})
    assert answer.status_code == 422
    assert "dans les deux langues" in answer.get_data(as_text=True)


def test_after_an_action_a_step_comes_later_than_the_thanks(
    at_desk: Callable[..., Desk], typed: dict[str, str]
) -> None:
    answer = at_desk().send(NEW, **{**typed, "anchor": "completion", "step1-days": "0"})
    assert answer.status_code == 422
    assert "at least a day later" in answer.get_data(as_text=True)


def test_a_viewer_writes_no_plan(at_desk: Callable[..., Desk], typed: dict[str, str]) -> None:
    desk = at_desk("viewer")
    desk.read(NEW, status=403)
    assert desk.send(NEW, **typed).status_code == 403


def test_a_draft_is_opened_as_it_stands_and_rewritten_by_somebody_else(
    at_desk: Callable[..., Desk], runtime: Runtime, world: World, typed: dict[str, str]
) -> None:
    at_desk().follow(NEW, **typed)
    (made,) = plans(runtime)
    page = f"/console/plans/{made.public_id}/edit"
    colleague = at_desk("approver")

    shown = colleague.read(page)
    assert "Rewrite the plan</h1>" in shown
    assert 'value="Reminder"' in shown
    assert 'value="09:30"' in shown

    colleague.follow(page, **{**typed, "name": "Another reminder", "step1-days": "4"})
    (changed,) = plans(runtime)
    assert (changed.name, changed.created_by) == ("Another reminder", colleague.account_id)
    with runtime.db.read() as session:
        assert session.scalars(select(PlanStep.offset_days)).all() == [4]
