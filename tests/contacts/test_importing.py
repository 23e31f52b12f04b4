"""A file of supporters: what is kept, what is put aside, and that twice is once."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from mobilize.contacts.consent_models import Consent, ConsentEvent
from mobilize.contacts.models import Contact, ImportRun
from mobilize.contacts.queries import by_email, tags_of
from mobilize.core.db import Database
from mobilize.mps.models import Riding
from tests.contacts.files import EXPRESS_SMS, Importer, person, read, write


def snapshot(db: Database) -> list[tuple[object, ...]]:
    """Everything that an import may change."""
    with db.read() as session:
        return [
            tuple(row)
            for model in (Contact, ConsentEvent, Consent, ImportRun)
            for row in session.execute(
                select(*model.__table__.columns).order_by(*model.__table__.primary_key)
            )
        ]


def test_a_row_becomes_a_person_with_riding_tags_and_consents(
    db: Database, bring_in: Importer, tmp_path: Path
) -> None:
    row = person(1, phone="(613) 555-0123", tags="Rally; newsletter", language="Français")
    report = bring_in(write(tmp_path / "a.csv", [row | EXPRESS_SMS]))

    assert (report.created, report.rejected) == (1, 0)
    assert report.consents == {"email": 1, "sms": 1}
    with db.read() as session:
        contact = by_email(session, "Person1@example.org")
        assert contact is not None
        riding = session.get_one(Riding, contact.riding_id)
        tags = tags_of(session, [contact.id])[contact.id]
        events = session.scalars(select(ConsentEvent).order_by(ConsentEvent.channel)).all()
    assert (contact.email, contact.phone) == ("person1@example.org", "+16135550123")
    assert (contact.language, contact.fsa, contact.province) == ("fr", "M5V", "ON")
    assert riding.code.startswith("35")
    assert (contact.riding_source, contact.time_zone) == ("postal", "America/Toronto")
    assert contact.sms_confirmed_at == datetime(2026, 10, 2, 14, 30, tzinfo=UTC)
    assert tags == ["newsletter", "rally"]
    assert [event.channel for event in events] == ["email", "sms"]
    assert events[0].evidence == "form of the fall rally, sheet 3"
    assert events[0].source == f"import {report.run} line 2"


def test_the_same_file_twice_changes_nothing(
    db: Database, bring_in: Importer, tmp_path: Path
) -> None:
    rows = [person(n) for n in range(30)]
    rows += [person(3, given_name="Other"), person(4), {"phone": "613-555-0150"}, {"email": "no"}]
    path = write(tmp_path / "a.csv", rows)
    first = bring_in(path, batch_rows=7)
    before = snapshot(db)
    second = bring_in(path, batch_rows=11)

    assert (first.created, first.repeated, first.unchanged, first.rejected) == (31, 1, 1, 1)
    assert (second.created, second.updated, second.repeated, second.rejected) == (0, 0, 1, 1)
    assert second.unchanged == 32
    assert second.consents == {}
    assert snapshot(db) == before


def test_a_later_file_brings_people_up_to_date(
    db: Database, bring_in: Importer, tmp_path: Path
) -> None:
    bring_in(write(tmp_path / "a.csv", [person(1, phone="613-555-0101") | EXPRESS_SMS]))
    newer = {"email": "person1@example.org", "given_name": "Ana", "phone": "613-555-0102"}
    report = bring_in(write(tmp_path / "b.csv", [newer]))

    assert (report.created, report.updated) == (0, 1)
    with db.read() as session:
        contact = by_email(session, "person1@example.org")
        events = session.scalar(select(func.count()).select_from(ConsentEvent))
    assert contact is not None
    assert (contact.given_name, contact.family_name) == ("Ana", "Example")
    assert contact.language == "en", "what the later file does not say stays"
    assert contact.phone == "+16135550102"
    assert contact.sms_confirmed_at is None, "the new number was never confirmed"
    assert events == 2


def test_without_an_email_phone_and_name_together_tell_who_it_is(
    db: Database, bring_in: Importer, tmp_path: Path
) -> None:
    family = {"phone": "613-555-0101", "family_name": "Example"}
    rows = [family | {"given_name": name} for name in ("Ana", "Bo", "ANA")]
    report = bring_in(write(tmp_path / "a.csv", rows))

    assert (report.created, report.repeated) == (2, 1)


@pytest.mark.parametrize("size", [1, 10])
def test_a_phone_and_name_find_who_bears_them_since_the_row_before(
    bring_in: Importer, tmp_path: Path, size: int
) -> None:
    email, ana, bo = "a@example.org", {"given_name": "Ana"}, {"given_name": "Bo"}
    bring_in(write(tmp_path / "a.csv", [{"email": email, "phone": "613-555-0101"} | ana]))
    rows = [
        {"email": email, "phone": "613-555-0102"} | bo,
        {"phone": "613-555-0101"} | ana,
        {"phone": "613-555-0102"} | bo,
    ]
    report = bring_in(write(tmp_path / "b.csv", rows), batch_rows=size)

    assert (report.updated, report.created, report.repeated) == (1, 1, 1)


@pytest.mark.parametrize("size", [1, 10])
def test_of_two_with_one_phone_and_name_who_came_first_in_a_file_is_found(
    bring_in: Importer, tmp_path: Path, size: int
) -> None:
    shared = {"phone": "613-555-0101", "given_name": "Ana"}
    first, second = {"email": "a@example.org"}, {"email": "b@example.org"}
    rows = [first | shared, second | shared, first]
    bring_in(write(tmp_path / "a.csv", rows), batch_rows=size)
    report = bring_in(write(tmp_path / "b.csv", [first | {"tags": "rally"}, shared]))

    assert (report.updated, report.repeated) == (1, 1), "the phone is the first one's"


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"email": "nobody"}, "no email address"),
        ({"phone": "12"}, "no such phone number"),
        ({"email": ""}, "neither an email address nor a phone"),
        ({"postal_code": "12345"}, "no Canadian postal code"),
        ({"language": "es"}, "neither English nor French"),
        ({"consent_email_basis": "assumed"}, "no consent basis"),
        ({"consent_email_date": "01/10/2026"}, "is no date"),
        ({"consent_email_date": "2026-12-01"}, "has not come yet"),
        ({"consent_sms_basis": "express"}, "there is no address for it"),
        ({"sms_confirmed_at": "2026-10-01"}, "said to be confirmed"),
        ({"given_name": "x" * 101}, "101 characters"),
        ({"tags": "survivor"}, "names whether somebody is a survivor"),
    ],
)
def test_a_row_that_cannot_be_used_is_put_aside_with_its_reason(
    bring_in: Importer, tmp_path: Path, wrong: dict[str, str], reason: str
) -> None:
    report = bring_in(write(tmp_path / "a.csv", [person(1), person(2) | wrong, person(3)]))

    assert (report.created, report.rejected) == (2, 1)
    assert report.rejects_path is not None
    (reject,) = read(report.rejects_path)
    assert reject["line"] == "3"
    assert reason in reject["reason"]
    assert {name: reject[name] for name in wrong} == wrong


def test_a_tenth_of_bad_rows_leaves_the_others(bring_in: Importer, tmp_path: Path) -> None:
    rows = [person(n, email="broken" if n % 10 == 0 else f"p{n}@example.org") for n in range(200)]
    report = bring_in(write(tmp_path / "a.csv", rows))

    assert (report.rows, report.created, report.rejected) == (200, 180, 20)
    assert report.rejects_path is not None
    assert [row["line"] for row in read(report.rejects_path)] == [
        str(2 + n) for n in range(0, 200, 10)
    ]


def test_rejects_are_safe_in_a_spreadsheet_and_can_be_imported_once_corrected(
    bring_in: Importer, tmp_path: Path
) -> None:
    formula = "=HYPERLINK(1)"
    rows = [{"email": "broken", "given_name": formula, "phone": "+16135550123"}]
    report = bring_in(write(tmp_path / "a.csv", rows))
    assert report.rejects_path is not None
    (reject,) = read(report.rejects_path)
    assert reject["given_name"] == f"'{formula}"
    assert reject["phone"] == "'+16135550123"

    corrected = write(
        tmp_path / "b.csv", [reject | {"email": "ana@example.org"}], header=list(reject)
    )
    again = bring_in(corrected)
    assert (again.created, again.rejected) == (1, 0)
    assert again.ignored_columns == ("line", "reason")


def test_half_a_claim_keeps_the_person_without_the_consent(
    db: Database, bring_in: Importer, tmp_path: Path
) -> None:
    rows = [
        person(1, consent_email_evidence=""),
        person(2, consent_email_date=""),
        person(3, consent_email_basis=""),
        person(4, consent_email_basis="implied_inquiry", consent_email_date="2026-05-22"),
    ]
    report = bring_in(write(tmp_path / "a.csv", rows))

    assert report.created == 4
    assert report.consents == {}
    assert report.without_consent == {"email:not_claimed": 3, "email:expired": 1}
    with db.read() as session:
        assert session.scalar(select(func.count()).select_from(ConsentEvent)) == 0


def test_rows_of_the_wrong_length_are_put_aside(bring_in: Importer, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("email,language\na@example.org,en\nb@example.org\n\nc@example.org,en,x\n")
    report = bring_in(path)

    assert report.created == 1
    assert report.rejects == [
        (3, "the row has 1 cells, the header 2"),
        (5, "the row has 3 cells, the header 2"),
    ]


def test_progress_is_told_after_each_batch(bring_in: Importer, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    path = write(tmp_path / "a.csv", [person(n) for n in range(10)])
    bring_in(path, batch_rows=4, on_progress=lambda line, lines: told.append((line, lines)))

    assert told == [(5, 11), (9, 11), (11, 11)]
