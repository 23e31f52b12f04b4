"""The installation's own limits on what goes out: caps, hours, and whom it may reach at all."""

from dataclasses import dataclass
from datetime import datetime, time
from typing import Final, Literal

from mobilize.settings import Settings

Channel = Literal["email", "sms"]

_SATURDAY: Final = 5


@dataclass(frozen=True, kw_only=True)
class GatePolicy:
    """The installation's own limits: caps, hours, and whom it may reach at all."""

    email_per_week: int
    sms_per_week: int
    weekday: tuple[time, time]
    weekend: tuple[time, time]
    allowed: frozenset[bytes] | None
    """The only addresses that may be reached, as keyed hashes; None where all may be."""

    def cap(self, channel: Channel) -> int:
        """How many alerts and follow-ups a person gets in a week on a channel."""
        return self.email_per_week if channel == "email" else self.sms_per_week

    def hours(self, local: datetime) -> tuple[time, time]:
        """The hours in which texts may go out on a local day."""
        return self.weekend if local.weekday() >= _SATURDAY else self.weekday


def policy_from(settings: Settings) -> GatePolicy:
    """The policy that the settings describe."""
    sending = settings.sending
    allowlist = settings.delivery.mode == "allowlist"
    return GatePolicy(
        email_per_week=sending.email_per_week,
        sms_per_week=sending.sms_per_week,
        weekday=(sending.weekday_from, sending.weekday_until),
        weekend=(sending.weekend_from, sending.weekend_until),
        allowed=frozenset(map(bytes.fromhex, settings.delivery.allowlist)) if allowlist else None,
    )
