"""The sandbox as both providers, and the way back from it."""

from tests.faults.conftest import way_back
from tests.messaging.conftest import one_sandbox, sandbox, sending, transports

__all__ = ["one_sandbox", "sandbox", "sending", "transports", "way_back"]
