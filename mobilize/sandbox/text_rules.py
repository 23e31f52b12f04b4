"""Twilio's rules for one text: what is refused at once, keywords, and how it is cut in segments.

Numbers refused at once are those of Twilio's own test credentials (their documentation of "magic
input"): as sender +15005550001, 0007, 0008; as recipient +15005550001, 0002, 0003, 0004, 0009.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

LONGEST_BODY = 1600

_E164 = re.compile(r"\+[1-9]\d{6,14}")
_SENDER = re.compile(r"\+[1-9]\d{6,14}|\d{3,6}")

_MAGIC_SENDERS = {"+15005550001": 21212, "+15005550007": 21606, "+15005550008": 21611}
_MAGIC_RECIPIENTS = {
    "+15005550001": 21211,
    "+15005550002": 21612,
    "+15005550003": 21408,
    "+15005550004": 21610,
    "+15005550009": 21614,
}

_SENTENCES = {
    21211: "The 'To' number is not a valid phone number",
    21212: "The 'From' number is not a valid phone number",
    21408: "This account may not send messages to the region of the 'To' number",
    21602: "A message needs a body, media or content",
    21603: "A 'From' number or a messaging service is required",
    21604: "A 'To' number is required",
    21606: "The 'From' number is not a message-capable number of this account",
    21609: "The 'StatusCallback' URL is not valid",
    21610: "The recipient has unsubscribed from this sender",
    21611: "The queue of the 'From' number is full",
    21612: "The 'To' number cannot be reached from the 'From' number",
    21614: "The 'To' number is not a mobile number",
    21617: f"The body is longer than {LONGEST_BODY} characters",
}

# Twilio's default words; French ones are not among them (Twilio, Advanced Opt-Out).
_STOP_WORDS = frozenset(
    {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"}
)
_START_WORDS = frozenset({"START", "UNSTOP", "YES"})

# 3GPP TS 23.038, the default alphabet, and the table that costs two places.
_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWICE = frozenset("^{}\\[~]|€\f")


@dataclass(frozen=True, slots=True)
class Refusal:
    """A text refused at once, by Twilio's error code."""

    code: int

    @property
    def sentence(self) -> str:
        """What is wrong, in words."""
        return _SENTENCES[self.code]


def refusal(form: Mapping[str, str], *, opted_out: bool) -> Refusal | None:
    """Why Twilio would refuse to take this text, or ``None``.

    Args:
        form: The parameters of the create request.
        opted_out: Whether the recipient has answered STOP.
    """
    code = _missing(form) or _wrong_party(form)
    if code is None and len(form.get("Body", "")) > LONGEST_BODY:
        code = 21617
    if code is None and not _is_callback(form.get("StatusCallback", "")):
        code = 21609
    if code is None and opted_out:
        code = 21610
    return Refusal(code) if code else None


def _missing(form: Mapping[str, str]) -> int | None:
    if not form.get("To"):
        return 21604
    if not (form.get("From") or form.get("MessagingServiceSid")):
        return 21603
    if not (form.get("Body") or form.get("MediaUrl") or form.get("ContentSid")):
        return 21602
    return None


def _wrong_party(form: Mapping[str, str]) -> int | None:
    sender, recipient = form.get("From", ""), form["To"]
    if sender in _MAGIC_SENDERS:
        return _MAGIC_SENDERS[sender]
    if sender and not _SENDER.fullmatch(sender):
        return 21212
    if recipient in _MAGIC_RECIPIENTS:
        return _MAGIC_RECIPIENTS[recipient]
    return None if _E164.fullmatch(recipient) else 21211


def _is_callback(url: str) -> bool:
    parts = urlsplit(url)
    return not url or (parts.scheme in {"http", "https"} and bool(parts.hostname))


def is_stop(body: str) -> bool:
    """Whether a text from a person is one of the provider's opt-out words, alone."""
    return body.strip().upper() in _STOP_WORDS


def is_start(body: str) -> bool:
    """Whether a text from a person is one of the provider's opt-in words, alone."""
    return body.strip().upper() in _START_WORDS


def segments(body: str) -> int:
    """How many segments a body is cut into: GSM-7 160/153 places, UCS-2 70/67 code units."""
    if all(letter in _GSM or letter in _GSM_TWICE for letter in body):
        size = sum(2 if letter in _GSM_TWICE else 1 for letter in body)
        whole, part = 160, 153
    else:
        size = len(body.encode("utf-16-be")) // 2
        whole, part = 70, 67
    return 1 if size <= whole else -(-size // part)
