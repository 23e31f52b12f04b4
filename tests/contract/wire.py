"""Requests and answers as the providers' descriptions want them shown."""

import json
from dataclasses import replace
from typing import Any, Final

import requests
from openapi_core.contrib.requests import RequestsOpenAPIRequest

from mobilize.runtime import Runtime
from tests.support.receiver import Received, Receiver
from tests.support.shared import shared_file

SENDGRID: Final = "https://api.sendgrid.com"
TWILIO: Final = "https://api.twilio.com"


def described(name: str) -> dict[str, Any]:
    """A provider's description of its API."""
    document: dict[str, Any] = json.loads(shared_file(f"specs/{name}").read_text("utf-8"))
    return document


def as_sent_to(host: str, seen: Received) -> RequestsOpenAPIRequest:
    """A recorded request, as if it had gone to the provider's own host."""
    headers = {name: value for name, value in seen.headers.items() if name.lower() != "host"}
    return RequestsOpenAPIRequest(
        requests.Request("POST", host + seen.path, headers=headers, data=seen.body)
    )


def speaking_to(runtime: Runtime, recorder: Receiver) -> Runtime:
    """The installation with the recorder as both providers."""
    settings = replace(
        runtime.settings,
        sendgrid=replace(runtime.settings.sendgrid, url=recorder.url),
        twilio=replace(runtime.settings.twilio, url=recorder.url),
    )
    return replace(runtime, settings=settings)
