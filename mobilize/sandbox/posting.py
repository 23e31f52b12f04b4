"""One webhook call, and what was answered to it."""

import http.client
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from mobilize.sandbox.fates import MailEvent
from mobilize.sandbox.records import Mail

_TIMEOUT = 15.0
NO_CONNECTION, NO_ANSWER = "no connection", "no answer"


@dataclass(frozen=True, slots=True)
class PendingEvent:
    """An event of a mail that is to be told.

    Attributes:
        number: Its own among all events; -1 for one that no plan held.
        mail: The mail that it happened to.
        event: What happened.
        index: Which of the mail's events it is.
        at: When it happened.
        copy: 0, or which repetition under another id it is.
        without: The fields that are left out.
        more: Fields that are added.
    """

    number: int
    mail: Mail
    event: MailEvent
    index: int
    at: datetime
    copy: int = 0
    without: tuple[str, ...] = ()
    more: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Call:
    """One webhook call.

    Attributes:
        provider: Who makes it.
        url: The public address that it goes to.
        body: What is posted.
        headers: The signature among them.
        events: The numbers of the events that it tells.
        people: The recipients that it is about.
        opt_outs: Who opts out by what it tells.
        beside: Empty for a true call; else the trick that makes this one beside it.
        then: The call that waits until this one is done.
        tries: How often it was made.
        begun: When it was made first, by the sandbox's clock.
        failure: Why the last attempt failed.
    """

    provider: str
    url: str
    body: bytes
    headers: dict[str, str]
    events: tuple[int, ...]
    people: tuple[str, ...] = ()
    opt_outs: tuple[str, ...] = ()
    beside: str = ""
    then: "Call | None" = None
    tries: int = 0
    begun: datetime | None = None
    failure: str = ""

    @property
    def weight(self) -> int:
        """What it counts for among the pending ones."""
        return len(self.events) or 1

    def chain(self) -> "list[Call]":
        """This call and those that wait for it."""
        return [self, *(self.then.chain() if self.then else ())]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a webhook answered; status 0 where there was no answer at all."""

    status: int
    body: bytes = b""
    failure: str = ""
    missing: str = ""

    @property
    def ok(self) -> bool:
        """Whether the provider is satisfied."""
        return 200 <= self.status < 300  # noqa: PLR2004 - the range of success


def post(url: str, body: bytes, headers: dict[str, str]) -> Answer:
    """Post once, through no proxy and following no redirect."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=_TIMEOUT)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    missing = NO_CONNECTION
    try:
        connection.connect()
        missing = NO_ANSWER
        connection.request("POST", path, body, headers)
        response = connection.getresponse()
        answer = response.read()
    except (OSError, http.client.HTTPException) as error:
        return Answer(0, failure=f"{type(error).__name__}: {error}", missing=missing)
    finally:
        connection.close()
    return Answer(response.status, answer, f"answered {response.status}")
