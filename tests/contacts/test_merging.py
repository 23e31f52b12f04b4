"""Two records become one and are parted again: what stands, what follows, what is refused."""

import threading
from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from mobilize.accounts.models import AuditEntry
from mobilize.contacts import joining, merging, queries, service
from mobilize.contacts.erasing import erase
from mobilize.contacts.groups import standing_id
from mobilize.contacts.identity_models import DuplicatePair, Merge
from mobilize.contacts.ledger import NewConsent, record
from mobilize.contacts.merge_choices import differing, record_of
from mobilize.contacts.models import Contact
from mobilize.core import personal_data
from mobilize.core.db import Database
from mobilize.core.errors import Conflict, InvalidInput

HOUR = timedelta(hours=1)


def taken_up(session: Session, name: str, now: datetime, **more: Any) -> Contact:
    values = {"email": f"{name}@example.org", "given_name": name, **more}
    return joining.create(session, actor="supporter", now=now, **values)


def merge(session: Session, kept: Contact, merged: Contact, now: datetime, **choices: str) -> Merge:
    return merging.merge(
        session, kept=kept, merged=merged, choices=choices, actor="account:a", now=now
    )


def undo(session: Session, row: Merge, now: datetime) -> None:
    merging.undo(session, row=row, actor="account:b", now=now)


