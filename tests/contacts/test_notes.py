"""Notes: written, deleted by who wrote them, shown to the person, purged in time."""

from datetime import datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from mobilize.contacts import joining, notes
from mobilize.contacts.models import Contact
from mobilize.core import personal_data
from mobilize.core.db import Database
from mobilize.core.errors import Forbidden, InvalidInput, NotFound
from mobilize.runtime import Runtime
from tests.support.accounts import bearer, make_key


def taken_up(db: Database, now: datetime) -> Contact:
    with db.transaction() as session:
        return joining.create(session, email="ana@example.org", actor="supporter", now=now)


def test_a_note_is_sealed_and_the_person_sees_it(db: Database, now: datetime) -> None:
    ana = taken_up(db, now)
    with db.transaction() as session:
        notes.add_note(session, contact=ana, text=" sings alto ", actor="account:a", now=now)
    with db.read() as session:
        assert "alto" not in str(session.execute(text("SELECT text FROM contact_notes")).scalar())
        copy = personal_data.show_person(session, ana.id)["contacts"]
    assert copy["notes"] == [{"text": "sings alto", "at": now.isoformat()}]


def test_only_who_wrote_a_note_deletes_it(db: Database, now: datetime) -> None:
    ana = taken_up(db, now)
    with db.transaction() as session:
        ref = notes.add_note(
            session, contact=ana, text="sings", actor="account:a", now=now
        ).public_id
    for actor, note_ref, refusal in (
        ("account:b", ref, Forbidden),
        ("account:a", "nothing", NotFound),
    ):
        with pytest.raises(refusal), db.transaction() as session:
            notes.delete_note(session, contact=ana, note_ref=note_ref, actor=actor, now=now)
    with db.transaction() as session:
        notes.delete_note(session, contact=ana, note_ref=ref, actor="account:a", now=now)
        assert notes.notes_of(session, ana.id) == []


def test_an_empty_note_is_refused(db: Database, now: datetime) -> None:
    ana = taken_up(db, now)
    with pytest.raises(InvalidInput), db.transaction() as session:
        notes.add_note(session, contact=ana, text="  ", actor="account:a", now=now)


def test_notes_are_written_and_deleted_over_json_by_their_author(
    client: FlaskClient, runtime: Runtime, now: datetime
) -> None:
    place = f"/api/v1/contacts/{taken_up(runtime.db, now).public_id}/notes"
    key, other = bearer(make_key(runtime)), bearer(make_key(runtime, role="approver"))
    made = client.post(place, json={"text": "sings"}, headers=key)
    assert made.status_code == 201, made.get_json()
    assert client.get(place, headers=other).get_json() == [made.get_json()]
    note = f"{place}/{made.get_json()['id']}"
    assert client.delete(note, headers=other).status_code == 403
    assert client.delete(note, headers=key).status_code == 204
    assert client.get(place, headers=key).get_json() == []
    viewer = bearer(make_key(runtime, role="viewer"))
    assert client.get(place, headers=viewer).status_code == 403
