"""Every answer of the sandbox against the providers' own descriptions of their APIs."""

import json
from typing import Any

import pytest
import requests
from openapi_core import OpenAPI
from openapi_core.contrib.requests import RequestsOpenAPIRequest, RequestsOpenAPIResponse
from openapi_core.templating.responses.exceptions import ResponseNotFound
from openapi_core.validation.response.exceptions import InvalidData

from tests.contract.conftest import sendgrid_api, twilio_api
from tests.contract.wire import SENDGRID, TWILIO
from tests.sandbox.letters import letter
from tests.support.sandbox import ACCOUNT_SID, API_KEY, AUTH_TOKEN, Sandbox

MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages"
TEXT = {"To": "+16135550123", "From": "+16135550100", "Body": "Hello"}
__all__ = ["sendgrid_api", "twilio_api"]
SERVICE = "MG" + "a" * 32


def exchange(
    sandbox: Sandbox, home: str, method: str, path: str, **given: Any
) -> tuple[RequestsOpenAPIRequest, requests.Response]:
    """Ask the sandbox, and describe the question as if it had gone to the provider."""
    answer = sandbox.session.request(method, sandbox.url + path, **given)
    return RequestsOpenAPIRequest(requests.Request(method, home + path, **given)), answer


def mail(sandbox: Sandbox, body: Any, key: str = API_KEY) -> tuple[Any, requests.Response]:
    headers = {"Authorization": f"Bearer {key}"}
    return exchange(sandbox, SENDGRID, "POST", "/v3/mail/send", json=body, headers=headers)


def text(sandbox: Sandbox, **form: str) -> tuple[Any, requests.Response]:
    return exchange(
        sandbox, TWILIO, "POST", f"{MESSAGES}.json", data=form, auth=(ACCOUNT_SID, AUTH_TOKEN)
    )


def without_nulls(answer: requests.Response) -> RequestsOpenAPIResponse:
    """The answer with its null fields left out.

    Erratum: SendGrid's description (OpenAPI 3.1) marks ``field`` with ``nullable``, which 3.1
    does not know, and does not mark ``help``; the API answers null in both.
    """
    found = answer.json()
    found["errors"] = [
        {name: value for name, value in error.items() if value is not None}
        for error in found["errors"]
    ]
    # The adapter reads the content alone, so a copy of the answer is not needed.
    answer._content = json.dumps(found).encode()  # noqa: SLF001
    return RequestsOpenAPIResponse(answer)


def test_accepted_mail(sandbox: Sandbox, sendgrid_api: OpenAPI) -> None:
    asked, answer = mail(sandbox, letter("one@example.org"))
    assert answer.status_code == 202
    sendgrid_api.validate_request(asked)
    sendgrid_api.validate_response(asked, RequestsOpenAPIResponse(answer))


@pytest.mark.parametrize(
    ("body", "key", "status"),
    [
        (letter(), API_KEY, 400),
        (letter("one@example.org", "one@example.org"), API_KEY, 400),
        ("no mail", API_KEY, 400),
        (letter("one@example.org"), "SG.other", 401),
    ],
)
def test_refused_mail(
    sandbox: Sandbox, sendgrid_api: OpenAPI, body: Any, key: str, status: int
) -> None:
    asked, answer = mail(sandbox, body, key)
    assert answer.status_code == status
    sendgrid_api.validate_response(asked, without_nulls(answer))


def test_nulls_that_the_description_of_errors_lacks(
    sandbox: Sandbox, sendgrid_api: OpenAPI
) -> None:
    """Erratum, see ``without_nulls``; this fails when the description allows null."""
    asked, answer = mail(sandbox, letter())
    with pytest.raises(InvalidData):
        sendgrid_api.validate_response(asked, RequestsOpenAPIResponse(answer))


@pytest.mark.parametrize("status", [400, 401, 403, 413, 500])
@pytest.mark.parametrize("taken", [False, True])
def test_errors_of_mail_on_request(
    sandbox: Sandbox, sendgrid_api: OpenAPI, status: int, taken: bool
) -> None:
    kind = "accept_then_500" if taken else str(status)
    sandbox.faults("sendgrid", kind)
    asked, answer = mail(sandbox, letter("one@example.org"))
    assert answer.status_code == (500 if taken else status)
    sendgrid_api.validate_response(asked, without_nulls(answer))


def test_a_refusal_that_names_its_places(sandbox: Sandbox, sendgrid_api: OpenAPI) -> None:
    sandbox.faults("sendgrid", "bad_recipient", to="two@*")
    asked, answer = mail(sandbox, letter("one@example.org", "two@example.org"))
    assert answer.json()["errors"][0]["field"] == "personalizations.1.to.0.email"
    sendgrid_api.validate_response(asked, without_nulls(answer))


