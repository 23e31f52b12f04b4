"""Taking an import back: as if it had never been, but for what was touched since."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from mobilize.accounts.models import AuditEntry
from mobilize.contacts.consent_models import Consent, ConsentEvent, Suppression
from mobilize.contacts.custom_fields import all_fields, answer, create_field, values_of
from mobilize.contacts.do_not_contact import set_do_not_contact
from mobilize.contacts.import_models import ImportReject
from mobilize.contacts.joining import add_tags
from mobilize.contacts.mapping import lay_out, propose, with_targets
from mobilize.contacts.models import Contact, ContactTag, ImportChange, ImportRun
from mobilize.contacts.notes import add_note
from mobilize.contacts.opening import open_table
from mobilize.contacts.queries import by_email, tags_of
from mobilize.contacts.record_models import CustomValue
from mobilize.contacts.report import ImportReport
from mobilize.contacts.service import withdraw
from mobilize.contacts.undoing import (
    Undoing,
    foresee_undo,
    import_called,
    refuse_undo,
    undo,
)
from mobilize.core.db import Database
from mobilize.core.errors import Conflict
from tests.contacts.exports import export
from tests.contacts.files import EXPRESS, EXPRESS_SMS, HEADER, Importer, StillClock, person, write
from tests.contacts.test_importing_safety import FailingClock, PowerCut
from tests.contacts.test_opting_out import WIDE


def run_of(db: Database, report: ImportReport) -> ImportRun:
    with db.read() as session:
        return import_called(session, report.run)


def take_back(bring_in: Importer, report: ImportReport, clock: StillClock | None = None) -> Undoing:
    run = run_of(bring_in.db, report)
    foreseen = foresee_undo(bring_in.db, run)
    done = undo(bring_in.db, run=run, actor="command", clock=clock or bring_in.clock)
    assert foreseen == done, "what was shown is what was done"
    return done


def one(session: Session, number: int) -> Contact:
    contact = by_email(session, f"person{number}@example.org")
    assert contact is not None
    return contact


def state_of(db: Database) -> list[object]:
    """All that is on file of people, but for the ledger's own rows."""
    with db.read() as session:
        return [
            tuple(row)
            for model in (Contact, ContactTag, CustomValue, Consent, Suppression, ImportChange)
            for row in session.execute(
                select(*model.__table__.columns).order_by(*model.__table__.primary_key)
            )
            if not (model is Contact and row.state == "tombstoned")
        ]


ROWS = st.lists(
    st.builds(
        lambda email, phone, name, tag, claims, area: {
            "email": email,
            "phone": phone,
            "given_name": name,
            "tags": tag,
            "postal_code": area,
            **(EXPRESS if claims and email else {}),
            **(EXPRESS_SMS if claims and phone else {}),
        },
        email=st.sampled_from(["", "a@example.org", "b@example.org", "c@example.org"]),
        phone=st.sampled_from(["", "613-555-0101", "613-555-0102"]),
        name=st.sampled_from(["", "Ana", "Bo"]),
        tag=st.sampled_from(["", "rally", "rally;choir"]),
        claims=st.booleans(),
        area=st.sampled_from(["", "M5V 2T6", "H2X 1Y4"]),
    ),
    max_size=6,
)


@pytest.fixture
def paths(tmp_path: Path) -> Iterator[Path]:
    return iter(tmp_path / f"{number}.csv" for number in range(100_000))


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(earlier=ROWS, rows=ROWS)
def test_importing_and_undoing_is_as_if_nothing_had_been(
    db: Database,
    bring_in: Importer,
    paths: Iterator[Path],
    earlier: list[dict[str, str]],
    rows: list[dict[str, str]],
) -> None:
    bring_in(write(next(paths), earlier))
    before = state_of(db)
    later = Importer(db, bring_in.keyring, StillClock(bring_in.clock.instant + timedelta(hours=1)))
    report = later(write(next(paths), rows))
    if run_of(db, report).started_at == later.clock.instant:  # else it is the earlier file again
        take_back(later, report)
        assert state_of(db) == before


