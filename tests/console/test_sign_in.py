"""The console opens for password and code, stays in its language, and closes."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from mobilize.accounts.models import AccountSession
from mobilize.console.auth import COOKIE, needs_fresh
from mobilize.console.pages import blueprint
from mobilize.core.clock import SystemClock
from mobilize.runtime import Runtime
from tests.support.accounts import PASSWORD, code, form_token, make_account, sign_in


def test_without_a_session_every_page_leads_to_the_sign_in(client: FlaskClient) -> None:
    answer = client.get("/console/")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/console/sign-in?next=/console/"
    assert client.get("/console/confirm").status_code == 303


def test_password_and_code_open_the_console(client: FlaskClient, runtime: Runtime) -> None:
    answer = sign_in(client, make_account(runtime))
    assert answer.headers["Location"] == "/console/"
    cookie = next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith(COOKIE))
    for part in ("HttpOnly", "SameSite=Lax", "Path=/console"):
        assert part in cookie
    page = client.get("/console/")
    assert page.status_code == 200
    assert "Sample organizer" in page.get_data(as_text=True)
    assert page.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "wrong", [{"password": "not this one at all"}, {"code": "000000"}, {"email": "no@example.org"}]
)
def test_a_refusal_does_not_say_what_was_wrong(
    client: FlaskClient, runtime: Runtime, wrong: dict[str, str]
) -> None:
    answer = sign_in(client, make_account(runtime), **wrong)
    assert "The address, the password or the code is not right." in answer.get_data(as_text=True)
    assert client.get("/console/").status_code == 303


def test_the_console_speaks_the_accounts_language(client: FlaskClient, runtime: Runtime) -> None:
    sign_in(client, make_account(runtime, language="fr"))
    page = client.get("/console/").get_data(as_text=True)
    assert '<html lang="fr">' in page
    assert "Fermer la session" in page


def test_the_sign_in_page_can_be_had_in_both_languages(client: FlaskClient) -> None:
    page = client.get("/console/sign-in?language=fr").get_data(as_text=True)
    assert "Mot de passe" in page
    assert 'lang="en" hreflang="en">English</a>' in page


def test_a_form_without_its_token_changes_nothing(client: FlaskClient, runtime: Runtime) -> None:
    somebody = make_account(runtime)
    typed = {"email": "organizer@example.org", "password": PASSWORD, "code": code(somebody)}
    answer = client.post("/console/sign-in", data=typed)
    assert answer.status_code == 422
    assert "Please send it again" in answer.get_data(as_text=True)
    assert client.get("/console/").status_code == 303


@pytest.mark.parametrize(
    ("wanted", "leads_to"),
    [
        ("/console/alerts", "/console/alerts"),
        ("https://elsewhere.example", "/console/"),
        ("//elsewhere.example", "/console/"),
        ("/en/", "/console/"),
        ("/console/\\elsewhere", "/console/"),
    ],
)
def test_it_goes_on_inside_the_console_only(
    client: FlaskClient, runtime: Runtime, wanted: str, leads_to: str
) -> None:
    answer = sign_in(client, make_account(runtime), next=wanted)
    assert answer.headers["Location"] == leads_to


def test_signing_out_ends_it_on_the_server_too(client: FlaskClient, runtime: Runtime) -> None:
    sign_in(client, make_account(runtime))
    cookie = client.get_cookie(COOKIE, path="/console")
    assert cookie is not None
    token = form_token(client.get("/console/"))
    answer = client.post("/console/sign-out", data={"csrf_token": token})
    assert answer.headers["Location"] == "/console/sign-in"
    client.set_cookie(COOKIE, cookie.value, path="/console")
    assert client.get("/console/").status_code == 303


def test_looking_never_signs_out(client: FlaskClient, runtime: Runtime) -> None:
    sign_in(client, make_account(runtime))
    assert client.get("/console/sign-out").status_code == 405
    assert client.get("/console/").status_code == 200


def make_stale(runtime: Runtime) -> None:
    with runtime.db.transaction() as session:
        earlier = SystemClock().now() - timedelta(hours=1)
        session.execute(update(AccountSession).values(fresh_at=earlier))


def weighty() -> str:
    return "done"


def test_something_weighty_asks_for_password_and_code_again(
    own_app: Flask, runtime: Runtime
) -> None:
    client = own_app.test_client()
    own_app.add_url_rule("/console/weighty", "console.weighty", needs_fresh(weighty))
    somebody = make_account(runtime)
    sign_in(client, somebody)
    assert client.get("/console/weighty").get_data(as_text=True) == "done"
    make_stale(runtime)
    answer = client.get("/console/weighty")
    assert answer.headers["Location"] == "/console/confirm?next=/console/weighty"
    page = client.get(answer.headers["Location"])
    typed = {
        "csrf_token": form_token(page),
        "password": PASSWORD,
        "code": code(somebody, ahead=1),
        "next": "/console/weighty",
    }
    assert client.post("/console/confirm", data=typed).headers["Location"] == "/console/weighty"
    assert client.get("/console/weighty").get_data(as_text=True) == "done"


def test_htmx_is_led_to_the_sign_in_as_a_whole_page(client: FlaskClient) -> None:
    answer = client.get("/console/", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (
        204,
        "/console/sign-in?next=/console/",
    )


def test_guessing_is_slowed_down(client: FlaskClient, runtime: Runtime) -> None:
    somebody = make_account(runtime)
    answers = [sign_in(client, somebody, code="000000").status_code for _guess in range(11)]
    assert answers[-1] == 429


def test_every_console_page_asks_for_a_session(app: Flask, client: FlaskClient) -> None:
    for rule in app.url_map.iter_rules():
        is_open = rule.endpoint in {"console.sign_in", "console.static"}
        if rule.endpoint.startswith(f"{blueprint.name}.") and not is_open and not rule.arguments:
            method = "GET" if "GET" in (rule.methods or ()) else "POST"
            assert client.open(rule.rule, method=method).status_code in {303, 422}, rule.rule
