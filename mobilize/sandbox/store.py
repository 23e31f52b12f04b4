"""All that the sandbox has accepted, in memory, behind one lock."""

import random
import threading
from collections import defaultdict
from typing import Any

from mobilize.sandbox.fates import MailEvent, suppression
from mobilize.sandbox.records import Mail, Text

_MESSAGE_ID_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


class Store:
    """Mails, texts, suppressions and opt-outs; hold ``lock`` over every use.

    Ids are drawn from ``seed``, so that two runs with the same requests give the same answers.
    """

    def __init__(self, seed: int) -> None:
        self.lock = threading.RLock()
        self._ids = random.Random(seed)  # noqa: S311 - repeatable ids, not secrets
        self._events = 0
        self.reset()

    def reset(self) -> None:
        """Forget everything but which ids were given: no provider gives one twice."""
        self.mails: list[Mail] = []
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
