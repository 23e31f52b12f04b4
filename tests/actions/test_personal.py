"""What actions hold of a person can be shown, and erased without losing the count."""

from datetime import datetime

from sqlalchemy import select

from mobilize.actions.models import MpContact, Participation
from mobilize.actions.personal import erase, show
from mobilize.actions.reports import MpContactReport, record_mp_contact
from mobilize.core.db import Database
from mobilize.mps.queries import CURRENT_ORDER, riding_ids
from tests.support.campaigns import AJAX, invited, open_campaign


def test_a_person_sees_what_they_told_and_can_have_it_cut_from_them(
    db: Database, now: datetime
) -> None:
    with db.transaction() as session:
        campaign = open_campaign(session, now)
        message = invited(session, campaign, now)
        assert message.contact_id is not None
        report = MpContactReport(
            campaign_id=campaign.id,
            riding_id=riding_ids(session, CURRENT_ORDER)[AJAX],
            channel="visit",
            outcome="met_mp",
            note="She listened.",
            form_key="a-visit",
            language="en",
            contact_id=message.contact_id,
            message_id=message.id,
        )
        record_mp_contact(session, report=report, now=now)
        shown = show(session, message.contact_id)
        assert shown["campaigns"][0]["campaign"] == "lasting-protection"
        assert shown["mp_contacts"][0]["note"] == "She listened."

        erase(session, message.contact_id, "supporter", now)
        assert show(session, message.contact_id) == {"campaigns": [], "mp_contacts": []}
    with db.read() as session:
        kept = session.scalars(select(MpContact)).one()
        assert (kept.outcome, kept.note, kept.contact_id) == ("met_mp", None, None)
        part = session.scalars(select(Participation)).one()
        assert (part.contact_id, part.message_id) == (None, None)
        assert part.mailing_id == message.mailing_id
