"""The sandbox's clock: the machine's, or one instant that a demonstration has set."""

import time
from datetime import UTC, datetime
from email.utils import format_datetime


class Clock:
    """Tells the time that goes into answers, events and the ledger."""

    def __init__(self) -> None:
        self._fixed: datetime | None = None

    @property
    def is_virtual(self) -> bool:
        """Whether an instant has been set."""
        return self._fixed is not None

    def now(self) -> datetime:
        """The present instant, in UTC; a set instant stands still until it is set again."""
        return self._fixed or datetime.fromtimestamp(time.time(), tz=UTC)

    def set(self, instant: datetime | None) -> None:
        """Stand at ``instant``, or follow the machine's clock again when it is ``None``."""
        self._fixed = instant.astimezone(UTC) if instant else None


def parse_instant(text: str) -> datetime:
    """Read an ISO 8601 instant.

    Raises:
        ValueError: When it is no instant, or names no offset from UTC.
    """
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"{text!r} names no time zone; write for example 2026-11-22T14:00:00Z")
    return instant.astimezone(UTC)


def rfc2822(instant: datetime) -> str:
    """The date format of Twilio's Message resource."""
    return format_datetime(instant)
