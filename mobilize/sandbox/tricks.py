"""How the providers' own calls to us go wrong, on request.

A trick strikes events or calls that tell them: all of them, or a share drawn from the seed, which
falls on the same events in every run.
"""

import hashlib
import threading
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from mobilize.sandbox.patterns import listed, matches_any

# What becomes of one event.
OF_EVENTS = (
    "lost", "late", "early", "disorder", "new_id", "nameless", "new_fields", "late_bounce",
    "machine_open",
)  # fmt: skip
# What is called beside the true call, or again after it.
REPEATS = ("duplicate", "replay", "foreign")
FORGERIES = ("tampered", "wrong_key", "unsigned", "wrong_address")
OF_CALLS = (*REPEATS, *FORGERIES)
KINDS = (*OF_EVENTS, *OF_CALLS)
PROVIDERS = ("sendgrid", "twilio", "both")

_OF_ONE = {
    "nameless": "sendgrid", "late_bounce": "sendgrid", "machine_open": "sendgrid",
    "wrong_address": "twilio",
}  # fmt: skip


@dataclass(kw_only=True)
class Trick:
    """One order to tell wrongly.

    Attributes:
        provider: ``sendgrid``, ``twilio`` or ``both``.
        kind: One of ``KINDS``:

            * ``lost``: the event is never told.
            * ``late``: it is told ``seconds`` later.
            * ``early``: it is told before the API's own answer to the request.
            * ``disorder``: a message's events are told last first.
            * ``new_id``: it is told again, under another id.
            * ``nameless``: it carries no ``sg_event_id``.
            * ``new_fields``: it carries fields that nobody has heard of.
            * ``late_bounce``: ``seconds`` after a delivery it bounces all the same, without
              ``sg_message_id``; later mail is dropped.
            * ``machine_open``: a machine opens the mail.
            * ``duplicate``: the call is made again at once, with the same ids.
            * ``replay``: the same call, byte for byte, ``seconds`` later.
            * ``foreign``: a call about messages that we never sent, well signed.
            * ``tampered``: the call is made, and once more with a change after it was signed.
            * ``wrong_key``: and once more, signed with a key that is not ours.
            * ``unsigned``: and once more without a signature.
            * ``wrong_address``: and once more, signed for another scheme than our public one.
        chance: The share that is struck, 0 to 1.
        count: How often it strikes in all; ``None`` is for ever.
        copies: How often ``duplicate``, ``new_id``, ``replay`` and a forgery repeat it.
        seconds: How much later, on the sandbox's clock.
        to: Strike what is about such recipients only; one pattern or several.
        events: Strike these events only (``delivered``); all where none is named.
        struck: How often it struck.
    """

    provider: str
    kind: str
    chance: float = 1.0
    count: int | None = None
    copies: int = 1
    seconds: float = 0.0
    to: str | list[str] = ""
    events: list[str] = field(default_factory=list)
    struck: int = field(default=0, metadata={"counts": True})

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            ValueError: Naming the value and what it may be.
        """
        if self.provider not in PROVIDERS:
            raise ValueError(f"provider must be one of {', '.join(PROVIDERS)}")
        if self.kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}")
        only = _OF_ONE.get(self.kind)
        if only and self.provider != only:
            raise ValueError(f"{self.kind} is for the provider {only}")
        if not 0 <= self.chance <= 1:
            raise ValueError("chance must be between 0 and 1")
        if self.kind in {"late_bounce", "machine_open"}:
            self.events = ["delivered"]
        if self.copies < 1 or self.seconds < 0:
            raise ValueError("copies must be 1 or more, and seconds not negative")


class Tricks:
    """The tricks in force."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._lock = threading.Lock()
        self.clear()

    def clear(self, seed: int | None = None) -> None:
        """Withdraw them all; what is left to chance follows ``seed`` from now on, if given."""
        with self._lock:
            self._seed = self._seed if seed is None else seed
            self._tricks: list[Trick] = []

    def add(self, trick: Trick) -> None:
        """Put one in force."""
        with self._lock:
            self._tricks.append(trick)

    @property
    def any(self) -> bool:
        """Whether any is in force."""
        return bool(self._tricks)

    def for_event(self, provider: str, number: int, name: str, to: str) -> dict[str, Trick]:
        """Those that strike an event, by kind.

        Args:
            provider: Who tells it.
            number: The event's own number, on which the dice fall.
            name: ``delivered``, say.
            to: The recipient.
        """
        return self._struck(
            OF_EVENTS,
            provider,
            number,
            lambda trick: (
                (not trick.events or name in trick.events)
                and (not listed(trick.to) or matches_any(to, trick.to))
            ),
        )

    def for_call(self, provider: str, number: int, people: Iterable[str]) -> dict[str, Trick]:
        """Those that strike a call, by kind.

        Args:
            provider: Who calls.
            number: That of the first event that it tells.
            people: The recipients that it is about.
        """
        return self._struck(
            OF_CALLS,
            provider,
            number,
            lambda trick: not listed(trick.to) or any(matches_any(one, trick.to) for one in people),
        )

    def report(self) -> list[dict[str, Any]]:
        """Every trick with how often it struck."""
        with self._lock:
            return [asdict(trick) for trick in self._tricks]

    def _struck(
        self,
        kinds: tuple[str, ...],
        provider: str,
        number: int,
        concerns: Callable[[Trick], bool],
    ) -> dict[str, Trick]:
        found: dict[str, Trick] = {}
        with self._lock:
            for order, trick in enumerate(self._tricks):
                if trick.kind not in kinds or trick.provider not in {provider, "both"}:
                    continue
                if trick.struck == trick.count or not concerns(trick):
                    continue
                if trick.chance < 1 and _dice(self._seed, order, number) >= trick.chance:
                    continue
                trick.struck += 1
                found[trick.kind] = trick
        return found


def _dice(*of: object) -> float:
    """A number from 0 to below 1 that is the same whenever ``of`` is."""
    digest = hashlib.blake2b(repr(of).encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64
