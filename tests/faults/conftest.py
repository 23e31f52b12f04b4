"""What the fault tests stand on: the sandbox as both providers, and a crowd of made-up people."""

from tests.messaging.conftest import clock, one_sandbox, sandbox, sending, transports

__all__ = ["clock", "one_sandbox", "sandbox", "sending", "transports"]
