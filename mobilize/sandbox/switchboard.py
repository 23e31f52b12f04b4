"""Takes texts, ours and people's: what becomes of each, and which calls are owed for it.

Opting out is kept per person, as if all our senders were one messaging service. HELP is left to
our webhook: the provider's own answer to it is not simulated.
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from mobilize.sandbox.calls import Caller
from mobilize.sandbox.clock import Clock
from mobilize.sandbox.fates import TextEvent, answers_stop, text_fate
from mobilize.sandbox.journal import Journal
from mobilize.sandbox.judge import Judge
from mobilize.sandbox.people_fates import PeopleFates
from mobilize.sandbox.posting import Answer, Call, post
from mobilize.sandbox.records import Text
from mobilize.sandbox.sender_queues import SenderQueues, Turn
from mobilize.sandbox.store import Store
from mobilize.sandbox.targets import Targets
from mobilize.sandbox.telling import Teller
from mobilize.sandbox.text_rules import is_start, is_stop
from mobilize.sandbox.timetable import Timetable
from mobilize.sandbox.twiml import messages_in

POOL_NUMBER = "+15005550006"
_OPTED_OUT = 21610
STOP_NOTICE = "Sandbox carrier: you are opted out of this number. Text START to opt in again."


@dataclass(frozen=True, slots=True)
class Conversation:
    """What followed a text from a person.

    Attributes:
        inbound: The person's text.
        answer: What our webhook answered; ``None`` where none is set.
        replies: The texts that its answer sent to the person.
        blocked: The replies that an opt-out held back (Twilio's error 21610).
    """

    inbound: Text
    answer: Answer | None
    replies: list[Text]
    blocked: list[str]


class Switchboard:
    """Twilio's side of the world."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        journal: Journal,
        teller: Teller,
        fates: PeopleFates,
        judge: Judge,
        caller: Caller,
        targets: Targets,
        queues: SenderQueues,
        timetable: Timetable,
    ) -> None:
        self._store = store
        self._clock = clock
        self._journal = journal
        self._teller = teller
        self._fates = fates
        self._judge = judge
        self._caller = caller
        self._targets = targets
        self._queues = queues
        self._timetable = timetable

    def accept(self, form: Mapping[str, str], media: int) -> Text:
        """Take a checked request for a text from us.

        Raises:
            QueueFullError: When its sender's queue is full.
        """
        with self._store.lock:
            at, kept, turn = self._clock.now(), dict(form), self._queues.turn(form)
            self._journal.write("text", at=at.isoformat(), form=kept, media=media)
            text, early = self._add_ours(kept, media, at, turn, told=())
            text.tick = self._judge.accepted("sms", 1)
        self._teller.tell_before_answering([], early)
        return text

    def receive(self, sender: str, to: str, body: str) -> Conversation:
        """Take a text from a person, tell our webhook, and send the person what it answers."""
        with self._store.lock:
            at = self._clock.now()
            self._journal.write("inbound", at=at.isoformat(), sender=sender, to=to, body=body)
            inbound = self._add_theirs(sender, to, body, at)
        if not self._targets.inbound_sms_url:
            return Conversation(inbound, None, [], [])
        call = self._caller.inbound(inbound)
        self._teller.tell_beside(call)
        answer = post(self._targets.really(call.url), call.body, call.headers)
        if answer.ok:
            for person in call.opt_outs:
                self._judge.opt_out(person)
        replies, blocked = self._reply(inbound, answer.body) if answer.ok else ([], [])
        return Conversation(inbound, answer, replies, blocked)

    def restore(self, line: dict[str, Any], told: Container[int]) -> None:
        """Take again what a line of the journal says; ``told`` numbers the events already told."""
        at = datetime.fromisoformat(line["at"])
        if line["kind"] == "text":
            self._add_ours(line["form"], line["media"], at, Turn(), told)
        elif line["kind"] == "inbound":
            self._add_theirs(line["sender"], line["to"], line["body"], at)
        else:
            self._add_reply(line["person"], line["number"], line["body"], at)

    def _add_ours(
        self, form: Mapping[str, str], media: int, at: datetime, turn: Turn, told: Container[int]
    ) -> tuple[Text, list[Call]]:
        """Keep a text of ours; the calls that come before the answer to it are returned too."""
        as_if_to = self._fates.stand_in("sms", form["To"])
        events = turn.fate or text_fate(as_if_to)
        text = Text(
            seq=len(self._store.texts) + 1,
            sid=self._store.new_text_sid(),
            to=form["To"],
            sender=form.get("From") or POOL_NUMBER,
            body=form.get("Body", ""),
            direction="outbound-api",
            accepted_at=at,
            first_event=self._store.number_events(len(events)),
            service=form.get("MessagingServiceSid") or None,
            callback=form.get("StatusCallback") or None,
            media=media,
            answers_stop=answers_stop(as_if_to),
        )
        self._store.add_text(text)
        if not turn.wait:
            return text, self._send(text, events, at, told)
        self._timetable.at(at + turn.wait, partial(self._send_waiting, text, events))
        return text, []

    def _send_waiting(self, text: Text, events: tuple[TextEvent, ...]) -> None:
        """A text leaves its sender's queue, unless the person has opted out meanwhile."""
        with self._store.lock:
            if text.to in self._store.opted_out:
                events = (TextEvent("failed", _OPTED_OUT),)
            early = self._send(text, events, self._clock.now(), told=())
        self._teller.tell_before_answering([], early)

    def _send(
        self, text: Text, events: tuple[TextEvent, ...], at: datetime, told: Container[int]
    ) -> list[Call]:
        text.events, text.sent_at = events, at
        following = None
        if events[-1].status == "delivered" and text.answers_stop:
            stop = self._add_theirs(text.to, text.sender, "STOP", at)
            if self._targets.inbound_sms_url:
                # Whatever the webhook answers is blocked by the opt-out, so nothing reads it.
                following = self._caller.inbound(stop)
        return self._teller.tell_text(text, told, following)

    def _add_theirs(self, sender: str, to: str, body: str, at: datetime) -> Text:
        text = Text(
            seq=len(self._store.texts) + 1,
            sid=self._store.new_text_sid(),
            to=to,
            sender=sender,
            body=body,
            direction="inbound",
            accepted_at=at,
            sent_at=at,
            first_event=self._store.number_events(1),
        )
        self._store.add_text(text)
        if is_stop(body):
            self._store.opted_out.add(sender)
            self._add_reply(sender, to, STOP_NOTICE, at)
        elif is_start(body):
            self._store.opted_out.discard(sender)
            self._judge.opt_in(sender)
        return text

    def _add_reply(self, person: str, number: str, body: str, at: datetime) -> Text:
        text = Text(
            seq=len(self._store.texts) + 1,
            sid=self._store.new_text_sid(),
            to=person,
            sender=number,
            body=body,
            direction="outbound-reply",
            accepted_at=at,
            sent_at=at,
            events=text_fate(person),
        )
        self._store.add_text(text)
        return text

    def _reply(self, inbound: Text, twiml: bytes) -> tuple[list[Text], list[str]]:
        """Send what a TwiML answer asks for, unless the person has opted out."""
        bodies = messages_in(twiml)
        with self._store.lock:
            person, number = inbound.sender, inbound.to
            if person in self._store.opted_out:
                return [], bodies
            at = self._clock.now()
            for body in bodies:
                self._journal.write(
                    "reply", at=at.isoformat(), person=person, number=number, body=body
                )
            return [self._add_reply(person, number, body, at) for body in bodies], []
