"""The app as a whole: what is open, what asks for a key, how the API describes itself."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openapi_spec_validator import OpenAPIV31SpecValidator

from mobilize.app import API_PREFIX
from mobilize.core.db import Database
from mobilize.core.personal_data import registered
from mobilize.migrate import downgrade
from mobilize.runtime import Runtime
from tests.support.accounts import bearer, make_key


def api_rules(app: Flask) -> list[tuple[str, str]]:
    """Method and address of everything under the API, but its description."""
    return [
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(f"{API_PREFIX}/")
        and rule.endpoint not in {"api-docs.openapi_json", "api_page.docs"}
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def test_everything_in_the_api_asks_for_a_key(app: Flask, client: FlaskClient) -> None:
    rules = api_rules(app)
    assert ("GET", "/api/v1/accounts/me") in rules
    for method, address in rules:
        answer = client.open(
            address.replace("<int:", "<").replace("<", "").replace(">", ""), method=method
        )
        assert answer.status_code in {401, 404}, f"{method} {address}"
        assert answer.get_json()["code"] in {"sign_in_needed", "not_found"}


def test_the_description_is_valid_openapi(client: FlaskClient) -> None:
    document = client.get("/api/v1/openapi.json").get_json()
    OpenAPIV31SpecValidator(document).validate()
    assert document["openapi"] == "3.1.0"
    assert document["security"] == [{"key": []}]
    assert "/api/v1/accounts/me" in document["paths"]


def test_errors_are_as_described(client: FlaskClient, runtime: Runtime) -> None:
    document = client.get("/api/v1/openapi.json").get_json()
    described = document["components"]["schemas"]["Error"]
    answer = client.post("/api/v1/accounts/keys", json={}, headers=bearer(make_key(runtime)))
    assert set(answer.get_json()) == set(described["properties"]) == set(described["required"])


def test_the_page_of_the_api_lists_what_it_does(client: FlaskClient) -> None:
    page = client.get("/api/v1/docs").get_data(as_text=True)
    assert "GET /api/v1/accounts/me" in page
    assert "Who is calling, and what they may do." in page


def test_the_process_is_alive_and_ready(client: FlaskClient) -> None:
    assert client.get("/healthz").get_json() == {"status": "alive"}
    assert client.get("/readyz").get_json() == {"status": "ready"}


@pytest.mark.parametrize("db", ["sqlite"], indirect=True)
def test_without_its_tables_it_is_not_ready(client: FlaskClient, db: Database) -> None:
    downgrade(db, "base")
    answer = client.get("/readyz", headers={"Accept": "application/json"})
    assert answer.status_code == 503
    assert answer.get_json()["hint"] == "Run `mobilize init`."


def test_each_browser_is_counted_on_its_own(client: FlaskClient) -> None:
    first = [
        client.post("/console/sign-in", environ_base={"REMOTE_ADDR": "192.0.2.1"}).status_code
        for _post in range(11)
    ]
    other = client.post("/console/sign-in", environ_base={"REMOTE_ADDR": "192.0.2.2"})
    assert first[-1] == 429
    assert other.status_code == 422


def test_what_is_held_of_a_person_is_registered_with_contacts_first() -> None:
    assert [holding.name for holding in registered()] == [
        "contacts",
        "messaging",
        "conversations",
        "partners",
        "actions",
    ]
