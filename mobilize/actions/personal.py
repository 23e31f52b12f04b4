"""How actions show, and erase, what they hold of a person."""

from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from mobilize.actions.models import Campaign, MpContact, Participation
from mobilize.core.personal_data import Holding, register


def show(session: Session, contact_id: int) -> dict[str, Any]:
    """The campaigns that a person took part in, and what they told of MPs' offices."""
    parts = session.execute(
        select(Campaign.slug, Participation.completed_at)
        .join(Participation, Participation.campaign_id == Campaign.id)
        .where(Participation.contact_id == contact_id)
        .order_by(Participation.id)
    )
    told = session.scalars(
        select(MpContact).where(MpContact.contact_id == contact_id).order_by(MpContact.id)
    )
    return {
        "campaigns": [{"campaign": slug, "at": at.isoformat()} for slug, at in parts],
        "mp_contacts": [
            {
                "id": one.public_id,
                "channel": one.channel,
                "outcome": one.outcome,
                "heard": one.heard,
                "reply_promised": one.reply_promised,
                "followup_wanted": one.followup_wanted,
                "note": one.note,
                "at": one.happened_at.isoformat(),
            }
            for one in told
        ],
    }


def erase(session: Session, contact_id: int, _actor: str, _now: datetime) -> None:
    """Cut what was done and told from who did it: counts stay, notes go."""
    session.execute(
        update(MpContact)
        .where(MpContact.contact_id == contact_id)
        .values(contact_id=None, participation_id=None, note=None)
    )
    session.execute(
        update(Participation)
        .where(Participation.contact_id == contact_id)
        .values(contact_id=None, message_id=None)
    )


register(
    Holding(
        name="actions",
        tables=frozenset({"participations", "mp_contacts"}),
        show=show,
        erase=erase,
    )
)
