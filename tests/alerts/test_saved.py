"""Saved audiences: made, renamed, changed, archived, and what was taken from them."""

from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from mobilize.accounts.models import AuditEntry
from mobilize.alerts.models import Audience
from mobilize.contacts.models import Contact
from mobilize.messaging.models import Template
from mobilize.runtime import Runtime
from tests.alerts.world import FRENCH, make_world
from tests.support.accounts import bearer, make_key

QUEBEC: dict[str, Any] = {"all": [{"language": "fr"}, {"province": "QC"}]}


class Api:
    """An organizer's and a viewer's calls."""

    def __init__(self, client: FlaskClient, runtime: Runtime, now: datetime) -> None:
        self.client = client
        with runtime.db.transaction() as session:
            world = make_world(session, now, people=6)
            self.campaign = world.campaign.public_id
            self.template = session.get_one(Template, world.template_id).public_id
        self.keys = {role: bearer(make_key(runtime, role=role)) for role in ("organizer", "viewer")}

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        status: int = 200,
        role: str = "organizer",
    ) -> Any:
        """What a call under /api/v1 answers."""
        answer = self.client.open(
            f"/api/v1{path}", method=method, json=body, headers=self.keys[role]
        )
        assert answer.status_code == status, answer.get_json()
        return answer.get_json()

    def save(self, name: str = "French", rules: Any = FRENCH) -> Any:
        """Keep rules under a name."""
        return self.call("POST", "/alerts/audiences", {"name": name, "rules": rules}, status=201)

    def alert(self, **more: Any) -> dict[str, Any]:
        """The body of an alert without its audience."""
        steps = [{"channel": "email", "template": self.template}]
        return {"name": "Spring", "campaign": self.campaign, "steps": steps, **more}

    def plan(self, **more: Any) -> dict[str, Any]:
        """The body of a plan of one step."""
        step = {"offset_days": 3, "local_time": "10:00", "channel": "email", **more}
        step["template"] = self.template
        return {
            "name": "After", "campaign": self.campaign, "anchor": "completion", "steps": [step],
        }  # fmt: skip


@pytest.fixture
def api(client: FlaskClient, runtime: Runtime, now: datetime) -> Api:
    return Api(client, runtime, now)


def test_an_audience_is_saved_renamed_changed_archived_and_restored(
    api: Api, runtime: Runtime
) -> None:
    made = api.save()
    path = f"/alerts/audiences/{made['id']}"
    assert (made["archived"], made["uses"], made["updated_at"]) == (False, [], None)

    renamed = api.call("PUT", path, {"name": "Francophones", "rules": FRENCH})
    changed = api.call("PUT", path, {"name": "Francophones", "rules": QUEBEC})
    assert (renamed["name"], renamed["rules"]) == ("Francophones", FRENCH)
    assert (changed["name"], changed["rules"]) == ("Francophones", QUEBEC)
    again = api.call("PUT", path, {"name": "Francophones", "rules": QUEBEC})
    assert again == changed

    assert api.call("POST", f"{path}/archive")["archived"] is True
    assert api.call("GET", "/alerts/audiences") == []
    assert [one["id"] for one in api.call("GET", "/alerts/audiences?archived=true")] == [made["id"]]
    api.call("PUT", path, {"name": "Later", "rules": FRENCH}, status=409)
    api.call("POST", "/alerts", api.alert(audience=made["id"]), status=409)
    assert api.call("POST", f"{path}/restore")["archived"] is False
    assert [one["name"] for one in api.call("GET", "/alerts/audiences")] == ["Francophones"]

    with runtime.db.read() as session:
        entries = session.scalars(
            select(AuditEntry).where(AuditEntry.subject_id == made["id"]).order_by(AuditEntry.id)
        ).all()
        assert [entry.action for entry in entries] == [
            "audience.create",
            "audience.change",
            "audience.change",
            "audience.archive",
            "audience.restore",
        ]
        assert [entry.facts for entry in entries[1:3]] == [
            {"renamed": True, "rules": False},
            {"renamed": False, "rules": True},
        ]
        assert session.scalars(select(Audience.created_by)).one() is not None


def test_a_name_stands_once_and_rules_must_be_readable(api: Api) -> None:
    api.save("French")
    other = api.save("Others")
    for body, status in (
        ({"name": " French ", "rules": FRENCH}, 409),
        ({"name": "  ", "rules": FRENCH}, 422),
        ({"name": "New", "rules": {"colour": "red"}}, 422),
    ):
        api.call("POST", "/alerts/audiences", body, status=status)
        api.call("PUT", f"/alerts/audiences/{other['id']}", body, status=status)
    api.call("GET", "/alerts/audiences/none", status=404)
    for method, path in (("POST", ""), ("PUT", f"/{other['id']}")):
        body = {"name": "Mine", "rules": FRENCH}
        api.call(method, f"/alerts/audiences{path}", body, status=403, role="viewer")


def test_alerts_and_plans_keep_what_they_took_and_the_audience_says_who_took_it(api: Api) -> None:
    made = api.save()
    alert = api.call("POST", "/alerts", api.alert(audience=made["id"]), status=201)
    assert (alert["rules"], alert["audience"]) == (FRENCH, made["id"])
    varied = api.call("POST", "/alerts", api.alert(audience=made["id"], rules=QUEBEC), status=201)
    assert (varied["rules"], varied["audience"]) == (QUEBEC, None)
    api.call("POST", "/plans", api.plan(audience=made["id"]), status=201)
    api.call("POST", "/plans", api.plan(rules=FRENCH), status=201)
    api.call("POST", "/alerts", api.alert(), status=422)

    path = f"/alerts/audiences/{made['id']}"
    shown = api.call("GET", path, role="viewer")
    assert [(use["kind"], use["name"], use["same"]) for use in shown["uses"]] == [
        ("alert", "Spring", True),
        ("plan", "After", True),
    ]
    changed = api.call("PUT", path, {"name": "French", "rules": QUEBEC})
    assert [use["same"] for use in changed["uses"]] == [False, False]
    assert api.call("GET", f"/alerts/{alert['id']}")["rules"] == FRENCH


def test_an_audience_is_counted_in_parts_and_by_channel(api: Api, runtime: Runtime) -> None:
    made = api.save(rules={"all": []})
    with runtime.db.transaction() as session:
        first, second, *_ = session.scalars(select(Contact).order_by(Contact.id))
        first.do_not_contact, second.sms_confirmed_at = True, None
    parts = api.call("GET", f"/alerts/audiences/{made['id']}/reach")
    assert parts == api.call("POST", "/alerts/audiences/reach", {"rules": {"all": []}})
    assert parts["people"] == 6
    assert parts["languages"] == {"en": 3, "fr": 3}
    assert sum(parts["provinces"].values()) == 6
    assert parts["reachable"] == {"email": 5, "sms": 4}
