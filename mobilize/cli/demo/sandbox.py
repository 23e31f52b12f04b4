"""The demo's own sandbox: a process of its own, asked over HTTP what it really accepted."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import requests

from mobilize.core.errors import SetupError

_SECONDS: Final = 120


class SandboxClient:
    """Asks a running sandbox, and tells it what happens.

    Args:
        url: Where it listens.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._session = requests.Session()
        self._session.trust_env = False

    def summary(self) -> dict[str, Any]:
        """Totals of what it accepted, and what it accepted twice."""
        return self._checked(self._session.get(f"{self.url}/_ledger/summary", timeout=_SECONDS))

    def messages(self, channel: str) -> list[dict[str, Any]]:
        """Every message that it accepted on a channel, in order."""
        found: list[dict[str, Any]] = []
        after: int | None = 0
        while after is not None:
            answer = self._session.get(
                f"{self.url}/_ledger/messages",
                params={"channel": channel, "limit": "1000", "after": str(after)},
                timeout=_SECONDS,
            )
            page = self._checked(answer)
            found += page["items"]
            after = page["after"]
        return found

    def mail(self, seq: int) -> dict[str, Any]:
        """One mail as its reader gets it."""
        return self._checked(
            self._session.get(f"{self.url}/_ledger/messages/email/{seq}", timeout=_SECONDS)
        )

    def set_clock(self, now: datetime) -> None:
        """Stand at the demo's instant."""
        self._tell("clock", now=now.isoformat())

    def flush(self) -> None:
        """Wait until every event was told."""
        self._tell("flush", seconds=_SECONDS, retry_refused=True)

    def text_us(self, *, sender: str, to: str, body: str) -> None:
        """Write a text as a person would."""
        self._tell("inbound-sms", **{"from": sender, "to": to, "body": body})

    def _tell(self, order: str, **given: Any) -> None:
        self._checked(
            self._session.post(f"{self.url}/_control/{order}", json=given, timeout=_SECONDS)
        )

    @staticmethod
    def _checked(answer: requests.Response) -> dict[str, Any]:
        if not answer.ok:
            raise SetupError(f"The sandbox answered {answer.status_code}: {answer.text[:200]}.")
        found: dict[str, Any] = answer.json()
        return found


@contextmanager
def running(command: list[str], log: Path) -> Iterator[SandboxClient]:
    """Start a sandbox and end it afterwards."""
    with (
        log.open("ab") as errors,
        subprocess.Popen(  # noqa: S603 - our own interpreter, no shell
            command, stdout=subprocess.PIPE, stderr=errors, text=True
        ) as process,
    ):
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                raise SetupError("The sandbox did not start.", hint=f"See {log}.")
            yield SandboxClient(json.loads(line)["url"])
        finally:
            process.terminate()
            process.wait(timeout=30)
