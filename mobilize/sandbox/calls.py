"""Signed calls: what the sandbox tells us, ready to be posted."""

from urllib.parse import urldefrag, urlencode

from mobilize.sandbox.clock import Clock
from mobilize.sandbox.fates import OPT_OUTS
from mobilize.sandbox.options import Options
from mobilize.sandbox.posting import Call, PendingEvent
from mobilize.sandbox.records import Text
from mobilize.sandbox.signing import EventSigner, twilio_signature
from mobilize.sandbox.text_rules import is_stop
from mobilize.sandbox.webhooks import (
    event_array,
    event_headers,
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
        body = event_array([mail_event(one) for one in events])
        timestamp = str(int(self._clock.now().timestamp()))
        return Call(
            "sendgrid",
            self._targets.email_events_url,
            body,
            event_headers(timestamp, self._signer.sign(timestamp, body)),
            tuple(one.number for one in events),
            tuple({one.mail.to for one in events}),
            tuple(one.mail.to for one in events if one.event.name in OPT_OUTS),
        )

    def status(
        self, text: Text, index: int, *, copy: int = 0, more: dict[str, str] | None = None
    ) -> Call:
        """Twilio's status callback for one event of a text.

        Args:
            text: The text.
            index: Which of its events.
            copy: 0, or which repetition under another id it is.
            more: Parameters to add.
        """
        form = status_form(text, index, self._options.account, self._clock.now())
        number = text.first_event + index
        return self.form(text.callback or "", form | (more or {}), number, to=text.to, copy=copy)

    def inbound(self, text: Text) -> Call:
        """Twilio's webhook for a text from a person."""
        form = inbound_form(text, self._options.account)
        call = self.form(self._targets.inbound_sms_url, form, text.first_event, to=text.sender)
        if is_stop(text.body):
            call.opt_outs = (text.sender,)
        return call

    def form(self, url: str, form: dict[str, str], number: int, *, to: str, copy: int = 0) -> Call:
        """One form of Twilio's, signed over the public address."""
        address = urldefrag(url).url
        signature = twilio_signature(self._options.token, self._targets.publicly(address), form)
        token = f"sandbox-{self._options.seed}-{number}" + (f"-{copy}" if copy else "")
        return Call(
            "twilio",
            url,
            urlencode(form).encode(),
            form_headers(signature, token),
            (number,),
            (to,),
        )
