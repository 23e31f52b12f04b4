"""What the sandbox tells us, in the providers' own form (their webhook reference pages)."""

import base64
import json
from datetime import datetime
from typing import Any

from mobilize.sandbox.posting import PendingEvent
from mobilize.sandbox.records import Text

EVENT_SIGNATURE = "X-Twilio-Email-Event-Webhook-Signature"
EVENT_TIMESTAMP = "X-Twilio-Email-Event-Webhook-Timestamp"
FORM_SIGNATURE = "X-Twilio-Signature"

_USER_AGENT = "TwilioProxy/1.1"
FORM = "application/x-www-form-urlencoded; charset=UTF-8"


def mail_event(pending: PendingEvent) -> dict[str, Any]:
    """One entry of SendGrid's event array; custom arguments lie at its top level."""
    mail, event = pending.mail, pending.event
    request = mail.request
    again = (pending.copy,) if pending.copy else ()
    told: dict[str, Any] = {
        **mail.arguments,
        "email": mail.to,
        "timestamp": int(pending.at.timestamp()),
        "event": event.name,
        "smtp-id": f"<{request.message_id}@sandbox.invalid>",
        "sg_event_id": _event_id(
            event.name, request.message_id, mail.position, pending.index, *again
        ),
        "sg_message_id": f"{request.message_id}.recvd-sandbox-{mail.position}.0",
        **event.facts,
        **pending.more,
    }
    for name in pending.without:
        told.pop(name, None)
    if categories := mail.body.get("categories"):
        told["category"] = categories[0] if len(categories) == 1 else categories
    if event.name.startswith("group_"):
        told["asm_group_id"] = group_of(mail.body)
    return told


def event_headers(timestamp: str, signature: str) -> dict[str, str]:
    """The headers of SendGrid's Event Webhook."""
    return {
        "Content-Type": "application/json;charset=utf-8",
        "User-Agent": "SendGrid Event API",
        EVENT_TIMESTAMP: timestamp,
        EVENT_SIGNATURE: signature,
    }


def event_array(events: list[dict[str, Any]]) -> bytes:
    """The body of one Event Webhook call; the trailing line break is part of what is signed."""
    return json.dumps(events, separators=(",", ":")).encode() + b"\r\n"


def group_of(body: dict[str, Any]) -> int | None:
    """The unsubscribe group of a Mail Send request."""
    return (body.get("asm") or {}).get("group_id")


def status_form(text: Text, index: int, account: str, at: datetime) -> dict[str, str]:
    """The parameters of Twilio's status callback for one event of a text."""
    event = text.events[index]
    form = {
        "SmsSid": text.sid,
        "SmsStatus": event.status,
        "MessageStatus": event.status,
        "MessageSid": text.sid,
        "To": text.to,
        "From": text.sender,
        "AccountSid": account,
        "ApiVersion": "2010-04-01",
    }
    if text.service:
        form["MessagingServiceSid"] = text.service
    if event.status == "delivered":
        form["RawDlrDoneDate"] = at.strftime("%y%m%d%H%M")
    if event.error_code:
        form["ErrorCode"] = str(event.error_code)
    return form


def inbound_form(text: Text, account: str) -> dict[str, str]:
    """The parameters of Twilio's webhook for a text from a person; some are blank, and signed."""
    return {
        "ToCountry": "CA",
        "ToState": "",
        "ToCity": "",
        "ToZip": "",
        "FromCountry": "CA",
        "FromState": "",
        "FromCity": "",
        "FromZip": "",
        "SmsMessageSid": text.sid,
        "SmsSid": text.sid,
        "MessageSid": text.sid,
        "SmsStatus": "received",
        "NumMedia": "0",
        "NumSegments": str(text.segments),
        "Body": text.body,
        "To": text.to,
        "From": text.sender,
        "AccountSid": account,
        "ApiVersion": "2010-04-01",
    }


def form_headers(signature: str, token: str) -> dict[str, str]:
    """The headers of a Twilio webhook; the idempotency token stays the same over retries."""
    return {
        "Content-Type": FORM,
        "User-Agent": _USER_AGENT,
        FORM_SIGNATURE: signature,
        "I-Twilio-Idempotency-Token": token,
    }


def _event_id(*parts: object) -> str:
    """An ``sg_event_id`` that is the same whenever the same event is told."""
    plain = "-".join(str(part) for part in parts)
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")
