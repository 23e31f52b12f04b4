"""What there is to know about the demands, the principles and the milestones."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from mobilize.core.errors import Conflict, NotFound
from mobilize.core.i18n import Language
from mobilize.strategy.content import ELEMENT_KINDS
from mobilize.strategy.models import (
    Demand,
    DemandElement,
    DemandVersion,
    Milestone,
    MilestoneOccurrence,
    Principle,
)


@dataclass(frozen=True)
class DatedMilestone:
    """A milestone and one of its dates."""

    milestone: Milestone
    occurrence: MilestoneOccurrence


def demands(session: Session) -> list[Demand]:
    """All demands, in their order."""
    return list(session.scalars(select(Demand).order_by(Demand.position)))


def demand_by_slug(session: Session, slug: str) -> Demand:
    """One demand.

    Raises:
        NotFound: There is none of that name.
    """
    demand = session.scalar(select(Demand).where(Demand.slug == slug))
    if demand is None:
        raise NotFound(f"There is no demand `{slug}`.", hint="Look at the list of demands.")
    return demand


def adopted_versions(session: Session) -> list[Row[Demand, DemandVersion]]:
    """The demands that have adopted words, each with those words, in the demands' order."""
    rows = session.execute(
        select(Demand, DemandVersion)
        .join(DemandVersion, DemandVersion.demand_id == Demand.id)
        .where(DemandVersion.state == "adopted")
        .order_by(Demand.position)
    )
    return list(rows)


def adopted_version(session: Session, slug: str) -> DemandVersion | None:
    """A demand's words as adopted, or none so far."""
    return session.scalar(
        select(DemandVersion)
        .join(Demand, Demand.id == DemandVersion.demand_id)
        .where(Demand.slug == slug, DemandVersion.state == "adopted")
    )


def require_adopted(session: Session, slug: str) -> DemandVersion:
    """A demand's words as adopted.

    Raises:
        NotFound: There is no such demand.
        Conflict: None of its versions is adopted.
    """
    version = adopted_version(session, slug)
    if version is None:
        demand_by_slug(session, slug)
        raise Conflict(
            f"No version of the demand `{slug}` is adopted.",
            hint="Have it reviewed in English and in French, then adopt it.",
        )
    return version


def newest_version(session: Session, slug: str) -> DemandVersion | None:
    """A demand's newest words, adopted or not."""
    return session.scalar(
        select(DemandVersion)
        .join(Demand, Demand.id == DemandVersion.demand_id)
        .where(Demand.slug == slug)
        .order_by(DemandVersion.number.desc())
        .limit(1)
    )


def versions_of(session: Session, demand_id: int) -> list[DemandVersion]:
    """All versions of a demand, the newest first."""
    return list(
        session.scalars(
            select(DemandVersion)
            .where(DemandVersion.demand_id == demand_id)
            .order_by(DemandVersion.number.desc())
        )
    )


def version_by_public_id(session: Session, public_id: str) -> DemandVersion:
    """One version of a demand.

    Raises:
        NotFound: There is none of that id.
    """
    version = session.scalar(select(DemandVersion).where(DemandVersion.public_id == public_id))
    if version is None:
        raise NotFound("There is no such version of a demand.", hint="List the demand's versions.")
    return version


def elements_of(session: Session, version_id: int) -> dict[str, list[DemandElement]]:
    """A version's elements by their kind, each kind in its order; kinds without any are empty."""
    found: dict[str, list[DemandElement]] = {kind: [] for kind in ELEMENT_KINDS}
    for element in session.scalars(
        select(DemandElement)
        .where(DemandElement.demand_version_id == version_id)
        .order_by(DemandElement.position)
    ):
        found[element.kind].append(element)
    return found


