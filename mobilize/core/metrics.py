"""Figures for Prometheus: what processes count as they work, and what is read when it is asked for.

prometheus-client decides when it is first imported whether several processes count together, so it
is imported here alone and late: a command that starts several calls `counted_together` before.
"""

import os
import shutil
import struct
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, cached_property, partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from typing_extensions import override

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Counter, Histogram

Family = TypeVar("Family")

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_LOOKS: Final = 20
_AN_INSTANT: Final = 0.05
_SHARED: Final = "PROMETHEUS_MULTIPROC_DIR"
_MAKING: Final = threading.Lock()
_FAMILIES: Final[dict[str, Any]] = {}
_SECONDS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


@dataclass(frozen=True)
class Count:
    """Something that is counted, by labels whose values are few and name nobody."""

    name: str
    what: str
    labels: tuple[str, ...]

    def add(self, *values: str, by: int = 1) -> None:
        """Count so many more."""
        self._counter.labels(*values).inc(by)

    @cached_property
    def _counter(self) -> "Counter":
        from prometheus_client import Counter  # noqa: PLC0415 - see above

        make = partial(Counter, self.name, self.what, self.labels)
        return _made(self.name, make)


@dataclass(frozen=True)
class Span:
    """How long something takes, in seconds."""

    name: str
    what: str
    labels: tuple[str, ...]
    steps: tuple[float, ...] = _SECONDS

    def note(self, *values: str, seconds: float) -> None:
        """Note that it took so long once."""
        self._histogram.labels(*values).observe(seconds)

    @cached_property
    def _histogram(self) -> "Histogram":
        from prometheus_client import Histogram  # noqa: PLC0415 - see above

        make = partial(Histogram, self.name, self.what, self.labels, buckets=self.steps)
        return _made(self.name, make)


class Reading(NamedTuple):
    """What a gauge says for one set of labels' values."""

    values: tuple[str, ...]
    number: float


@dataclass(frozen=True)
class Gauge:
    """Something that stands somewhere, read at this moment."""

    name: str
    what: str
    labels: tuple[str, ...] = ()
    readings: Sequence[Reading] = field(default_factory=tuple)


Read = Callable[[], Iterable[Gauge]]


@contextmanager
def counted_together() -> Iterator[None]:
    """Let the processes that are started within count as one; to be called before any counts."""
    folder, owner = tempfile.mkdtemp(prefix="mobilize-metrics-"), os.getpid()
    os.environ[_SHARED] = folder
    try:
        yield
    finally:
        # A process that was forked leaves this block too, and must leave the others' figures alone.
        if os.getpid() == owner:
            shutil.rmtree(folder, ignore_errors=True)


def exposition(read: Read) -> bytes:
    """All figures as Prometheus reads them.

    Args:
        read: Reads what stands in tables.
    """
    from prometheus_client import generate_latest  # noqa: PLC0415 - see above

    return b"".join(generate_latest(registry) for registry in (_counted(), _read_by(read)))


def serve(*, host: str, port: int) -> None:
    """Answer Prometheus with what these processes count, on a port, from a thread that waits."""
    from prometheus_client import start_http_server  # noqa: PLC0415 - see above

    start_http_server(port, addr=host, registry=_counted())


def _made(name: str, make: Callable[..., Family]) -> Family:
    """The library's family of a name, made once, whichever thread asks first."""
    with _MAKING:
        if name not in _FAMILIES:
            _FAMILIES[name] = make(registry=_own_registry())
        family: Family = _FAMILIES[name]
        return family


@cache
def _own_registry() -> "CollectorRegistry":
    from prometheus_client import CollectorRegistry  # noqa: PLC0415 - see above

    return CollectorRegistry()


def _counted() -> "CollectorRegistry":
    """What was counted: by all processes that count together, or by this one."""
    if _SHARED not in os.environ:
        return _own_registry()
    from prometheus_client import CollectorRegistry  # noqa: PLC0415 - see above
    from prometheus_client.multiprocess import MultiProcessCollector  # noqa: PLC0415
    from prometheus_client.registry import Collector  # noqa: PLC0415

    class Together(Collector):
        @override
        def collect(self) -> Iterator[Any]:
            """What all wrote; a file that is made at this moment is empty for an instant."""
            for _ in range(_LOOKS):
                try:
                    yield from list(MultiProcessCollector(None).collect())
                except struct.error:
                    time.sleep(_AN_INSTANT)
                else:
                    return

    registry = CollectorRegistry()
    registry.register(Together())
    return registry


def _read_by(read: Read) -> "CollectorRegistry":
    from prometheus_client import CollectorRegistry  # noqa: PLC0415 - see above
    from prometheus_client.core import GaugeMetricFamily  # noqa: PLC0415
    from prometheus_client.registry import Collector  # noqa: PLC0415

    class Tables(Collector):
        @override
        def collect(self) -> Iterator[Any]:
            """The gauges in the library's own shape."""
            for gauge in read():
                family = GaugeMetricFamily(gauge.name, gauge.what, labels=gauge.labels)
                for values, number in gauge.readings:
                    family.add_metric(values, number)
                yield family

    registry = CollectorRegistry()
    registry.register(Tables())
    return registry