def test_who_was_brought_is_gone_and_can_be_brought_again(
    db: Database, bring_in: Importer, tmp_path: Path
) -> None:
    path = write(tmp_path / "a.csv", [person(1, tags="rally"), person(2), {"email": "broken"}])
    report = bring_in(path)
    undoing = take_back(bring_in, report)

    assert (undoing.removed, undoing.consents, undoing.kept) == (2, 2, {})
    with db.read() as session:
        assert by_email(session, "person1@example.org") is None
        gone = session.scalars(select(Contact)).all()
        assert {(one.state, one.given_name, one.email) for one in gone} == {
            ("tombstoned", "", None)
        }
        assert session.scalars(select(Suppression)).all() == [], "nobody asked for anything"
        assert session.scalars(select(ImportReject)).all() == []
        actions = session.scalars(select(ConsentEvent.action).order_by(ConsentEvent.id)).all()
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert actions == ["granted", "granted", "retracted", "retracted"]
    assert entry is not None
    assert (entry.action, entry.subject_id) == ("import.undo", report.run)
    run = run_of(db, report)
    assert (run.undone_at, run.undone_by) == (bring_in.clock.instant, "command")
    again = bring_in(path)
    assert (again.created, again.consents) == (2, {"email": 2})
    assert again.run != report.run


Touch = Callable[[Session, Contact, datetime], object]
TOUCHES: dict[str, Touch] = {
    "tags": lambda session, contact, _now: add_tags(session, contact_id=contact.id, tags=["vip"]),
    "notes": lambda session, contact, now: add_note(
        session, contact=contact, text="Met at the rally", actor="command", now=now
    ),
    "edited": lambda session, contact, now: set_do_not_contact(
        session, contact=contact, wanted=True, actor="command", now=now
    ),
    "consents": lambda session, contact, now: withdraw(
        session, contact_id=contact.id, channel="email", source="page", actor="supporter", now=now
    ),
}


@pytest.mark.parametrize("why", TOUCHES)
def test_who_was_touched_since_stays_without_the_files_consent_and_tags(
    db: Database, bring_in: Importer, tmp_path: Path, now: datetime, why: str
) -> None:
    report = bring_in(write(tmp_path / "a.csv", [person(1, tags="rally"), person(2)]))
    with db.transaction() as session:
        TOUCHES[why](session, one(session, 1), now + timedelta(minutes=1))
    clock = StillClock(now + timedelta(hours=1))
    undoing = take_back(bring_in, report, clock)

    assert (undoing.removed, undoing.kept, undoing.tags) == (1, {why: 1}, 1)
    with db.read() as session:
        contact = one(session, 1)
        assert contact.given_name == "Person1"
        assert undoing.kept_first == [(contact.public_id, why)]
        assert "rally" not in tags_of(session, [contact.id]).get(contact.id, [])
        granted = select(Consent).where(Consent.granted, Consent.contact_id == contact.id)
        assert session.scalars(granted).all() == []


def test_whom_a_later_file_knows_stays_until_that_file_is_undone(
    db: Database, bring_in: Importer, tmp_path: Path
) -> None:
    first = bring_in(write(tmp_path / "a.csv", [person(1)]))
    second = bring_in(write(tmp_path / "b.csv", [person(1, given_name="Ana")]))
    with db.read() as session:
        run = import_called(session, first.run)
    assert foresee_undo(db, run).kept == {"later_file": 1}
    assert take_back(bring_in, second).restored == 1
    assert foresee_undo(db, run).removed == 1


def test_what_was_changed_since_stays_and_the_rest_is_put_back(
    db: Database, bring_in: Importer, tmp_path: Path, now: datetime
) -> None:
    bring_in(write(tmp_path / "a.csv", [person(1, phone="613-555-0101", language="fr")]))
    newer = person(1, given_name="Ana", phone="613-555-0102", postal_code="H2X 1Y4", tags="rally")
    report = bring_in(write(tmp_path / "b.csv", [newer]))
    with db.transaction() as session:
        session.execute(update(Contact).values(fsa="K1A", updated_at=now + timedelta(minutes=1)))
    undoing = take_back(bring_in, report)

    assert (undoing.restored, undoing.changed_since, undoing.tags) == (0, 1, 1)
    with db.read() as session:
        contact = one(session, 1)
        assert tags_of(session, [contact.id]).get(contact.id, []) == []
        left = session.scalars(select(ImportChange)).all()
    assert (contact.given_name, contact.phone) == ("Person1", "+16135550101")
    assert (contact.language, contact.province) == ("fr", "QC")
    assert contact.fsa == "K1A", "the place was changed since, and stays as a whole"
    assert left == [], "what was kept for the undo goes with it"


