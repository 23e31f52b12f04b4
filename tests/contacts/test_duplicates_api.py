"""Duplicates over JSON: listed with reasons, dismissed, merged, parted."""

from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from mobilize.contacts import joining
from mobilize.runtime import Runtime
from tests.support.accounts import bearer, make_key

PLACE = "/api/v1/contacts"


@pytest.fixture
def key(runtime: Runtime) -> dict[str, str]:
    return bearer(make_key(runtime))


@pytest.fixture
def people(runtime: Runtime, now: datetime) -> list[str]:
    with runtime.db.transaction() as session:
        return [
            joining.create(
                session, given_name=name, family_name="Roy", email=f"{name}@example.org",
                phone="613 555 0123", actor="supporter", now=now,
            ).public_id
            for name in ("Robert", "Bob", "Bobby", "Nadia")
        ]  # fmt: skip


def listed(client: FlaskClient, key: dict[str, str], **query: Any) -> dict[str, Any]:
    answer = client.get(f"{PLACE}/duplicates", headers=key, query_string=query)
    assert answer.status_code == 200, answer.get_json()
    found: dict[str, Any] = answer.get_json()
    return found


def test_duplicates_are_listed_page_by_page_and_dismissed(
    client: FlaskClient, key: dict[str, str], people: list[str]
) -> None:
    first = listed(client, key, limit=2)
    second = listed(client, key, limit=2, after=first["after"])
    assert (first["total"], len(first["items"]), len(second["items"])) == (3, 2, 1)
    assert second["after"] is None
    pair = first["items"][0]
    assert pair["reasons"] == ["same_phone", "similar_name"]
    assert pair["differing"] == ["name", "email"]
    assert pair["first"]["email"] != "Robert@example.org", "masked"
    place = f"{PLACE}/duplicates/{pair['id']}"
    assert client.get(place, headers=key).get_json() == pair
    assert client.post(f"{place}/dismiss", headers=key).get_json()["state"] == "different"
    assert listed(client, key)["total"] == 2
    assert client.post(f"{place}/reopen", headers=key).get_json()["state"] == "open"


def test_records_are_merged_and_parted(
    client: FlaskClient, key: dict[str, str], people: list[str]
) -> None:
    merges = f"{PLACE}/{people[0]}/merges"
    wrong = client.post(merges, json={"other": people[1], "choices": {"shoe": "kept"}}, headers=key)
    assert wrong.status_code == 422
    body = {"other": people[1], "choices": {"email": "merged"}}
    made = client.post(merges, json=body, headers=key)
    assert made.status_code == 201, made.get_json()
    merge = made.get_json()
    assert (merge["kept"], merge["merged"]) == (people[0], people[1])
    assert client.post(merges, json=body, headers=key).status_code == 409
    assert listed(client, key)["total"] == 1
    undone = client.post(f"{PLACE}/merges/{merge['id']}/undo", headers=key)
    assert undone.get_json()["undone_at"] is not None
    assert client.get(merges, headers=key).get_json() == [undone.get_json()]
    assert client.post(f"{PLACE}/merges/{merge['id']}/undo", headers=key).status_code == 409


def test_a_viewer_sees_no_duplicates(client: FlaskClient, runtime: Runtime) -> None:
    viewer = bearer(make_key(runtime, role="viewer"))
    assert client.get(f"{PLACE}/duplicates", headers=viewer).status_code == 403
