"""Reads of demands, principles, milestones and their occurrences."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from mobilize.core.errors import Conflict, NotFound
from mobilize.core.i18n import Language
from mobilize.strategy.models import (
    Demand,
    DemandElement,
    DemandVersion,
    Milestone,
    MilestoneOccurrence,
    Principle,
)


def demands(session: Session) -> Sequence[Demand]:
    """All demands in their order."""
    return session.scalars(select(Demand).order_by(Demand.position)).all()


def demand_by_slug(session: Session, slug: str) -> Demand:
    """The demand of that slug.

    Raises:
        NotFound: There is none.
    """
    demand = session.scalar(select(Demand).where(Demand.slug == slug))
    if demand is None:
        raise NotFound(f"There is no demand `{slug}`.", hint="See config/strategy/demands.toml.")
    return demand


def adopted_version(session: Session, slug: str) -> DemandVersion | None:
    """The wording of a demand that stands, if one was adopted."""
    return session.scalar(
        select(DemandVersion)
        .join(Demand, Demand.id == DemandVersion.demand_id)
        .where(Demand.slug == slug, DemandVersion.state == "adopted")
    )


def demand_title(session: Session, slug: str, language: Language) -> str:
    """A demand's adopted title in a language, or nothing where none was adopted."""
    version = adopted_version(session, slug)
    if version is None:
        return ""
    return version.title_en if language == "en" else version.title_fr


def require_adopted(session: Session, slug: str) -> DemandVersion:
    """The wording that may be published and signed.

    Raises:
        NotFound: There is no such demand.
        Conflict: It has no adopted version yet.
    """
    version = adopted_version(session, slug)
    if version is None:
        demand = demand_by_slug(session, slug)
        raise Conflict(
            f"The demand `{demand.slug}` has no adopted version, so it is not public.",
            hint="Have the draft reviewed in English and in French, then adopt it.",
        )
    return version


def adopted_versions(session: Session) -> Sequence[Row[Demand, DemandVersion]]:
    """The demands that are public, each with its adopted version, in order."""
    return session.execute(
        select(Demand, DemandVersion)
        .join(DemandVersion, DemandVersion.demand_id == Demand.id)
        .where(DemandVersion.state == "adopted")
        .order_by(Demand.position)
    ).all()


def current_versions(session: Session) -> Sequence[DemandVersion]:
    """Every draft and every adopted version, by demand, the newest first: at most two of each."""
    return session.scalars(
        select(DemandVersion)
        .join(Demand, Demand.id == DemandVersion.demand_id)
        .where(DemandVersion.state != "superseded")
        .order_by(Demand.position, DemandVersion.number.desc())
    ).all()


def version_by_public_id(session: Session, public_id: str) -> DemandVersion:
    """The version of that public id, whatever its status.

    Raises:
        NotFound: There is none.
    """
    version = session.scalar(select(DemandVersion).where(DemandVersion.public_id == public_id))
    if version is None:
        raise NotFound("There is no such version of a demand.", hint="Look at the demand's list.")
    return version


def elements_of(session: Session, version_id: int) -> Sequence[DemandElement]:
    """The goals, conditions, changes and outcomes of a version, in order."""
    return session.scalars(
        select(DemandElement)
        .where(DemandElement.demand_version_id == version_id)
        .order_by(DemandElement.id)
    ).all()


def principles(session: Session) -> Sequence[Principle]:
    """The newest wording of each principle, in order."""
    newest = (
        select(Principle.slug, func.max(Principle.number).label("number"))
        .group_by(Principle.slug)
        .subquery()
    )
    return session.scalars(
        select(Principle)
        .join(newest, (newest.c.slug == Principle.slug) & (newest.c.number == Principle.number))
        .order_by(Principle.position)
    ).all()


def milestones(session: Session) -> Sequence[Milestone]:
    """All milestones, in the order in which they came in."""
    return session.scalars(select(Milestone).order_by(Milestone.id)).all()


def milestone_by_slug(session: Session, slug: str) -> Milestone:
    """The milestone of that slug.

    Raises:
        NotFound: There is none.
    """
    milestone = session.scalar(select(Milestone).where(Milestone.slug == slug))
    if milestone is None:
        raise NotFound(f"There is no milestone `{slug}`.", hint="See the calendar.")
    return milestone


def occurrence(session: Session, milestone_id: int, key: str) -> MilestoneOccurrence | None:
    """One occurrence of a milestone by its key."""
    return session.scalar(
        select(MilestoneOccurrence).where(
            MilestoneOccurrence.milestone_id == milestone_id, MilestoneOccurrence.key == key
        )
    )


def upcoming(
    session: Session, *, today: date, limit: int
) -> Sequence[Row[Milestone, MilestoneOccurrence]]:
    """The next dated occurrences from a local day on, confirmed and estimated, soonest first."""
    return session.execute(
        select(Milestone, MilestoneOccurrence)
        .join(MilestoneOccurrence, MilestoneOccurrence.milestone_id == Milestone.id)
        .where(
            MilestoneOccurrence.state.in_(("confirmed", "estimated")),
            MilestoneOccurrence.on_date >= today,
        )
        .order_by(MilestoneOccurrence.on_date, Milestone.id)
        .limit(limit)
    ).all()


def waiting(session: Session, *, today: date) -> Sequence[Row[Milestone, MilestoneOccurrence]]:
    """What an organizer should look into: no date known, or an estimated one gone by."""
    return session.execute(
        select(Milestone, MilestoneOccurrence)
        .join(MilestoneOccurrence, MilestoneOccurrence.milestone_id == Milestone.id)
        .where(
            (MilestoneOccurrence.state == "awaited")
            | ((MilestoneOccurrence.state == "estimated") & (MilestoneOccurrence.on_date < today))
        )
        .order_by(Milestone.id, MilestoneOccurrence.key)
    ).all()
