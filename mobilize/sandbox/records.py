"""What the sandbox keeps of each accepted mail and text."""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from mobilize.sandbox.fates import MailEvent, TextEvent, mail_state
from mobilize.sandbox.text_rules import segments

_HTML_LANGUAGE = re.compile(r"<html[^>]*\slang=[\"']?([A-Za-z-]+)", re.IGNORECASE)


def opaque_id(arguments: dict[str, str]) -> str | None:
    """The sender's own id of a message: its only argument's value, or all arguments in order."""
    if len(arguments) == 1:
        return next(iter(arguments.values()))
    return "&".join(f"{name}={arguments[name]}" for name in sorted(arguments)) or None


@dataclass(frozen=True)
class MailRequest:
    """What the recipients of one Mail Send request share."""

    message_id: str
    accepted_at: datetime
    body: dict[str, Any]

    @cached_property
    def parts(self) -> list[tuple[str, str]]:
        """The content's types and values, not yet personalized."""
        return [(part["type"], part["value"]) for part in self.body.get("content") or ()]


@dataclass(slots=True)
class Mail:
    """One mail to one recipient; ``first_event`` numbers the first of its events."""

    seq: int
    request: MailRequest
    position: int
    to: str
    name: str
    personalization: dict[str, Any]
    events: tuple[MailEvent, ...]
    first_event: int

    @property
    def state(self) -> str:
        """Where it stands: accepted, processed, delivered, bounced, blocked, dropped, deferred."""
        return mail_state(self.events)

    @property
    def arguments(self) -> dict[str, str]:
        """The custom arguments, those of the request under those of the person."""
        shared = self.request.body.get("custom_args") or {}
        return {**shared, **(self.personalization.get("custom_args") or {})}

    @property
    def headers(self) -> dict[str, str]:
        """The extra headers, those of the request under those of the person."""
        shared = self.request.body.get("headers") or {}
        return {**shared, **(self.personalization.get("headers") or {})}

    @property
    def sender(self) -> dict[str, Any]:
        """Who it says it is from, to this person."""
        sender: dict[str, Any] = self.personalization.get("from") or self.request.body["from"]
        return sender

    @property
    def subject(self) -> str:
        """The subject that this person reads."""
        subject = self.personalization.get("subject") or self.request.body.get("subject") or ""
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
        said = {name.lower(): value for name, value in self.headers.items()}
        if "content-language" in said:
            return said["content-language"]
        found = _HTML_LANGUAGE.search(self.html or "")
        return found[1] if found else None

    def _part(self, kind: str) -> str | None:
        for name, value in self.request.parts:
            if name.split(";")[0] == kind:
                return self._personalized(value)
        return None

    def _personalized(self, text: str) -> str:
        """``text`` with this person's substitutions, in one pass: a value is never read again."""
        values: dict[str, str] = self.personalization.get("substitutions") or {}
        if not values:
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
    sent_at: datetime | None = None

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
