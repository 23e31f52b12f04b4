"""What no import may do: revive whoever left, keep the erased, double anything in a crash."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, func, select

from mobilize.contacts.consent_models import Consent, ConsentEvent
from mobilize.contacts.erasing import tombstone
from mobilize.contacts.identity import email_hash
from mobilize.contacts.importing import import_supporters
from mobilize.contacts.joining import create
from mobilize.contacts.models import Contact, ContactTag
from mobilize.contacts.opening import open_table
from mobilize.contacts.queries import by_email
from mobilize.contacts.rejects import beside
from mobilize.contacts.rows import Claim
from mobilize.contacts.service import choose_riding, suppress, withdraw
from mobilize.core.db import Database
from mobilize.core.keys import Keyring
from mobilize.mps.queries import riding_ids
from tests.contacts.files import EXPRESS_SMS, Importer, StillClock, person, read, write


class PowerCut(Exception):
    """The machine stops."""


class FailingClock:
    """A clock that stops the import at one of its batches; it is first asked before them."""

    def __init__(self, instant: datetime, batch: int) -> None:
        self.instant = instant
        self.left = batch

    def now(self) -> datetime:
        """The instant, until the machine stops."""
        self.left -= 1
        if self.left < 0:
            raise PowerCut
        return self.instant


def count(db: Database, model: type[Contact | ConsentEvent | ContactTag]) -> int | None:
    with db.read() as session:
        return session.scalar(select(func.count()).select_from(model))


def email_granted(db: Database, email: str) -> bool:
    with db.read() as session:
        contact = by_email(session, email)
        assert contact is not None
        standing = session.scalar(
            select(Consent.granted).where(
                Consent.contact_id == contact.id, Consent.channel == "email", Consent.topic == ""
            )
        )
    return bool(standing)


@pytest.mark.parametrize("batch", [1, 2, 3, 6])
def test_after_a_crash_the_same_file_goes_on_where_it_was(
    db: Database, bring_in: Importer, tmp_path: Path, keyring: Keyring, now: datetime, batch: int
) -> None:
    rows = [person(n, tags="rally") for n in range(50)] + [
        {"email": "broken"},
        person(7, tags="rally"),
    ]
    path = write(tmp_path / "a.csv", rows)
    with pytest.raises(PowerCut):
        import_supporters(
            db,
            table=open_table(path),
            rejects_path=beside(path),
            actor="command",
            clock=FailingClock(now, batch),
            keyring=keyring,
            batch_rows=10,
        )
    assert list(tmp_path.glob("*reject*")) == [], "no half rejects file stays"
    before = 10 * (batch - 1)
    assert count(db, Contact) == before
    report = bring_in(path, batch_rows=10)

    assert (report.created, report.unchanged) == (50, 1), "counted on, not anew"
    assert [count(db, model) for model in (Contact, ConsentEvent, ContactTag)] == [50, 50, 50]
    assert report.rejects_path is not None
    assert [row["line"] for row in read(report.rejects_path)] == ["52"]


def test_a_batch_is_whole_or_not_at_all(db: Database, bring_in: Importer, tmp_path: Path) -> None:
    def stop(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if statement.startswith("UPDATE import_runs"):
            raise PowerCut

    path = write(tmp_path / "a.csv", [person(n, tags="rally") for n in range(5)])
    event.listen(db.engine, "before_cursor_execute", stop)
    with pytest.raises(PowerCut):
        bring_in(path)
    event.remove(db.engine, "before_cursor_execute", stop)
    assert [count(db, model) for model in (Contact, ConsentEvent, ContactTag)] == [0, 0, 0]
    assert bring_in(path).created == 5


@pytest.mark.parametrize("changed", [False, True])
def test_who_left_is_not_revived(
    db: Database, bring_in: Importer, tmp_path: Path, now: datetime, changed: bool
) -> None:
    path = write(tmp_path / "a.csv", [person(1)])
    bring_in(path)
    with db.transaction() as session:
        contact = by_email(session, "person1@example.org")
        assert contact is not None
        withdraw(
            session, contact_id=contact.id, channel="email", source="page", actor="supporter",
            now=now,
        )  # fmt: skip
    newer = {"consent_email_date": "2026-11-22", "consent_email_evidence": "new form"}
    again = path
    if changed:
        again = write(tmp_path / "b.csv", [person(1, given_name="Ana", **newer)])
    report = bring_in(again)

    assert not email_granted(db, "person1@example.org")
    assert report.consents == {}
    assert (report.updated, report.unchanged) == ((1, 0) if changed else (0, 1))
    if changed:
        assert report.without_consent == {"email:suppressed": 1}


def test_who_left_before_they_were_on_file_gets_no_consent(
    db: Database, bring_in: Importer, tmp_path: Path, keyring: Keyring, now: datetime
) -> None:
    address = email_hash(keyring, "person1@example.org")
    with db.transaction() as session:
        suppress(session, channel="email", address_hash=address, reason="unsubscribed", now=now)
    report = bring_in(write(tmp_path / "a.csv", [person(1, phone="613-555-0101") | EXPRESS_SMS]))

    assert report.created == 1
    assert report.consents == {"sms": 1}
    assert report.without_consent == {"email:suppressed": 1}
    assert not email_granted(db, "person1@example.org")


def test_who_was_erased_is_not_kept_again(
    db: Database, bring_in: Importer, tmp_path: Path, now: datetime
) -> None:
    path = write(tmp_path / "a.csv", [person(1), person(2)])
    bring_in(path)
    with db.transaction() as session:
        contact = by_email(session, "person1@example.org")
        assert contact is not None
        tombstone(session, contact_id=contact.id, actor="supporter", now=now)
    report = bring_in(path)

    assert (report.created, report.unchanged, report.rejected) == (0, 1, 1)
    assert "asked not to be kept" in report.rejects[0][1]
    with db.read() as session:
        assert by_email(session, "person1@example.org") is None


def test_somebody_else_with_an_erased_persons_number_is_kept_without_texts(
    db: Database, bring_in: Importer, tmp_path: Path, now: datetime
) -> None:
    number = "613-555-0101"
    bring_in(write(tmp_path / "a.csv", [person(1, phone=number)]))
    with db.transaction() as session:
        contact = by_email(session, "person1@example.org")
        assert contact is not None
        tombstone(session, contact_id=contact.id, actor="supporter", now=now)
    report = bring_in(write(tmp_path / "b.csv", [person(2, phone=number)]))

    assert (report.created, report.rejected) == (1, 0)
    assert report.consents["sms"] == 0


def test_a_riding_that_was_chosen_is_not_overruled(
    db: Database, bring_in: Importer, tmp_path: Path, now: datetime
) -> None:
    bring_in(write(tmp_path / "a.csv", [person(1)]))
    with db.transaction() as session:
        contact = by_email(session, "person1@example.org")
        assert contact is not None
        chosen = riding_ids(session, "2023")["24021"]
        choose_riding(session, contact_id=contact.id, riding_id=chosen, now=now)
    report = bring_in(write(tmp_path / "b.csv", [person(1, postal_code="V6B 1A1")]))

    assert report.updated == 1
    with db.read() as session:
        contact = by_email(session, "person1@example.org")
    assert contact is not None
    assert (contact.riding_id, contact.riding_source) == (chosen, "chosen")
    assert (contact.riding_certainty, contact.province) == ("confirmed", "QC")


@pytest.fixture
def files(tmp_path: Path) -> Iterator[Path]:
    return iter(tmp_path / f"{number}.csv" for number in range(10_000))


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(st.sampled_from(["leave", "same file", "new file", "days"]), max_size=6))
def test_whatever_happens_after_leaving_no_file_brings_consent_back(
    db: Database, keyring: Keyring, now: datetime, files: Iterator[Path], steps: list[str]
) -> None:
    path = next(files)
    email = f"{path.stem}@example.org"
    at = now
    left = False
    with db.transaction() as session:
        claim = Claim("email", "express", now.date(), "form")
        contact_id = create(
            session, email=email, consents=[claim], language="en", actor="command", now=now
        ).id
    for step in steps:
        if step == "days":
            at += timedelta(days=3)
        elif step == "leave":
            left = True
            with db.transaction() as session:
                withdraw(
                    session, contact_id=contact_id, channel="email", source="page",
                    actor="supporter", now=at,
                )  # fmt: skip
        else:
            name = path if step == "same file" else next(files)
            day = {"consent_email_date": str(at.date()), "given_name": name.stem}
            row = person(1) | {"email": email, "postal_code": ""} | day
            header = [column for column in row if column != "postal_code"]
            del row["postal_code"]
            import_supporters(
                db,
                table=open_table(write(name, [row], header=header)),
                actor="command",
                clock=StillClock(at),
                keyring=keyring,
            )
    assert email_granted(db, email) is not left
