"""When a webhook call that failed is made again.

``quick`` tries a few times within seconds, whichever provider calls, so that nobody waits.
``as-provider`` does what the provider documents, on the sandbox's clock: SendGrid tries again after
growing gaps for a day; Twilio tries a status callback again once, and only where no connection
came about, unless the address asks for more in its fragment (``#rc=3&rp=all``).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

from mobilize.sandbox.clock import Clock
from mobilize.sandbox.posting import NO_CONNECTION, Answer, Call

POLICIES = ("quick", "as-provider")

_QUICK_PAUSE = 0.2
_FIRST_GAP = timedelta(minutes=1)
_FOR_A_DAY = timedelta(hours=24)
_MOST_RETRIES = 5
_SERVER_ERROR = 500


@dataclass(frozen=True, slots=True)
class Again:
    """The next attempt: after a pause in seconds, or at an instant of the sandbox's clock."""

    pause: float = 0.0
    at: datetime | None = None


class Retries:
    """Decides about the next attempt.

    Args:
        clock: The sandbox's.
        attempts: How often ``quick`` makes a call in all.
    """

    def __init__(self, clock: Clock, attempts: int) -> None:
        self._clock = clock
        self._attempts = attempts
        self.policy = POLICIES[0]

    def choose(self, policy: str) -> None:
        """Follow another policy from now on.

        Raises:
            ValueError: When there is no such policy.
        """
        if policy not in POLICIES:
            raise ValueError(f"retries must be one of {', '.join(POLICIES)}")
        self.policy = policy

    def after(self, call: Call, answer: Answer) -> Again | None:
        """The next attempt after one that failed; ``None`` when it was the last."""
        if self.policy == "quick":
            quick = Again(_QUICK_PAUSE * 2 ** (call.tries - 1))
            return quick if call.tries < self._attempts else None
        if call.provider == "twilio":
            return _as_twilio(call, answer)
        call.begun = call.begun or self._clock.now()
        at = self._clock.now() + _FIRST_GAP * 2 ** (call.tries - 1)
        return Again(at=at) if at - call.begun <= _FOR_A_DAY else None


def _as_twilio(call: Call, answer: Answer) -> Again | None:
    asked = dict(parse_qsl(urlsplit(call.url).fragment))
    count = asked.get("rc", "1")
    most = min(int(count), _MOST_RETRIES) if count.isdigit() else 1
    kinds = set(asked.get("rp", "ct").split(","))
    if answer.status:
        kind = "5xx" if answer.status >= _SERVER_ERROR else "4xx"
    else:
        kind = "ct" if answer.missing == NO_CONNECTION else "rt"
    if call.tries > most or not kinds & {kind, "all"}:
        return None
    return Again(_QUICK_PAUSE * 2 ** (call.tries - 1))
