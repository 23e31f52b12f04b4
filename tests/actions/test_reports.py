"""A report of a contact with an MP's office is kept once, whole, and thanked for."""

from dataclasses import replace
from datetime import date, datetime
from threading import Thread

import pytest
from sqlalchemy import func, select, update

from mobilize.actions import queries
from mobilize.actions.models import Campaign, MpContact, Participation
from mobilize.actions.reports import MpContactReport, record_mp_contact
from mobilize.core.db import Database
from mobilize.core.errors import Conflict, InvalidInput
from mobilize.messaging.models import Message
from mobilize.mps.models import Mandate
from mobilize.mps.queries import CURRENT_ORDER, riding_ids
from tests.support.campaigns import AJAX, invited, open_campaign


@pytest.fixture
def report(db: Database, now: datetime) -> MpContactReport:
    """What one supporter told of a call."""
    with db.transaction() as session:
        campaign = open_campaign(session, now)
        message = invited(session, campaign, now)
        return MpContactReport(
            campaign_id=campaign.id,
            riding_id=riding_ids(session, CURRENT_ORDER)[AJAX],
            channel="call",
            outcome="spoke_staff",
            heard="undecided",
            reply_promised=True,
            note="They will call back.",
            form_key="one-form",
            language="fr",
            contact_id=message.contact_id,
            message_id=message.id,
        )


def count(db: Database, model: type) -> int:
    with db.read() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_a_report_is_kept_with_all_that_was_told(
    db: Database, now: datetime, report: MpContactReport
) -> None:
    with db.transaction() as session:
        kept = record_mp_contact(session, report=report, now=now)
    assert kept.outcome == "spoke_staff"
    assert kept.heard == "undecided"
    assert kept.note == "They will call back."
    assert kept.reply_due_on == date(2026, 12, 6)
    assert kept.mandate_id is not None
    with db.read() as session:
        part = queries.participation_of(
            session, campaign_id=report.campaign_id, contact_id=report.contact_id or 0
        )
        assert part.message_id == report.message_id
        thanks = session.scalars(select(Message).where(Message.id != report.message_id)).one()
    assert thanks.contact_id == report.contact_id
    assert thanks.variables["reply_due_on"] == "2026-12-06"


def test_the_same_form_again_changes_nothing(
    db: Database, now: datetime, report: MpContactReport
) -> None:
    with db.transaction() as session:
        first = record_mp_contact(session, report=report, now=now)
    with db.transaction() as session:
        again = record_mp_contact(session, report=replace(report, outcome="voicemail"), now=now)
    assert (again.id, again.outcome) == (first.id, "spoke_staff")
    assert (count(db, MpContact), count(db, Participation), count(db, Message)) == (1, 1, 2)


def test_two_taps_at_once_are_one_report(
    db: Database, now: datetime, report: MpContactReport
) -> None:
    def tap() -> None:
        with db.transaction() as session:
            record_mp_contact(session, report=report, now=now)

    taps = [Thread(target=tap) for _ in range(8)]
    for one in taps:
        one.start()
    for one in taps:
        one.join()
    assert (count(db, MpContact), count(db, Participation), count(db, Message)) == (1, 1, 2)


def test_a_second_office_is_a_second_contact_but_one_participation_and_one_thank_you(
    db: Database, now: datetime, report: MpContactReport
) -> None:
    letter = replace(report, channel="write", outcome="sent", form_key="another-form")
    with db.transaction() as session:
        record_mp_contact(session, report=report, now=now)
        record_mp_contact(session, report=letter, now=now)
    assert (count(db, MpContact), count(db, Participation), count(db, Message)) == (2, 1, 2)


def test_without_a_person_there_is_a_contact_and_nobody_to_thank(
    db: Database, now: datetime, report: MpContactReport
) -> None:
    with db.transaction() as session:
        record_mp_contact(
            session, report=replace(report, contact_id=None, message_id=None), now=now
        )
    assert (count(db, MpContact), count(db, Participation), count(db, Message)) == (1, 0, 1)


def test_a_vacant_seat_has_an_office_but_nobody_who_holds_it(
    db: Database, now: datetime, report: MpContactReport
) -> None:
    with db.transaction() as session:
        session.execute(
            update(Mandate)
            .where(Mandate.riding_id == report.riding_id)
            .values(end_not_before=now.date(), end_not_after=now.date(), end_reason="resigned")
        )
        kept = record_mp_contact(session, report=report, now=now)
    assert kept.mandate_id is None
    assert kept.riding_id == report.riding_id


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"outcome": "sent"}, "`sent` cannot come of `call`"),
        ({"heard": "angry"}, "`angry` is not one of"),
        ({"note": "x" * 501}, "longer than 500"),
        ({"form_key": ""}, "form_key: missing"),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(
    db: Database, now: datetime, report: MpContactReport, change: dict[str, str], reason: str
) -> None:
    with pytest.raises(InvalidInput, match=reason), db.transaction() as session:
        record_mp_contact(session, report=replace(report, **change), now=now)  # type: ignore[arg-type]
    assert count(db, MpContact) == 0


def test_a_closed_campaign_takes_no_reports(
    db: Database, now: datetime, report: MpContactReport
) -> None:
    with db.transaction() as session:
        session.execute(update(Campaign).values(state="closed"))
    with pytest.raises(Conflict), db.transaction() as session:
        record_mp_contact(session, report=report, now=now)


def test_counts_below_five_stay_hidden(
    db: Database, now: datetime, report: MpContactReport
) -> None:
    shown = []
    for number in range(6):
        with db.transaction() as session:
            record_mp_contact(session, report=replace(report, form_key=f"form-{number}"), now=now)
            shown.append(
                queries.contacts_in_riding(
                    session, campaign_id=report.campaign_id, riding_id=report.riding_id
                )
            )
    assert shown == [None, None, None, None, 5, 6]


def test_the_log_is_read_page_by_page(db: Database, now: datetime, report: MpContactReport) -> None:
    with db.transaction() as session:
        for number in range(3):
            record_mp_contact(session, report=replace(report, form_key=f"form-{number}"), now=now)
        first = queries.mp_contacts(session, campaign_id=report.campaign_id, limit=2)
        rest = queries.mp_contacts(session, campaign_id=report.campaign_id, after=first.after)
        assert [row.form_key for row in [*first.items, *rest.items]] == [
            "form-2",
            "form-1",
            "form-0",
        ]
        assert rest.after is None
        [counted] = queries.counts_by_riding(session, report.campaign_id)
        assert (counted.channel, counted.contacts) == ("call", 3)
