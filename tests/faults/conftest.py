"""What the fault tests stand on: the sandbox as both providers, and the way back from it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pytest

from mobilize.app import create_app
from mobilize.runtime import Runtime
from tests.messaging.conftest import clock, one_sandbox, sandbox, sending, transports
from tests.support.sandbox import Sandbox
from tests.support.serving import served

__all__ = ["clock", "one_sandbox", "sandbox", "sending", "transports"]

_NOBODY_LISTENS: Final = "http://127.0.0.1:1"


@dataclass
class WayBack:
    """The line on which the providers call us; it can be cut and mended."""

    sandbox: Sandbox
    address: str

    def cut(self) -> None:
        """Nobody answers the providers' calls; they go on trying."""
        self.sandbox.webhooks(app_url=_NOBODY_LISTENS)

    def mend(self) -> None:
        """The web process answers again; wait until all that waited was told."""
        self.sandbox.webhooks(app_url=self.address)
        assert self.sandbox.flush(seconds=60, retry_refused=True)["done"]


@pytest.fixture
def way_back(sending: Runtime, sandbox: Sandbox) -> Iterator[WayBack]:
    """The installation's web process is up, and the sandbox reports to it."""
    public = sending.settings.site.public_url
    with served(create_app(sending)) as address:
        sandbox.webhooks(
            email_events_url=f"{public}/hooks/sendgrid", public_url=public, app_url=address
        )
        yield WayBack(sandbox, address)
        sandbox.webhooks(email_events_url="", app_url="", public_url="")
