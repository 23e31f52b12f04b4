"""Everything behind the routes: what is accepted, what becomes of it, and who is told."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from mobilize.sandbox.clock import Clock
from mobilize.sandbox.dispatcher import Call, Dispatcher, PendingEvent
from mobilize.sandbox.fates import answers_stop, mail_fate, text_fate
from mobilize.sandbox.faults import Faults
from mobilize.sandbox.journal import Journal
from mobilize.sandbox.mail_rules import recipients
from mobilize.sandbox.options import Options
from mobilize.sandbox.records import Mail, MailRequest, Text
from mobilize.sandbox.replies import StopNotice, answers_in
from mobilize.sandbox.signing import event_signer, twilio_signature
from mobilize.sandbox.store import Store
from mobilize.sandbox.text_rules import is_start, is_stop
from mobilize.sandbox.webhooks import (
    event_array,
    form_headers,
    group_of,
    inbound_form,
    mail_event,
    status_form,
)

POOL_NUMBER = "+15005550006"


class World:
    """The sandbox's one world: clock, store, faults, and the calls that it owes."""

    def __init__(self, options: Options) -> None:
        if options.data:
            options.data.mkdir(parents=True, exist_ok=True)
        self.options = options
        self.targets = options.targets
        self.clock = Clock()
        self.store = Store(options.seed)
        self.faults = Faults(options.seed)
        self.signer = event_signer(options.signing_key, options.data)
        self._journal = Journal(options.data)
        self._told: frozenset[int] = frozenset()
        self.dispatcher = Dispatcher(
            targets=self.targets,
            pack=self._event_call,
            on_told=lambda events: self._journal.write("told", events=events),
            attempts=options.webhook_attempts,
        )
        self._restore()

    def accept_mail(self, body: dict[str, Any]) -> str:
        """Take a checked Mail Send request; its ``X-Message-Id`` is returned."""
        with self.store.lock:
            at, message_id = self.clock.now(), self.store.new_message_id()
            self._journal.write("mail", at=at.isoformat(), id=message_id, body=body)
            self._add_mail(body, message_id, at)
        return message_id

    def accept_text(self, form: Mapping[str, str], media: int) -> Text:
        """Take a checked request for a text from us."""
        with self.store.lock:
            at, sid = self.clock.now(), self.store.new_text_sid()
            kept = dict(form)
            self._journal.write("text", at=at.isoformat(), sid=sid, form=kept, media=media)
            return self._add_text(kept, sid, at, media)

    def receive_text(self, sender: str, to: str, body: str) -> tuple[Text, Call | None]:
        """Take a text from a person; the signed call that tells us of it is returned."""
        with self.store.lock:
            at, sid = self.clock.now(), self.store.new_text_sid()
            self._journal.write(
                "inbound", at=at.isoformat(), sid=sid, sender=sender, to=to, body=body
            )
            return self._add_inbound(sender, to, body, sid, at)

    def reply(self, inbound: Text, twiml: bytes) -> list[Text]:
        """Send the person what our webhook answered, unless they have opted out."""
        with self.store.lock:
            if inbound.person in self.store.opted_out:
                return []
            return [
                self._add_reply(inbound.sender, inbound.to, body, self.clock.now(), keep=True)
                for body in answers_in(twiml)
            ]

    def reset(self) -> None:
        """Begin again: no message, no fault, no pending call, the machine's clock."""
        with self.store.lock:
            self.dispatcher.forget()
            self.store.reset()
            self.faults.clear()
            self.clock.set(None)
            self._journal.clear()

    def _add_mail(self, body: dict[str, Any], message_id: str, at: datetime) -> None:
        shared = {name: value for name, value in body.items() if name != "personalizations"}
        request = MailRequest(message_id, at, shared)
        group = group_of(shared)
        pending: list[PendingEvent] = []
        position = 0
        for personalization in body["personalizations"]:
            for _, _, person in recipients(personalization):
                mail = self._one_mail(request, position, person, personalization, group)
                self.store.mails.append(mail)
                position += 1
                pending += [
                    PendingEvent(mail.first_event + index, mail, index)
                    for index in range(len(mail.events))
                ]
        if self.targets.email_events_url:
            self.dispatcher.queue_events([one for one in pending if one.number not in self._told])

    def _one_mail(
        self,
        request: MailRequest,
        position: int,
        person: dict[str, Any],
        personalization: dict[str, Any],
        group: int | None,
    ) -> Mail:
        address = person["email"]
        events = mail_fate(address, self.store.suppressed(address, group))
        for event in events:
            self.store.suppress(address, group, event)
        return Mail(
            seq=len(self.store.mails) + 1,
            request=request,
            position=position,
            to=address,
            name=person.get("name") or "",
            personalization=personalization,
            events=events,
            first_event=self.store.number_events(len(events)),
        )

    def _add_text(self, form: Mapping[str, str], sid: str, at: datetime, media: int) -> Text:
        events = text_fate(form["To"])
        text = Text(
            seq=len(self.store.texts) + 1,
            sid=sid,
            to=form["To"],
            sender=form.get("From") or POOL_NUMBER,
            body=form.get("Body", ""),
            direction="outbound-api",
            accepted_at=at,
            events=events,
            first_event=self.store.number_events(len(events)),
            service=form.get("MessagingServiceSid") or None,
            callback=form.get("StatusCallback") or None,
            media=media,
        )
        self.store.add_text(text)
        calls = self._status_calls(text)
        if answers_stop(text.to):
            stop_sid = self.store.new_text_sid()
            _, call = self._add_inbound(text.to, text.sender, "STOP", stop_sid, at)
            calls += [call] if call else []
        self._queue_in_order([call for call in calls if call.events[0] not in self._told])
        return text

    def _add_inbound(
        self, sender: str, to: str, body: str, sid: str, at: datetime
    ) -> tuple[Text, Call | None]:
        text = Text(
            seq=len(self.store.texts) + 1,
            sid=sid,
            to=to,
            sender=sender,
            body=body,
            direction="inbound",
            accepted_at=at,
            first_event=self.store.number_events(1),
        )
        self.store.add_text(text)
        if is_stop(body):
            self.store.opted_out.add(sender)
            self._add_reply(sender, to, StopNotice, at, keep=False)
        elif is_start(body):
            self.store.opted_out.discard(sender)
        return text, self._inbound_call(text)

    def _add_reply(self, person: str, number: str, body: str, at: datetime, *, keep: bool) -> Text:
        """A text back to a person; ``keep`` is false where replaying the journal makes it again."""
        sid = self.store.new_text_sid()
        if keep:
            self._journal.write(
                "reply", at=at.isoformat(), person=person, number=number, body=body
            )
        text = Text(
            seq=len(self.store.texts) + 1,
            sid=sid,
            to=person,
            sender=number,
            body=body,
            direction="outbound-reply",
            accepted_at=at,
            events=text_fate(person),
        )
        self.store.add_text(text)
        return text

    def _event_call(self, events: list[PendingEvent]) -> Call:
        """A signed call with a batch of mail events."""
        body = event_array(
            [mail_event(one.mail, one.index, one.mail.request.accepted_at) for one in events]
        )
        timestamp = str(int(self.clock.now().timestamp()))
        headers = {
            "Content-Type": "application/json;charset=utf-8",
            "User-Agent": "SendGrid Event API",
            "X-Twilio-Email-Event-Webhook-Timestamp": timestamp,
            "X-Twilio-Email-Event-Webhook-Signature": self.signer.sign(timestamp, body),
        }
        numbers = tuple(one.number for one in events)
        return Call(self.targets.email_events_url, body, headers, numbers)

    def _status_calls(self, text: Text) -> list[Call]:
        if not text.callback:
            return []
        account = self.options.account
        return [
            self._form_call(
                text.callback,
                status_form(text, index, account, text.accepted_at),
                text.first_event + index,
            )
            for index, event in enumerate(text.events)
            if event.told
        ]

    def _inbound_call(self, text: Text) -> Call | None:
        url = self.targets.inbound_sms_url
        if not url:
            return None
        call = self._form_call(url, inbound_form(text, self.options.account), text.first_event)
        call.on_answer = lambda answer: self._take_answer(text, answer)
        return call

    def _take_answer(self, text: Text, answer: bytes) -> None:
        self.reply(text, answer)

    def _form_call(self, url: str, form: dict[str, str], number: int) -> Call:
        signature = twilio_signature(self.options.token, self.targets.publicly(url), form)
        headers = form_headers(signature, f"sandbox-{self.options.seed}-{number}")
        return Call(url, urlencode(form).encode(), headers, (number,))

    def _queue_in_order(self, calls: list[Call]) -> None:
        for earlier, later in zip(calls, calls[1:], strict=False):
            earlier.then = later
        if calls:
            self.dispatcher.queue_call(calls[0])
