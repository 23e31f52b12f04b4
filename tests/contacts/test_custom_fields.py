"""Custom fields: made, answered in either language, archived, copied and erased."""

from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from mobilize.accounts.models import AuditEntry
from mobilize.contacts import custom_fields, joining
from mobilize.contacts.answers import value_of
from mobilize.contacts.custom_fields import Answer
from mobilize.contacts.models import Contact
from mobilize.contacts.record_models import ContactNote, CustomField, CustomValue
from mobilize.core import personal_data
from mobilize.core.db import Database
from mobilize.core.errors import Conflict, InvalidInput
from mobilize.runtime import Runtime
from tests.support.accounts import bearer, make_key

CONTACTS = "/api/v1/contacts/"
SIZES = [
    {"key": "small", "en": "Small", "fr": "Petit"},
    {"key": "large", "en": "Large", "fr": "Grand"},
]


def made(db: Database, now: datetime, **changes: Any) -> CustomField:
    wanted = {"key": "shirt", "label_en": "Shirt", "label_fr": "Chandail", "kind": "text"}
    with db.transaction() as session:
        return custom_fields.create_field(session, **(wanted | changes), actor="command", now=now)


def taken_up(db: Database, now: datetime, email: str = "ana@example.org") -> Contact:
    with db.transaction() as session:
        return joining.create(session, email=email, actor="supporter", now=now)


def values(db: Database, *people: Contact) -> dict[int, dict[str, str]]:
    with db.read() as session:
        return custom_fields.values_of(session, [one.id for one in people])


def field(kind: str) -> CustomField:
    return CustomField(key="asked", kind=kind, choices=SIZES if kind == "choice" else [])


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        ("text", "  two \u00a0 words ", "two words"),
        ("number", "1\u202f234,5", "1234.5"),
        ("number", "1,234,567.50", "1234567.5"),
        ("number", "-0", "0"),
        ("number", "12,50", "12.5"),
        ("number", "100", "100"),
        ("date", "2026-11-12", "2026-11-12"),
        ("date", "12 novembre 2026", "2026-11-12"),
        ("date", "le 1er août 2026", "2026-08-01"),
        ("date", "1 févr. 2026", "2026-02-01"),
        ("date", "November 12, 2026", "2026-11-12"),
        ("yes_no", "Oui", "yes"),
        ("yes_no", "n", "no"),
        ("choice", "grand", "large"),
        ("choice", "SMALL", "small"),
        ("choice", "  ", ""),
    ],
)
def test_an_answer_in_either_language_takes_its_one_form(kind: str, typed: str, kept: str) -> None:
    assert value_of(field(kind), typed) == kept


