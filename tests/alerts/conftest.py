"""The sandbox as both providers, for tests in which an alert goes out."""

from tests.messaging.conftest import clock, one_sandbox, sandbox, sending, transports

__all__ = ["clock", "one_sandbox", "sandbox", "sending", "transports"]
