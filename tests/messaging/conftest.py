"""A sandbox that stands in for the providers, and the installation that speaks to it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import pytest

from mobilize.core.clock import VirtualClock
from mobilize.core.db import Database
from mobilize.messaging.providers.transports import Transports, open_transports
from mobilize.runtime import Runtime
from tests.support.sandbox import Sandbox, running_sandbox


@pytest.fixture(scope="session")
def one_sandbox() -> Iterator[Sandbox]:
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(one_sandbox: Sandbox) -> Sandbox:
    one_sandbox.reset()
    return one_sandbox


@pytest.fixture
def sending(runtime: Runtime, sandbox: Sandbox) -> Runtime:
    """The installation with the sandbox as both providers."""
    settings = replace(
        runtime.settings,
        sendgrid=replace(
            runtime.settings.sendgrid, url=sandbox.url, webhook_public_key=sandbox.public_key
        ),
        twilio=replace(runtime.settings.twilio, url=sandbox.url),
    )
    return replace(runtime, settings=settings)


@pytest.fixture
def transports(sending: Runtime) -> Transports:
    return open_transports(sending.settings)


@pytest.fixture
def clock(db: Database, now: datetime) -> VirtualClock:
    clock = VirtualClock(db)
    clock.set(now)
    return clock
