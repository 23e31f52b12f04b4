"""Real worker processes, to be killed."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from mobilize.runtime import Runtime
from tests.support.installation import make_environment
from tests.support.sandbox import CHECKOUT, Sandbox

PATIENCE: Final = 120.0
"""Seconds until a test that waits gives up; nothing is measured by it."""


def environment_of(runtime: Runtime, **more: str) -> dict[str, str]:
    """The environment of a process that belongs to the test's installation."""
    url = runtime.db.engine.url.render_as_string(hide_password=False)
    ours = make_environment(runtime.settings.instance, **({"DATABASE_URL": url} | more))
    inherited = {key: text for key, text in os.environ.items() if not key.startswith("MOBILIZE_")}
    return {**inherited, **ours, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}


def worker_environment(runtime: Runtime, sandbox: Sandbox, **more: str) -> dict[str, str]:
    """A dead worker's lease ends after a second, and nobody has heard too often from us."""
    given = {
        "SENDGRID_URL": sandbox.url,
        "TWILIO_URL": sandbox.url,
        "SENDING_LEASE_SECONDS": "1",
        "SENDING_EMAIL_PER_WEEK": "100000",
        "SENDING_SMS_PER_WEEK": "100000",
    }
    return environment_of(runtime, **(given | more))


@contextmanager
def running_worker(
    runtime: Runtime, sandbox: Sandbox, log: Path, *options: str, **more: str
) -> Iterator["subprocess.Popen[bytes]"]:
    """`mobilize worker` as a process; at the end it is asked to stop, if it still runs."""
    environment = worker_environment(runtime, sandbox, **more)
    with running(["worker", *options], environment, log) as process:
        yield process


@contextmanager
def running(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    log: Path,
    *,
    started_by: Sequence[str] = (),
) -> Iterator["subprocess.Popen[bytes]"]:
    """A command of `mobilize` as a process, asked to stop at the end."""
    with (
        log.open("ab") as file,
        subprocess.Popen(
            [*started_by, sys.executable, "-m", "mobilize", *arguments],
            cwd=CHECKOUT,
            env=dict(environment),
            stdout=file,
            stderr=file,
        ) as process,
    ):
        try:
            yield process
        finally:
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(timeout=PATIENCE)
                except subprocess.TimeoutExpired:
                    process.kill()


def wait_until(is_so: Callable[[], bool], what: str, process: "subprocess.Popen[bytes]") -> None:
    """Wait for something that the process is to bring about."""
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert process.poll() is None, f"the process ended before {what}"
        assert time.monotonic() < deadline, f"{what} did not come"
        time.sleep(0.02)
