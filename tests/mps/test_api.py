"""Ridings, MPs and postal codes over the JSON API."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from mobilize.runtime import Runtime
from tests.support.accounts import bearer, make_key


class Api:
    """A viewer's calls."""

    def __init__(self, client: FlaskClient, runtime: Runtime) -> None:
        self.client = client
        self.key = bearer(make_key(runtime, role="viewer"))

    def get(self, path: str, *, status: int = 200) -> Any:
        """What a path under /mps answers."""
        answer = self.client.get(f"/api/v1/mps{path}", headers=self.key)
        assert answer.status_code == status, answer.get_json()
        return answer.get_json()

    def look_up(self, postal_code: str, *, status: int = 200) -> Any:
        """Where a postal code lies."""
        answer = self.client.post(
            "/api/v1/mps/lookup", json={"postal_code": postal_code}, headers=self.key
        )
        assert answer.status_code == status, answer.get_json()
        return answer.get_json()


@pytest.fixture
def api(client: FlaskClient, runtime: Runtime) -> Api:
    return Api(client, runtime)


def test_both_orders_are_listed_and_searched(api: Api) -> None:
    assert len(api.get("/ridings")) == 343
    assert len(api.get("/ridings?order=2013")) == 338
    (found,) = api.get("/ridings?search=halifax-ouest")
    assert found == {
        "order": "2023",
        "code": "12007",
        "province": "NS",
        "name_en": "Halifax West—Peggy's Cove",
        "name_fr": "Halifax-Ouest—Peggy's Cove",
    }
    api.get("/ridings?order=1867", status=422)


def test_a_riding_shows_its_mp_and_offices(api: Api) -> None:
    seat = api.get("/ridings/2023/35079")
    assert seat["riding"]["name_fr"] == "Ottawa-Centre"
    assert seat["mp"]["name_en"].endswith(seat["mp"]["family_name"])
    assert seat["mp"]["party_fr"]
    assert {office["kind"] for office in seat["offices"]} >= {"hill"}


def test_a_seat_is_told_as_of_any_day(api: Api) -> None:
    seats = {
        one["riding"]["code"]: one["seat"] for one in api.get("/seats?order=2023&on=2026-01-22")
    }
    assert len(seats) == 343
    between = seats["35112"]
    assert (between["status"], between["sure_until"], between["sure_from"]) == (
        "uncertain",
        "2025-07-11",
        "2026-11-22",
    )
    assert [one["state"] for one in between["possible"]] == ["sitting", "vacant", "sitting"]
    assert between["possible"][2]["mp"]["name_fr"] == "Danielle Martin"
    assert seats["48002"]["status"] == "sitting"
    assert api.get("/seats?order=2013&on=2026-01-22") == []
    api.get("/seats?on=yesterday", status=422)


def test_an_mp_shows_committees_and_roles(api: Api) -> None:
    seat = api.get("/ridings/2023/12007")
    assert seat["seat"]["status"] in {"sitting", "uncertain"}
    assert [role["kind"] for role in seat["roles"]] == ["minister"]
    mp = api.get(f"/{seat['mp']['id']}/roles")
    assert mp["name_en"] == seat["mp"]["name_en"]
    assert mp["roles"] == seat["roles"]
    member = api.get("/ridings/2023/35017")
    assert ("FINA", "chair") in {(one["acronym"], one["role"]) for one in member["committees"]}
    assert member["committees"][0]["name_fr"].startswith("Comité permanent ")
    assert api.get("/ridings/2013/35110")["seat"] is None
    api.get("/nobody/roles", status=404)


def test_the_same_code_of_the_other_order_is_another_riding(api: Api) -> None:
    names = [api.get(f"/ridings/{order}/35110")["riding"]["name_en"] for order in (2013, 2023)]
    assert names == ["University—Rosedale", "Toronto—Danforth"]
    api.get("/ridings/2023/99999", status=404)


def test_a_postal_code_leads_to_candidates_with_their_mps(api: Api) -> None:
    answer = api.look_up("k1a 0a6")
    assert answer["certainty"] in {"likely", "tentative"}
    best = answer["candidates"][0]
    assert best["riding"]["order"] == "2023"
    assert best["mp"]["name_en"]
    assert 0 < best["share"] <= 1


def test_what_is_no_postal_code_is_unknown(api: Api) -> None:
    answer = api.look_up("not one")
    assert (answer["certainty"], answer["candidates"]) == ("unknown", [])
    api.look_up("", status=422)


def test_a_postal_code_in_the_address_leads_nowhere(api: Api) -> None:
    api.get("/lookup?postal_code=K1A0A6", status=405)
