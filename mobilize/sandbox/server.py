"""A small threaded HTTP/1.1 server that keeps connections alive and can break them on request."""

import io
import socket
import struct
import sys
import time
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote_to_bytes
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from typing_extensions import override

HANG_UP = "sandbox.hang_up"
PACE = "sandbox.pace"
"""The environment's key of two spans: seconds for the answer's head, and for all of it."""

_PIECES = 40


class Server(ThreadingHTTPServer):
    """Serves one WSGI application, a thread for each connection."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, host: str, port: int) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), _Handler)
        self.app: WSGIApplication | None = None

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self.server_address[1])

    @override
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say what broke, except where a client went away."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 120

    def do_GET(self) -> None:
        self._answer()

    do_HEAD = do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 - names set by http.server

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Stay quiet: paths carry phone numbers."""

    def _answer(self) -> None:
        if self.headers.get("Transfer-Encoding"):
            self.close_connection = True
            self.send_error(411, "Send a Content-Length")
            return
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        hang_up: list[bool] = []
        environ = self._environ(body)
        environ[HANG_UP] = lambda: hang_up.append(True)
        head: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], _: Any = None) -> Any:
            head[:] = [status, headers]
            return head.append

        assert self.server.app is not None
        content = _collect(self.server.app(environ, _typed(start_response)))
        if hang_up:
            self._reset()
        else:
            self._send(head[0], head[1], content, environ.get(PACE, (0.0, 0.0)))

    def _environ(self, body: bytes) -> WSGIEnvironment:
        path, _, query = self.path.partition("?")
        environ: WSGIEnvironment = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "SERVER_NAME": str(self.server.server_address[0]),
            "SERVER_PORT": str(self.server.port),
            "SERVER_PROTOCOL": self.request_version,
            "REMOTE_ADDR": self.client_address[0],
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in self.headers.items():
            environ.setdefault(f"HTTP_{name.upper().replace('-', '_')}", value)
        return environ

    def _send(
        self, status: str, headers: list[tuple[str, str]], content: bytes, pace: tuple[float, float]
    ) -> None:
        lines = [
            f"{self.protocol_version} {status}",
            *(f"{name}: {value}" for name, value in headers),
        ]
        head = "\r\n".join([*lines, "", ""]).encode("latin-1")
        if self.command == "HEAD":
            content = b""
        if not any(pace):
            self.wfile.write(head + content)
            return
        for_head, for_all = pace
        if for_head:
            self._trickle(head, for_head)
            head = b""
        self._trickle(head + content, for_all)

    def _trickle(self, content: bytes, seconds: float) -> None:
        """Send in pieces, so that each read of the client succeeds and the whole takes long."""
        size = max(1, -(-len(content) // _PIECES))
        pieces = [content[at : at + size] for at in range(0, len(content), size)]
        for piece in pieces:
            if seconds:
                time.sleep(seconds / len(pieces))
            self.wfile.write(piece)

    def _reset(self) -> None:
        """Break the connection so that the client sees a reset, not an orderly end."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()


def _typed(function: Any) -> StartResponse:
    return function  # type: ignore[no-any-return]


def _collect(chunks: Iterable[bytes]) -> bytes:
    try:
        return b"".join(chunks)
    finally:
        close = getattr(chunks, "close", None)
        if close is not None:
            close()
