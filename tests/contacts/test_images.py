"""What a record said before a file changed it stays on file, sealed, until it is erased."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select, text

from mobilize.contacts import personal
from mobilize.contacts.models import Contact, ImportChange, ImportRun
from mobilize.contacts.queries import by_email
from mobilize.core.db import Database
from tests.contacts.files import EXPRESS_SMS, Importer, person, write


def images(db: Database) -> list[tuple[str, dict[str, Any]]]:
    """The file's name and the earlier record of each image."""
    with db.read() as session:
        rows = session.execute(
            select(ImportRun.file_name, ImportChange.before)
            .join(ImportRun, ImportRun.id == ImportChange.import_id)
            .order_by(ImportChange.import_id, ImportChange.contact_id)
        )
        return [(name, json.loads(before)) for name, before in rows]


def contact_of(db: Database, email: str) -> Contact:
    with db.read() as session:
        contact = by_email(session, email)
    assert contact is not None
    return contact


def test_the_file_that_brought_a_person_is_never_overwritten(
    db: Database, bring_in: Importer, tmp_path: Path
) -> None:
    bring_in(write(tmp_path / "a.csv", [person(1)]))
    first = contact_of(db, "person1@example.org")
    bring_in(write(tmp_path / "b.csv", [person(1, given_name="Ana")]))
    later = contact_of(db, "person1@example.org")

    assert first.first_import_id == first.import_id == later.first_import_id
    assert later.import_id not in {None, first.import_id}


def test_a_changed_record_leaves_what_it_said_before(
    db: Database, bring_in: Importer, tmp_path: Path
) -> None:
    old = [person(1, phone="613-555-0101") | EXPRESS_SMS, person(2)]
    bring_in(write(tmp_path / "a.csv", old))
    before = contact_of(db, "person1@example.org")
    assert images(db) == [], "new people have no earlier record"
    newer = {"email": "person1@example.org", "given_name": "Ana", "phone": "613-555-0102"}
    bring_in(write(tmp_path / "b.csv", [newer, person(2)]))

    [(file_name, image)] = images(db)
    assert file_name == "b.csv", "who was only named again has none"
    assert before.phone_hash is not None
    assert before.sms_confirmed_at is not None
    assert (image["given_name"], image["phone"]) == ("Person1", "+16135550101")
    assert bytes.fromhex(image["phone_hash"]) == before.phone_hash
    assert image["sms_confirmed_at"] == before.sms_confirmed_at.isoformat()
    assert (image["import_id"], image["riding_id"]) == (before.import_id, before.riding_id)
    with db.read() as session:
        [sealed] = session.scalars(text("SELECT before FROM import_changes"))
    assert b"Person1" not in bytes(sealed)


def test_the_first_image_of_a_file_stays(db: Database, bring_in: Importer, tmp_path: Path) -> None:
    bring_in(write(tmp_path / "a.csv", [person(1)]))
    second = write(tmp_path / "b.csv", [person(1, given_name="Ana")])
    bring_in(second)
    bring_in(write(tmp_path / "c.csv", [person(1, given_name="Bo")]))
    assert bring_in(second).updated == 1

    names = [(file_name, image["given_name"]) for file_name, image in images(db)]
    assert names == [("b.csv", "Person1"), ("c.csv", "Ana")]


def test_erasing_a_person_erases_their_earlier_records(
    db: Database, bring_in: Importer, tmp_path: Path, now: datetime
) -> None:
    bring_in(write(tmp_path / "a.csv", [person(1), person(2)]))
    newer = [person(number, given_name="Ana") for number in (1, 2)]
    bring_in(write(tmp_path / "b.csv", newer))
    one, two = (contact_of(db, f"person{number}@example.org").id for number in (1, 2))
    with db.transaction() as session:
        (earlier,) = personal.show(session, one)["earlier_versions"]
        assert earlier["before"]["given_name"] == person(1)["given_name"]
        assert "phone_hash" not in earlier["before"]
        personal.erase(session, one, "supporter", now)
        assert personal.show(session, one)["earlier_versions"] == []
    with db.read() as session:
        assert session.scalars(select(ImportChange.contact_id)).all() == [two]
