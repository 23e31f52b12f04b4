"""What a call to a provider can end in, named by what to do next.

No provider takes an idempotency key, so a call without an answer is `Unknown` and is never made
again blindly; only what a provider surely did not take is `NotSent` and may be tried again. 429
says so itself, and so does Twilio's own 503 (its error 20503: "try again"); 500, 502, 504 and every
other 503 may come from somebody in between, behind whom it was taken. SendGrid says of no 503 that
nothing was taken, and one request of it is a thousand people: they wait for an event that proves
it, and get nothing twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final, NamedTuple, Protocol

from mobilize.messaging.marks import filled_in

OPTED_OUT: Final = "opted_out_at_provider"
"""Why a provider refuses a number that said STOP to it: a withdrawal, told in the answer."""


@dataclass(frozen=True)
class Accepted:
    """The provider has it, under this reference.

    Attributes:
        ref: The provider's name of it.
        ago: How many seconds before the end of the whole call it took it: texts go one by one.
    """

    ref: str
    ago: float = field(default=0.0, compare=False)


@dataclass(frozen=True)
class Refused:
    """The provider will never take it for this recipient."""

    reason: str


@dataclass(frozen=True)
class NotSent:
    """The provider surely did not take it; it may be tried again.

    Attributes:
        reason: What went wrong (`reasons.PAUSES`).
        detail: More of it, such as the answer's number.
        retry_after: Seconds that the provider asked us to wait, where it did.
    """

    reason: str
    detail: str = ""
    retry_after: float | None = None


@dataclass(frozen=True)
class NotTried:
    """It was no part of the call after all; it goes with the next one."""

    reason: str
    detail: str = ""


@dataclass(frozen=True)
class Halve:
    """The provider refuses the whole request and does not say for whom: its halves will tell."""

    reason: str
    detail: str = ""


@dataclass(frozen=True)
class Unknown:
    """Nobody knows whether the provider took it; as for `NotSent`, it may ask us to wait."""

    reason: str
    detail: str = ""
    retry_after: float | None = None


@dataclass(frozen=True)
class Blocked:
    """The provider does not take anything from us: a person must look. Nothing is burned."""

    reason: str
    detail: str = ""


Outcome = Accepted | Refused | NotSent | NotTried | Halve | Unknown | Blocked


class Letter(NamedTuple):
    """One recipient of a batch.

    Attributes:
        message_id: Our row.
        ref: The opaque token by which the provider's events name the message.
        address: Where it goes.
        values: What stands in the place of each mark.
        leave_url: The address of the one-click unsubscribe (RFC 8058), for email.
        discreet: For somebody who asked for discretion: the subject of an email, the whole of a
            text message.
    """

    message_id: int
    ref: str
    address: str
    values: Mapping[str, str] = MappingProxyType({})
    leave_url: str = ""
    discreet: str = ""


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Messages of one text that go in one call, or one by one, as the provider takes them."""

    sender: str
    sender_name: str
    discreet_name: str = ""
    """Who an email says it is from, to people who asked for discretion."""
    subject: str
    html: str
    text: str
    letters: Sequence[Letter]

    def words_for(self, letter: Letter) -> str:
        """The whole text message that one recipient gets."""
        return letter.discreet or filled_in(self.text, letter.values)


@dataclass(frozen=True)
class Pace:
    """How fast a batch may go: what all workers together agreed with the provider's limit.

    Attributes:
        start_in: Seconds until its first message may go.
        each: Seconds that one unit of a message takes: a text's segment, an email.
    """

    start_in: float = 0.0
    each: float = 0.0


AT_ONCE: Final = Pace()


class Listed(NamedTuple):
    """A text as the provider lists it."""

    sid: str
    body: str
    status: str
    error_code: str
    created_at: datetime


class Provider(Protocol):
    """Sends a batch and says for each message what became of it."""

    name: str

    def send(self, batch: Batch, pace: Pace = AT_ONCE) -> Mapping[int, Outcome]:
        """Send; never raises for what a network or a provider can do."""
        ...
