"""A running provider sandbox for tests: a real process, spoken to over real HTTP."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import requests

CHECKOUT = Path(__file__).resolve().parents[2]
API_KEY = "SG.sandbox"
ACCOUNT_SID = "AC00000000000000000000000000000001"
AUTH_TOKEN = "sandbox"

_ANSWER_SECONDS = 60


def _session() -> requests.Session:
    """A session that looks for no proxy in the environment."""
    session = requests.Session()
    session.trust_env = False
    return session


@dataclass
class Sandbox:
    """A sandbox that listens; every method is one request to it."""

    url: str
    port: int
    public_key: str
    process: "subprocess.Popen[str]"
    session: requests.Session = field(default_factory=_session)

    def ask(self, path: str, **query: Any) -> dict[str, Any]:
        """GET a JSON answer."""
        answer = self.session.get(self.url + path, params=query, timeout=_ANSWER_SECONDS)
        return _checked(answer)

    def tell(self, path: str, **given: Any) -> dict[str, Any]:
        """POST a JSON order."""
        return _checked(self.session.post(self.url + path, json=given, timeout=_ANSWER_SECONDS))

    def ledger(self) -> dict[str, Any]:
        """Totals by channel and state."""
        return self.ask("/_ledger")

    def summary(self) -> dict[str, Any]:
        """Totals, and what was accepted more than once."""
        return self.ask("/_ledger/summary")

    def verdicts(self, **grace: float) -> dict[str, Any]:
        """What was done that must not be, judged by what was really accepted."""
        return self.ask("/_ledger/verdicts", **grace)

    def messages(self, channel: str = "email", **query: Any) -> list[dict[str, Any]]:
        """Every message of a channel that the query asks for (``to``, ``custom_arg``)."""
        found: list[dict[str, Any]] = []
        after: int | None = 0
        while after is not None:
            page = self.ask("/_ledger/messages", channel=channel, limit=1000, after=after, **query)
            found += page["items"]
            after = page["after"]
        return found

    def mail(self, seq: int) -> dict[str, Any]:
        """One mail with everything that its reader gets: text, html, headers."""
        return self.ask(f"/_ledger/messages/email/{seq}")

    def state(self) -> dict[str, Any]:
        """The clock, the webhooks, the faults in force, who has opted out."""
        return self.ask("/_control/state")

    def reset(self) -> None:
        """Forget every message, fault, suppression and pending webhook, and the virtual clock."""
        self.tell("/_control/reset")

    def set_clock(self, now: datetime | None) -> None:
        """Stand at an instant, or follow the machine's clock again."""
        self.tell("/_control/clock", now=now.isoformat() if now else None)

    def webhooks(self, **urls: str) -> None:
        """Set email_events_url, inbound_sms_url, public_url or app_url."""
        self.tell("/_control/webhooks", **urls)

    def flush(self, **given: Any) -> dict[str, Any]:
        """Wait until every webhook was taken or refused (``seconds``, ``retry_refused``)."""
        return self.tell("/_control/flush", **given)

    def faults(self, provider: str, kind: str, **given: Any) -> None:
        """Order faults; `mobilize/sandbox/faults.py` says which, and what goes with them."""
        self.tell("/_control/faults", provider=provider, kind=kind, **given)

    def trick(self, provider: str, kind: str, **given: Any) -> None:
        """Order webhooks to go wrong; `mobilize/sandbox/tricks.py` says how they can."""
        self.tell("/_control/tricks", provider=provider, kind=kind, **given)

    def play(self, name: str) -> None:
        """Put a shipped scenario in force."""
        self.tell("/_control/scenario", name=name)

    def clear_faults(self) -> None:
        """Withdraw every fault."""
        _checked(self.session.delete(f"{self.url}/_control/faults", timeout=_ANSWER_SECONDS))

    def inbound_sms(self, sender: str, to: str, body: str) -> dict[str, Any]:
        """Write a text as a person would; what our webhook answered is returned."""
        return _checked(
            self.session.post(
                f"{self.url}/_control/inbound-sms",
                json={"from": sender, "to": to, "body": body},
                timeout=_ANSWER_SECONDS,
            )
        )


def _checked(answer: requests.Response) -> dict[str, Any]:
    assert answer.ok, f"{answer.request.method} {answer.url}: {answer.status_code} {answer.text}"
    found: dict[str, Any] = answer.json()
    return found


@contextmanager
def running_sandbox(**options: str | float | Path) -> Iterator[Sandbox]:
    """Start a sandbox on a free port, and end it afterwards.

    Args:
        options: Options of its command line in Python's spelling, as
            ``email_events_url="http://127.0.0.1:5000/..."`` or ``data=tmp_path``.
    """
    command = [sys.executable, "-m", "mobilize.sandbox", "--port", "0"]
    for name, value in options.items():
        command += [f"--{name.replace('_', '-')}", str(value)]
    with subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, "the sandbox did not start; its reason is on standard error"
            ready = json.loads(line)
            sandbox = Sandbox(
                ready["url"], ready["port"], ready["sendgrid_public_key"], process=process
            )
            with sandbox.session:
                yield sandbox
        finally:
            process.terminate()
            process.wait(timeout=10)
