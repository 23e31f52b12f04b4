"""What happened to messages, on its way to our webhooks: plainly, or with the tricks in force."""

from collections.abc import Container
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import pairwise

from mobilize.sandbox.calls import Caller
from mobilize.sandbox.clock import Clock
from mobilize.sandbox.dispatcher import Dispatcher
from mobilize.sandbox.fates import MailEvent
from mobilize.sandbox.forging import Forger
from mobilize.sandbox.posting import Call, PendingEvent
from mobilize.sandbox.records import Mail, Text
from mobilize.sandbox.store import Store
from mobilize.sandbox.targets import Targets
from mobilize.sandbox.timetable import Timetable
from mobilize.sandbox.tricks import Trick, Tricks
from mobilize.sandbox.webhooks import group_of

# Twilio: new parameters appear without notice, and a receiver must take them.
_NEW_FIELDS = {"ANewParameter": "", "AnotherNewParameter": "é & = +"}
_UNPLANNED = -1
_LATE_BOUNCE = MailEvent(
    "bounce",
    {
        "type": "bounce",
        "status": "5.1.1",
        "reason": "550 5.1.1 the mailbox does not take mail after all",
        "bounce_classification": "Invalid Address",
    },
)
_MACHINE_OPEN = MailEvent(
    "open",
    {
        "sg_machine_open": True,
        "sg_content_type": "html",
        "useragent": "Mozilla/5.0",
        "ip": "192.0.2.1",
    },
)


class Teller:
    """Decides which calls are made of what happened, and when."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        targets: Targets,
        caller: Caller,
        forger: Forger,
        timetable: Timetable,
        tricks: Tricks,
        dispatcher: Dispatcher,
    ) -> None:
        self._store = store
        self._clock = clock
        self._targets = targets
        self._caller = caller
        self._forger = forger
        self._timetable = timetable
        self._tricks = tricks
        self._dispatcher = dispatcher

    def tell_mails(self, mails: list[Mail], told: Container[int] = ()) -> list[PendingEvent]:
        """Queue the events of mails; those that come before our answer are handed back.

        Args:
            mails: Just accepted.
            told: The numbers of events that were told before a restart.
        """
        if not self._targets.email_events_url:
            return []
        soon: list[PendingEvent] = []
        early: list[PendingEvent] = []
        for mail in mails:
            events = [
                PendingEvent(mail.first_event + index, mail, event, index, mail.request.accepted_at)
                for index, event in enumerate(mail.events)
                if mail.first_event + index not in told
            ]
            soon += self._tricked(events, early) if self._tricks.any else events
        self._dispatcher.queue_events(soon)
        return early

    def tell_before_answering(self, events: list[PendingEvent], calls: list[Call]) -> None:
        """Make these calls before the API's own answer is given."""
        if events:
            calls = [self._caller.events(events), *calls]
        for call in calls:
            self.tell_beside(call)
            self._dispatcher.make_now(call)

    def pack(self, events: list[PendingEvent]) -> list[Call]:
        """The signed call of a batch of events, and what is called beside it."""
        call = self._caller.events(events)
        return [call, *self._beside(call)]

    def tell_text(
        self, text: Text, told: Container[int] = (), following: Call | None = None
    ) -> list[Call]:
        """Queue the status callbacks of a text; those that come before our answer are handed back.

        Args:
            text: What happened to it stands in its events.
            told: The numbers of events that were told before a restart.
            following: A call that comes after them, as the person's answer does.
        """
        early: list[Call] = []
        calls = self._statuses(text, told, early)
        if following and following.events[0] not in told:
            calls.append(following)
        for call in calls:
            self.tell_beside(call)
        for before, after in pairwise(calls):
            before.then = after
        if calls:
            self._dispatcher.queue_call(calls[0])
        return early

    def tell_beside(self, call: Call) -> None:
        """Queue what is called beside a true call."""
        for beside in self._beside(call):
            self._dispatcher.queue_call(beside)

    def _beside(self, call: Call) -> list[Call]:
        """What is called beside a true call at once; a replay is put on the timetable."""
        if not self._tricks.any:
            return []
        found: list[Call] = []
        struck = self._tricks.for_call(call.provider, call.events[0], call.people)
        for kind, trick in struck.items():
            for number in range(1, trick.copies + 1):
                made = self._forger.make(kind, call)
                if kind == "replay":
                    at = self._clock.now() + timedelta(seconds=trick.seconds * number)
                    self._timetable.at(at, partial(self._dispatcher.queue_call, made))
                else:
                    found.append(made)
        return found

    def _tricked(self, events: list[PendingEvent], early: list[PendingEvent]) -> list[PendingEvent]:
        """One mail's events as the tricks leave them."""
        soon: list[PendingEvent] = []
        backwards = False
        for planned in events:
            mail, name = planned.mail, planned.event.name
            struck = self._tricks.for_event("sendgrid", planned.number, name, mail.to)
            backwards |= "disorder" in struck
            if "lost" in struck:
                continue
            event = planned
            if "nameless" in struck:
                event = replace(event, without=("sg_event_id",))
            if "new_fields" in struck:
                event = replace(event, more=dict(_NEW_FIELDS))
            copies = [
                replace(event, copy=number)
                for number in range(1, struck["new_id"].copies + 1 if "new_id" in struck else 1)
            ]
            if "machine_open" in struck:
                copies.append(
                    replace(event, number=_UNPLANNED, event=_MACHINE_OPEN, index=len(mail.events))
                )
            if late := struck.get("late_bounce"):
                self._later(late, partial(self._bounce, mail))
            if late := struck.get("late"):
                self._later(late, partial(self._dispatcher.queue_events, [event, *copies]))
            elif "early" in struck:
                early += [event, *copies]
            else:
                soon += [event, *copies]
        return soon[::-1] if backwards else soon

    def _statuses(self, text: Text, told: Container[int], early: list[Call]) -> list[Call]:
        """One text's callbacks as the tricks leave them."""
        calls: list[Call] = []
        backwards = False
        for index, event in enumerate(text.events):
            number = text.first_event + index
            if not (text.callback and event.told) or number in told:
                continue
            struck = self._tricks.for_event("twilio", number, event.status, text.to)
            backwards |= "disorder" in struck
            if "lost" in struck:
                continue
            more = dict(_NEW_FIELDS) if "new_fields" in struck else {}
            copies = struck["new_id"].copies if "new_id" in struck else 0
            made = [
                self._caller.status(text, index, copy=copy, more=more) for copy in range(copies + 1)
            ]
            if late := struck.get("late"):
                for call in made:
                    self._later(late, partial(self._dispatcher.queue_call, call))
            elif "early" in struck:
                early += made
            else:
                calls += made
        return calls[::-1] if backwards else calls

    def _later(self, trick: Trick, action: partial[None]) -> None:
        self._timetable.at(self._clock.now() + timedelta(seconds=trick.seconds), action)

    def _bounce(self, mail: Mail) -> None:
        """A mail that was delivered comes back all the same."""
        with self._store.lock:
            index = len(mail.events)
            self._store.happens(mail, _LATE_BOUNCE)
            self._store.suppress(mail.to, group_of(mail.body), _LATE_BOUNCE)
        event = PendingEvent(
            _UNPLANNED, mail, _LATE_BOUNCE, index, self._clock.now(), without=("sg_message_id",)
        )
        self._dispatcher.queue_events([event])
