"""Whom an audience would reach: by language and province, and by each channel as the gate says."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mobilize.alerts.audience import Rules, meant_by, select_contacts
from mobilize.alerts.planning import planned_for_counting
from mobilize.contacts.models import Contact
from mobilize.messaging.policy import Channel, GatePolicy
from mobilize.messaging.queries import forecast

CHANNELS: Final[tuple[Channel, ...]] = ("email", "sms")

UNKNOWN: Final = "unknown"


@dataclass(frozen=True)
class Reach:
    """How many people an audience is at this moment.

    Attributes:
        people: All of them.
        languages: By language, the largest first; `UNKNOWN` where it is not known.
        provinces: By province, likewise.
        reachable: By channel, those to whom an alert on no demand in particular could go now, or
            as soon as the hour is right.
    """

    people: int
    languages: Mapping[str, int]
    provinces: Mapping[str, int]
    reachable: Mapping[str, int]


def reach(session: Session, rules: Rules, *, now: datetime, policy: GatePolicy) -> Reach:
    """Count an audience in parts: one statement, and one for each channel.

    Args:
        session: The session.
        rules: The rules.
        now: The moment that the gate is asked about.
        policy: The gate's limits.

    Raises:
        UnreadableRules: The rules cannot be read; the place is named.
    """
    meant = meant_by(session, rules, now=now)
    with planned_for_counting(session):
        rows = session.execute(
            select(Contact.language, Contact.province, func.count())
            .where(meant)
            .group_by(Contact.language, Contact.province)
        ).all()
    languages: dict[str, int] = {}
    provinces: dict[str, int] = {}
    for language, province, people in rows:
        for counts, key in ((languages, language), (provinces, province)):
            counts[key or UNKNOWN] = counts.get(key or UNKNOWN, 0) + people
    return Reach(
        people=sum(languages.values()),
        languages=dict(sorted(languages.items(), key=lambda item: -item[1])),
        provinces=dict(sorted(provinces.items(), key=lambda item: -item[1])),
        reachable={
            channel: _reachable(session, rules, channel, now, policy) for channel in CHANNELS
        },
    )


def _reachable(
    session: Session, rules: Rules, channel: Channel, now: datetime, policy: GatePolicy
) -> int:
    groups = forecast(
        session,
        recipients=select_contacts(session, rules, now=now),
        kind="alert",
        channel=channel,
        topic="",
        now=now,
        policy=policy,
    )
    return sum(group.people for group in groups if group.reason is None)
