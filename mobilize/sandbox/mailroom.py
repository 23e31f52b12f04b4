"""Takes mail: what becomes of each recipient's, and which events are owed for it."""

from collections.abc import Container
from datetime import datetime
from typing import Any

from mobilize.sandbox.clock import Clock
from mobilize.sandbox.fates import mail_fate
from mobilize.sandbox.journal import Journal
from mobilize.sandbox.mail_rules import recipients
from mobilize.sandbox.posting import PendingEvent
from mobilize.sandbox.records import Mail, MailRequest
from mobilize.sandbox.store import Store
from mobilize.sandbox.telling import Teller
from mobilize.sandbox.webhooks import group_of


class Mailroom:
    """SendGrid's side of the world."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        journal: Journal,
        teller: Teller,
    ) -> None:
        self._store = store
        self._clock = clock
        self._journal = journal
        self._teller = teller

    def accept(self, body: dict[str, Any]) -> str:
        """Take a checked Mail Send request; its ``X-Message-Id`` is returned."""
        with self._store.lock:
            at, message_id = self._clock.now(), self._store.new_message_id()
            self._journal.write("mail", at=at.isoformat(), id=message_id, body=body)
            early = self._add(body, message_id, at, told=())
        self._teller.tell_before_answering(early, [])
        return message_id

    def restore(self, line: dict[str, Any], told: Container[int]) -> None:
        """Take again what a line of the journal says; ``told`` numbers the events already told."""
        self._store.new_message_id()
        self._add(line["body"], line["id"], datetime.fromisoformat(line["at"]), told=told)

    def _add(
        self, body: dict[str, Any], message_id: str, at: datetime, told: Container[int]
    ) -> list[PendingEvent]:
        shared = {name: value for name, value in body.items() if name != "personalizations"}
        request = MailRequest(message_id, at, shared)
        first = len(self._store.mails)
        for personalization in body["personalizations"]:
            for _, _, person in recipients(personalization):
                position = len(self._store.mails) - first
                self._add_one(request, position, person, personalization)
        return self._teller.tell_mails(self._store.mails[first:], told)

    def _add_one(
        self,
        request: MailRequest,
        position: int,
        person: dict[str, Any],
        personalization: dict[str, Any],
    ) -> None:
        address, group = person["email"], group_of(request.body)
        events = mail_fate(address, self._store.suppressed(address, group))
        for event in events:
            self._store.suppress(address, group, event)
        self._store.mails.append(
            Mail(
                seq=len(self._store.mails) + 1,
                request=request,
                position=position,
                to=address,
                name=person.get("name") or "",
                personalization=personalization,
                events=events,
                first_event=self._store.number_events(len(events)),
            )
        )
