"""The wire under the SDKs: a total deadline for each request, and whether it reached the provider.

Both SDKs know a time-out for each read alone; an answer that drips a byte at a time passes every
one of them and holds a worker for as long as it likes. Here the connection is closed from outside
when the time for the whole request is up.
"""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from math import inf
from socket import SHUT_RDWR, socket
from typing import Any, Final, NamedTuple
from urllib.request import HTTPHandler, HTTPSHandler, OpenerDirector, Request, build_opener

import requests
import urllib3.connection
from requests.adapters import HTTPAdapter
from requests.exceptions import RequestException
from typing_extensions import override
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from mobilize.core.clock import SystemClock
from mobilize.core.metrics import Span
from mobilize.messaging.providers.outcomes import NotSent, Unknown

CALL_SECONDS: Final = Span(
    "mobilize_provider_call_seconds", "How long a provider takes to answer.", ("provider",)
)
_NETWORK: Final = (OSError, HTTPException, HTTPError, RequestException, ValueError)
"""What the SDKs let through of a network that fails, or of an answer that cannot be read."""


class Call:
    """One request under way.

    Attributes:
        reached: Whether a connection stood: before, the provider surely took nothing.
        expired: Whether its time was up.
    """

    def __init__(self, ends: float) -> None:
        self.ends = ends
        self.reached = False
        self.expired = False
        self._socket: socket | None = None

    def hold(self, connection: socket | None) -> None:
        """Note the connection that the request goes over."""
        if connection is not None:
            self.reached = True
            self._socket = connection
            if self.expired:
                self._hang_up()

    def expire(self) -> None:
        """Close the connection under whoever reads from it."""
        self.expired = True
        self._hang_up()

    def _hang_up(self) -> None:
        if self._socket is not None:
            with suppress(OSError):
                # Under TLS too: what reads then sees the end of the stream.
                socket.shutdown(self._socket, SHUT_RDWR)


class _Watch:
    """Ends the calls whose time is up: one thread for all that are under way."""

    def __init__(self) -> None:
        self._calls: set[Call] = set()
        self._looks_at = inf
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def add(self, call: Call) -> None:
        with self._changed:
            self._calls.add(call)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="deadlines", daemon=True)
                self._thread.start()
            elif call.ends < self._looks_at:
                self._looks_at = call.ends
                self._changed.notify()

    def remove(self, call: Call) -> None:
        # It is not woken: a thread that wakes for each call costs as much as the call.
        with self._changed:
            self._calls.discard(call)

    def _run(self) -> None:
        with self._changed:
            while True:
                now = time.monotonic()
                for call in [one for one in self._calls if one.ends <= now]:
                    self._calls.discard(call)
                    call.expire()
                self._looks_at = min((one.ends for one in self._calls), default=inf)
                self._changed.wait(None if self._looks_at == inf else self._looks_at - now)


_WATCH: Final = _Watch()
_under_way = threading.local()


@contextmanager
def within(seconds: float, *, provider: str) -> Iterator[Call]:
    """Make one request in this thread, and end it when its time is up.

    Args:
        seconds: For the whole of it, from the first byte out to the last byte in.
        provider: Who is asked, for the figures.
    """
    begun = time.monotonic()
    call = Call(begun + seconds)
    _under_way.call = call
    _WATCH.add(call)
    try:
        yield call
    finally:
        _WATCH.remove(call)
        _under_way.call = None
        CALL_SECONDS.note(provider, seconds=time.monotonic() - begun)


def without_answer(call: Call, error: Exception) -> NotSent | Unknown:
    """What a request without an answer ended in.

    Raises:
        Exception: The error itself, where it is none of a network.
    """
    if call.expired:
        return Unknown("no_answer", "deadline")
    if not isinstance(error, _NETWORK):
        raise error
    if not call.reached:
        return NotSent("no_connection", type(error).__name__)
    return Unknown("no_answer", type(error).__name__)


def asked_to_wait(headers: Mapping[str, str] | None) -> float | None:
    """Seconds that a busy provider asks us to wait, if it says.

    `Retry-After` in seconds or as a date (RFC 9110 s. 10.2.3), else SendGrid's
    `X-RateLimit-Reset`, an instant in seconds since 1970.
    """
    if headers is None:
        return None
    said, reset = headers.get("Retry-After"), headers.get("X-RateLimit-Reset")
    now = SystemClock().now()
    for value, read in ((said, float), (said, _until(now)), (reset, _since_1970(now))):
        with suppress(TypeError, ValueError, OverflowError):
            if value is not None:
                return max(0.0, read(value))
    return None


def _until(now: datetime) -> Any:
    return lambda text: (parsedate_to_datetime(text) - now).total_seconds()


def _since_1970(now: datetime) -> Any:
    return lambda text: float(text) - now.timestamp()


class _Held:
    """A connection that tells the request under way which socket it goes over."""

    sock: Any

    def connect(self) -> None:
        super().connect()  # type: ignore[misc]
        self._tell()

    def getresponse(self, *args: Any, **named: Any) -> Any:
        self._tell()
        return super().getresponse(*args, **named)  # type: ignore[misc]

    def _tell(self) -> None:
        call: Call | None = getattr(_under_way, "call", None)
        if call is not None:
            call.hold(self.sock)


class _Http(_Held, HTTPConnection):
    pass


class _Https(_Held, HTTPSConnection):
    pass


class _HttpHandler(HTTPHandler):
    @override
    def http_open(self, req: Request) -> Any:
        return self.do_open(_Http, req)


class _HttpsHandler(HTTPSHandler):
    @override
    def https_open(self, req: Request) -> Any:
        return self.do_open(_Https, req)


def opener() -> OpenerDirector:
    """For SendGrid's SDK, which is built on urllib."""
    return build_opener(_HttpHandler, _HttpsHandler)


class _PooledHttp(_Held, urllib3.connection.HTTPConnection):
    pass


class _PooledHttps(_Held, urllib3.connection.HTTPSConnection):
    pass


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _PooledHttp


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _PooledHttps


_POOLS: Final = {"http": _HttpPool, "https": _HttpsPool}


class Adapter(HTTPAdapter):
    """For Twilio's SDK, which is built on requests; its connections are kept."""

    @override
    def init_poolmanager(self, *args: Any, **named: Any) -> None:
        super().init_poolmanager(*args, **named)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    @override
    def proxy_manager_for(self, *args: Any, **named: Any) -> Any:
        """The same through a proxy: without it, what broke there would pass for not sent."""
        manager = super().proxy_manager_for(*args, **named)
        manager.pool_classes_by_scheme = _POOLS
        return manager


class Way(NamedTuple):
    """How requests to an address go.

    Attributes:
        pool: The connections, with the certificates that they trust.
        target: What a request line names on them.
    """

    pool: HTTPConnectionPool
    target: str


def way_to(url: str, session: requests.Session) -> Way:
    """Look up once what requests looks up for each request, longer than the request itself takes.

    Args:
        url: Where requests are to go.
        session: Says by what adapter; of the environment its proxies and certificates count.
    """
    request = requests.Request("POST", url).prepare()
    found = session.merge_environment_settings(url, {}, None, None, None)
    proxies: Any = found["proxies"]
    known: Any = {"verify": found["verify"], "cert": found["cert"]}
    adapter: Any = session.get_adapter(url)
    pool = adapter.get_connection_with_tls_context(request, proxies=proxies, **known)
    adapter.cert_verify(pool, url, **known)
    return Way(pool, adapter.request_url(request, proxies))
