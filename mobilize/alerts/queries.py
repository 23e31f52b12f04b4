"""Reading alerts and saved audiences, and what became of an alert."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mobilize.actions.models import Campaign, Participation
from mobilize.actions.queries import counts_by_riding, shown
from mobilize.alerts.models import Alert, AlertStep, Audience
from mobilize.core.errors import NotFound
from mobilize.core.paging import PAGE_SIZE, Page
from mobilize.core.remembering import Remembered
from mobilize.messaging.models import Mailing, Template
from mobilize.messaging.progress import counts_of
from mobilize.mps.models import Riding


@dataclass(frozen=True)
class StepCard:
    """A step as it is shown, with the mailing that it became."""

    position: int
    channel: str
    template_public_id: str
    template: str
    mailing_public_id: str | None
    mailing_state: str | None


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


def described_steps(session: Session, alert_ids: Collection[int]) -> dict[int, list[StepCard]]:
    """The steps of several alerts as they are shown, by alert."""
    rows = session.execute(
        select(
            AlertStep.alert_id,
            AlertStep.position,
            AlertStep.channel,
            Template.public_id,
            Template.name,
            Mailing.public_id,
            Mailing.state,
        )
        .join(Template, Template.id == AlertStep.template_id)
        .outerjoin(Mailing, Mailing.id == AlertStep.mailing_id)
        .where(AlertStep.alert_id.in_(alert_ids))
        .order_by(AlertStep.alert_id, AlertStep.position)
    )
    steps: dict[int, list[StepCard]] = {}
    for row in rows:
        steps.setdefault(row[0], []).append(StepCard(*row[1:]))
    return steps


def campaign_refs(session: Session, campaign_ids: Collection[int]) -> dict[int, str]:
    """The public ids of campaigns."""
    rows = session.execute(
        select(Campaign.id, Campaign.public_id).where(Campaign.id.in_(campaign_ids))
    )
    return dict(rows.all())


def template_ids(session: Session, public_ids: Collection[str]) -> dict[str, int]:
    """The templates that public ids name.

    Raises:
        NotFound: One of them names none.
    """
    rows = session.execute(
        select(Template.public_id, Template.id).where(Template.public_id.in_(public_ids))
    )
    found = dict(rows.all())
    for public_id in public_ids:
        if public_id not in found:
            raise NotFound(f"There is no template `{public_id}`.", hint="Choose one from the list.")
    return found


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


def list_audiences(session: Session, *, archived: bool = False) -> Sequence[Audience]:
    """The saved audiences by name: those that are offered, or those that no longer are."""
    condition = Audience.archived_at.is_not(None) if archived else Audience.archived_at.is_(None)
    return session.scalars(select(Audience).where(condition).order_by(Audience.name)).all()


def audience_by_public_id(session: Session, public_id: str) -> Audience:
    """One saved audience.

    Raises:
        NotFound: There is none with that id.
    """
    saved = session.scalar(select(Audience).where(Audience.public_id == public_id))
    if saved is None:
        raise NotFound(
            "There is no such audience.", hint="Look it up in the list of saved audiences."
        )
    return saved


def audience_refs(session: Session, audience_ids: Collection[int]) -> dict[int, str]:
    """The public ids of saved audiences."""
    rows = session.execute(
        select(Audience.id, Audience.public_id).where(Audience.id.in_(audience_ids))
    )
    return dict(rows.all())


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
    completed = select(func.count(Participation.id)).where(Participation.campaign_id == campaign_id)
    by_link = completed.where(Participation.mailing_id.in_(mailings))
    return Results(
        messages=message_counts(session, alert_id).answer,
        completed=session.scalar(by_link) or 0,
        campaign_completed=session.scalar(completed) or 0,
        mp_contacts=_mp_contacts(session, campaign_id, hide_small=hide_small),
    )


def message_counts(session: Session, alert_id: int) -> Remembered[Sequence[MessageCount]]:
    """Where an alert's messages stand by channel and language, and when they were counted."""
    rows = session.execute(
        select(Mailing.id, Mailing.channel)
        .join(AlertStep, AlertStep.mailing_id == Mailing.id)
        .where(AlertStep.alert_id == alert_id)
    )
    channels = dict(rows.all())
    counted = counts_of(session, channels)
    counts = [
        MessageCount(channels[one.mailing_id], one.language, one.state, one.reason, one.people)
        for one in counted.answer
    ]
    ordered = sorted(
        counts, key=lambda one: (one.channel, one.language, one.state, one.reason or "")
    )
    return Remembered(ordered, counted.at)


def _mp_contacts(
    session: Session, campaign_id: int, *, hide_small: bool
) -> Sequence[MpContactCount]:
    counts = counts_by_riding(session, campaign_id)
    ridings = {
        riding.id: riding
        for riding in session.scalars(
            select(Riding).where(Riding.id.in_({count.riding_id for count in counts}))
        )
    }
    return [
        MpContactCount(
            riding_id=count.riding_id,
            riding=ridings[count.riding_id].code,
            province=ridings[count.riding_id].province,
            channel=count.channel,
            contacts=shown(count.contacts) if hide_small else count.contacts,
        )
        for count in counts
    ]
