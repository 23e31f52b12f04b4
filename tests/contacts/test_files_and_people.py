"""Files meet people who were erased at a shared number, and people whose records were merged."""

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from mobilize.contacts import joining, merging, queries
from mobilize.contacts.erasing import erase
from mobilize.contacts.models import Contact
from mobilize.contacts.undoing import import_called, undo
from mobilize.core.db import Database
from tests.contacts.files import Importer, person, read, write

NUMBER = "613 555 0123"
BATCHES = pytest.mark.parametrize("batch_rows", [1, 2000])


def of_home(given_name: str, **more: str) -> dict[str, str]:
    return {"phone": NUMBER, "given_name": given_name, "family_name": "Roy", **more}


def taken_up(session: Session, name: str, now: datetime) -> Contact:
    return joining.create(
        session, given_name=name, family_name="Roy", phone=NUMBER, actor="supporter", now=now
    )


def home(session: Session, now: datetime) -> None:
    """Two people with one number, of whom one was erased."""
    taken_up(session, "Ana", now)
    erase(session, contact=taken_up(session, "Bo", now), actor="supporter", now=now)


def active(db: Database) -> list[tuple[str, str | None]]:
    with db.read() as session:
        people = session.scalars(
            select(Contact).where(Contact.state == "active").order_by(Contact.given_name)
        )
        return [(one.given_name, one.email) for one in people]


@BATCHES
def test_who_was_erased_at_a_shared_number_does_not_come_back_by_a_file(
    db: Database, bring_in: Importer, now: datetime, tmp_path: Path, batch_rows: int
) -> None:
    with db.transaction() as session:
        home(session, now)
    file = write(
        tmp_path / "home.csv",
        [of_home("Ana"), of_home("Cy"), of_home(" BO "), of_home("Bo", email="bo@example.org")],
    )
    report = bring_in(file, batch_rows=batch_rows)
    assert (report.created, report.rejected) == (1, 2)
    assert active(db) == [("Ana", None), ("Cy", None)]
    assert report.rejects_path is not None
    told = read(report.rejects_path)
    assert all("asked not to be kept" in row["reason"] for row in told)
    # Nothing says so of the others of the home.
    with db.read() as session:
        ana = session.scalars(select(Contact).where(Contact.given_name == "Ana")).one()
        assert queries.suppressions_of(session, ana) == []


def test_who_came_back_by_themself_stays_whatever_a_file_says(
    db: Database, bring_in: Importer, now: datetime, tmp_path: Path
) -> None:
    with db.transaction() as session:
        home(session, now)
        taken_up(session, "Bo", now)
    report = bring_in(write(tmp_path / "home.csv", [of_home("Bo", language="fr")]))
    assert (report.updated, report.rejected) == (1, 0)


@BATCHES
def test_a_row_of_a_merged_record_changes_that_record_and_sorts_the_person(
    db: Database, bring_in: Importer, now: datetime, tmp_path: Path, batch_rows: int
) -> None:
    with db.transaction() as session:
        ana = joining.create(
            session, email="ana@example.org", given_name="Ana", actor="supporter", now=now
        )
        other = joining.create(
            session, email="person1@example.org", given_name="A.", actor="supporter", now=now
        )
        row = merging.merge(session, kept=ana, merged=other, actor="command", now=now)
    file = write(tmp_path / "rally.csv", [person(1, tags="rally")])
    report = bring_in(file, batch_rows=batch_rows)
    assert report.updated == 1
    with db.transaction() as session:
        kept = session.get_one(Contact, ana.id)
        assert (kept.given_name, kept.email) == ("Ana", "ana@example.org")
        assert queries.tags_of(session, [ana.id, other.id]) == {ana.id: ["rally"]}
        # The yes is for the address that does not stand: it opens nothing for the other.
        assert queries.standing_consents(session, ana.id) == []
        run = import_called(session, report.run)
    undo(db, run=run, actor="command", clock=bring_in.clock)
    with db.transaction() as session:
        assert queries.tags_of(session, [ana.id, other.id]) == {}
        merging.undo(session, row=session.merge(row), actor="command", now=now)
    assert len(active(db)) == 2
