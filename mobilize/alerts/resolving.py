"""What an audience's rules name, looked up once: ridings, campaigns, mailings and so on by key.

Rules name things as the outside does. One statement finds the keys of all of them, so that the
statement over the contacts compares keys alone: the database then knows from its statistics how
many people each rule means, and reads a list of a million as it should.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Select, and_, literal, or_, select, union_all
from sqlalchemy.orm import Session

from mobilize.actions.models import Campaign
from mobilize.alerts.rules import Leaf
from mobilize.contacts.models import ImportRun, Tag
from mobilize.contacts.record_models import CustomField
from mobilize.messaging.models import Mailing
from mobilize.mps.models import CaucusSpell, Mandate, Mp, RepresentationOrder, Riding, Stance
from mobilize.mps.queries import CURRENT_ORDER
from mobilize.mps.stances import is_latest
from mobilize.partners.models import Partner, PartnerRiding
from mobilize.strategy.models import Demand, DemandVersion, Milestone, MilestoneOccurrence

OTTAWA: Final = ZoneInfo("America/Toronto")
"""Seats change hands on a day of Ottawa; rules count their days there too."""

Span = tuple[datetime, datetime]
"""From an instant up to, but not at, another."""


Part = tuple[int, int]
"""Contacts with keys above a number, up to another."""


@dataclass(frozen=True)
class Resolved:
    """What the rules of one tree name.

    Attributes:
        now: The instant at which consent and seats are looked at, and days are counted back from.
        keys: For each simple rule that names something, the keys of what it names.
        begun: For each rule of messages of the last days, the mailings that began in them.
        spans: For each rule of a milestone's dates, the spans of time that it means.
    """

    now: datetime
    keys: Mapping[Leaf, tuple[int, ...]] = field(default_factory=dict)
    begun: Mapping[Leaf, tuple[int, ...]] = field(default_factory=dict)
    spans: Mapping[Leaf, tuple[Span, ...]] = field(default_factory=dict)
    part: Part | None = None
    """The contacts that are asked about, where it is not all of them."""


def resolve(session: Session, leaves: list[Leaf], *, now: datetime) -> Resolved:
    """Look up what simple rules name, all of it in one statement, and milestones' dates in another.

    Something that does not exist has no key: nobody is in the riding 99999.
    """
    once = list(dict.fromkeys(leaves))
    lately = [leaf for leaf in once if leaf.name == "messaged_within"]
    windows = [leaf for leaf in once if leaf.name == "acted_around"]
    asked = [(leaf, _KEYS[leaf.name](leaf, now)) for leaf in once if leaf.name in _KEYS]
    found = _looked_up(
        session, [*(one for _, one in asked), *(_begun(leaf, now) for leaf in lately)]
    )
    return Resolved(
        now=now,
        keys=dict(zip((leaf for leaf, _ in asked), found, strict=False)),
        begun=dict(zip(lately, found[len(asked) :], strict=True)),
        spans=_spans(session, windows),
    )


def _looked_up(session: Session, asked: list[Select[int]]) -> list[tuple[int, ...]]:
    """The keys that each of several statements finds, all asked in one."""
    keys: list[set[int]] = [set() for _ in asked]
    if asked:
        numbered = (
            one.add_columns(literal(place).label("place")) for place, one in enumerate(asked)
        )
        for key, place in session.execute(union_all(*numbered)):
            keys[place].add(key)
    return [tuple(sorted(each)) for each in keys]


def days_ago(leaf: Leaf, now: datetime) -> datetime:
    """The instant since which a rule of the last so many days counts."""
    return now - timedelta(days=int(leaf.values[0]))


def start_of(leaf: Leaf) -> datetime:
    """The midnight with which the one day begins that a rule names."""
    return _midnight(date.fromisoformat(leaf.values[0]))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=OTTAWA)


def _spans(session: Session, windows: list[Leaf]) -> dict[Leaf, tuple[Span, ...]]:
    if not windows:
        return {}
    rows = session.execute(
        select(
            Milestone.slug,
            MilestoneOccurrence.key,
            MilestoneOccurrence.on_date,
            MilestoneOccurrence.until_on,
        )
        .join(Milestone, Milestone.id == MilestoneOccurrence.milestone_id)
        .where(
            Milestone.slug.in_({leaf.about for leaf in windows}),
            MilestoneOccurrence.state == "confirmed",
            MilestoneOccurrence.on_date.is_not(None),
        )
        .order_by(MilestoneOccurrence.on_date)
    ).all()
    return {
        leaf: tuple(
            _around(leaf, first, last or first)
            for slug, key, first, last in rows
            if first is not None and slug == leaf.about and leaf.values[2] in {"", key}
        )
        for leaf in windows
    }


def _around(leaf: Leaf, first: date, last: date) -> Span:
    before, after = int(leaf.values[0]), int(leaf.values[1])
    return (
        _midnight(first - timedelta(days=before)),
        _midnight(last + timedelta(days=after + 1)),
    )


def _ridings(leaf: Leaf, _now: datetime) -> Select[int]:
    return (
        select(Riding.id)
        .join(RepresentationOrder, RepresentationOrder.id == Riding.order_id)
        .where(Riding.code.in_(leaf.values), RepresentationOrder.code == CURRENT_ORDER)
    )


def _seats(now: datetime) -> Select[int]:
    today = now.astimezone(OTTAWA).date()
    return select(Mandate.riding_id).where(Mandate.possibly_holding(today))


def _of_mps(leaf: Leaf, now: datetime) -> Select[int]:
    return _seats(now).join(Mp, Mp.id == Mandate.mp_id).where(Mp.public_id.in_(leaf.values))


def _of_parties(leaf: Leaf, now: datetime) -> Select[int]:
    today = now.astimezone(OTTAWA).date()
    return (
        _seats(now)
        .join(CaucusSpell, CaucusSpell.mandate_id == Mandate.id)
        .where(CaucusSpell.possibly_holding(today), CaucusSpell.party.in_(leaf.values))
    )


def _of_stances(leaf: Leaf, now: datetime) -> Select[int]:
    return (
        _seats(now)
        .join(Stance, Stance.mp_id == Mandate.mp_id)
        .join(Demand, Demand.id == Stance.demand_id)
        .where(Demand.slug == leaf.about, Stance.stance.in_(leaf.values), is_latest())
    )


def _campaigns_of_demands(leaf: Leaf, _now: datetime) -> Select[int]:
    return (
        select(Campaign.id)
        .join(DemandVersion, DemandVersion.id == Campaign.demand_version_id)
        .join(Demand, Demand.id == DemandVersion.demand_id)
        .where(Demand.slug.in_(leaf.values))
    )


def _mailings_since(leaf: Leaf, now: datetime) -> Select[int]:
    """Those that may have reached somebody since: a mailing ends with its last message."""
    return select(Mailing.id).where(
        Mailing.kind.in_(("alert", "followup")),
        or_(Mailing.finished_at.is_(None), Mailing.finished_at >= days_ago(leaf, now)),
    )


def _begun(leaf: Leaf, now: datetime) -> Select[int]:
    """Of those, the mailings of which no message can be older."""
    return _mailings_since(leaf, now).where(Mailing.created_at >= days_ago(leaf, now))


def _partners_serving(leaf: Leaf, now: datetime) -> Select[int]:
    return select(PartnerRiding.partner_id).where(
        and_(PartnerRiding.riding_id.in_(_ridings(leaf, now)))
    )


_KEYS: Final[Mapping[str, Callable[[Leaf, datetime], Select[int]]]] = {
    "riding": _ridings,
    "mp": _of_mps,
    "party": _of_parties,
    "stance": _of_stances,
    "tag": lambda leaf, _: select(Tag.id).where(Tag.name.in_(leaf.values)),
    "custom": lambda leaf, _: select(CustomField.id).where(CustomField.key == leaf.about),
    "imported": lambda leaf, _: select(ImportRun.id).where(ImportRun.public_id.in_(leaf.values)),
    "partner": lambda leaf, _: select(Partner.id).where(Partner.public_id.in_(leaf.values)),
    "membership": lambda leaf, _: select(Partner.id).where(Partner.membership.in_(leaf.values)),
    "partner_riding": _partners_serving,
    "acted_on": _campaigns_of_demands,
    "completed": lambda leaf, _: select(Campaign.id).where(Campaign.public_id.in_(leaf.values)),
    "received": lambda leaf, _: select(Mailing.id).where(Mailing.public_id.in_(leaf.values)),
    "followed_up": lambda leaf, _: select(Mailing.id).where(Mailing.milestone.in_(leaf.values)),
    "messaged_within": _mailings_since,
}
