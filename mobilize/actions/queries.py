"""Reading campaigns, their texts and progress, and the log of contacts with MPs."""

from collections.abc import Collection
from datetime import date
from typing import Final, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mobilize.actions.models import Campaign, CampaignText, MpContact, Participation
from mobilize.contacts.models import Contact
from mobilize.core.errors import NotFound
from mobilize.core.paging import PAGE_SIZE, Page
from mobilize.messaging.models import Mailing, Message

FEWEST_SHOWN: Final = 5
"""Counts of fewer people are not shown in public: in a riding they could point at a person."""


class Arrival(NamedTuple):
    """Whom a personal link brought, and to what."""

    campaign_id: int
    message_id: int
    contact_id: int | None
    riding_id: int | None


class Progress(NamedTuple):
    """How far a campaign is, as the public may see it; None where fewer than five took part."""

    people: int | None
    goal: int | None


class CountByRiding(NamedTuple):
    """How many contacts a riding's office had through one channel."""

    riding_id: int
    channel: str
    contacts: int


def campaign_by_slug(session: Session, slug: str) -> Campaign | None:
    """The campaign of that slug, whatever its state."""
    return session.scalar(select(Campaign).where(Campaign.slug == slug))


def campaign_by_ref(session: Session, ref: str) -> Campaign | None:
    """The campaign of that public id, whatever its state."""
    return session.scalar(select(Campaign).where(Campaign.public_id == ref))


def campaign_by_id(session: Session, campaign_id: int) -> Campaign:
    """A campaign that is known to be there.

    Raises:
        NotFound: It is not.
    """
    campaign = session.get(Campaign, campaign_id)
    if campaign is None:
        raise NotFound("There is no such campaign.")
    return campaign


def campaigns(session: Session) -> list[Campaign]:
    """All campaigns, the newest first."""
    return list(session.scalars(select(Campaign).order_by(Campaign.id.desc())))


def open_campaigns(session: Session, *, on: date) -> list[Campaign]:
    """The campaigns that people can act on that day, the newest first."""
    published = select(Campaign).where(Campaign.state == "published").order_by(Campaign.id.desc())
    return [campaign for campaign in session.scalars(published) if is_open(campaign, on=on)]


def is_open(campaign: Campaign, *, on: date) -> bool:
    """Whether people can act on a campaign that day; its last day is still open."""
    return (
        campaign.state == "published"
        and (campaign.opens_on is None or campaign.opens_on <= on)
        and (campaign.closes_on is None or on <= campaign.closes_on)
    )


def texts(session: Session, campaign_id: int) -> dict[str, CampaignText]:
    """What a campaign says, by language."""
    rows = session.scalars(select(CampaignText).where(CampaignText.campaign_id == campaign_id))
    return {row.language: row for row in rows}


def texts_in(
    session: Session, campaign_ids: Collection[int], language: str
) -> dict[int, CampaignText]:
    """What campaigns say in one language, by campaign."""
    rows = session.scalars(
        select(CampaignText).where(
            CampaignText.campaign_id.in_(campaign_ids), CampaignText.language == language
        )
    )
    return {row.campaign_id: row for row in rows}


def arrival(session: Session, message_id: int) -> Arrival | None:
    """Whom the link of a message brings, and to which campaign; None where it leads nowhere."""
    row = session.execute(
        select(Campaign.id, Message.id, Contact.id, Contact.riding_id)
        .select_from(Message)
        .join(Mailing, Mailing.id == Message.mailing_id)
        .join(Campaign, Campaign.public_id == Mailing.campaign_ref)
        .outerjoin(Contact, (Contact.id == Message.contact_id) & (Contact.state == "active"))
        .where(Message.id == message_id)
    ).one_or_none()
    return None if row is None else Arrival(*row)


def contact_by_form(session: Session, form_key: str) -> MpContact | None:
    """The MP contact that a filled form became."""
    return session.scalar(select(MpContact).where(MpContact.form_key == form_key))


def participation_of(session: Session, *, campaign_id: int, contact_id: int) -> Participation:
    """A contact's part in a campaign, which must be there."""
    return session.scalars(
        select(Participation).where(
            Participation.campaign_id == campaign_id, Participation.contact_id == contact_id
        )
    ).one()


def progress(session: Session, campaign: Campaign) -> Progress:
    """How many contacts with MPs a campaign has brought, for its public page."""
    count = session.scalar(
        select(func.count()).select_from(MpContact).where(MpContact.campaign_id == campaign.id)
    )
    return Progress(people=shown(count or 0), goal=campaign.goal)


def contacts_in_riding(session: Session, *, campaign_id: int, riding_id: int) -> int | None:
    """How many contacts a riding's office had, for a public page: never fewer than five."""
    count = session.scalar(
        select(func.count())
        .select_from(MpContact)
        .where(MpContact.campaign_id == campaign_id, MpContact.riding_id == riding_id)
    )
    return shown(count or 0)


def shown(count: int) -> int | None:
    """A count as the public may see it."""
    return count if count >= FEWEST_SHOWN else None


def mp_contacts(
    session: Session,
    *,
    campaign_id: int | None = None,
    riding_id: int | None = None,
    after: int | None = None,
    limit: int = PAGE_SIZE,
) -> Page[MpContact]:
    """The log of contacts with MPs, the newest first.

    Args:
        session: The session to read with.
        campaign_id: Only those of a campaign.
        riding_id: Only those with the office of a riding.
        after: The key of the page before.
        limit: Rows on a page.
    """
    wanted = select(MpContact).order_by(MpContact.id.desc()).limit(limit + 1)
    if campaign_id is not None:
        wanted = wanted.where(MpContact.campaign_id == campaign_id)
    if riding_id is not None:
        wanted = wanted.where(MpContact.riding_id == riding_id)
    if after is not None:
        wanted = wanted.where(MpContact.id < after)
    rows = list(session.scalars(wanted))
    items = rows[:limit]
    return Page(items=items, after=items[-1].id if len(rows) > limit else None)


def counts_by_riding(session: Session, campaign_id: int) -> list[CountByRiding]:
    """How many contacts each riding's office had, by channel; for organizers, so uncut."""
    rows = session.execute(
        select(MpContact.riding_id, MpContact.channel, func.count())
        .where(MpContact.campaign_id == campaign_id)
        .group_by(MpContact.riding_id, MpContact.channel)
        .order_by(MpContact.riding_id, MpContact.channel)
    )
    return [CountByRiding(*row) for row in rows]


def replies_due(session: Session, *, on: date) -> list[MpContact]:
    """The contacts whose promised answer was due by a day, the longest due first."""
    return list(
        session.scalars(
            select(MpContact).where(MpContact.reply_due_on <= on).order_by(MpContact.reply_due_on)
        )
    )
