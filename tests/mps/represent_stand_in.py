"""A stand-in for Represent on this machine: it answers by hand-made shapes, or fails as it is told.

The shapes follow the fields that Represent documents.
"""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

from typing_extensions import override

SET = "federal-electoral-districts-2023-representation-order"
HTML = b"<!doctype html><title>Sorry</title><p>We are down for repairs."
Fault = Literal["", "busy", "too_many", "html", "broken", "truncated", "drip", "hangs_up", "huge"]


def boundary(riding: str, boundary_set: str = SET) -> dict[str, Any]:
    """One boundary as it is documented."""
    return {
        "url": f"/boundaries/{boundary_set}/{riding}/",
        "name": "A riding",
        "external_id": riding,
        "boundary_set_name": "Federal electoral district",
        "related": {"boundary_set_url": f"/boundary-sets/{boundary_set}/"},
    }


@dataclass
class StandIn:
    """What it knows, what is wrong with it, and the paths it was asked for."""

    url: str = ""
    concordance: dict[str, list[str]] = field(default_factory=dict)
    centroid: dict[str, list[str]] = field(default_factory=dict)
    others: list[dict[str, Any]] = field(default_factory=list)
    """Boundaries of other sets, which it names as well."""
    fault: Fault = ""
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def says(self, code: str) -> bytes | None:
        """Its answer about a code; None where it knows no such."""
        if code not in self.concordance and code not in self.centroid:
            return None
        said: dict[str, Any] = {"code": code, "city": "SOMEWHERE", "province": "ON"}
        # Keys are absent where there is nothing to say.
        for name, known in (
            ("boundaries_concordance", self.concordance),
            ("boundaries_centroid", self.centroid),
        ):
            if code in known:
                said[name] = [*map(boundary, known[code]), *self.others]
        return json.dumps(said).encode()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    stand_in: StandIn
    closing: threading.Event

    @override
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller who hangs up is part of the test."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        told = self.server.stand_in
        told.asked.append(self.path)
        told.headers.append(dict(self.headers.items()))
        body = told.says(self.path.split("/")[2])
        match told.fault:
            case "busy":
                self._answer(503, HTML, "text/html")
            case "too_many":
                self._answer(429, b"", "text/plain")
            case "html":
                self._answer(200, HTML, "text/html")
            case "broken":
                self._answer(200, b'{"code": ["what"]}', "application/json")
            case "truncated":
                assert body is not None
                self._answer(200, body[: len(body) // 2], "application/json", length=len(body))
            case "huge":
                self._answer(200, b" " * 2**20, "application/json")
            case "drip":
                self._drip()
            case "hangs_up":
                self.close_connection = True
            case _ if body is None:
                self._answer(404, HTML, "text/html")
            case _:
                assert body is not None
                self._answer(200, body, "application/json")

    def _answer(self, status: int, body: bytes, kind: str, *, length: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def _drip(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        while not self.server.closing.is_set():
            self.wfile.write(b" ")
            self.wfile.flush()
            time.sleep(0.02)

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """It keeps its own list."""


@contextmanager
def running() -> Iterator[StandIn]:
    """The stand-in, on a port of this machine, until the block ends."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.closing = threading.Event()
        server.stand_in = StandIn(url=f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server.stand_in
        finally:
            server.closing.set()
            server.shutdown()
            thread.join()
