"""A server that takes any mail for SendGrid at once, in a process of its own.

It reads a request and answers 202, no more: what is measured is the sender. It counts recipients,
so that a figure can make sure that all of them came.
"""

import re
import socketserver
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from io import BufferedIOBase
from typing import Final

from typing_extensions import override

_LENGTH: Final = re.compile(rb"^content-length: *(\d+)", re.IGNORECASE | re.MULTILINE)
_RECIPIENT: Final = b'"to":'


class _Sink(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    recipients = 0
    requests = 0


class _Connection(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True
    server: _Sink

    @override
    def handle(self) -> None:
        """Answer requests for as long as the other side keeps the connection."""
        while head := _head(self.rfile):
            length = _LENGTH.search(head)
            body = self.rfile.read(int(length[1])) if length else b""
            if head.startswith(b"GET"):
                self._answer(b"200 OK", str(self.server.recipients).encode())
                continue
            self.server.recipients += body.count(_RECIPIENT)
            self.server.requests += 1
            self._answer(b"202 Accepted", b"")

    def _answer(self, status: bytes, body: bytes) -> None:
        self.wfile.write(
            b"HTTP/1.1 %b\r\nX-Message-Id: sink-%d\r\nContent-Length: %d\r\n\r\n%b"
            % (status, self.server.requests, len(body), body)
        )


def _head(stream: BufferedIOBase) -> bytes:
    lines = []
    while (line := stream.readline()) not in {b"\r\n", b""}:
        lines.append(line)
    return b"".join(lines)


class SinkClient:
    """Asks a running sink what came.

    Args:
        port: Where it listens on this machine.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"

    def recipients(self) -> int:
        """How many recipients it took since it started."""
        connection = HTTPConnection("127.0.0.1", self.port)
        connection.request("GET", "/")
        count = int(connection.getresponse().read())
        connection.close()
        return count


@contextmanager
def running() -> Iterator[SinkClient]:
    """A sink on a free port, ended afterwards."""
    command = [sys.executable, "-m", "benchmarks.sink"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield SinkClient(int(process.stdout.readline()))
        finally:
            process.terminate()


if __name__ == "__main__":
    with _Sink(("127.0.0.1", 0), _Connection) as server:
        print(server.server_address[1], flush=True)
        server.serve_forever()
