"""Committees and roles in the government: who holds them, and since when that is known."""

import json
from collections import Counter
from datetime import date, datetime

from sqlalchemy import func, select, update

from mobilize.core.db import Database
from mobilize.mps import dataset
from mobilize.mps.models import Mp
from mobilize.mps.roles import committees_of, government_roles_of
from mobilize.mps.seat_loading import load_roles
from mobilize.mps.seat_models import Committee, CommitteeSeat, GovernmentRole
from tests.support.shared import shared_file

TODAY, BEFORE_SITTING, ROSTER = date(2026, 11, 22), date(2025, 5, 25), date(2026, 1, 22)


def mp_id(db: Database, family_name: str) -> int:
    with db.read() as session:
        return session.scalars(select(Mp.id).where(Mp.family_name == family_name)).one()


def test_the_committees_are_those_of_the_source_named_in_both_languages() -> None:
    source = json.loads(shared_file("committees_sample.json").read_text(encoding="utf-8"))
    assert Counter(fact.acronym for fact in dataset.committee_seats()) == {
        one["acronym"]: len(one["members"]) for one in source["objects"]
    }
    assert {one.acronym: one.name_en for one in dataset.committees()} == {
        one["acronym"]: one["name_en"] for one in source["objects"]
    }
    assert all(one.name_fr.startswith("Comité permanent ") for one in dataset.committees())
    chairs = {one.acronym for one in dataset.committee_seats() if one.role == "chair"}
    assert len(chairs) == 16


def test_the_ministers_are_those_of_the_source() -> None:
    source = json.loads(shared_file("ministers_sample.json").read_text(encoding="utf-8"))
    assert {(one.code, one.title_en) for one in dataset.government_roles()} == {
        (one["fed_code"], one["title_en"]) for one in source["objects"]
    }


def test_an_mp_sits_on_their_committees_surely_by_the_day_of_the_source(
    mps_db: Database,
) -> None:
    begum = mp_id(mps_db, "Begum")
    with mps_db.read() as session:
        today = committees_of(session, [begum], TODAY)[begum]
        earlier = committees_of(session, [begum], ROSTER)[begum]
        assert committees_of(session, [begum], BEFORE_SITTING) == {}
    assert [(one.acronym, one.role, one.session, one.certain) for one in today] == [
        ("INDU", "member", "45-1", True),
        ("JUST", "member", "45-1", True),
    ]
    assert today[1].name_fr == "Comité permanent de la justice et des droits de la personne"
    assert not any(one.certain for one in earlier)


def test_a_minister_has_the_title_that_the_source_gives_and_no_invented_one(
    mps_db: Database,
) -> None:
    diab = mp_id(mps_db, "Diab")
    with mps_db.read() as session:
        (role,) = government_roles_of(session, [diab], TODAY)[diab]
        (earlier,) = government_roles_of(session, [diab], ROSTER)[diab]
    assert (role.kind, role.certain) == ("minister", True)
    assert role.title_en == "Minister of Immigration, Refugees and Citizenship"
    assert role.title_fr is None
    assert not earlier.certain


def test_a_place_that_ended_is_shown_on_the_days_it_was_held(mps_db: Database) -> None:
    begum, left = mp_id(mps_db, "Begum"), date(2026, 12, 1)
    with mps_db.transaction() as session:
        session.execute(update(CommitteeSeat).values(end_not_before=left, end_not_after=left))
    with mps_db.read() as session:
        assert len(committees_of(session, [begum], TODAY)[begum]) == 2
        assert committees_of(session, [begum], left) == {}


def test_loading_roles_twice_changes_nothing_and_keeps_newer_lists(
    mps_db: Database, now: datetime
) -> None:
    with mps_db.transaction() as session:
        session.execute(update(GovernmentRole).values(title_fr="Titre"))
        load_roles(session, now=now)
    with mps_db.read() as session:
        counts = [
            session.scalar(select(func.count()).select_from(table))
            for table in (Committee, CommitteeSeat, GovernmentRole)
        ]
        assert set(session.scalars(select(GovernmentRole.title_fr))) == {"Titre"}
    assert counts == [16, 185, 38]
