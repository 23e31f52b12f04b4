"""The pages of an installation as `mobilize web` serves them, in processes of their own."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Final

PROCESSES: Final = 2
_PATIENCE: Final = 60.0


@dataclass(frozen=True)
class Pages:
    """Pages that are served: where on this machine, and the process that the others belong to."""

    port: int
    pid: int


@contextmanager
def serving(instance: Path, url: str) -> Iterator[Pages]:
    """Serve an installation's pages with the database at a URL, and end that afterwards."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "mobilize", "--instance", str(instance), "web"]
    command += ["--port", str(port), "--processes", str(PROCESSES)]
    surroundings = {
        name: value for name, value in os.environ.items() if not name.startswith("MOBILIZE_")
    }
    surroundings |= {"MOBILIZE_ENV": "development", "MOBILIZE_DATABASE_URL": url}
    log = instance / "web.log"
    with (
        log.open("ab") as words,
        subprocess.Popen(command, env=surroundings, stdout=words, stderr=words) as process,
    ):
        try:
            _wait_for(port, process, log)
            yield Pages(port, process.pid)
        finally:
            process.terminate()


def _wait_for(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Wait until each process has answered once: it opens its database before."""
    ends = time.monotonic() + _PATIENCE
    while process.poll() is None and time.monotonic() < ends:
        connection = HTTPConnection("127.0.0.1", port)
        try:
            connection.request("GET", "/healthz")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.05)
        else:
            return
        finally:
            connection.close()
    raise RuntimeError(f"the pages did not start: {log.read_text('utf-8')[-500:]}")
