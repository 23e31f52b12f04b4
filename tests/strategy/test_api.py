"""Demands and milestones over JSON."""

from datetime import datetime

import pytest
from flask.testing import FlaskClient

from mobilize.runtime import Runtime
from mobilize.strategy.content import read_content
from mobilize.strategy.service import load_content, plan_occurrences
from tests.support.accounts import bearer, make_key

STRATEGY = "/api/v1/strategy"


@pytest.fixture(autouse=True)
def _content(runtime: Runtime, now: datetime) -> None:
    with runtime.db.transaction() as session:
        load_content(session, content=read_content(), now=now)
        plan_occurrences(session, years=range(now.year, now.year + 3), now=now)


@pytest.fixture
def approver(runtime: Runtime) -> dict[str, str]:
    return bearer(make_key(runtime, role="approver"))


def newest_id(client: FlaskClient, key: dict[str, str], slug: str) -> str:
    versions = client.get(f"{STRATEGY}/demands/{slug}/versions", headers=key).get_json()
    newest: str = versions[0]["id"]
    return newest


def test_without_a_key_there_is_nothing_to_see(client: FlaskClient) -> None:
    for path in ("demands", "principles", "milestones"):
        assert client.get(f"{STRATEGY}/{path}").status_code == 401


def test_a_demand_is_adopted_once_both_languages_are_read(
    client: FlaskClient, approver: dict[str, str]
) -> None:
    demands = client.get(f"{STRATEGY}/demands", headers=approver).get_json()
    assert [demand["adopted"] for demand in demands] == [None] * 5
    version = f"{STRATEGY}/versions/{newest_id(client, approver, 'permanent-status')}"
    assert client.post(f"{version}/adopt", headers=approver).status_code == 409
    for language in ("en", "fr"):
        read = client.post(f"{version}/reviews", headers=approver, json={"language": language})
        assert read.status_code == 200
    assert client.post(f"{version}/adopt", headers=approver).get_json()["state"] == "adopted"
    demands = client.get(f"{STRATEGY}/demands", headers=approver).get_json()
    assert [demand["slug"] for demand in demands if demand["adopted"]] == ["permanent-status"]


def test_who_only_organizes_does_not_adopt(runtime: Runtime, client: FlaskClient) -> None:
    key = bearer(make_key(runtime, role="organizer"))
    version = newest_id(client, key, "permanent-status")
    assert client.post(f"{STRATEGY}/versions/{version}/adopt", headers=key).status_code == 403


def test_a_version_is_shown_with_its_elements(
    client: FlaskClient, approver: dict[str, str]
) -> None:
    version = newest_id(client, approver, "access-to-justice")
    shown = client.get(f"{STRATEGY}/versions/{version}", headers=approver).get_json()
    assert shown["version"]["title_fr"] == "Accès à la justice"
    assert {kind: len(of_kind) for kind, of_kind in shown["elements"].items()} == {
        "goal": 3,
        "condition": 6,
        "change": 4,
        "outcome": 3,
    }


def test_principles_are_listed_in_order(client: FlaskClient, approver: dict[str, str]) -> None:
    listed = client.get(f"{STRATEGY}/principles", headers=approver).get_json()
    assert (len(listed), listed[0]["slug"]) == (6, "non-punitive")


def test_milestones_come_with_their_next_date(
    client: FlaskClient, approver: dict[str, str]
) -> None:
    listed = client.get(f"{STRATEGY}/milestones", headers=approver).get_json()
    coming = {each["milestone"]["slug"]: each["next"] for each in listed}
    assert len(coming) == 29
    assert coming["awareness-day"]["on_date"] == "2027-02-22"
    assert (coming["dissolution"]["state"], coming["dissolution"]["on_date"]) == ("awaited", None)


def test_a_date_is_confirmed_and_another_added(
    client: FlaskClient, approver: dict[str, str]
) -> None:
    dates = f"{STRATEGY}/milestones/bill-s-235/occurrences"
    [awaited] = client.get(dates, headers=approver).get_json()
    confirmed = client.post(
        f"{STRATEGY}/occurrences/{awaited['id']}/confirm",
        headers=approver,
        json={"on_date": "2027-03-01"},
    ).get_json()
    assert (confirmed["state"], confirmed["at"][:16]) == ("confirmed", "2027-03-01T15:00")
    added = client.post(dates, headers=approver, json={"on_date": "2027-05-03"})
    assert added.status_code == 201
    assert len(client.get(dates, headers=approver).get_json()) == 2


def test_what_is_not_there_is_not_found(client: FlaskClient, approver: dict[str, str]) -> None:
    for path in ("demands/none/versions", "versions/none", "milestones/none/occurrences"):
        assert client.get(f"{STRATEGY}/{path}", headers=approver).status_code == 404
