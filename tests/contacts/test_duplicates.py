"""Duplicates are found on joining and by rounds over who changed; families are left in peace."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from mobilize.contacts import joining, merging
from mobilize.contacts.duplicates import LARGEST_HOME, advance
from mobilize.contacts.erasing import erase
from mobilize.contacts.identity_models import DuplicatePair, MatchKey
from mobilize.contacts.jobs import find_duplicates
from mobilize.contacts.models import Contact
from mobilize.core.db import Database
from mobilize.runtime import Runtime
from tests.contacts.files import Importer, person, write

PHONE = "613 555 0123"


def taken_up(session: Session, name: str, now: datetime, **more: Any) -> Contact:
    given_name, _, family_name = name.partition(" ")
    address = {} if more.get("phone") else {"email": f"{given_name}.{family_name}@example.org"}
    values = {"given_name": given_name, "family_name": family_name, **address, **more}
    return joining.create(session, actor="supporter", now=now, **values)


def pairs(session: Session) -> list[tuple[list[str], str]]:
    rows = session.scalars(select(DuplicatePair).order_by(DuplicatePair.id))
    return [(one.reasons, one.state) for one in rows]


def test_who_joins_twice_is_found_at_once(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        taken_up(session, "Robert Roy", now, phone=PHONE)
        taken_up(session, "Bob Roy", now, phone=PHONE, postal_code="K1A 0A9")
        assert pairs(session) == [(["same_phone", "similar_name"], "open")]
        taken_up(session, "Bob Roy", now, postal_code="K1A 0A9", email="bob@example.org")
        assert pairs(session)[1:] == [(["same_name", "same_area"], "open")]


def test_a_family_with_one_number_and_one_mailbox_is_no_duplicate(
    db: Database, now: datetime
) -> None:
    with db.transaction() as session:
        home = {"phone": PHONE, "postal_code": "K1A 0A9"}
        for number, name in enumerate(("Michel Roy", "Michèle Roy", "Ana Roy", "Bo Roy")):
            taken_up(session, name, now, email=f"roys+{number}@gmail.com", **home)
        assert pairs(session) == []


def test_a_shelters_number_says_nothing_and_is_not_compared_in_pairs(
    db: Database, now: datetime
) -> None:
    with db.transaction() as session:
        for number in range(LARGEST_HOME + 1):
            taken_up(session, f"Guest{chr(97 + number) * 3} Nobody{number}", now, phone=PHONE)
        # The same name beside it still does.
        taken_up(session, "Guestaaa Nobody0", now, phone=PHONE)
        assert pairs(session) == [(["same_phone", "same_name"], "open")]


def test_a_round_looks_at_who_changed_alone(runtime: Runtime, now: datetime) -> None:
    db = runtime.db
    with db.transaction() as session:
        ids = [taken_up(session, name, now).id for name in ("Ana Roy", "Ana Cyr", "Bo Cyr")]
    assert find_duplicates(runtime) == 3
    # A change of the last minutes may have been written while the round went: it is seen again.
    runtime.clock.set(now + timedelta(minutes=30))  # type: ignore[attr-defined]
    assert find_duplicates(runtime) == 3
    later = now + timedelta(hours=1)
    runtime.clock.set(later)  # type: ignore[attr-defined]
    with db.transaction() as session:
        change = {"family_name": "Roy", "fsa": "K1A", "updated_at": later}
        session.execute(update(Contact).where(Contact.id == ids[0]).values(fsa="K1A"))
        session.execute(update(Contact).where(Contact.id == ids[1]).values(**change))
        find = advance(session, now=later)
        assert find == 1
        # What has the other's new area is not known yet: they did not say that they changed.
        assert pairs(session) == []
        session.execute(update(Contact).where(Contact.id == ids[0]).values(updated_at=later))
    find_duplicates(runtime)
    assert find_duplicates(runtime) == 0, "nobody changed since"
    assert find_duplicates(runtime, at_once=True) == 2
    runtime.clock.set(later + timedelta(minutes=6))  # type: ignore[attr-defined]
    assert find_duplicates(runtime) == 2
    for minutes, seen in ((30, 2), (60, 0)):
        runtime.clock.set(later + timedelta(minutes=minutes))  # type: ignore[attr-defined]
        assert find_duplicates(runtime) == seen
    with db.read() as session:
        assert pairs(session) == [(["same_name", "same_area"], "open")]


def test_a_pair_that_no_longer_fits_goes_and_a_dismissed_one_stays(
    db: Database, now: datetime
) -> None:
    with db.transaction() as session:
        first, second, third = (taken_up(session, "Ana Roy", now, phone=PHONE) for _ in range(3))
        assert len(pairs(session)) == 3
        session.execute(
            update(DuplicatePair)
            .where(DuplicatePair.first_id == first.id, DuplicatePair.second_id == second.id)
            .values(state="different")
        )
        third.given_name, third.updated_at = "Bo", now
        session.flush()
        for _ in range(3):
            advance(session, now=now)
        assert pairs(session) == [(["same_phone", "same_name"], "different")]


def test_imported_people_are_found_by_the_next_round(
    runtime: Runtime, bring_in: Importer, tmp_path: Path
) -> None:
    rows = [
        person(1, given_name="Marie-Ève", family_name="Côté"),
        person(2, given_name="MARIE EVE", family_name="Cote"),
        person(3, given_name="Jean", family_name="Côté"),
    ]
    bring_in(write(tmp_path / "list.csv", rows))
    assert find_duplicates(runtime) == 3
    with runtime.db.read() as session:
        assert pairs(session) == [(["same_name", "same_area"], "open")]


def test_a_merged_records_traits_count_for_its_person_and_erased_people_are_in_no_pair(
    db: Database, now: datetime
) -> None:
    with db.transaction() as session:
        ana = taken_up(session, "Ana Roy", now)
        other = taken_up(session, "Ana Royer", now, phone=PHONE)
        merging.merge(session, kept=ana, merged=other, actor="command", now=now)
        third = taken_up(session, "Anna Royer", now, phone=PHONE)
        assert pairs(session) == []
        fourth = taken_up(session, "Ana Royer", now, phone=PHONE)
        rows = session.scalars(select(DuplicatePair)).all()
        assert [(one.first_id, one.second_id) for one in rows] == [(ana.id, fourth.id)]
        for one in (ana, third, fourth):
            erase(session, contact=one, actor="supporter", now=now)
        assert pairs(session) == []
        assert session.scalars(select(MatchKey)).all() == []


@pytest.mark.parametrize("people", [40])
def test_a_block_of_many_makes_no_pairs(db: Database, now: datetime, people: int) -> None:
    with db.transaction() as session:
        for number in range(people):
            box = f"marie{number}@example.org"
            taken_up(session, "Marie Tremblay", now, email=box, postal_code="K1A 0A9")
        # The first eight were told apart by nothing; from then on the name says nothing here.
        for _ in range(2):
            advance(session, now=now)
        assert pairs(session) == []
