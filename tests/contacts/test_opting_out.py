"""The no that a file brings: it closes, it is written down, and it outweighs a yes."""

from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from mobilize.contacts.consent_models import ConsentEvent, Suppression
from mobilize.contacts.identity import email_hash
from mobilize.contacts.joining import create
from mobilize.contacts.models import Contact
from mobilize.contacts.queries import by_email, standing_consents, suppressions_of
from mobilize.contacts.rows import Claim
from mobilize.core.db import Database
from mobilize.core.keys import Keyring
from tests.contacts.files import EXPRESS_SMS, HEADER, Importer, person, write

WIDE = (
    *HEADER, "opt_out_email", "opt_out_email_date", "opt_out_sms", "opt_out_sms_date",
    "opt_out_voice",
)  # fmt: skip


def ledger(db: Database) -> list[tuple[str, str]]:
    with db.read() as session:
        rows = session.execute(
            select(ConsentEvent.channel, ConsentEvent.action).order_by(ConsentEvent.id)
        )
        return [(channel, action) for channel, action in rows]


def closed(db: Database) -> dict[str, str]:
    with db.read() as session:
        rows = session.execute(
            select(Suppression.channel, Suppression.reason).where(Suppression.lifted_at.is_(None))
        )
        return dict(rows.all())


def test_a_no_closes_what_stands_open_here(
    db: Database, bring_in: Importer, tmp_path: Path
) -> None:
    bring_in(write(tmp_path / "a.csv", [person(1, phone="613-555-0101") | EXPRESS_SMS]))
    left = {"email": "person1@example.org", "opt_out_email": "Yes"}
    path = write(tmp_path / "b.csv", [left], header=WIDE)
    report = bring_in(path)

    assert (report.updated, report.closed) == (1, 0)
    assert report.without_consent == {"email:opted_out": 1}
    assert ledger(db)[2:] == [("email", "withdrawn")]
    assert closed(db) == {"email": "unsubscribed"}
    bring_in(path)
    assert len(ledger(db)) == 3, "the same file again says nothing new"


def test_a_no_outweighs_a_yes_of_the_same_row(
    db: Database, bring_in: Importer, tmp_path: Path
) -> None:
    row = person(1, opt_out_email="complaint", phone="613-555-0101") | EXPRESS_SMS
    report = bring_in(write(tmp_path / "a.csv", [row], header=WIDE))

    assert (report.created, report.consents) == (1, {"sms": 1})
    assert ledger(db) == [("sms", "granted"), ("email", "complaint")]
    assert closed(db) == {"email": "complaint"}


def test_who_left_elsewhere_and_is_not_on_file_does_not_come_on_file(
    db: Database, bring_in: Importer, tmp_path: Path, keyring: Keyring
) -> None:
    path = write(tmp_path / "a.csv", [person(1, opt_out_email="unsubscribed")], header=WIDE)
    report = bring_in(path)

    assert (report.created, report.closed, report.rejected) == (0, 1, 0)
    with db.read() as session:
        assert session.scalar(select(func.count()).select_from(Contact)) == 0
        suppressed = session.scalars(select(Suppression.address_hash)).all()
    assert suppressed == [email_hash(keyring, "person1@example.org")]
    later = bring_in(write(tmp_path / "b.csv", [person(1)]))
    assert (later.created, later.without_consent) == (1, {"email:suppressed": 1})


def test_a_later_row_of_the_same_person_still_closes(
    db: Database, bring_in: Importer, tmp_path: Path
) -> None:
    rows = [person(1), person(1, opt_out_email="x")]
    report = bring_in(write(tmp_path / "a.csv", rows, header=WIDE))

    assert (report.created, report.repeated) == (1, 1)
    assert ledger(db) == [("email", "granted"), ("email", "withdrawn")]


def test_a_bounce_closes_the_address_and_says_nothing_of_the_persons_will(
    db: Database, bring_in: Importer, tmp_path: Path
) -> None:
    bring_in(write(tmp_path / "a.csv", [person(1)]))
    bring_in(write(tmp_path / "b.csv", [person(1, opt_out_email="bounced")], header=WIDE))

    assert ledger(db) == [("email", "granted")]
    assert closed(db) == {"email": "bounced"}


@pytest.mark.parametrize(("day", "stays"), [("2026-09-01", True), ("2026-11-20", False)])
def test_who_came_back_to_us_after_leaving_elsewhere_stays(
    db: Database, bring_in: Importer, tmp_path: Path, now: datetime, day: str, stays: bool
) -> None:
    with db.transaction() as session:
        claim = Claim("email", "express", date(2026, 10, 1), "our own form")
        create(session, email="a@example.org", consents=[claim], actor="command", now=now)
    row = {"email": "a@example.org", "opt_out_email": "yes", "opt_out_email_date": day}
    bring_in(write(tmp_path / "a.csv", [row], header=WIDE))

    with db.read() as session:
        contact = by_email(session, "a@example.org")
        assert contact is not None
        granted = [one.granted for one in standing_consents(session, contact.id)]
        suppressed = suppressions_of(session, contact)
    assert (granted, suppressed == []) == ([stays], stays)


def test_each_of_two_rows_that_leave_one_number_counts(
    db: Database, bring_in: Importer, tmp_path: Path
) -> None:
    agreed = person(1, phone="613-555-0101") | EXPRESS_SMS
    bring_in(write(tmp_path / "a.csv", [agreed]))
    rows = [
        person(2, phone="613-555-0101", opt_out_sms="yes"),
        person(3, phone="613-555-0101", opt_out_sms="yes", opt_out_sms_date="2026-09-01"),
    ]
    bring_in(write(tmp_path / "b.csv", rows, header=WIDE))

    assert closed(db) == {"sms": "unsubscribed"}


def test_a_word_that_says_neither_puts_the_row_aside(bring_in: Importer, tmp_path: Path) -> None:
    rows = [person(1, opt_out_email="perhaps"), person(2, opt_out_email="no")]
    report = bring_in(write(tmp_path / "a.csv", rows, header=WIDE))

    assert (report.created, report.rejected, report.consents) == (1, 1, {"email": 1})
    assert "whether somebody left" in report.rejects[0][1]


def test_do_not_call_closes_the_voice_alone(
    db: Database, bring_in: Importer, tmp_path: Path
) -> None:
    row = person(1, phone="613-555-0101", opt_out_voice="1") | EXPRESS_SMS
    bring_in(write(tmp_path / "a.csv", [row], header=WIDE))

    assert closed(db) == {"voice": "unsubscribed"}
