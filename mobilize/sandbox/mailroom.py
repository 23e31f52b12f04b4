"""Takes mail: what becomes of each recipient's, and which events are owed for it."""

from collections import Counter
from collections.abc import Container
from datetime import datetime
from typing import Any

import orjson

from mobilize.sandbox.clock import Clock
from mobilize.sandbox.fates import ARRIVED, MOST_EVENTS, MailEvent, mail_fate
from mobilize.sandbox.journal import Journal
from mobilize.sandbox.judge import Judge
from mobilize.sandbox.people_fates import PeopleFates
from mobilize.sandbox.posting import PendingEvent
from mobilize.sandbox.records import Mail, MailRequest, opaque_id
from mobilize.sandbox.store import Store, mails_in
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
        fates: PeopleFates,
        judge: Judge,
    ) -> None:
        self._store = store
        self._clock = clock
        self._journal = journal
        self._teller = teller
        self._fates = fates
        self._judge = judge

    def accept(self, body: dict[str, Any], raw: bytes) -> str:
        """Take a checked Mail Send request; its ``X-Message-Id`` is returned.

        Args:
            body: The request.
            raw: The same as it came.
        """
        with self._store.lock:
            at, message_id = self._clock.now(), self._store.new_message_id()
            self._journal.write("mail", at=at.isoformat(), id=message_id, body=body)
            early = self._add(body, raw, message_id, at, told=())
            request = self._store.requests[-1]
            request.tick = self._judge.accepted("email", len(request))
        self._teller.tell_before_answering(early, [])
        return message_id

    def restore(self, line: dict[str, Any], told: Container[int]) -> None:
        """Take again what a line of the journal says; ``told`` numbers the events already told."""
        self._store.new_message_id()
        body, at = line["body"], datetime.fromisoformat(line["at"])
        self._add(body, orjson.dumps(body), line["id"], at, told=told)

    def _add(
        self, body: dict[str, Any], raw: bytes, message_id: str, at: datetime, told: Container[int]
    ) -> list[PendingEvent]:
        request = MailRequest(
            message_id, at, self._store.spool.write(raw), self._store.mail_count + 1, 0
        )
        mails = list(mails_in(request, body))
        request.first_event = self._store.number_events(MOST_EVENTS * len(mails))
        languages: Counter[str | None] = Counter()
        for mail in mails:
            events = self._index(mail, group_of(body))
            language = mail.language
            if events is ARRIVED:
                languages[language] += 1
            else:
                self._store.count(events, language, 1)
        for language, times in languages.items():
            self._store.count(ARRIVED, language, times)
        self._store.requests.append(request)
        return self._teller.tell_mails(mails, told)

    def _index(self, mail: Mail, group: int | None) -> tuple[MailEvent, ...]:
        """Decide a mail's fate, and note what the ledger is asked for."""
        request, arguments = mail.request, mail.arguments
        address = mail.to.lower()
        suppressed = self._store.suppressed(address, group)
        events = mail_fate(self._fates.stand_in("email", mail.to), suppressed)
        if events is not ARRIVED:
            request.odd[mail.position] = events
            for event in events:
                self._store.suppress(address, group, event)
        request.one_argument &= len(arguments) <= 1
        request.addresses.append(hash(address))
        opaque = opaque_id(arguments)
        request.ids.append(hash(opaque) if opaque else 0)
        request.contents.append(hash((address, mail.subject)))
        return events