def test_each_field_is_taken_from_the_record_that_was_chosen(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        ana = taken_up(session, "ana", now, phone="613 555 0123", language="en")
        maria = taken_up(session, "maria", now, family_name="Sol", language="fr", source="choir")
        assert differing(record_of(ana), record_of(maria)) == ["name", "email", "language"]
        merge(session, ana, maria, now, email="merged", language="merged")
        assert (ana.email, ana.language, ana.source) == ("maria@example.org", "fr", "choir")
        assert (ana.given_name, ana.family_name) == ("ana", "Sol"), "what one lacks the other gives"
        assert ana.phone == "+16135550123"
        assert (maria.state, maria.merged_into_id) == ("merged", ana.id)
        # By either address the person is known, and nobody else takes it.
        for address in ("ana@example.org", "maria@example.org"):
            assert queries.by_email(session, address) is ana
            assert list(queries.contacts(session, queries.Filter(search=address)).items) == [ana]
        with pytest.raises(Conflict):
            taken_up(session, "ana", now)


@pytest.mark.parametrize("choices", [{"shoe": "kept"}, {"email": "both"}])
def test_a_choice_that_is_none_is_refused(
    db: Database, now: datetime, choices: dict[str, str]
) -> None:
    with db.transaction() as session:
        ana, maria = (taken_up(session, name, now) for name in ("ana", "maria"))
        with pytest.raises(InvalidInput):
            merge(session, ana, maria, now, **choices)


def test_records_that_stand_for_nobody_are_not_merged(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        ana, bo, cy, di = (taken_up(session, name, now) for name in ("ana", "bo", "cy", "di"))
        merge(session, ana, bo, now)
        erase(session, contact=di, actor="supporter", now=now)
        for kept, merged in ((ana, ana), (cy, bo), (bo, cy), (cy, di), (di, cy)):
            with pytest.raises(Conflict):
                merge(session, kept, merged, now)
        assert cy.state == "active"


def test_of_the_wishes_the_safer_stand(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        ana, maria = (taken_up(session, name, now) for name in ("ana", "maria"))
        ana.discreet, ana.safe_from, ana.safe_until = True, time(8), time(12)
        maria.no_voicemail, maria.safe_from, maria.safe_until = True, time(10), time(20)
        maria.safe_channel, maria.paused_until = "email", now + HOUR
        session.flush()
        row = merge(session, ana, maria, now)
        assert (ana.discreet, ana.no_voicemail, ana.do_not_contact) == (True, True, False)
        assert (ana.safe_from, ana.safe_until, ana.safe_channel) == (time(10), time(12), "email")
        assert ana.paused_until == now + HOUR
        undo(session, row, now)
        assert (ana.no_voicemail, ana.safe_until, ana.safe_channel) == (False, time(12), None)


def test_wishes_that_contradict_leave_nothing_safe(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        ana, maria = (taken_up(session, name, now) for name in ("ana", "maria"))
        ana.safe_channel, maria.safe_channel = "email", "sms"
        session.flush()
        row = merge(session, ana, maria, now)
        assert (ana.do_not_contact, ana.safe_channel) == (True, "email")
        undo(session, row, now)
        assert (ana.do_not_contact, maria.safe_channel) == (False, "sms")


def test_what_happened_since_stays_when_records_are_parted(db: Database, now: datetime) -> None:
    later = now + HOUR
    with db.transaction() as session:
        ana = taken_up(session, "ana", now, language="en")
        maria = taken_up(session, "maria", now, phone="613 555 0123", language="fr")
        row = merge(session, ana, maria, now, email="merged", language="merged")
        service.set_language(session, contact_id=ana.id, language="en", now=later)
        service.confirm_sms(session, contact_id=ana.id, now=later)
        joining.add_tags(session, contact_id=ana.id, tags=["choir"])
        session.refresh(ana)
        ana.given_name, ana.do_not_contact = "Anna", True
        session.flush()
        undo(session, row, later)
        assert (ana.given_name, ana.email, ana.phone) == ("Anna", "ana@example.org", None)
        assert (maria.given_name, maria.email) == ("maria", "maria@example.org")
        assert (ana.language, maria.language) == ("en", "fr")
        assert queries.tags_of(session, [ana.id, maria.id]) == {ana.id: ["choir"]}
        assert maria.sms_confirmed_at == later, "the number that was confirmed is theirs"
        assert (ana.do_not_contact, maria.do_not_contact) == (True, True), "whoever asked for it"
        assert ana.updated_at == later


def test_an_address_that_somebody_else_has_by_now_stops_the_parting(
    db: Database, now: datetime
) -> None:
    with db.transaction() as session:
        ana, maria = (taken_up(session, name, now) for name in ("ana", "maria"))
        row = merge(session, ana, maria, now, email="merged")
        new = taken_up(session, "new", now)
        address = (new.email, new.email_hash)
        new.email, new.email_hash = None, None
        session.flush()
        # Ana changed her address, which was Maria's; and somebody else has it by now.
        ana.email, ana.email_hash = address
        session.flush()
        other = taken_up(session, "maria", now)
        with pytest.raises(Conflict, match="by now"):
            undo(session, row, now)
        erase(session, contact=other, actor="supporter", now=now)
        undo(session, row, now)
        assert (ana.email, maria.email) == ("new@example.org", "maria@example.org")


def test_the_latest_merge_is_undone_first(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        ana, bo, cy = (taken_up(session, name, now) for name in ("ana", "bo", "cy"))
        first = merge(session, bo, ana, now)
        second = merge(session, cy, bo, now)
        session.refresh(ana)
        assert ana.merged_into_id == cy.id, "every record points at the one that stands"
        assert standing_id(session, ana.id) == cy.id
        with pytest.raises(Conflict, match="merged again"):
            undo(session, first, now)
        undo(session, second, now)
        session.refresh(ana)
        assert ana.merged_into_id == bo.id
        undo(session, first, now)
        with pytest.raises(Conflict, match="already"):
            undo(session, first, now)
        assert {one.state for one in (ana, bo, cy)} == {"active"}


def test_addresses_stand_sealed_beside_a_merge_and_go_with_the_person(
    db: Database, now: datetime
) -> None:
    with db.transaction() as session:
        ana, maria = (taken_up(session, name, now) for name in ("ana", "maria"))
        session.add(DuplicatePair(first_id=ana.id, second_id=maria.id, score=60, found_at=now))
        row = merge(session, ana, maria, now)
        assert "maria@example.org" in (row.before or "")
        raw = session.scalar(text("SELECT before FROM contact_merges"))
        assert b"maria" not in bytes(raw)
        copy = personal_data.show_person(session, ana.id)["contacts"]["joined_records"]
        assert copy[0]["state"] == "merged"
        assert "maria@example.org" in str(copy)
        audited = session.scalars(select(AuditEntry.facts)).all()
        assert "example.org" not in str(audited)
        erase(session, contact=maria, actor="supporter", now=now)
        session.expire_all()
        assert (ana.state, maria.state, ana.email, maria.email) == ("tombstoned",) * 2 + (None,) * 2
        assert row.before is None
        assert session.scalars(select(DuplicatePair)).all() == []
        with pytest.raises(Conflict, match="erased"):
            undo(session, row, now)


def test_a_no_said_while_records_were_one_stands_for_each(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        ana, maria = (taken_up(session, name, now) for name in ("ana", "maria"))
        yes: dict[str, Any] = {
            "action": "granted",
            "basis": "express",
            "evidence": "form",
            "occurred_at": now,
        }
        for one in (ana, maria):
            new = NewConsent(contact_id=one.id, channel="email", source="f", actor="s", **yes)
            record(session, events=[new], now=now)
        row = merge(session, ana, maria, now)
        assert [one.granted for one in queries.standing_consents(session, ana.id)] == [True]
        service.withdraw(
            session, contact_id=ana.id, channel="email", source="form", actor="supporter",
            now=now + HOUR,
        )  # fmt: skip
        undo(session, row, now + 2 * HOUR)
        for one in (ana, maria):
            assert [c.granted for c in queries.standing_consents(session, one.id)] == [False]


def together(*works: Callable[[], object]) -> list[BaseException | None]:
    """Do several things at once, and say how each ended."""
    ended: list[BaseException | None] = [None] * len(works)
    start = threading.Barrier(len(works))

    def run(place: int) -> None:
        start.wait()
        try:
            works[place]()
        except Conflict as error:
            ended[place] = error

    threads = [threading.Thread(target=run, args=[place]) for place in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ended


def test_of_merges_of_a_chain_at_once_none_gets_lost(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        ids = [taken_up(session, name, now).id for name in ("ana", "bo", "cy")]

    def merging_of(kept: int, merged: int) -> Callable[[], object]:
        def run() -> None:
            with db.transaction() as session:
                one, other = (session.get_one(Contact, ids[place]) for place in (kept, merged))
                merge(session, one, other, now)

        return run

    ended = together(merging_of(0, 1), merging_of(1, 2), merging_of(2, 0))
    with db.read() as session:
        people = {one: session.get_one(Contact, one) for one in ids}
        standing = [one for one in people.values() if one.state == "active"]
        assert len(standing) == 1
        merged = [one for one in people.values() if one.state == "merged"]
        assert {one.merged_into_id for one in merged} == {standing[0].id}
    assert len([one for one in ended if one is None]) == 2
