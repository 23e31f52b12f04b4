"""What actions show on a person's timeline: what they completed, which offices they reached."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from mobilize.actions.models import Campaign, MpContact, Participation
from mobilize.core.timeline import Entry, Part, Window, register
from mobilize.mps.models import Riding


def participations(session: Session, records: Sequence[int], window: Window) -> Iterable[Entry]:
    """The campaigns whose action the person completed."""
    rows = session.execute(
        select(
            Participation.completed_at, Participation.id, Campaign.slug, Participation.message_id
        )
        .join(Campaign, Campaign.id == Participation.campaign_id)
        .where(
            Participation.contact_id.in_(records),
            *window.older(Participation.completed_at, Participation.id),
        )
        .order_by(Participation.completed_at.desc(), Participation.id.desc())
        .limit(window.limit)
    )
    return [
        Entry(
            at=at,
            id=row_id,
            kind="action",
            facts={"campaign": slug, "by_message": message_id is not None},
        )
        for at, row_id, slug, message_id in rows
    ]


def mp_contacts(session: Session, records: Sequence[int], window: Window) -> Iterable[Entry]:
    """The offices that the person called, wrote to or visited; a note stays with the MP's page."""
    rows = session.execute(
        select(
            MpContact.happened_at, MpContact.id, MpContact.channel, MpContact.outcome,
            MpContact.heard, MpContact.reply_promised, Riding.code, Campaign.slug,
        )
        .join(Riding, Riding.id == MpContact.riding_id)
        .join(Campaign, Campaign.id == MpContact.campaign_id)
        .where(
            MpContact.contact_id.in_(records),
            *window.older(MpContact.happened_at, MpContact.id),
        )
        .order_by(MpContact.happened_at.desc(), MpContact.id.desc())
        .limit(window.limit)
    )  # fmt: skip
    return [
        Entry(
            at=at,
            id=row_id,
            kind="mp_contact",
            facts={
                "channel": channel,
                "outcome": outcome,
                "heard": heard,
                "reply_promised": reply_promised,
                "riding": riding,
                "campaign": campaign,
            },
        )
        for at, row_id, channel, outcome, heard, reply_promised, riding, campaign in rows
    ]


register(Part(name="actions", kinds=frozenset({"action"}), read=participations))
register(Part(name="mp_contacts", kinds=frozenset({"mp_contact"}), read=mp_contacts))
