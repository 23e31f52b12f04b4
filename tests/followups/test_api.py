"""Plans over the JSON API: written, rehearsed, activated, followed."""

from datetime import date, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from mobilize.messaging.models import Template
from mobilize.runtime import Runtime
from mobilize.strategy.models import Milestone
from tests.alerts.world import make_world
from tests.followups.world import add_milestone
from tests.support.accounts import bearer, make_key

PLANS = "/api/v1/plans"
SPAN = {"start": "2026-11-22T00:00:00Z", "end": "2026-12-31T00:00:00Z"}


@pytest.fixture
def body(runtime: Runtime, now: datetime) -> dict[str, Any]:
    """A plan with a step a week before a milestone, and one three days after it."""
    with runtime.db.transaction() as session:
        world = make_world(session, now)
        occurrence = add_milestone(session, now, date(2026, 11, 30))
        milestone = session.get_one(Milestone, occurrence.milestone_id).public_id
        template = session.get_one(Template, world.template_id).public_id
        campaign = world.campaign.public_id
    step = {"local_time": "10:00", "rules": {"all": []}, "channel": "email", "template": template}
    return {
        "name": "Around the day",
        "campaign": campaign,
        "anchor": "milestone",
        "milestone": milestone,
        "steps": [{**step, "offset_days": -7}, {**step, "offset_days": 3}],
    }


def test_a_plan_is_rehearsed_activated_and_ended(
    client: FlaskClient, runtime: Runtime, body: dict[str, Any]
) -> None:
    key = bearer(make_key(runtime))
    made = client.post(PLANS, json=body, headers=key)
    assert made.status_code == 201, made.get_json()
    path = f"{PLANS}/{made.get_json()['id']}"

    rehearsed = client.get(f"{path}/rehearsal", query_string=SPAN, headers=key).get_json()
    assert [sum(group["people"] for group in item["groups"]) for item in rehearsed] == [4, 4]
    changes = client.get(f"{path}/changes", headers=key).get_json()
    activated = client.post(f"{path}/activate", headers=key).get_json()
    assert activated == changes
    assert [change["after"]["due_at"] for change in changes] == [
        "2026-11-23T15:00:00+00:00",
        "2026-12-03T15:00:00+00:00",
    ]

    coming = client.get(f"{PLANS}/next", headers=key).get_json()
    assert [item["position"] for item in coming] == [1, 2]
    assert client.post(f"{path}/replan", headers=key).get_json() == []
    assert client.post(f"{path}/pause", headers=key).get_json()["state"] == "paused"
    assert client.post(f"{path}/resume", headers=key).get_json()["state"] == "active"
    assert client.post(f"{path}/end", headers=key).get_json()["state"] == "done"
    steps = client.get(f"{path}/steps", headers=key).get_json()
    assert {(item["state"], item["reason"]) for item in steps} == {("cancelled", "ended")}


def test_a_plan_with_an_unknown_milestone_is_refused(
    client: FlaskClient, runtime: Runtime, body: dict[str, Any]
) -> None:
    key = bearer(make_key(runtime))

    assert client.post(PLANS, json={**body, "milestone": "no"}, headers=key).status_code == 404
    assert client.post(PLANS, json={**body, "milestone": None}, headers=key).status_code == 422
    assert client.get(f"{PLANS}/nothing", headers=key).status_code == 404


def test_a_viewer_sees_plans_and_changes_nothing(
    client: FlaskClient, runtime: Runtime, body: dict[str, Any]
) -> None:
    viewer = bearer(make_key(runtime, role="viewer"))

    assert client.get(PLANS, headers=viewer).get_json()["items"] == []
    assert client.post(PLANS, json=body, headers=viewer).status_code == 403


def test_a_draft_is_rewritten_and_nothing_that_was_activated(
    client: FlaskClient, runtime: Runtime, body: dict[str, Any]
) -> None:
    key = bearer(make_key(runtime))
    path = f"{PLANS}/{client.post(PLANS, json=body, headers=key).get_json()['id']}"
    shorter = {**body, "name": "Only the day after", "steps": body["steps"][1:]}

    assert client.put(path, json=shorter, headers=key).get_json()["name"] == "Only the day after"
    assert len(client.post(f"{path}/activate", headers=key).get_json()) == 1

    assert client.put(path, json=body, headers=key).status_code == 409
