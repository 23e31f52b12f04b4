"""All that the sandbox has accepted, in memory, behind one lock."""

import random
import threading
from bisect import bisect_right
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Iterator
from typing import Any

import orjson

from mobilize.sandbox.fates import MailEvent, mail_state, suppression
from mobilize.sandbox.mail_rules import recipients
from mobilize.sandbox.records import Mail, MailRequest, Text
from mobilize.sandbox.spool import Spool

_READ_AT_ONCE = 4
_MESSAGE_ID_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


class Store:
    """Mails, texts, suppressions and opt-outs; hold ``lock`` over every use.

    Ids are drawn from ``seed``, so that two runs with the same requests give the same answers.
    """

    def __init__(self, seed: int) -> None:
        self.lock = threading.RLock()
        self._ids = random.Random(seed)  # noqa: S311 - repeatable ids, not secrets
        self._events = 0
        self.spool = Spool()
        self.reset()

    def reset(self) -> None:
        """Forget everything but which ids were given: no provider gives one twice."""
        self.requests: list[MailRequest] = []
        self.states: Counter[str] = Counter()
        self.events: Counter[str] = Counter()
        self.languages: Counter[str] = Counter()
        self.spool.clear()
        self._read: OrderedDict[str, list[Mail]] = OrderedDict()
        self.texts: list[Text] = []
        self.texts_by_sid: dict[str, Text] = {}
        self.texts_by_person: defaultdict[str, list[Text]] = defaultdict(list)
        self.opted_out: set[str] = set()
        self._suppressed: dict[tuple[str, int | None], str] = {}

    def new_message_id(self) -> str:
        """An ``X-Message-Id`` in SendGrid's form."""
        return "".join(self._ids.choices(_MESSAGE_ID_ALPHABET, k=22))

    def new_text_sid(self) -> str:
        """A message SID in Twilio's form."""
        return f"SM{self._ids.getrandbits(128):032x}"

    def number_events(self, count: int) -> int:
        """Take ``count`` numbers for events that will be told; the first one is returned."""
        first = self._events
        self._events += count
        return first

    def suppressed(self, address: str, group: int | None) -> str | None:
        """Why mail to ``address`` is dropped, by everything or by its unsubscribe group."""
        address = address.lower()
        return self._suppressed.get((address, None)) or self._suppressed.get((address, group))

    def suppress(self, address: str, group: int | None, event: MailEvent) -> None:
        """Remember that later mail is dropped, where ``event`` has that effect."""
        if reason := suppression(event):
            scope = group if event.name == "group_unsubscribe" else None
            self._suppressed[(address.lower(), scope)] = reason

    @property
    def mail_count(self) -> int:
        """How many mails were accepted."""
        return self.requests[-1].first_seq + len(self.requests[-1]) - 1 if self.requests else 0

    def mail(self, seq: int) -> Mail | None:
        """The mail with this number in the ledger, counted from 1."""
        if not 0 < seq <= self.mail_count:
            return None
        at = bisect_right(self.requests, seq, key=lambda request: request.first_seq) - 1
        request = self.requests[at]
        return self.mails_of(request)[seq - request.first_seq]

    def mails_of(self, request: MailRequest) -> list[Mail]:
        """The mails of a request, read from the spool unless that was just done."""
        found = self._read.get(request.message_id)
        if found is None:
            body = orjson.loads(self.spool.read(*request.place))
            found = self._read[request.message_id] = list(mails_in(request, body))
            if len(self._read) > _READ_AT_ONCE:
                self._read.popitem(last=False)
        return found

    def mails(self, after: int = 0) -> Iterator[Mail]:
        """Every mail with a number above ``after``, oldest first."""
        for request in self.requests:
            if request.first_seq + len(request) > after + 1:
                yield from (mail for mail in self.mails_of(request) if mail.seq > after)

    def mails_backwards(self, before: int) -> Iterator[Mail]:
        """Every mail with a number below ``before``, newest first."""
        for request in reversed(self.requests):
            if request.first_seq < before:
                yield from (mail for mail in self.mails_of(request)[::-1] if mail.seq < before)

    def happens(self, mail: Mail, event: MailEvent) -> None:
        """Something more happens to a mail than its fate was."""
        self.states[mail.state] -= 1
        mail.request.odd[mail.position] = (*mail.events, event)
        self.states[mail.state] += 1
        self.states += Counter()  # what stands at none is left out
        self.events[event.name] += 1

    def count(self, events: tuple[MailEvent, ...], language: str | None, times: int) -> None:
        """Count mails that were accepted with one fate and in one language."""
        self.states[mail_state(events)] += times
        for event in events:
            self.events[event.name] += times
        self.languages[language or "unknown"] += times

    def add_text(self, text: Text) -> None:
        """Keep a text under its SID and its person."""
        self.texts.append(text)
        self.texts_by_sid[text.sid] = text
        self.texts_by_person[text.person].append(text)

    def state(self) -> dict[str, Any]:
        """The providers' memory of who must not be reached."""
        return {
            "suppressed": len(self._suppressed),
            "opted_out": sorted(self.opted_out),
        }


def mails_in(request: MailRequest, body: dict[str, Any]) -> Iterator[Mail]:
    """The mails of a request body, in order."""
    position = 0
    for letter in body["personalizations"]:
        for _, _, person in recipients(letter):
            yield Mail(request, position, person["email"], person.get("name") or "", body, letter)
            position += 1
