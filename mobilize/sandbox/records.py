"""What the sandbox keeps of each accepted mail and text."""

import re
from array import array
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from mobilize.sandbox.fates import ARRIVED, MOST_EVENTS, MailEvent, TextEvent, mail_state
from mobilize.sandbox.text_rules import segments

BEFORE_THIS_PROCESS = float("-inf")

_HTML_LANGUAGE = re.compile(r"<html[^>]*\slang=[\"']?([A-Za-z-]+)", re.IGNORECASE)


def opaque_id(arguments: dict[str, str]) -> str | None:
    """The sender's own id of a message: its only argument's value, or all arguments in order."""
    if len(arguments) == 1:
        return next(iter(arguments.values()))
    return "&".join(f"{name}={arguments[name]}" for name in sorted(arguments)) or None


@dataclass(slots=True)
class MailRequest:
    """What is kept in memory of one Mail Send request; the rest lies in the spool.

    Attributes:
        message_id: Its ``X-Message-Id``.
        accepted_at: By the sandbox's clock.
        place: Where the spool holds it.
        first_seq: The number of its first mail in the ledger.
        first_event: The number of the first event of its first mail.
        addresses: A hash of each recipient's address, in order.
        ids: A hash of each recipient's opaque id; 0 where there is none.
        contents: A hash of each recipient's address and subject.
        one_argument: Whether no recipient has more than one custom argument.
        tick: When it was accepted, on the machine's forward-going clock.
        odd: The events of those who do not simply receive their mail.
    """

    message_id: str
    accepted_at: datetime
    place: tuple[int, int]
    first_seq: int
    first_event: int
    addresses: "array[int]" = field(default_factory=lambda: array("q"))
    ids: "array[int]" = field(default_factory=lambda: array("q"))
    contents: "array[int]" = field(default_factory=lambda: array("q"))
    one_argument: bool = True
    tick: float = BEFORE_THIS_PROCESS
    odd: dict[int, tuple[MailEvent, ...]] = field(default_factory=dict)

    def __len__(self) -> int:
        """How many recipients it has."""
        return len(self.addresses)


def html_language(body: dict[str, Any]) -> str | None:
    """What the HTML of a request says of its language, before any word is put in."""
    for part in body.get("content") or ():
        if part["type"].startswith("text/html"):
            found = _HTML_LANGUAGE.search(part["value"])
            return found[1] if found else None
    return None


@dataclass(slots=True)
class Mail:
    """One mail to one recipient, as it is read from its request."""

    request: MailRequest
    position: int
    to: str
    name: str
    body: dict[str, Any]
    personalization: dict[str, Any]

    @property
    def seq(self) -> int:
        """Its number in the ledger."""
        return self.request.first_seq + self.position

    @property
    def first_event(self) -> int:
        """The number of the first of its events."""
        return self.request.first_event + MOST_EVENTS * self.position

    @property
    def events(self) -> tuple[MailEvent, ...]:
        """What happened to it."""
        return self.request.odd.get(self.position, ARRIVED)

    @property
    def state(self) -> str:
        """Where it stands: accepted, processed, delivered, bounced, blocked, dropped, deferred."""
        return mail_state(self.events)

    @property
    def arguments(self) -> dict[str, str]:
        """The custom arguments, those of the request under those of the person."""
        shared = self.body.get("custom_args") or {}
        return {**shared, **(self.personalization.get("custom_args") or {})}

    @property
    def headers(self) -> dict[str, str]:
        """The extra headers, those of the request under those of the person."""
        shared = self.body.get("headers") or {}
        return {**shared, **(self.personalization.get("headers") or {})}

    @property
    def sender(self) -> dict[str, Any]:
        """Who it says it is from, to this person."""
        sender: dict[str, Any] = self.personalization.get("from") or self.body["from"]
        return sender

    @property
    def subject(self) -> str:
        """The subject that this person reads."""
        subject = self.personalization.get("subject") or self.body.get("subject") or ""
        return self._personalized(subject)

    @property
    def text(self) -> str | None:
        """The plain text that this person reads."""
        return self._part("text/plain")

    @property
    def html(self) -> str | None:
        """The HTML that this person reads."""
        return self._part("text/html")

    @property
    def language(self) -> str | None:
        """The language that the mail says it is in."""
        for name, value in self.headers.items():
            if name.lower() == "content-language":
                return value
        said = html_language(self.body)
        return self._personalized(said) if said else None

    def _part(self, kind: str) -> str | None:
        for part in self.body.get("content") or ():
            if part["type"].split(";")[0] == kind:
                return self._personalized(part["value"])
        return None

    def _personalized(self, text: str) -> str:
        """``text`` with this person's substitutions, in one pass: a value is never read again."""
        given: dict[str, str] = self.personalization.get("substitutions") or {}
        values = {tag: value for tag, value in given.items() if tag in text}
        if len(values) <= 1:
            for tag, value in values.items():
                text = text.replace(tag, value)
            return text
        tags = "|".join(re.escape(tag) for tag in sorted(values, key=len, reverse=True))
        return re.sub(tags, lambda found: values[found[0]], text)


@dataclass(slots=True)
class Text:
    """One text, from us to a person or back; ``first_event`` numbers the first of its events."""

    seq: int
    sid: str
    to: str
    sender: str
    body: str
    direction: str
    accepted_at: datetime
    events: tuple[TextEvent, ...] = ()
    first_event: int = 0
    service: str | None = None
    callback: str | None = None
    media: int = 0
    answers_stop: bool = False
    sent_at: datetime | None = None
    tick: float = BEFORE_THIS_PROCESS

    @property
    def person(self) -> str:
        """The number of the person, whoever wrote."""
        return self.sender if self.direction == "inbound" else self.to

    @property
    def status(self) -> str:
        """Where it stands, in Twilio's words."""
        return self.events[-1].status if self.events else self.first_status

    @property
    def first_status(self) -> str:
        """The status in the answer to the request (Twilio's Message resource)."""
        if self.direction == "inbound":
            return "received"
        return "accepted" if self.service else "queued"

    @property
    def error_code(self) -> int | None:
        """Why it did not arrive."""
        return self.events[-1].error_code if self.events else None

    @property
    def segments(self) -> int:
        """How many segments it is cut into."""
        return segments(self.body)

    @property
    def arguments(self) -> dict[str, str]:
        """The query of its status callback, where senders put their own id."""
        return dict(parse_qsl(urlsplit(self.callback or "").query))
