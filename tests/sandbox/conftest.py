"""One sandbox for the tests of a file, emptied before each of them."""

from collections.abc import Iterator

import pytest
from sendgrid import SendGridAPIClient
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from tests.support.receiver import Receiver, running_receiver
from tests.support.sandbox import ACCOUNT_SID, API_KEY, AUTH_TOKEN, Sandbox, running_sandbox


@pytest.fixture(scope="module")
def process() -> Iterator[Sandbox]:
    with running_sandbox(webhook_attempts=3) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(process: Sandbox) -> Sandbox:
    process.webhooks(email_events_url="", inbound_sms_url="", app_url="", public_url="")
    process.reset()
    return process


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with running_receiver() as receiver:
        yield receiver


@pytest.fixture
def sendgrid(sandbox: Sandbox) -> SendGridAPIClient:
    client = SendGridAPIClient(API_KEY, host=sandbox.url)
    client.client.timeout = 10
    return client


@pytest.fixture
def twilio(sandbox: Sandbox) -> Iterator[Client]:
    http = TwilioHttpClient(timeout=10)
    client = Client(ACCOUNT_SID, AUTH_TOKEN, http_client=http)
    client.api.base_url = sandbox.url
    yield client
    if http.session:
        http.session.close()
