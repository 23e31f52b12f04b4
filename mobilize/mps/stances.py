"""Where MPs stand on the demands: observations are added, and the latest speaks for now.

A stance is an opinion formed about a public office holder: it is seen by organizers, never by the
public, and each observation says where it comes from.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, select, tuple_
from sqlalchemy.orm import Session, aliased

from mobilize.accounts import audit
from mobilize.core.errors import InvalidInput, NotFound
from mobilize.mps.models import STANCES, Mp, Stance
from mobilize.strategy.models import Demand, DemandVersion

LONGEST_EVIDENCE: Final = 300


class Observation(NamedTuple):
    """An observation with what it refers to."""

    stance: Stance
    mp: str
    """The MP's public id."""
    demand: str
    """The demand's slug."""
    demand_version: str
    """The public id of the version whose words the MP was observed on."""


def record_stance(
    session: Session,
    *,
    mp: Mp,
    version: DemandVersion,
    stance: str,
    observed_on: date,
    evidence: str,
    actor: str,
    now: datetime,
    today: date,
) -> Stance:
    """Add an observation; a later one of the same day counts more.

    Args:
        session: The transaction.
        mp: Who was observed.
        version: The demand's words that it was about.
        stance: One of `models.STANCES`.
        observed_on: The day of what was observed, not of writing it down.
        evidence: Where it comes from; it stays out of the audit log.
        actor: Who records it.
        now: The moment.
        today: Its day where the organization is.

    Raises:
        InvalidInput: The stance is not one, the day is to come, or no evidence is given.
    """
    text = evidence.strip()
    wrong = {
        name: why
        for name, why, holds in (
            ("stance", f"one of {', '.join(STANCES)}", stance in STANCES),
            ("observed_on", "not a day to come", observed_on <= today),
            ("evidence", f"1 to {LONGEST_EVIDENCE} characters", 0 < len(text) <= LONGEST_EVIDENCE),
        )
        if not holds
    }
    if wrong:
        raise InvalidInput(
            "The observation cannot be recorded as it is.",
            hint="Say what was observed, on which day, and where it comes from.",
            fields=wrong,
        )
    row = Stance(
        mp_id=mp.id,
        demand_id=version.demand_id,
        demand_version_id=version.id,
        stance=stance,
        observed_on=observed_on,
        evidence=text,
        actor=actor,
        recorded_at=now,
    )
    session.add(row)
    session.flush()
    audit.record(
        session,
        now=now,
        actor=actor,
        action="mp.observe",
        subject_kind="mp",
        subject_id=mp.public_id,
        facts={"stance": stance, "demand_version": version.public_id, "row": row.public_id},
    )
    return row


def mp_by_public_id(session: Session, public_id: str) -> Mp:
    """One MP, sitting or not.

    Raises:
        NotFound: There is none with that id.
    """
    mp = session.scalar(select(Mp).where(Mp.public_id == public_id))
    if mp is None:
        raise NotFound("There is no such MP.", hint="A riding's answer names its MP's id.")
    return mp


def observations(session: Session, mp_id: int) -> Sequence[Observation]:
    """All that was observed of an MP, the latest first: what stood when, and what says so."""
    rows = session.execute(
        select(Stance, Mp.public_id, Demand.slug, DemandVersion.public_id)
        .join(Mp, Mp.id == Stance.mp_id)
        .join(Demand, Demand.id == Stance.demand_id)
        .join(DemandVersion, DemandVersion.id == Stance.demand_version_id)
        .where(Stance.mp_id == mp_id)
        .order_by(Stance.observed_on.desc(), Stance.id.desc())
    )
    return [Observation(*row) for row in rows]


def current_stances(session: Session, mp_ids: Collection[int]) -> dict[tuple[int, str], str]:
    """Where MPs stand now, by MP and demand; who was never observed on one is missing there."""
    rows = session.execute(
        select(Stance.mp_id, Demand.slug, Stance.stance)
        .join(Demand, Demand.id == Stance.demand_id)
        .where(Stance.mp_id.in_(mp_ids), is_latest())
    )
    return {(mp_id, slug): stance for mp_id, slug, stance in rows}


def is_latest() -> ColumnElement[bool]:
    """That no later observation of the same MP on the same demand stands beside this one."""
    later = aliased(Stance)
    return ~(
        select(later.id)
        .where(
            later.mp_id == Stance.mp_id,
            later.demand_id == Stance.demand_id,
            tuple_(later.observed_on, later.id) > tuple_(Stance.observed_on, Stance.id),
        )
        .correlate(Stance)
        .exists()
    )
