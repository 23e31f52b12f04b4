"""How an alert goes while it goes: its steps' speed and end, and where each message stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from mobilize.alerts.models import Alert, AlertStep
from mobilize.alerts.queries import MessageCount, message_counts
from mobilize.alerts.spending import Spent, spent
from mobilize.messaging.progress import Progress, progress


@dataclass(frozen=True)
class AlertProgress:
    """How an alert goes.

    Attributes:
        state: Where the alert stands.
        pause_reason: Why it is paused, where it is.
        at: The moment that this says.
        steps: How far each of its mailings is.
        messages: Where its messages stand, and for what reason.
        counted_at: When these were counted; a long list is counted every few seconds only.
    """

    id: str
    name: str
    state: str
    pause_reason: str | None
    at: datetime
    steps: Sequence[Progress]
    messages: Sequence[MessageCount]
    counted_at: datetime
    texts: Spent | None = None
    """What its text messages have cost so far; none where it sends none."""

    @property
    def is_over(self) -> bool:
        """Whether nothing of it goes out any more."""
        return self.state in {"done", "cancelled"}


def progress_of(
    session: Session, alert: Alert, *, now: datetime, real_now: datetime
) -> AlertProgress:
    """How an alert goes, at a cost that does not grow with its audience while it is watched.

    Args:
        session: The session.
        alert: The alert.
        now: The moment by the installation's clock.
        real_now: The moment by the machine's.
    """
    mailings = session.scalars(
        select(AlertStep.mailing_id)
        .where(AlertStep.alert_id == alert.id, AlertStep.mailing_id.is_not(None))
        .order_by(AlertStep.position)
    )
    ids = [one for one in mailings if one is not None]
    counts = message_counts(session, alert.id)
    return AlertProgress(
        id=alert.public_id,
        name=alert.name,
        state=alert.state,
        pause_reason=alert.pause_reason,
        at=now,
        steps=progress(session, ids, now=now, real_now=real_now),
        messages=counts.answer,
        counted_at=counts.at,
        texts=spent(session, alert.id),
    )
