"""Reading alerts and saved audiences, and what became of an alert."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mobilize.actions.models import MpContact, Participation
from mobilize.alerts.models import Alert, AlertStep, Audience
from mobilize.core.errors import NotFound
from mobilize.core.paging import PAGE_SIZE, Page
from mobilize.messaging.models import Mailing, Message
from mobilize.mps.models import Riding

SMALL_CELL: Final = 5
"""A count below this could point at a person; only organizers see it."""


@dataclass(frozen=True)
class MessageCount:
    """How many messages of one channel and language stand in one state, for one reason."""

    channel: str
    language: str
    state: str
    reason: str | None
    people: int


@dataclass(frozen=True)
class MpContactCount:
    """How many contacts with one MP's office were reported; none where the number is hidden."""

    riding_id: int
    riding: str
    province: str
    channel: str
    contacts: int | None


@dataclass(frozen=True)
class Results:
    """What became of an alert.

    Attributes:
        messages: Where its messages stand.
        completed: People who completed the action by a link of this alert.
        campaign_completed: People who completed the campaign's action in any way.
        mp_contacts: The campaign's contacts with MPs' offices.
    """

    messages: Sequence[MessageCount]
    completed: int
    campaign_completed: int
    mp_contacts: Sequence[MpContactCount]


def list_alerts(
    session: Session, *, after: int | None = None, size: int = PAGE_SIZE
) -> Page[Alert]:
    """Alerts, the newest first."""
    statement = select(Alert).order_by(Alert.id.desc()).limit(size + 1)
    if after is not None:
        statement = statement.where(Alert.id < after)
    rows = session.scalars(statement).all()
    return Page(items=rows[:size], after=rows[size - 1].id if len(rows) > size else None)


def alert_by_public_id(session: Session, public_id: str) -> Alert:
    """One alert.

    Raises:
        NotFound: There is none with that id.
    """
    alert = session.scalar(select(Alert).where(Alert.public_id == public_id))
    if alert is None:
        raise NotFound("There is no such alert.", hint="Look it up in the list of alerts.")
    return alert


def steps_of(session: Session, alert_id: int) -> Sequence[AlertStep]:
    """The steps of an alert in their order."""
    return session.scalars(
        select(AlertStep).where(AlertStep.alert_id == alert_id).order_by(AlertStep.position)
    ).all()


def mailing_ids(session: Session, alert_id: int) -> Sequence[int]:
    """The mailings that an alert was launched as."""
    return session.scalars(
        select(AlertStep.mailing_id)
        .where(AlertStep.alert_id == alert_id, AlertStep.mailing_id.is_not(None))
        .order_by(AlertStep.position)
    ).all()  # type: ignore[return-value] # the query leaves out those without


def alerts_with_all_mailings_ended(session: Session) -> Sequence[Alert]:
    """Alerts under way of which no mailing has anything left to send."""
    open_steps = (
        select(AlertStep.id)
        .join(Mailing, Mailing.id == AlertStep.mailing_id)
        .where(AlertStep.alert_id == Alert.id, Mailing.state.not_in(("done", "cancelled")))
    )
    return session.scalars(
        select(Alert).where(Alert.state.in_(("sending", "paused")), ~open_steps.exists())
    ).all()


def stalled_alerts(session: Session) -> Sequence[tuple[Alert, str]]:
    """Alerts under way of which a mailing was stopped by itself, with the reason."""
    rows = session.execute(
        select(Alert, Mailing.pause_reason)
        .join(AlertStep, AlertStep.alert_id == Alert.id)
        .join(Mailing, Mailing.id == AlertStep.mailing_id)
        .where(Alert.state == "sending", Mailing.state == "paused")
        .order_by(AlertStep.position.desc())
    )
    return list({alert.id: (alert, reason or "") for alert, reason in rows}.values())


def list_audiences(session: Session) -> Sequence[Audience]:
    """The saved audiences by name."""
    return session.scalars(select(Audience).order_by(Audience.name)).all()


def results(session: Session, alert_id: int, *, hide_small: bool = False) -> Results:
    """What became of an alert so far.

    Args:
        session: The session.
        alert_id: The alert.
        hide_small: Whether counts of fewer than five contacts are hidden, as they are from
            everybody who is not an organizer.
    """
    campaign_id = session.scalars(select(Alert.campaign_id).where(Alert.id == alert_id)).one()
    mailings = select(AlertStep.mailing_id).where(AlertStep.alert_id == alert_id)
    messages = session.execute(
        select(Mailing.channel, Message.language, Message.state, Message.reason, func.count())
        .join(Mailing, Mailing.id == Message.mailing_id)
        .where(Message.mailing_id.in_(mailings))
        .group_by(Mailing.channel, Message.language, Message.state, Message.reason)
        .order_by(Mailing.channel, Message.language, Message.state, Message.reason)
    )
    completed = select(func.count(Participation.id)).where(Participation.campaign_id == campaign_id)
    by_link = completed.join(Message, Message.id == Participation.message_id).where(
        Message.mailing_id.in_(mailings)
    )
    return Results(
        messages=[MessageCount(*row) for row in messages],
        completed=session.scalar(by_link) or 0,
        campaign_completed=session.scalar(completed) or 0,
        mp_contacts=_mp_contacts(session, campaign_id, hide_small=hide_small),
    )


def _mp_contacts(
    session: Session, campaign_id: int, *, hide_small: bool
) -> Sequence[MpContactCount]:
    rows = session.execute(
        select(Riding.id, Riding.code, Riding.province, MpContact.channel, func.count())
        .join(Riding, Riding.id == MpContact.riding_id)
        .where(MpContact.campaign_id == campaign_id)
        .group_by(Riding.id, Riding.code, Riding.province, MpContact.channel)
        .order_by(Riding.code, MpContact.channel)
    ).tuples()
    return [
        MpContactCount(
            riding_id=riding_id,
            riding=code,
            province=province,
            channel=channel,
            contacts=None if hide_small and contacts < SMALL_CELL else contacts,
        )
        for riding_id, code, province, channel, contacts in rows
    ]
