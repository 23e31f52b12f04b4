"""Fates for people who bear no magic name: a share of those whom a pattern means.

The share is drawn from the seed and the address, so that the same people meet the same fate in
every run, whenever they are written to.
"""

import hashlib
from dataclasses import dataclass, field
from typing import Any

from mobilize.sandbox.fates import is_magic_mailbox
from mobilize.sandbox.patterns import matches_any

# What a text's fate is called, and the line of the magic numbers that stands for it.
_LINES = {
    "30002": "02", "30003": "03", "30004": "04", "30005": "05", "30006": "06", "30007": "07",
    "30008": "08", "silent": "10", "stop": "11",
}  # fmt: skip
CHANNELS = ("email", "sms")


@dataclass(kw_only=True)
class FateRule:
    """One order about what becomes of messages.

    Attributes:
        channel: ``email`` or ``sms``.
        fate: For email a magic mailbox (``bounce+511``, ``blocked``, ``spam``, ``unsub``,
            ``silent`` …); for sms an error code (``30002`` to ``30008``), ``silent`` or ``stop``.
        to: The people whom it means; one pattern or several.
        chance: The share of them, 0 to 1.
        struck: How many messages met it.
    """

    channel: str
    fate: str
    to: str | list[str] = "*"
    chance: float = 1.0
    struck: int = field(default=0, metadata={"counts": True})

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            ValueError: Naming the value and what it may be.
        """
        if self.channel not in CHANNELS:
            raise ValueError(f"channel must be one of {', '.join(CHANNELS)}")
        if not 0 <= self.chance <= 1:
            raise ValueError("chance must be between 0 and 1")
        if self.channel == "sms" and self.fate not in _LINES:
            raise ValueError(f"the fate of a text must be one of {', '.join(_LINES)}")
        if self.channel == "email" and not is_magic_mailbox(self._stand_in):
            raise ValueError(
                "the fate of a mail must be a magic mailbox: bounce+511 (any three digits), "
                "blocked, deferred-then-delivered, dropped-unsub, spam, unsub, groupunsub, silent"
            )

    @property
    def _stand_in(self) -> str:
        """The magic address or number whose fate is meant."""
        if self.channel == "email":
            return f"{self.fate}@example.org"
        return f"+150055501{_LINES[self.fate]}"


class PeopleFates:
    """The rules in force, oldest first; the first that means somebody decides."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._rules: list[FateRule] = []

    def clear(self) -> None:
        """Withdraw every rule."""
        self._rules = []

    def use(self, rules: list[FateRule], seed: int) -> None:
        """Put these rules in force, in place of all others."""
        self._seed, self._rules = seed, rules

    def stand_in(self, channel: str, to: str) -> str:
        """The address or number whose fate a message to ``to`` meets: most often its own."""
        for order, rule in enumerate(self._rules):
            if rule.channel != channel or not matches_any(to, rule.to):
                continue
            if rule.chance == 1 or self._dice(order, to) < rule.chance:
                rule.struck += 1
                return rule._stand_in  # noqa: SLF001 - its own rule
        return to

    def report(self) -> list[dict[str, Any]]:
        """Every rule with how many messages met it."""
        return [
            {"channel": one.channel, "fate": one.fate, "to": one.to, "chance": one.chance,
             "struck": one.struck}
            for one in self._rules
        ]  # fmt: skip

    def _dice(self, order: int, to: str) -> float:
        said = f"{self._seed} {order} {to.lower()}".encode()
        return int.from_bytes(hashlib.blake2b(said, digest_size=8).digest()) / 2**64
