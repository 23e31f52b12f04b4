"""What becomes of a message once it is accepted, read from its recipient alone.

Magic mailboxes at example.org and example.com; any of them may carry a suffix after ``-`` or ``+``
(``bounce+511-17@example.org``), so that many invented people can share one fate:

=========================  =====================================================================
``bounce+511@``            bounces with status 5.1.1 (any three digits); later mail is dropped
``blocked@``               blocked by the receiving server; not suppressed
``deferred-then-delivered@``  put off once, then delivered
``dropped-unsub@``         dropped, as the address had unsubscribed before
``spam@``                  delivered, then reported as spam; later mail is dropped
``unsub@``                 delivered, then unsubscribed; later mail is dropped
``groupunsub@``            delivered, then unsubscribed from the request's group
``silent@``                accepted, and no event ever follows
=========================  =====================================================================

Magic phone numbers, in area codes 500 and 600 (all fictitious 555-01xx lines):

================  ==============================================================
``555-0102``      undelivered, 30002: account suspended
``555-0103``      undelivered, 30003: unreachable handset
``555-0104``      undelivered, 30004: message blocked
``555-0105``      undelivered, 30005: unknown handset
``555-0106``      undelivered, 30006: landline or unreachable carrier
``555-0107``      undelivered, 30007: message filtered
``555-0108``      undelivered, 30008: unknown error
``555-0110``      sent, and no callback ever follows
``555-0111``      delivered, then the person answers STOP
================  ==============================================================

Everyone else receives their message.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

_MAILBOX = re.compile(
    r"(?:bounce\+(?P<status>\d{3})|(?P<word>blocked|deferred-then-delivered|dropped-unsub|spam"
    r"|unsub|groupunsub|silent))(?:[-+][^@]*)?@example\.(?:org|com)",
    re.IGNORECASE,
)
_PHONE = re.compile(r"\+1[56]0055501(\d\d)")
_UNDELIVERED = {
    "02": 30002, "03": 30003, "04": 30004, "05": 30005, "06": 30006, "07": 30007, "08": 30008,
}  # fmt: skip

BOUNCED = "Bounced Address"
UNSUBSCRIBED = "Unsubscribed Address"
SPAM_REPORTED = "Spam Reporting Address"

OPT_OUTS = frozenset({"unsubscribe", "group_unsubscribe", "spamreport"})
"""The events by which a person says that they want no more."""

_LASTING_STATES = {
    "processed": "processed",
    "deferred": "deferred",
    "delivered": "delivered",
    "dropped": "dropped",
}


@dataclass(frozen=True, slots=True)
class MailEvent:
    """One thing that happens to a mail: SendGrid's event name, and the facts that go with it."""

    name: str
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TextEvent:
    """One status that a text reaches; ``told`` is false where no callback is made of it."""

    status: str
    error_code: int | None = None
    told: bool = True


_PROCESSED = MailEvent("processed")
_DELIVERED = MailEvent("delivered", {"response": "250 2.0.0 OK"})
ARRIVED = (_PROCESSED, _DELIVERED)
MOST_EVENTS = 4
"""No mail has more events by its fate alone; each has as many numbers."""
_SENT = TextEvent("sent")
_TEXT_ARRIVED = (_SENT, TextEvent("delivered"))

_BY_WORD: dict[str, tuple[MailEvent, ...]] = {
    "blocked": (
        _PROCESSED,
        MailEvent("bounce", {"type": "blocked", "reason": "554 5.7.1 refused by policy"}),
    ),
    "deferred-then-delivered": (
        _PROCESSED,
        MailEvent("deferred", {"response": "451 4.3.0 try again later", "attempt": "1"}),
        _DELIVERED,
    ),
    "dropped-unsub": (MailEvent("dropped", {"reason": UNSUBSCRIBED}),),
    "spam": (*ARRIVED, MailEvent("spamreport")),
    "unsub": (*ARRIVED, MailEvent("unsubscribe")),
    "groupunsub": (*ARRIVED, MailEvent("group_unsubscribe")),
    "silent": (),
}


def mail_fate(address: str, suppressed: str | None) -> tuple[MailEvent, ...]:
    """The events that follow an accepted mail, in order.

    Args:
        address: The recipient's address.
        suppressed: Why the provider drops mail to it, where it does.
    """
    if suppressed:
        return (MailEvent("dropped", {"reason": suppressed}),)
    magic = _MAILBOX.fullmatch(address)
    if magic is None:
        return ARRIVED
    if magic["word"]:
        return _BY_WORD[magic["word"].lower()]
    status = ".".join(magic["status"])
    reason = f"550 {status} the mailbox does not take mail"
    return (
        _PROCESSED,
        MailEvent("bounce", {"type": "bounce", "status": status, "reason": reason}),
    )


def is_magic_mailbox(address: str) -> bool:
    """Whether the fate of mail to ``address`` stands in its name."""
    return _MAILBOX.fullmatch(address) is not None


def mail_state(events: Iterable[MailEvent]) -> str:
    """Where a mail stands after ``events``; what its reader did later does not undo delivery."""
    state = "accepted"
    for event in events:
        if event.name == "bounce":
            state = "blocked" if event.facts["type"] == "blocked" else "bounced"
        else:
            state = _LASTING_STATES.get(event.name, state)
    return state


def suppression(event: MailEvent) -> str | None:
    """Why the provider will drop later mail after ``event``, if it will."""
    if event.name == "bounce" and event.facts["type"] == "bounce":
        return BOUNCED
    return {
        "spamreport": SPAM_REPORTED,
        "unsubscribe": UNSUBSCRIBED,
        "group_unsubscribe": UNSUBSCRIBED,
    }.get(event.name)


def text_fate(number: str) -> tuple[TextEvent, ...]:
    """The statuses that an accepted text goes through, in order."""
    magic = _PHONE.fullmatch(number)
    line = magic[1] if magic else ""
    if line in _UNDELIVERED:
        return (_SENT, TextEvent("undelivered", _UNDELIVERED[line]))
    if line == "10":
        return (TextEvent("sent", told=False),)
    return _TEXT_ARRIVED


def answers_stop(number: str) -> bool:
    """Whether the person at ``number`` answers STOP to what they receive."""
    magic = _PHONE.fullmatch(number)
    return magic is not None and magic[1] == "11"
