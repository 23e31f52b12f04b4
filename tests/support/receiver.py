"""A listener that keeps every request as it came, byte for byte, and answers as it is told."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

from typing_extensions import override


@dataclass(frozen=True)
class Received:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        """The body as a form, blank values kept."""
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


@dataclass
class Receiver:
    """What was received; ``statuses`` are answered in turn, and then the path's ``usual`` one."""

    url: str
    received: list[Received] = field(default_factory=list)
    statuses: deque[int] = field(default_factory=deque)
    usual: dict[str, int] = field(default_factory=dict)
    answer: bytes = b""

    def at(self, path: str) -> list[Received]:
        """The requests to one path, its query left out."""
        return [one for one in self.received if one.path.partition("?")[0] == path]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    receiver: Receiver


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        receiver = self.server.receiver
        receiver.received.append(Received(self.path, dict(self.headers.items()), body))
        usual = receiver.usual.get(self.path, 200)
        self.send_response(receiver.statuses.popleft() if receiver.statuses else usual)
        self.send_header("Content-Length", str(len(receiver.answer)))
        self.end_headers()
        self.wfile.write(receiver.answer)

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Stay quiet."""


@contextmanager
def running_receiver() -> Iterator[Receiver]:
    """Listen on a free port of 127.0.0.1 until the block ends."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.receiver = Receiver(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server.receiver
        finally:
            server.shutdown()
            thread.join()
