"""Every answer of the sandbox against the providers' own descriptions of their APIs."""

import json
from pathlib import Path
from typing import Any

import pytest
import requests
from openapi_core import OpenAPI
from openapi_core.contrib.requests import RequestsOpenAPIRequest, RequestsOpenAPIResponse
from openapi_core.templating.responses.exceptions import ResponseNotFound
from openapi_core.validation.response.exceptions import InvalidData

from tests.sandbox.letters import letter
from tests.support.sandbox import ACCOUNT_SID, API_KEY, AUTH_TOKEN, Sandbox
from tests.support.shared import shared_file

SENDGRID = "https://api.sendgrid.com"
TWILIO = "https://api.twilio.com"
MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages"
TEXT = {"To": "+16135550123", "From": "+16135550100", "Body": "Hello"}
SERVICE = "MG" + "a" * 32


def described_by(name: str) -> OpenAPI:
    path: Path = shared_file(f"specs/{name}")
    return OpenAPI.from_dict(json.loads(path.read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def sendgrid_api() -> OpenAPI:
    return described_by("sendgrid_mail_v3.json")


@pytest.fixture(scope="module")
def twilio_api() -> OpenAPI:
    return described_by("twilio_api_v2010.trimmed.json")


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


def test_a_server_error_of_mail(sandbox: Sandbox, sendgrid_api: OpenAPI) -> None:
    sandbox.faults("sendgrid", "500")
    asked, answer = mail(sandbox, letter("one@example.org"))
    assert answer.status_code == 500
    sendgrid_api.validate_response(asked, without_nulls(answer))


@pytest.mark.parametrize("status", [200, 429])
def test_statuses_that_the_description_of_mail_lacks(
    sandbox: Sandbox, sendgrid_api: OpenAPI, status: int
) -> None:
    """Erratum: neither a dry run's 200 nor 429 is declared; this fails when they are."""
    if status == 429:
        sandbox.faults("sendgrid", "429")
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


def test_errors_of_texts_are_not_described(sandbox: Sandbox, twilio_api: OpenAPI) -> None:
    """Erratum: no error is declared; their shape is the one that Twilio's own client reads."""
    asked, answer = text(sandbox, **(TEXT | {"To": "+15005550009"}))
    assert set(answer.json()) == {"code", "message", "more_info", "status"}
    with pytest.raises(ResponseNotFound):
        twilio_api.validate_response(asked, RequestsOpenAPIResponse(answer))