def demand_titles(session: Session, language: Language) -> dict[str, str]:
    """Every demand's title by its slug, in the demands' order: as adopted, else as drafted last."""
    title = DemandVersion.title_fr if language == "fr" else DemandVersion.title_en
    rows = session.execute(
        select(Demand.slug, title)
        .join(DemandVersion, DemandVersion.demand_id == Demand.id)
        # Of one demand's versions the last one read stays: the adopted, or else the newest.
        .order_by(Demand.position, DemandVersion.state == "adopted", DemandVersion.number)
    )
    return dict(rows.all())


def demand_title(session: Session, slug: str, language: Language) -> str:
    """One demand's title; empty where there is no such demand."""
    return demand_titles(session, language).get(slug, "")


def principles(session: Session) -> list[Principle]:
    """The principles in their newest words, in their order."""
    newest = (
        select(Principle.slug, func.max(Principle.number).label("number"))
        .group_by(Principle.slug)
        .subquery()
    )
    of_newest = (newest.c.slug == Principle.slug) & (newest.c.number == Principle.number)
    return list(
        session.scalars(select(Principle).join(newest, of_newest).order_by(Principle.position))
    )


def milestones(session: Session) -> list[Milestone]:
    """All milestones, in the order in which they were first loaded."""
    return list(session.scalars(select(Milestone).order_by(Milestone.id)))


def milestone_by_slug(session: Session, slug: str) -> Milestone:
    """One milestone.

    Raises:
        NotFound: There is none of that name.
    """
    milestone = session.scalar(select(Milestone).where(Milestone.slug == slug))
    if milestone is None:
        raise NotFound(f"There is no milestone `{slug}`.", hint="Look at the list of milestones.")
    return milestone


def occurrences(session: Session, milestone_id: int) -> list[MilestoneOccurrence]:
    """A milestone's dates, the earliest first; one that is only awaited comes last."""
    return list(
        session.scalars(
            select(MilestoneOccurrence)
            .where(MilestoneOccurrence.milestone_id == milestone_id)
            .order_by(MilestoneOccurrence.on_date.is_(None), MilestoneOccurrence.on_date)
        )
    )


def next_occurrences(session: Session, *, on: date) -> dict[int, MilestoneOccurrence]:
    """Of every milestone its next date from a day on, else the one awaited, by its key."""
    found: dict[int, MilestoneOccurrence] = {}
    for occurrence in session.scalars(
        select(MilestoneOccurrence)
        .where(
            MilestoneOccurrence.state != "cancelled",
            (MilestoneOccurrence.on_date >= on) | MilestoneOccurrence.on_date.is_(None),
        )
        .order_by(MilestoneOccurrence.on_date.is_(None), MilestoneOccurrence.on_date)
    ):
        found.setdefault(occurrence.milestone_id, occurrence)
    return found


def upcoming(
    session: Session, *, on: date, until: date | None = None, limit: int = 50
) -> list[DatedMilestone]:
    """The milestones that have a date from a day on, sure or estimated, the nearest first.

    Args:
        session: The session.
        on: The first day.
        until: The last day, where there is one.
        limit: How many at most.
    """
    query = (
        select(Milestone, MilestoneOccurrence)
        .join(MilestoneOccurrence, MilestoneOccurrence.milestone_id == Milestone.id)
        .where(MilestoneOccurrence.state != "cancelled", MilestoneOccurrence.on_date >= on)
        .order_by(MilestoneOccurrence.on_date, Milestone.id)
        .limit(limit)
    )
    if until is not None:
        query = query.where(MilestoneOccurrence.on_date <= until)
    return [DatedMilestone(milestone, day) for milestone, day in session.execute(query)]


def occurrence_by_public_id(session: Session, public_id: str) -> MilestoneOccurrence:
    """One date of a milestone.

    Raises:
        NotFound: There is none of that id.
    """
    found = session.scalar(
        select(MilestoneOccurrence).where(MilestoneOccurrence.public_id == public_id)
    )
    if found is None:
        raise NotFound("There is no such date of a milestone.", hint="List the milestone's dates.")
    return found
