"""Campaigns and the log of contacts with MPs, as JSON for organizers' tools."""

from typing import Any

from flask.views import MethodView
from flask_smorest import Blueprint
from sqlalchemy.orm import Session

from mobilize.actions import queries
from mobilize.actions.models import Campaign, MpContact
from mobilize.actions.schemas import (
    CampaignDetailSchema,
    CampaignSchema,
    MpContactPageSchema,
    MpContactQuerySchema,
    RidingCountSchema,
)
from mobilize.core.errors import NotFound
from mobilize.mps.queries import NamedRiding, named_ridings
from mobilize.runtime import runtime

blueprint = Blueprint(
    "campaigns", __name__, url_prefix="/campaigns", description="What we ask, and what came of it."
)


@blueprint.route("")
class Campaigns(MethodView):
    """All campaigns."""

    @blueprint.response(200, CampaignSchema(many=True))
    def get(self) -> Any:
        """List the campaigns, the newest first."""
        with runtime().db.read() as session:
            return queries.campaigns(session)


@blueprint.route("/<campaign_id>")
class OneCampaign(MethodView):
    """One campaign."""

    @blueprint.response(200, CampaignDetailSchema)
    def get(self, campaign_id: str) -> Any:
        """Show a campaign with its texts."""
        with runtime().db.read() as session:
            campaign = _campaign(session, campaign_id)
            texts = queries.texts(session, campaign.id)
        return {"campaign": campaign, "texts": [texts[language] for language in sorted(texts)]}


@blueprint.route("/<campaign_id>/mp-contacts")
class MpContacts(MethodView):
    """The contacts with MPs that a campaign brought."""

    @blueprint.arguments(MpContactQuerySchema, location="query")
    @blueprint.response(200, MpContactPageSchema)
    def get(self, query: dict[str, Any], campaign_id: str) -> Any:
        """List a campaign's contacts with MPs' offices, the newest first."""
        with runtime().db.read() as session:
            campaign = _campaign(session, campaign_id)
            page = queries.mp_contacts(session, campaign_id=campaign.id, **query)
            ridings = _ridings(session, {contact.riding_id for contact in page.items})
        items = [_as_json(contact, ridings[contact.riding_id]) for contact in page.items]
        return {"items": items, "after": page.after}


@blueprint.route("/<campaign_id>/counts")
class Counts(MethodView):
    """How many contacts there were."""

    @blueprint.response(200, RidingCountSchema(many=True))
    def get(self, campaign_id: str) -> Any:
        """Count a campaign's contacts by riding and channel."""
        with runtime().db.read() as session:
            campaign = _campaign(session, campaign_id)
            counts = queries.counts_by_riding(session, campaign.id)
            ridings = _ridings(session, {count.riding_id for count in counts})
        return [
            {
                "riding": ridings[count.riding_id].code,
                "riding_order": ridings[count.riding_id].order,
                "channel": count.channel,
                "contacts": count.contacts,
            }
            for count in counts
        ]


def _campaign(session: Session, campaign_id: str) -> Campaign:
    campaign = queries.campaign_by_ref(session, campaign_id)
    if campaign is None:
        raise NotFound("There is no such campaign.", hint="List them at /campaigns.")
    return campaign


def _ridings(session: Session, ids: set[int]) -> dict[int, NamedRiding]:
    return named_ridings(session, ids, lang="en", on=runtime().clock.now().date())


def _as_json(contact: MpContact, riding: NamedRiding) -> dict[str, Any]:
    return {
        "public_id": contact.public_id,
        "riding": riding.code,
        "riding_order": riding.order,
        "channel": contact.channel,
        "outcome": contact.outcome,
        "heard": contact.heard,
        "seat_was_vacant": contact.mandate_id is None,
        "reply_promised": contact.reply_promised,
        "reply_due_on": contact.reply_due_on,
        "followup_wanted": contact.followup_wanted,
        "language": contact.language,
        "happened_at": contact.happened_at,
    }
