"""People whose records were merged: one of a mailing goes, and every link and STOP still works."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from mobilize.actions.models import Participation
from mobilize.actions.queries import arrival
from mobilize.actions.reports import MpContactReport, record_mp_contact
from mobilize.contacts import merging
from mobilize.contacts.channels import CHANNELS
from mobilize.contacts.consent_models import Suppression
from mobilize.contacts.identity_models import Merge
from mobilize.contacts.models import Contact
from mobilize.contacts.queries import standing_consents
from mobilize.core.db import Database
from mobilize.core.tokens import Links
from mobilize.messaging import optout, receiving
from mobilize.messaging.lettering import LEAVE
from mobilize.messaging.models import BULK_LANE, Mailing, Message
from mobilize.messaging.queries import template_by_key
from mobilize.mps.queries import CURRENT_ORDER, riding_ids
from mobilize.runtime import Runtime
from tests.messaging.people import add_contact, consent_of
from tests.support.campaigns import AJAX, load_templates, open_campaign


def mailing(session: Session, now: datetime, kind: str = "alert") -> Mailing:
    if template_by_key(session, "lasting-protection-alert") is None:
        load_templates(session, now)
    template = template_by_key(session, "lasting-protection-alert")
    assert template is not None
    made = Mailing(
        kind=kind, channel="email", template_id=template.id, lane=BULK_LANE, created_at=now
    )
    session.add(made)
    session.flush()
    return made


def message(
    session: Session, to: Contact, of: Mailing, now: datetime, state: str = "queued"
) -> Message:
    made = Message(
        mailing_id=of.id,
        dedupe_key=f"{to.id}",
        language="en",
        contact_id=to.id,
        state=state,
        created_at=now,
        state_at=now,
    )
    session.add(made)
    session.flush()
    return made


def merge(session: Session, kept: Contact, merged: Contact, now: datetime) -> Merge:
    return merging.merge(session, kept=kept, merged=merged, actor="command", now=now)


def holders(session: Session, *messages: Message) -> list[int | None]:
    session.expire_all()
    return [one.contact_id for one in messages]


def test_of_a_mailing_to_both_one_goes(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        ana, maria = (add_contact(session, number, now=now) for number in (1, 2))
        waiting, sent, alone, thanks = (mailing(session, now) for _ in range(4))
        thanks.kind = "transactional"
        rows = [
            message(session, ana, waiting, now),
            message(session, maria, waiting, now),
            message(session, ana, sent, now),
            message(session, maria, sent, now, "delivered"),
            message(session, maria, alone, now),
            message(session, ana, thanks, now),
            message(session, maria, thanks, now),
        ]
        row = merge(session, ana, maria, now)
        one, other = ana.id, maria.id
        # The gate refuses what stays with the merged record: never two of one mailing.
        assert holders(session, *rows) == [one, other, other, one, one, one, one]
        merging.undo(session, row=row, actor="command", now=now)
        assert holders(session, *rows) == [one, other, one, other, other, one, other]


def test_a_leave_link_that_went_to_the_merged_record_takes_the_person_off(
    runtime: Runtime, now: datetime
) -> None:
    with runtime.db.transaction() as session:
        ana, maria = (add_contact(session, number, now=now) for number in (1, 2))
        went = message(session, maria, mailing(session, now), now, "delivered")
        row = merge(session, ana, maria, now)
        links: Links = runtime.links
        token = links.seal(LEAVE, went.id)
        assert optout.leave_by_link(session, token=token, links=links, topic="", now=now)
        assert not consent_of(session, ana, "email").granted
        merging.undo(session, row=row, actor="command", now=now)
        session.expire_all()
        for one in (ana, maria):
            assert not consent_of(session, one, "email").granted


def test_stop_from_either_number_stops_the_person(runtime: Runtime, now: datetime) -> None:
    later = now + timedelta(hours=1)
    with runtime.db.transaction() as session:
        for number in (1, 11):
            ana, maria = (add_contact(session, one, now=now) for one in (number, number + 1))
            numbers = (ana.phone, maria.phone)
            merge(session, ana, maria, now)
            sender = numbers[number == 1]
            assert sender is not None
            receiving.take_text(
                session,
                sender=sender,
                body="ARRÊT",
                provider_ref=f"SM{number}",
                settings=runtime.settings,
                now=later,
            )
            session.expire_all()
            assert [one.granted for one in standing_consents(session, ana.id)] == [True, False]
        numbers_left = select(Suppression.channel).where(Suppression.channel.in_(CHANNELS))
        closed = session.scalars(numbers_left).all()
        assert closed == ["sms", "sms"]


def test_an_action_by_the_merged_records_link_is_the_persons_and_goes_back_with_it(
    db: Database, now: datetime
) -> None:
    with db.transaction() as session:
        campaign = open_campaign(session, now)
        ana, maria = (add_contact(session, number, now=now) for number in (1, 2))
        of = mailing(session, now)
        of.campaign_ref = campaign.public_id
        invitation = message(session, maria, of, now, "delivered")
        row = merge(session, ana, maria, now)
        came = arrival(session, invitation.id)
        assert came is not None
        assert came.contact_id == ana.id
        report = MpContactReport(
            campaign_id=campaign.id,
            riding_id=riding_ids(session, CURRENT_ORDER)[AJAX],
            channel="call",
            outcome="spoke_mp",
            form_key="a-call",
            language="en",
            contact_id=came.contact_id,
            message_id=invitation.id,
        )
        told = record_mp_contact(session, report=report, now=now)
        part = session.scalars(select(Participation)).one()
        assert (told.contact_id, part.contact_id) == (ana.id, ana.id)
        merging.undo(session, row=row, actor="command", now=now)
        session.expire_all()
        assert (told.contact_id, part.contact_id) == (maria.id, maria.id)