@pytest.mark.parametrize("pace", ["drip", "slow_headers"])
def test_an_answer_that_trickles_is_the_same_answer(
    sandbox: Sandbox, sendgrid_api: OpenAPI, twilio_api: OpenAPI, pace: str
) -> None:
    sandbox.faults("both", pace, count=2, seconds=0.1)
    asked, answer = mail(sandbox, letter("one@example.org"))
    sendgrid_api.validate_response(asked, RequestsOpenAPIResponse(answer))
    asked, answer = text(sandbox, **TEXT)
    twilio_api.validate_response(asked, RequestsOpenAPIResponse(answer))


@pytest.mark.parametrize("status", [200, 429, 502, 503, 504])
def test_statuses_that_the_description_of_mail_lacks(
    sandbox: Sandbox, sendgrid_api: OpenAPI, status: int
) -> None:
    """Erratum: no dry run's 200, no 429, no gateway's page; this fails when they are declared."""
    if status != 200:
        sandbox.faults("sendgrid", str(status))
    dry = letter("one@example.org", mail_settings={"sandbox_mode": {"enable": True}})
    asked, answer = mail(sandbox, dry)
    assert answer.status_code == status
    with pytest.raises(ResponseNotFound):
        sendgrid_api.validate_response(asked, RequestsOpenAPIResponse(answer))


@pytest.mark.parametrize(
    "form", [TEXT, {"To": TEXT["To"], "Body": "Bonjour ç", "MessagingServiceSid": SERVICE}]
)
def test_a_created_text(sandbox: Sandbox, twilio_api: OpenAPI, form: dict[str, str]) -> None:
    asked, answer = text(sandbox, **form)
    assert answer.status_code == 201
    twilio_api.validate_request(asked)
    twilio_api.validate_response(asked, RequestsOpenAPIResponse(answer))


@pytest.mark.parametrize("number", ["+16135550123", "+16005550105", "+16005550110"])
def test_a_fetched_text(sandbox: Sandbox, twilio_api: OpenAPI, number: str) -> None:
    _, created = text(sandbox, **(TEXT | {"To": number}))
    path = f"{MESSAGES}/{created.json()['sid']}.json"
    asked, answer = exchange(sandbox, TWILIO, "GET", path, auth=(ACCOUNT_SID, AUTH_TOKEN))
    assert answer.status_code == 200
    twilio_api.validate_response(asked, RequestsOpenAPIResponse(answer))


@pytest.mark.parametrize("wait", [0, 1, 100])
def test_a_text_in_its_senders_queue(sandbox: Sandbox, twilio_api: OpenAPI, wait: int) -> None:
    """It waits (0), goes (1), or has expired (100)."""
    sandbox.tell("/_control/clock", now="2026-12-10T14:00:00Z")
    sandbox.faults("twilio", "mps", limit=1)
    text(sandbox, **TEXT)
    asked, answer = text(sandbox, **TEXT, ValidityPeriod="1" if wait < 100 else "0")
    twilio_api.validate_response(asked, RequestsOpenAPIResponse(answer))
    sandbox.tell("/_control/clock", now=f"2026-12-10T14:00:{min(wait, 59):02}Z")
    path = f"{MESSAGES}/{answer.json()['sid']}.json"
    asked, answer = exchange(sandbox, TWILIO, "GET", path, auth=(ACCOUNT_SID, AUTH_TOKEN))
    assert answer.json()["status"] == {0: "queued", 1: "delivered", 100: "failed"}[wait]
    twilio_api.validate_response(asked, RequestsOpenAPIResponse(answer))


@pytest.mark.parametrize("query", [{}, {"To": TEXT["To"], "PageSize": 2, "Page": 1}])
def test_listed_texts(sandbox: Sandbox, twilio_api: OpenAPI, query: dict[str, Any]) -> None:
    for _ in range(5):
        text(sandbox, **TEXT)
    sandbox.inbound_sms("+16135550123", "+16135550100", "STOP")
    asked, answer = exchange(
        sandbox, TWILIO, "GET", f"{MESSAGES}.json", params=query, auth=(ACCOUNT_SID, AUTH_TOKEN)
    )
    assert answer.json()["messages"]
    twilio_api.validate_response(asked, RequestsOpenAPIResponse(answer))


@pytest.mark.parametrize("kind", ["", "400", "401", "403", "429", "500"])
def test_errors_of_texts_are_not_described(
    sandbox: Sandbox, twilio_api: OpenAPI, kind: str
) -> None:
    """Erratum: no error is declared; their shape is the one that Twilio's own client reads."""
    if kind:
        sandbox.faults("twilio", kind)
    asked, answer = text(sandbox, **(TEXT | {"To": "+15005550009"}))
    assert answer.status_code == int(kind or 400)
    assert set(answer.json()) == {"code", "message", "more_info", "status"}
    with pytest.raises(ResponseNotFound):
        twilio_api.validate_response(asked, RequestsOpenAPIResponse(answer))
