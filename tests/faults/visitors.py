"""Real web processes, and people who visit them over HTTP."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from html import unescape
from pathlib import Path
from typing import Final

import requests

from mobilize.runtime import Runtime
from tests.faults.workers import environment_of, running, wait_until
from tests.messaging.test_figures import free_port

_PATIENCE: Final = 90
"""Seconds that a visitor waits for an answer; nothing is measured by it."""
_HIDDEN: Final = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
_LINK: Final = re.compile(r'<a [^>]*href="([^"]+)"')


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    return session


@dataclass
class Visitor:
    """Somebody with a browser of their own."""

    base: str
    session: requests.Session = field(default_factory=_session)

    def get(self, path: str) -> requests.Response:
        """Open a page."""
        return self.session.get(self.base + path, timeout=_PATIENCE)

    def send(self, path: str, form: dict[str, str]) -> requests.Response:
        """Send a form; where it leads on to is left alone."""
        return self.session.post(
            self.base + path, data=form, timeout=_PATIENCE, allow_redirects=False
        )

    def way_to_call(self, personal: str) -> str:
        """The address of the report on a call, from a personal page."""
        (found,) = {link for link in _LINK.findall(self.get(personal).text) if "/call" in link}
        return str(found)

    def report_of(self, path: str, note: str = "") -> dict[str, str]:
        """A filled-in report, with the number that its page has."""
        hidden = hidden_fields(self.get(path).text)
        return {"form_key": hidden["form_key"], "outcome": "voicemail", "note": note}


def hidden_fields(page: str) -> dict[str, str]:
    """What a page's forms send along, and nobody sees."""
    return {name: unescape(value) for name, value in _HIDDEN.findall(page)}


@contextmanager
def running_web(
    runtime: Runtime, log: Path, *options: str, **more: str
) -> Iterator[tuple["subprocess.Popen[bytes]", str]]:
    """`mobilize web` as a process that answers; the process and its address."""
    port = free_port()
    environment = environment_of(runtime, SECURITY_FORMS_PER_MINUTE="100000", **more)
    with running(["web", "--port", str(port), *options], environment, log) as process:
        base = f"http://127.0.0.1:{port}"
        wait_until(partial(is_up, base), "the first answer", process)
        yield process, base


def is_up(base: str) -> bool:
    """Whether somebody answers there."""
    try:
        return Visitor(base).get("/healthz").ok
    except requests.ConnectionError:
        return False