@pytest.mark.parametrize(
    ("kind", "typed", "reason"),
    [
        ("text", "x" * 201, "too_long"),
        ("text", "write to ana@example.org", "address"),
        ("text", "call 613-555-0123", "address"),
        ("text", "has a work permit", "sensitive"),
        ("number", "1,234", "ambiguous"),
        ("number", "twelve", "number"),
        ("number", "٣", "number"),
        ("date", "03/04/2026", "date"),
        ("date", "2026-02-30", "date"),
        ("yes_no", "perhaps", "yes_no"),
        ("choice", "medium", "choice"),
    ],
)
def test_what_is_no_answer_is_refused_without_repeating_it(
    kind: str, typed: str, reason: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        value_of(field(kind), typed)
    assert refused.value.fields == {"asked": reason}
    assert typed not in refused.value.message + refused.value.hint


@pytest.mark.parametrize(
    "changes",
    [
        {"key": "visa_type"},
        {"label_en": "Immigration status"},
        {"label_fr": "Nom de l’employeur"},
        {"kind": "choice", "choices": [*SIZES, {"key": "v", "en": "Survivor", "fr": "Autre"}]},
        {"key": "Two words"},
        {"label_fr": " "},
        {"kind": "file"},
        {"kind": "choice"},
        {"choices": SIZES},
    ],
)
def test_a_field_that_is_sensitive_or_incomplete_is_refused(
    db: Database, now: datetime, changes: dict[str, Any]
) -> None:
    with pytest.raises(InvalidInput):
        made(db, now, **changes)


def test_a_key_is_used_once_and_there_are_fifty_fields_at_most(db: Database, now: datetime) -> None:
    for number in range(custom_fields.MOST_FIELDS):
        made(db, now, key=f"field_{number}")
    with pytest.raises(Conflict):
        made(db, now, key="one_more")
    with db.transaction() as session:
        custom_fields.archive_field(session, key="field_0", actor="command", now=now)
    with pytest.raises(Conflict):
        made(db, now, key="field_0")
    made(db, now, key="one_more")


def test_many_answers_are_kept_changed_and_taken_off(db: Database, now: datetime) -> None:
    shirt, seats = made(db, now), made(db, now, key="seats", kind="number")
    ana, ben = taken_up(db, now), taken_up(db, now, "ben@example.org")
    first = [Answer(ana.id, shirt.id, "red"), Answer(ben.id, seats.id, "4")]
    again = [
        Answer(ana.id, shirt.id, "blue"),
        Answer(ana.id, shirt.id, "green"),
        Answer(ana.id, seats.id, "2"),
        Answer(ben.id, seats.id, ""),
    ]
    for rows in (first, again):
        with db.transaction() as session:
            custom_fields.set_values(session, rows=rows, now=now)
    assert values(db, ana, ben) == {ana.id: {"shirt": "green", "seats": "2"}}


def test_a_person_sees_their_answers_and_erasing_takes_them_and_the_notes(
    db: Database, now: datetime
) -> None:
    shirt, ana = made(db, now), taken_up(db, now)
    with db.transaction() as session:
        custom_fields.set_values(session, rows=[Answer(ana.id, shirt.id, "red")], now=now)
        session.add(ContactNote(contact_id=ana.id, text="sings", actor="command", created_at=now))
    with db.read() as session:
        copy = personal_data.show_person(session, ana.id)["contacts"]
    assert copy["custom_fields"] == {"shirt": "red"}
    with db.transaction() as session:
        personal_data.erase_person(session, ana.id, actor="supporter", now=now)
    with db.read() as session:
        assert session.scalar(select(func.count()).select_from(CustomValue)) == 0
        assert session.scalar(select(func.count()).select_from(ContactNote)) == 0


def test_fields_are_made_answered_and_archived_over_json(
    client: FlaskClient, runtime: Runtime, now: datetime
) -> None:
    key, ana = bearer(make_key(runtime)), taken_up(runtime.db, now)
    size = {
        "key": "size", "label_en": "Size", "label_fr": "Taille", "kind": "choice", "choices": SIZES,
    }  # fmt: skip
    answer = client.post(f"{CONTACTS}fields", json=size, headers=key)
    assert answer.status_code == 201, answer.get_json()
    place = f"{CONTACTS}{ana.public_id}/fields"
    kept = client.patch(place, json={"values": {"size": "Grand"}}, headers=key)
    assert kept.get_json() == {"values": {"size": "large"}}
    client.post(f"{CONTACTS}fields/size/archive", headers=key)
    refused = client.patch(place, json={"values": {"size": "Petit"}}, headers=key)

    assert refused.status_code == 422
    assert client.get(place, headers=key).get_json() == {"values": {"size": "large"}}
    (listed,) = client.get(f"{CONTACTS}fields", headers=key).get_json()
    assert listed["archived_at"] is not None
    with runtime.db.read() as session:
        rows = session.execute(
            select(AuditEntry.action, AuditEntry.facts)
            .where(AuditEntry.action.in_(("field.create", "contact.answer", "field.archive")))
            .order_by(AuditEntry.id)
        )
        assert [tuple(row) for row in rows] == [
            ("field.create", {}),
            ("contact.answer", {"fields": ["size"]}),
            ("field.archive", {}),
        ]
    viewer = bearer(make_key(runtime, role="viewer"))
    assert client.get(place, headers=viewer).status_code == 403
