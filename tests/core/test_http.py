"""One form of error, in JSON for programs and as a page for people."""

import json
import logging
from collections.abc import Callable, Iterator

import pytest
import structlog
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import DataError

from mobilize.core.errors import InvalidInput, TooMany
from mobilize.core.http import ErrorView, WebApp, install, page_language, refuse_cross_site
from mobilize.core.logs import configure_logs


def shown(view: ErrorView) -> str:
    return f"{page_language()}: {view.message}"


@pytest.fixture
def small_app() -> Flask:
    """An app of its own, with one route for each way to fail."""
    app = WebApp("tests")
    install(app, secure=True, render_page=shown)

    @app.get("/fr/input/<token>")
    @app.get("/api/input/<token>")
    def wrong(token: str) -> str:
        raise InvalidInput("It is wrong.", hint="Try again.", fields={"part": "why"})

    @app.get("/api/limit")
    def limit() -> str:
        raise TooMany("Slow down.")

    @app.get("/fails")
    def fails() -> str:
        raise RuntimeError("ada@example.org")

    @app.get("/api/value")
    def too_large() -> str:
        raise DataError("INSERT", {}, ValueError("the-value"))

    @app.post("/change")
    def change() -> str:
        refuse_cross_site()
        return "changed"

    return app


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], str]]:
    """What was logged so far, whatever configured the logs before this test."""
    configure_logs(level="INFO", form="json")
    logging.getLogger().addHandler(caplog.handler)
    yield lambda: " ".join(str(record.msg) for record in caplog.records)
    structlog.reset_defaults()
    logging.getLogger().handlers.clear()


@pytest.fixture
def small(small_app: Flask) -> FlaskClient:
    return small_app.test_client()


def test_a_program_gets_five_parts(small: FlaskClient) -> None:
    answer = small.get("/api/input/x")
    body = answer.get_json()
    assert answer.status_code == 422
    assert body.pop("request_id") == answer.headers["X-Request-Id"]
    assert body == {
        "status": 422,
        "code": "invalid_input",
        "message": "It is wrong.",
        "hint": "Try again.",
        "fields": {"part": "why"},
    }


def test_a_person_gets_a_page_in_the_language_of_the_address(small: FlaskClient) -> None:
    assert small.get("/fr/input/x").get_data(as_text=True) == "fr: It is wrong."


def test_whoever_asks_for_json_gets_it(small: FlaskClient) -> None:
    answer = small.get("/nothing", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.get_json()["code"]) == (404, "not_found")


def test_a_wrong_method_says_which_are_right(small: FlaskClient) -> None:
    answer = small.get("/change")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_a_limit_says_when_to_come_back(small: FlaskClient) -> None:
    assert small.get("/api/limit").headers["Retry-After"] == "60"


def test_an_unexpected_failure_tells_nothing_of_its_inside(small: FlaskClient) -> None:
    answer = small.get("/fails")
    assert answer.status_code == 500
    assert answer.get_data(as_text=True) == "en: Something went wrong on our side."


@pytest.mark.parametrize("address", ["/api/a%00b", "/api/value?after=%00", "/api/value?%00=1"])
def test_an_address_with_a_nul_is_refused(small: FlaskClient, address: str) -> None:
    answer = small.get(address)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "invalid_input")


def test_a_value_that_the_database_refuses_is_the_senders_mistake(
    logged: Callable[[], str], small: FlaskClient
) -> None:
    answer = small.get("/api/value")
    assert (answer.status_code, answer.get_json()["code"]) == (422, "invalid_input")
    written = logged()
    assert "/api/value" in written
    assert "the-value" not in written
    assert "the-value" not in answer.get_data(as_text=True)


def test_logs_name_the_route_and_not_the_address(
    logged: Callable[[], str], small: FlaskClient
) -> None:
    small.get("/fr/input/the-token?postal=K1A0A6")
    small.get("/fails?who=ada@example.org")
    written = logged()
    assert "/fr/input/<token>" in written
    assert "the-token" not in written
    assert "K1A0A6" not in written


def test_over_https_browsers_are_told_to_stay_there(small: FlaskClient) -> None:
    assert small.get("/").headers["Strict-Transport-Security"] == "max-age=63072000"


@pytest.mark.parametrize(
    ("site", "status"), [("cross-site", 403), ("same-origin", 200), ("none", 200), (None, 200)]
)
def test_a_change_from_another_site_is_refused(
    small: FlaskClient, site: str | None, status: int
) -> None:
    headers = {} if site is None else {"Sec-Fetch-Site": site}
    assert small.post("/change", headers=headers).status_code == status


def test_errors_are_json_whole(small: FlaskClient) -> None:
    assert set(json.loads(small.get("/api/none").data)) == {
        "status",
        "code",
        "message",
        "hint",
        "fields",
        "request_id",
    }
