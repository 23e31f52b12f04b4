"""Who would get what, and when, over a span of dates; nothing is sent, nothing is changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from mobilize.alerts.content import campaign_card
from mobilize.followups.anchors import occurrences_of
from mobilize.followups.dates import timing_of
from mobilize.followups.firing import channel_of, recipients_of
from mobilize.followups.models import Plan
from mobilize.followups.planning import plan as put_on_date
from mobilize.followups.queries import dated_rows, steps_of
from mobilize.messaging.policy import Channel, GatePolicy
from mobilize.messaging.queries import Forecast, forecast


@dataclass(frozen=True)
class Rehearsed:
    """One step on its date, with who would get it then, by language and reason."""

    position: int
    channel: Channel
    occurrence: str
    due_at: datetime
    state: str
    groups: Sequence[Forecast]


def rehearse(
    session: Session,
    *,
    plan_id: int,
    start: datetime,
    end: datetime,
    zone: ZoneInfo,
    policy: GatePolicy,
) -> list[Rehearsed]:
    """Walk through a plan's steps in a span, asking the gate at the instant of each.

    The gate is asked about the contacts, consents and messages as they stand today: what earlier
    steps of the same rehearsal would have added to a person's week is not counted.

    Args:
        session: A session to read with.
        plan_id: The plan, in any state.
        start: The beginning of the span.
        end: Its end, which is no longer in it.
        zone: The organization's zone.
        policy: The gate's limits.
    """
    plan = session.get_one(Plan, plan_id)
    card = campaign_card(session, plan.campaign_id)
    known = {row.occurrence for row in dated_rows(session, plan_id)}
    rehearsed = []
    for occurrence in occurrences_of(session, plan, known=known, now=start, zone=zone):
        for step in steps_of(session, plan_id):
            dated = put_on_date(occurrence, timing_of(step), zone, not_before=start)
            if not start <= dated.due_at < end:
                continue
            groups = forecast(
                session,
                recipients=recipients_of(
                    session, plan, step, occurrence.key, now=dated.due_at, zone=zone
                ),
                kind="followup",
                channel=channel_of(step),
                topic=card.demand.slug,
                now=dated.due_at,
                policy=policy,
            )
            rehearsed.append(
                Rehearsed(
                    position=step.position,
                    channel=channel_of(step),
                    occurrence=occurrence.key,
                    due_at=dated.due_at,
                    state=dated.state,
                    groups=groups,
                )
            )
    return sorted(rehearsed, key=lambda item: (item.due_at, item.position))
