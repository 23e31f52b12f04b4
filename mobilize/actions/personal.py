"""How actions show, and erase, what they hold of a person."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from mobilize.actions.models import Campaign, MpContact, Participation
from mobilize.actions.outcomes import CHANNELS, HEARD, OUTCOMES
from mobilize.contacts.histories import records_of
from mobilize.core.i18n import Label
from mobilize.core.moving import Rows
from mobilize.core.personal_data import Holding, register
from mobilize.messaging.models import Message

_PARTS: Final = Rows(Participation.id, Participation.contact_id)
_TOLD: Final = Rows(MpContact.id, MpContact.contact_id)


_WORDS: Final = {
    "actions": Label("Actions", "Actions"),
    "campaigns": Label("Campaigns you took part in", "Campagnes auxquelles vous avez participé"),
    "campaign": Label("Campaign", "Campagne"),
    "mp_contacts": Label(
        "What you told of MPs’ offices", "Ce que vous avez dit de bureaux de députés"
    ),
    "outcome": Label("How it went", "Comment cela s’est passé"),
    "heard": Label("What the office said", "Ce que le bureau a dit"),
    "reply_promised": Label("An answer was promised", "Une réponse a été promise"),
    "followup_wanted": Label("You wished for a follow-up", "Vous souhaitiez un suivi"),
    "note": Label("Your note", "Votre note"),
}
_CODES: Final[dict[str, Label]] = {
    **{str(code): label for code, label in CHANNELS.items()},
    **{str(code): label for answers in OUTCOMES.values() for code, label in answers.items()},
    **{str(code): label for code, label in HEARD.items()},
}


def show(session: Session, contact_id: int) -> dict[str, Any]:
    """The campaigns that a person took part in, and what they told of MPs' offices."""
    records = records_of(session, contact_id)
    parts = session.execute(
        select(Campaign.slug, Participation.completed_at)
        .join(Participation, Participation.campaign_id == Campaign.id)
        .where(Participation.contact_id.in_(records))
        .order_by(Participation.id)
    )
    told = session.scalars(
        select(MpContact).where(MpContact.contact_id.in_(records)).order_by(MpContact.id)
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


def merge(session: Session, kept_id: int, merged_id: int) -> dict[str, Any]:
    """Hand over what was done and told; of a part in the same campaign each keeps its own."""
    taken = select(Participation.campaign_id).where(Participation.contact_id == kept_id)
    first = Participation.campaign_id.not_in(taken)
    return {
        "parts": _PARTS.hand_over(session, giver=merged_id, taker=kept_id, which=first),
        "mp_contacts": _TOLD.hand_over(session, giver=merged_id, taker=kept_id),
    }


def part(session: Session, kept_id: int, merged_id: int, memo: dict[str, Any]) -> None:
    """Give back what was handed over, and what was done since by the merged record's own links."""
    own = (
        select(Participation.campaign_id).where(Participation.contact_id == merged_id)
    ).scalar_subquery()
    by_own_link = select(Participation.id).where(
        Participation.contact_id == kept_id,
        Participation.message_id.in_(select(Message.id).where(Message.contact_id == merged_id)),
        Participation.campaign_id.not_in(own),
    )
    came = set(session.scalars(by_own_link)) - set(memo["parts"])
    told = select(MpContact.id).where(
        MpContact.contact_id == kept_id, MpContact.participation_id.in_(came)
    )
    reports = {*memo["mp_contacts"], *session.scalars(told)}
    _TOLD.give(session, reports, giver=kept_id, taker=merged_id)
    _PARTS.give(session, {*memo["parts"], *came}, giver=kept_id, taker=merged_id)


register(
    Holding(
        name="actions",
        tables=frozenset({"participations", "mp_contacts"}),
        show=show,
        erase=erase,
        merge=merge,
        part=part,
        words=_WORDS,
        codes=_CODES,
    )
)
