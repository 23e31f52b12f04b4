"""Loading ridings and MPs: all of it, once."""

from datetime import datetime

import pytest
from sqlalchemy import delete, select, text, update

from mobilize.core.db import Database
from mobilize.core.errors import SetupError
from mobilize.mps import models
from mobilize.mps.service import load_ridings, load_roster

TABLES = [
    models.RepresentationOrder,
    models.Riding,
    models.RidingName,
    models.Mp,
    models.Mandate,
    models.CaucusSpell,
    models.Office,
]


def contents(db: Database) -> dict[str, list[tuple[object, ...]]]:
    with db.read() as session:
        return {
            model.__tablename__: [
                tuple(row) for row in session.execute(select(model.__table__).order_by(text("id")))
            ]
            for model in TABLES
        }


def test_loading_twice_changes_nothing(mps_db: Database, now: datetime) -> None:
    before = contents(mps_db)
    with mps_db.transaction() as session:
        assert load_ridings(session, now=now) == 681
        assert load_roster(session, now=now) == 0
    assert contents(mps_db) == before
    assert {name: len(rows) for name, rows in before.items()} == {
        "representation_orders": 2,
        "ridings": 681,
        "riding_names": 1402,
        "mps": 345,
        "mandates": 345,
        "caucus_spells": 349,
        "offices": 483,
    }


def test_the_roster_needs_the_ridings(bare_db: Database, now: datetime) -> None:
    with (
        pytest.raises(SetupError, match="0 loaded ridings of the 2023 order; there must be 343"),
        bare_db.transaction() as session,
    ):
        load_roster(session, now=now)


def test_what_a_newer_source_changed_is_not_overwritten(mps_db: Database, now: datetime) -> None:
    newer = "new.address@example.org"
    with mps_db.transaction() as session:
        session.execute(update(models.Mandate).values(email=newer))
        session.execute(delete(models.Office))
        load_roster(session, now=now)
    with mps_db.read() as session:
        assert set(session.scalars(select(models.Mandate.email))) == {newer}
        assert session.scalars(select(models.Office.id)).all() == []


def test_a_number_learned_later_does_not_make_a_second_person(
    mps_db: Database, now: datetime
) -> None:
    with mps_db.transaction() as session:
        unnumbered = models.Mp.hoc_person_id.is_(None)
        names = set(session.scalars(select(models.Mp.family_name).where(unnumbered)))
        assert names == {"Poilievre", "Martin", "Begum"}
        session.execute(
            update(models.Mp).where(models.Mp.family_name == "Begum").values(hoc_person_id=999_999)
        )
        assert load_roster(session, now=now) == 0
