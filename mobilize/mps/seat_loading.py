"""Loading Parliaments, vacancies, committees and roles from the project's own tables.

Doing it again changes nothing, and never undoes what a newer source or an organizer put there.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import Table, func, insert, select
from sqlalchemy.orm import Session

from mobilize.core.db import upsert
from mobilize.core.errors import SetupError
from mobilize.mps import dataset
from mobilize.mps.models import Mandate, Mp
from mobilize.mps.names import normalise
from mobilize.mps.queries import riding_ids
from mobilize.mps.roster import CHANGES_SOURCE, Days, vacancies
from mobilize.mps.seat_models import (
    Committee,
    CommitteeSeat,
    GovernmentRole,
    Parliament,
    Vacancy,
)

COMMITTEES_SOURCE = "committees-2026-11-22"
MINISTERS_SOURCE = "ministers-2026-11-22"

_Seats = Mapping[tuple[str, str], tuple[int, date]]
"""By riding and family name: who it is, and the first day that they may have been an MP."""


def load_seats(session: Session, *, now: datetime) -> None:
    """Load the Parliaments and the vacancies between their members; needs the ridings.

    A Parliament that is there stays as it is, and so does whatever is known of a riding's vacancy.
    """
    upsert(
        session,
        cast("Table", Parliament.__table__),
        [fact._asdict() for fact in dataset.PARLIAMENTS],
        key=["number"],
    )
    ids = riding_ids(session, "2023")
    standing = set(session.scalars(select(Vacancy.riding_id)))
    new = [
        {
            "riding_id": ids[code],
            **days._asdict(),
            "source": CHANGES_SOURCE,
            "recorded_at": now,
        }
        for code, days in vacancies(dataset.members(), dataset.changes())
        if ids[code] not in standing
    ]
    if new:
        session.execute(insert(Vacancy), new)


def load_roles(session: Session, *, now: datetime) -> None:
    """Load committees, their members, and the government's roles; needs the roster.

    Members and roles are loaded where there are none yet: a list that is there is newer, or is
    this one.

    Raises:
        SetupError: Somebody on a list is not on the roster: the packaged tables are damaged.
    """
    upsert(
        session,
        cast("Table", Committee.__table__),
        [fact._asdict() for fact in dataset.committees()],
        key=["acronym"],
        update=["name_en", "name_fr"],
    )
    seats = _seats(session)
    if not session.scalar(select(func.count()).select_from(CommitteeSeat)):
        session.execute(insert(CommitteeSeat), _committee_rows(session, seats, now))
    if not session.scalar(select(func.count()).select_from(GovernmentRole)):
        session.execute(insert(GovernmentRole), _role_rows(seats, now))


def _committee_rows(session: Session, seats: _Seats, now: datetime) -> list[dict[str, Any]]:
    committees = dict(session.execute(select(Committee.acronym, Committee.id)).all())
    opened = dataset.PARLIAMENTS[-1].opened_on
    rows: list[dict[str, Any]] = []
    for fact in dataset.committee_seats():
        mp_id, elected = _found(seats, fact.code, fact.family_name)
        rows.append(
            {
                "committee_id": committees[fact.acronym],
                "mp_id": mp_id,
                "session": dataset.SESSION,
                "role": fact.role,
                **Days(max(opened, elected), dataset.ROLES_AS_OF)._asdict(),
                "source": COMMITTEES_SOURCE,
                "recorded_at": now,
            }
        )
    return rows


def _role_rows(seats: _Seats, now: datetime) -> list[dict[str, Any]]:
    return [
        {
            "mp_id": _found(seats, fact.code, fact.family_name)[0],
            "kind": fact.kind,
            "title_en": fact.title_en,
            "title_fr": fact.title_fr or None,
            **Days(dataset.MINISTRY_FROM, dataset.ROLES_AS_OF)._asdict(),
            "source": MINISTERS_SOURCE,
            "recorded_at": now,
        }
        for fact in dataset.government_roles()
    ]


def _seats(session: Session) -> _Seats:
    codes = {riding: code for code, riding in riding_ids(session, "2023").items()}
    rows = session.execute(
        select(Mandate.riding_id, Mp.family_name, Mp.id, Mandate.start_not_before).join(
            Mp, Mp.id == Mandate.mp_id
        )
    )
    return {
        (codes[riding], normalise(family)): (mp_id, first)
        for riding, family, mp_id, first in rows
        if riding in codes
    }


def _found(seats: _Seats, code: str, family_name: str) -> tuple[int, date]:
    found = seats.get((code, normalise(family_name)))
    if found is None:
        raise SetupError(
            f"There is nobody named {family_name} on the roster of riding {code}.",
            hint="Run `mobilize init`; if this stays, install Mobilize again.",
        )
    return found
