"""Keys over the JSON API: they open, are bounded, and can be shut."""

import pytest
from flask.testing import FlaskClient

from mobilize.accounts import queries, service
from mobilize.runtime import Runtime
from tests.support.accounts import bearer, make_account, make_key

ME = "/api/v1/accounts/me"
KEYS = "/api/v1/accounts/keys"


def test_a_key_says_who_is_calling(client: FlaskClient, runtime: Runtime) -> None:
    answer = client.get(ME, headers=bearer(make_key(runtime, role="viewer")))
    body = answer.get_json()
    assert answer.status_code == 200
    assert (body["role"], body["permissions"]) == ("viewer", ["see"])


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer mob_short",
        "Basic abc",
        "Bearer mob_" + "a" * 16 + "_secret",
        "Bearer é",
    ],
)
def test_without_a_key_that_opens_nothing_is_said(client: FlaskClient, header: str) -> None:
    answer = client.get(ME, headers={"Authorization": header})
    assert (answer.status_code, answer.get_json()["code"]) == (401, "sign_in_needed")


def test_a_key_with_a_changed_secret_does_not_open(client: FlaskClient, runtime: Runtime) -> None:
    key = make_key(runtime)
    assert (
        client.get(ME, headers=bearer(key[:-1] + ("A" if key[-1] != "A" else "B"))).status_code
        == 401
    )


def test_a_key_is_made_listed_and_revoked(client: FlaskClient, runtime: Runtime) -> None:
    mine = bearer(make_key(runtime))
    made = client.post(KEYS, json={"name": "report", "role": "viewer"}, headers=mine).get_json()
    assert client.get(ME, headers=bearer(made["key"])).get_json()["role"] == "viewer"
    listed = client.get(KEYS, headers=mine).get_json()
    assert [key["name"] for key in listed] == ["tests", "report"]
    assert all("key" not in key for key in listed)
    assert client.delete(f"{KEYS}/{made['id']}", headers=mine).status_code == 204
    assert client.get(ME, headers=bearer(made["key"])).status_code == 401


def test_a_key_makes_none_that_reaches_further(client: FlaskClient, runtime: Runtime) -> None:
    answer = client.post(
        KEYS, json={"name": "more", "role": "admin"}, headers=bearer(make_key(runtime))
    )
    assert (answer.status_code, answer.get_json()["code"]) == (403, "forbidden")


def test_a_wrong_body_is_refused_by_part(client: FlaskClient, runtime: Runtime) -> None:
    answer = client.post(KEYS, json={"role": "owner"}, headers=bearer(make_key(runtime)))
    assert answer.status_code == 422
    assert set(answer.get_json()["fields"]["json"]) == {"name", "role"}


def test_anothers_key_is_not_there(client: FlaskClient, runtime: Runtime) -> None:
    mine, other = make_key(runtime), make_key(runtime, role="viewer")
    address = f"{KEYS}/{other[4:20]}"
    assert client.delete(address, headers=bearer(mine)).status_code == 404
    assert client.get(ME, headers=bearer(other)).status_code == 200


def test_suspending_an_account_shuts_its_keys_out(client: FlaskClient, runtime: Runtime) -> None:
    key = make_key(runtime)
    with runtime.db.transaction() as session:
        account = queries.account_by_email(session, "organizer@example.org")
        assert account is not None
        service.suspend(session, account=account, now=runtime.clock.now(), actor="command")
    assert client.get(ME, headers=bearer(key)).status_code == 401


def test_a_key_is_no_key_to_the_console(client: FlaskClient, runtime: Runtime) -> None:
    make_account(runtime, role="admin")
    assert client.get("/console/", headers=bearer(make_key(runtime))).status_code == 303