def test_a_no_that_the_file_brought_stays(db: Database, bring_in: Importer, tmp_path: Path) -> None:
    bring_in(write(tmp_path / "a.csv", [person(1)]))
    report = bring_in(write(tmp_path / "b.csv", [person(1, opt_out_email="yes")], header=WIDE))
    undoing = take_back(bring_in, report)

    assert (undoing.opt_outs, undoing.restored) == (1, 1)
    with db.read() as session:
        consent = session.scalars(select(Consent)).one()
    assert not consent.granted


def test_answers_are_put_back_where_nobody_answered_since(
    db: Database, bring_in: Importer, tmp_path: Path, now: datetime
) -> None:
    with db.transaction() as session:
        create_field(session, key="choir", label_en="Choir", label_fr="Chorale", kind="text",
                     actor="command", now=now)  # fmt: skip
    bring_in(write(tmp_path / "a.csv", [person(n) for n in range(3)]))
    with db.transaction() as session:
        for number in range(2):
            answer(session, contact=one(session, number), answers={"choir": "alto"},
                   actor="command", now=now)  # fmt: skip
    rows = [{"email": f"person{n}@example.org", "Choir": "bass"} for n in range(3)]
    table = open_table(export(tmp_path / "b.csv", ("email", "Choir"), rows))
    choices = with_targets(propose(table.header, "b.csv"), table.header, {"Choir": "field:choir"})
    with db.read() as session:
        columns = lay_out(choices, table.header, file_name="b.csv", fields=all_fields(session))
    later = Importer(db, bring_in.keyring, StillClock(now + timedelta(minutes=1)))
    report = later(tmp_path / "b.csv", columns=columns)
    with db.transaction() as session:
        answer(session, contact=one(session, 1), answers={"choir": "tenor"}, actor="command",
               now=now + timedelta(minutes=2))  # fmt: skip
    undoing = take_back(bring_in, report, StillClock(now + timedelta(hours=1)))

    assert undoing.answers == 2
    with db.read() as session:
        ids = [one(session, number).id for number in range(3)]
        answers = values_of(session, ids)
    assert [answers.get(one, {}).get("choir") for one in ids] == ["alto", "tenor", None]


def test_an_undo_that_was_killed_goes_on_when_it_is_begun_again(
    db: Database, bring_in: Importer, tmp_path: Path, now: datetime
) -> None:
    report = bring_in(write(tmp_path / "a.csv", [person(n, tags="rally") for n in range(30)]))
    with pytest.raises(PowerCut):
        undo(db, run=run_of(db, report), actor="command", clock=FailingClock(now, 2))
    assert run_of(db, report).undone_at is None
    undo(db, run=run_of(db, report), actor="command", clock=bring_in.clock)

    with db.read() as session:
        states = set(session.scalars(select(Contact.state)))
        events = session.scalars(select(ConsentEvent.action)).all()
    assert states == {"tombstoned"}
    assert sorted(events) == ["granted"] * 30 + ["retracted"] * 30, "each is taken back once"


def test_an_undo_that_cannot_be_done_is_refused(
    db: Database, bring_in: Importer, tmp_path: Path, now: datetime
) -> None:
    report = bring_in(write(tmp_path / "a.csv", [person(1)], header=HEADER))
    run = run_of(db, report)
    refuse_undo(run, now=now, undo_days=90)
    with pytest.raises(Conflict, match="no longer kept"):
        refuse_undo(run, now=now + timedelta(days=91), undo_days=90)
    refuse_undo(run, now=now + timedelta(days=91), undo_days=0)
    take_back(bring_in, report)
    with pytest.raises(Conflict, match="undone already"):
        refuse_undo(run_of(db, report), now=now, undo_days=90)
