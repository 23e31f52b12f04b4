"""A server that takes any mail for SendGrid and any text for Twilio, in a process of its own.

It reads a request and answers as they do, at once or after a set time, no more: what is measured is
the sender. It counts recipients, so that a figure can make sure that all of them came.
`python -m benchmarks.sink SECONDS` waits so long before each answer.
"""

import re
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from io import BufferedIOBase
from typing import Final

from typing_extensions import override

_LENGTH: Final = re.compile(rb"^content-length: *(\d+)", re.IGNORECASE | re.MULTILINE)
_RECIPIENT: Final = b'"to":'
_TEXT: Final = b"""{"sid": "SM%032x", "status": "queued", "direction": "outbound-api",
"num_segments": "1", "error_code": null, "error_message": null, "price": null}"""
"""What the SDK reads of Twilio's Messages resource."""
_JSON: Final = b"Content-Type: application/json;charset=utf-8\r\n"
"""Without it, the SDK guesses at the alphabet of each answer, which it never has to of Twilio's."""


class _Sink(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    recipients = 0
    requests = 0
    latency = 0.0
    counting = threading.Lock()


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
            is_text = b"/Messages.json" in head.split(b"\r\n", 1)[0]
            with self.server.counting:
                self.server.recipients += 1 if is_text else body.count(_RECIPIENT)
                self.server.requests += 1
                number = self.server.requests
            if self.server.latency:
                time.sleep(self.server.latency)
            if is_text:
                self._answer(b"201 Created", _TEXT % number, _JSON)
            else:
                self._answer(b"202 Accepted", b"", b"X-Message-Id: sink-%d\r\n" % number)

    def _answer(self, status: bytes, body: bytes, header: bytes = b"") -> None:
        self.wfile.write(
            b"HTTP/1.1 %b\r\n%bContent-Length: %d\r\n\r\n%b" % (status, header, len(body), body)
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
def running(latency: float = 0.0) -> Iterator[SinkClient]:
    """A sink on a free port that waits so many seconds before it answers, ended afterwards."""
    command = [sys.executable, "-m", "benchmarks.sink", str(latency)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield SinkClient(int(process.stdout.readline()))
        finally:
            process.terminate()


if __name__ == "__main__":
    with _Sink(("127.0.0.1", 0), _Connection) as server:
        server.latency = float(sys.argv[1])
        print(server.server_address[1], flush=True)
        server.serve_forever()
