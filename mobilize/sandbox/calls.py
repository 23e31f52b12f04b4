"""Signed calls: what the sandbox tells us, ready to be posted."""

from urllib.parse import urlencode

from mobilize.sandbox.clock import Clock
from mobilize.sandbox.dispatcher import Call, PendingEvent
from mobilize.sandbox.options import Options
from mobilize.sandbox.records import Text
from mobilize.sandbox.signing import EventSigner, twilio_signature
from mobilize.sandbox.webhooks import (
    event_array,
    form_headers,
    inbound_form,
    mail_event,
    status_form,
)


class Caller:
    """Makes the calls of both providers, each signed in its own way."""

    def __init__(self, options: Options, signer: EventSigner, clock: Clock) -> None:
        self._options = options
        self._targets = options.targets
        self._signer = signer
        self._clock = clock

    def events(self, events: list[PendingEvent]) -> Call:
        """SendGrid's Event Webhook with a batch of events."""
        body = event_array(
            [mail_event(one.mail, one.index, one.mail.request.accepted_at) for one in events]
        )
        timestamp = str(int(self._clock.now().timestamp()))
        headers = {
            "Content-Type": "application/json;charset=utf-8",
            "User-Agent": "SendGrid Event API",
            "X-Twilio-Email-Event-Webhook-Timestamp": timestamp,
            "X-Twilio-Email-Event-Webhook-Signature": self._signer.sign(timestamp, body),
        }
        numbers = tuple(one.number for one in events)
        return Call(self._targets.email_events_url, body, headers, numbers)

    def statuses(self, text: Text) -> list[Call]:
        """Twilio's status callbacks of a text, in order."""
        if not text.callback:
            return []
        return [
            self._form(
                text.callback,
                status_form(text, index, self._options.account, text.accepted_at),
                text.first_event + index,
            )
            for index, event in enumerate(text.events)
            if event.told
        ]

    def inbound(self, text: Text) -> Call:
        """Twilio's webhook for a text from a person."""
        form = inbound_form(text, self._options.account)
        return self._form(self._targets.inbound_sms_url, form, text.first_event)

    def _form(self, url: str, form: dict[str, str], number: int) -> Call:
        signature = twilio_signature(self._options.token, self._targets.publicly(url), form)
        headers = form_headers(signature, f"sandbox-{self._options.seed}-{number}")
        return Call(url, urlencode(form).encode(), headers, (number,))
