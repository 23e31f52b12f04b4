"""The providers' descriptions of their APIs, and a listener that keeps what we put on the wire."""

import json
from collections.abc import Iterator

import pytest
from openapi_core import OpenAPI

from tests.contract.wire import described
from tests.support.receiver import Receiver, running_receiver


@pytest.fixture(scope="session")
def sendgrid_api() -> OpenAPI:
    return OpenAPI.from_dict(described("sendgrid_mail_v3.json"))


@pytest.fixture(scope="session")
def twilio_api() -> OpenAPI:
    return OpenAPI.from_dict(described("twilio_api_v2010.trimmed.json"))


@pytest.fixture
def recorder() -> Iterator[Receiver]:
    with running_receiver() as receiver:
        receiver.usual = {"/v3/mail/send": 202}
        receiver.answer = json.dumps({"sid": "SM" + "a" * 32}).encode()
        yield receiver
