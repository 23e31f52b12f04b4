"""What MPs do in the House apart from their seat: committees, and roles in the government."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from mobilize.mps.seat_models import Committee, CommitteeSeat, GovernmentRole


class OnCommittee(NamedTuple):
    """A place on a committee.

    Attributes:
        certain: False where the sources only bound the days, so that it may not have been held.
    """

    acronym: str
    name_en: str
    name_fr: str
    session: str
    role: str
    certain: bool
    source: str


class InGovernment(NamedTuple):
    """A role in the government, or a critic's.

    Attributes:
        title_fr: None where no source gave it.
        certain: False where the sources only bound the days, so that it may not have been held.
    """

    kind: str
    title_en: str
    title_fr: str | None
    certain: bool
    source: str


def committees_of(
    session: Session, mp_ids: Collection[int], on: date
) -> dict[int, list[OnCommittee]]:
    """The committees that MPs sit on on a day, by MP, in the order of their acronyms."""
    rows = session.execute(
        select(CommitteeSeat, Committee)
        .join(Committee, Committee.id == CommitteeSeat.committee_id)
        .where(CommitteeSeat.mp_id.in_(mp_ids), CommitteeSeat.possibly_holding(on))
        .order_by(Committee.acronym, CommitteeSeat.id)
    )
    found: dict[int, list[OnCommittee]] = defaultdict(list)
    for seat, committee in rows:
        found[seat.mp_id].append(
            OnCommittee(
                acronym=committee.acronym,
                name_en=committee.name_en,
                name_fr=committee.name_fr,
                session=seat.session,
                role=seat.role,
                certain=seat.surely_holds(on),
                source=seat.source,
            )
        )
    return dict(found)


def government_roles_of(
    session: Session, mp_ids: Collection[int], on: date
) -> dict[int, list[InGovernment]]:
    """The roles that MPs hold on a day, by MP."""
    rows = session.scalars(
        select(GovernmentRole)
        .where(GovernmentRole.mp_id.in_(mp_ids), GovernmentRole.possibly_holding(on))
        .order_by(GovernmentRole.id)
    )
    found: dict[int, list[InGovernment]] = defaultdict(list)
    for role in rows:
        found[role.mp_id].append(
            InGovernment(
                role.kind, role.title_en, role.title_fr, role.surely_holds(on), role.source
            )
        )
    return dict(found)
