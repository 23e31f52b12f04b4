"""The project's own campaign, open to act on, and people with a personal link to it."""

from datetime import datetime

from sqlalchemy.orm import Session

from mobilize.actions import service
from mobilize.actions.content import read_campaigns, read_messages
from mobilize.actions.models import Campaign
from mobilize.contacts.models import Contact
from mobilize.core.i18n import Language
from mobilize.messaging.models import BULK_LANE, Mailing, Message
from mobilize.messaging.queries import template_by_key
from mobilize.messaging.templates import TextDraft, save_template
from mobilize.mps.queries import CURRENT_ORDER, riding_ids
from mobilize.strategy.models import Demand, DemandVersion

AJAX = "35001"
"""A riding of the 2023 order whose seat is held."""


def adopted_demand(
    session: Session, now: datetime, slug: str = "permanent-status"
) -> DemandVersion:
    """A demand with a short text that was adopted."""
    demand = Demand(slug=slug, position=1)
    session.add(demand)
    session.flush()
    version = DemandVersion(
        demand_id=demand.id,
        number=1,
        state="adopted",
        title_en="Permanent Status",
        title_fr="Statut permanent",
        ask_en="Protect for good.",
        ask_fr="Protéger pour de bon.",
        summary_en="A summary.",
        summary_fr="Un résumé.",
        content_hash="0" * 64,
        created_at=now,
        adopted_at=now,
    )
    session.add(version)
    session.flush()
    return version


def draft_campaign(session: Session, now: datetime) -> Campaign:
    """The project's campaign with its texts in both languages, not reviewed yet."""
    content = read_campaigns()[0]
    campaign = service.create_campaign(
        session,
        slug=content.slug,
        demand_version_id=adopted_demand(session, now).id,
        goal=content.goal,
        closes_on=content.closes_on,
        actor="command",
        now=now,
    )
    for language, draft in content.texts.items():
        service.save_text(session, campaign_id=campaign.id, language=language, draft=draft)
    return campaign


def load_templates(session: Session, now: datetime) -> None:
    """The project's message templates."""
    for message in read_messages():
        texts = [
            TextDraft(
                channel=text.channel, language=text.language, subject=text.subject, body=text.body
            )
            for text in message.texts
        ]
        save_template(session, key=message.key, name=message.name, texts=texts, now=now)


def open_campaign(session: Session, now: datetime) -> Campaign:
    """The project's campaign, published, with the ridings, the MPs and the message templates."""
    load_templates(session, now)
    campaign = draft_campaign(session, now)
    for language in ("en", "fr"):
        service.mark_reviewed(
            session,
            campaign_id=campaign.id,
            language=language,
            account_id=None,
            actor="command",
            now=now,
        )
    return service.publish(session, campaign_id=campaign.id, actor="command", now=now)


def invited(
    session: Session,
    campaign: Campaign,
    now: datetime,
    *,
    riding: str | None = AJAX,
    language: Language = "fr",
) -> Message:
    """A supporter, and the message that brought them the campaign's personal link."""
    contact = Contact(
        given_name="Canary",
        family_name="Feathers",
        language=language,
        riding_id=riding_ids(session, CURRENT_ORDER)[riding] if riding else None,
        created_at=now,
        updated_at=now,
    )
    template = template_by_key(session, "lasting-protection-alert")
    assert template is not None
    mailing = Mailing(
        kind="alert",
        channel="email",
        template_id=template.id,
        lane=BULK_LANE,
        topic="permanent-status",
        campaign_ref=campaign.public_id,
        created_at=now,
    )
    session.add_all([contact, mailing])
    session.flush()
    message = Message(
        mailing_id=mailing.id,
        language=language,
        contact_id=contact.id,
        created_at=now,
        state_at=now,
    )
    session.add(message)
    session.flush()
    return message
