"""The brokers of this machine: Redis and RabbitMQ, where the suite finds them."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Literal

import pytest
from kombu.connection import Connection

from mobilize.settings import Broker
from mobilize.waking import LANES
from tests.support.databases import IN_CI

Kind = Literal["redis", "rabbitmq"]
URLS: Final[dict[Kind, str]] = {
    "redis": os.environ.get("MOBILIZE_TEST_REDIS", "redis://127.0.0.1:6379/0"),
    "rabbitmq": os.environ.get("MOBILIZE_TEST_RABBITMQ", "amqp://guest:guest@127.0.0.1:5672//"),
}


@contextmanager
def queues_of_ones_own(kind: Kind) -> Iterator[Broker]:
    """Settings for the broker with queues that nobody else uses, gone at the end."""
    ours = Broker(url=URLS[kind], prefix=f"test-{secrets.token_hex(4)}")
    _need(kind)
    yield ours
    with Connection(ours.url) as connection:
        for lane in LANES:
            connection.default_channel.queue_delete(f"{ours.prefix}.{lane}")


def _need(kind: Kind) -> None:
    """Skip where it does not answer, as without PostgreSQL; in CI that is a failure."""
    try:
        with Connection(URLS[kind], connect_timeout=2) as connection:
            connection.connect()
    except OSError:
        reason = f"no {kind} answers; set MOBILIZE_TEST_{kind.upper()}"
        if IN_CI:
            pytest.fail(reason)
        pytest.skip(reason)


def unreachable() -> Broker:
    """A broker at whose address nobody listens."""
    return Broker(url="redis://127.0.0.1:1/0", prefix="nobody")
