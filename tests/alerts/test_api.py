"""Alerts and audiences over the JSON API, from draft to results."""

from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from mobilize.alerts.leaves import LEAVES
from mobilize.messaging.models import Template
from mobilize.runtime import Runtime
from tests.alerts.world import make_world
from tests.support.accounts import bearer, make_key

ALERTS = "/api/v1/alerts"


class Api:
    """An organizer, an approver and a viewer with their keys."""

    def __init__(self, client: FlaskClient, runtime: Runtime, now: datetime) -> None:
        self.client = client
        with runtime.db.transaction() as session:
            world = make_world(session, now, people=30)
            self.campaign = world.campaign.public_id
            self.template = session.get_one(Template, world.template_id).public_id
        self.keys = {
            role: bearer(make_key(runtime, role=role))
            for role in ("organizer", "approver", "viewer")
        }

    def body(self, **more: Any) -> dict[str, Any]:
        """An alert to everybody by email; `more` replaces parts of it."""
        return {
            "name": "Lasting protection",
            "campaign": self.campaign,
            "rules": {"all": []},
            "steps": [{"channel": "email", "template": self.template}],
            **more,
        }

    def get(self, path: str, role: str = "organizer") -> Any:
        """What a path under /alerts answers."""
        answer = self.client.get(f"{ALERTS}{path}", headers=self.keys[role])
        assert answer.status_code == 200, answer.get_json()
        return answer.get_json()

    def post(self, path: str, body: Any = None, role: str = "organizer") -> TestResponse:
        """The answer to a post."""
        return self.client.post(f"{ALERTS}{path}", json=body, headers=self.keys[role])


@pytest.fixture
def api(client: FlaskClient, runtime: Runtime, now: datetime) -> Api:
    return Api(client, runtime, now)


def test_an_alert_goes_from_draft_to_results(api: Api) -> None:
    made = api.post("", api.body())
    assert made.status_code == 201, made.get_json()
    path = f"/{made.get_json()['id']}"

    preflight = api.get(f"{path}/preflight")
    assert (preflight["people"], preflight["needs_approval"], preflight["problems"]) == (
        30,
        True,
        [],
    )
    assert preflight["sentence"]["fr"] == "Toutes les personnes de la liste"
    assert (preflight["warnings"], preflight["texts"]) == ([], None)

    for action, role in (("submit", "organizer"), ("approve", "approver"), ("launch", "organizer")):
        answer = api.post(f"{path}/{action}", role=role)
        assert answer.status_code == 200, answer.get_json()
    assert api.post(f"{path}/launch").status_code == 409

    shown = api.get(path)
    assert shown["state"] == "sending"
    assert shown["steps"][0]["mailing"]
    assert api.get("", "viewer")["items"][0]["id"] == shown["id"]
    counts = api.get(f"{path}/results", "viewer")["messages"]
    assert {(row["language"], row["people"]) for row in counts} == {("en", 15), ("fr", 15)}

    paused = api.post(f"{path}/pause", {"reason": "a wrong date"}).get_json()
    assert (paused["state"], paused["pause_reason"]) == ("paused", "a wrong date")
    assert api.post(f"{path}/resume").get_json()["state"] == "sending"
    assert api.post(f"{path}/cancel").get_json()["state"] == "cancelled"


def test_each_role_does_only_its_own(api: Api) -> None:
    assert api.post("", api.body(), role="viewer").status_code == 403
    made = api.post("", api.body()).get_json()
    api.post(f"/{made['id']}/submit")

    assert api.post(f"/{made['id']}/approve").status_code == 403
    assert api.post(f"/{made['id']}/launch", role="viewer").status_code == 403
    assert api.client.get(ALERTS).status_code == 401


def test_an_edit_over_the_api_makes_a_draft_again(api: Api) -> None:
    made = api.post("", api.body()).get_json()
    api.post(f"/{made['id']}/submit")

    edited = api.client.put(
        f"{ALERTS}/{made['id']}",
        json=api.body(rules={"language": "fr"}),
        headers=api.keys["organizer"],
    ).get_json()

    assert (edited["state"], edited["rules"]) == ("draft", {"language": "fr"})


def test_wrong_rules_are_refused_with_their_place(api: Api) -> None:
    answer = api.post("", api.body(rules={"all": [{"language": "fr"}, {"province": "XX"}]}))

    assert answer.status_code == 422
    assert "all[1].province" in answer.get_json()["fields"]


def test_what_is_not_there_is_said(api: Api) -> None:
    assert api.post("", api.body(campaign="nowhere")).status_code == 404
    wrong = [{"channel": "email", "template": "nothing"}]
    assert api.post("", api.body(steps=wrong)).status_code == 404
    assert api.post("/nothing/launch").status_code == 404


def test_audiences_are_described_counted_and_said(api: Api) -> None:
    rules = {"all": [{"language": "fr"}, {"not": {"tag": "youth"}}]}

    schema = api.get("/audiences/schema")
    assert len(schema["$defs"]["rule"]["oneOf"]) > len(LEAVES)
    assert api.post("/audiences/count", {"rules": rules}).get_json() == {"people": 15}
    assert api.post("/audiences/sentence", {"rules": rules}).get_json() == {
        "en": "French-speaking people who are not tagged “youth”",
        "fr": "Les personnes francophones qui ne portent pas l’étiquette «\u00a0youth\u00a0»",
    }
    refused = api.post("/audiences/count", {"rules": {"all": [{"language": "de"}]}})
    assert refused.status_code == 422
    assert refused.get_json()["fields"] == {
        "all[0].language": {
            "en": "no such value; there are en, fr",
            "fr": "cette valeur n’existe pas; il y a en, fr",
        }
    }


def test_a_test_goes_to_the_callers_own_account(api: Api) -> None:
    path = f"/{api.post('', api.body()).get_json()['id']}/test-send"

    answer = api.post(path)
    assert answer.status_code == 200, answer.get_json()
    assert answer.get_json() == {
        "going": [
            {"channel": "email", "language": "en"},
            {"channel": "email", "language": "fr"},
        ],
        "left": [],
    }
    assert api.post(path, role="viewer").status_code == 403


def test_why_it_is_not_launched_or_paused_is_said_in_both_languages(api: Api) -> None:
    path = f"/{api.post('', api.body()).get_json()['id']}"
    french = {"headers": {**api.keys["organizer"], "Accept-Language": "fr-CA,fr;q=0.9"}}
    said = api.client.post(f"{ALERTS}{path}/launch", **french).get_json()
    assert said["message"].startswith("L’alerte est à l’état d’ébauche")
    assert "quelqu’un d’autre" in said["hint"]
    assert api.post(f"{path}/launch").get_json()["message"].startswith("The alert is draft")

    api.post(f"{path}/submit")
    many = api.client.post(f"{ALERTS}{path}/launch", **french).get_json()
    assert "une deuxième personne doit l’approuver" in many["message"]
    api.post(f"{path}/approve", role="approver")
    api.post(f"{path}/launch")
    api.post(f"{path}/pause", {"reason": "cap_reached"})
    shown = api.get(path)
    assert "raise the cap" in shown["pause_reason"]
    assert "relevez le plafond" in shown["pause_reason_fr"]
    assert "relevez le plafond" in api.get(f"{path}/progress")["pause_reason_fr"]
