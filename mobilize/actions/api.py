"""Campaigns and the log of contacts with MPs, as JSON for organizers' tools."""

from collections.abc import Callable
from typing import Any

from flask.views import MethodView
from flask_smorest import Blueprint
from sqlalchemy.orm import Session

from mobilize.accounts.guards import caller, needs
from mobilize.actions import queries, service
from mobilize.actions.models import Campaign, MpContact
from mobilize.actions.schemas import (
    CampaignBodySchema,
    CampaignDetailSchema,
    CampaignReviewSchema,
    CampaignSchema,
    CampaignSettingsSchema,
    CampaignTextSchema,
    CampaignWordsSchema,
    MpContactPageSchema,
    MpContactQuerySchema,
    RidingCountSchema,
)
from mobilize.actions.texts import TextDraft
from mobilize.core.errors import NotFound
from mobilize.core.i18n import is_language
from mobilize.mps.queries import NamedRiding, named_ridings
from mobilize.runtime import runtime
from mobilize.strategy.queries import require_adopted

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

    @needs("compose")
    @blueprint.arguments(CampaignBodySchema)
    @blueprint.response(201, CampaignSchema)
    def post(self, body: dict[str, Any]) -> Any:
        """Begin a campaign, as a draft; its words follow language by language."""
        with runtime().db.transaction() as session:
            return service.create_campaign(
                session,
                slug=body.pop("slug"),
                **_settings(session, body),
                created_by=caller().account_id,
                actor=caller().actor,
                now=runtime().clock.now(),
            )


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

    @needs("compose")
    @blueprint.arguments(CampaignSettingsSchema)
    @blueprint.response(200, CampaignSchema)
    def put(self, body: dict[str, Any], campaign_id: str) -> Any:
        """Put a draft under another demand, or change its goal and days."""
        with runtime().db.transaction() as session:
            return service.change_campaign(
                session,
                campaign_id=_campaign(session, campaign_id).id,
                **_settings(session, body),
                actor=caller().actor,
                now=runtime().clock.now(),
            )


@blueprint.route("/<campaign_id>/texts/<language>")
class Words(MethodView):
    """What a campaign says in one language."""

    @needs("compose")
    @blueprint.arguments(CampaignWordsSchema)
    @blueprint.response(200, CampaignTextSchema)
    def put(self, body: dict[str, Any], campaign_id: str, language: str) -> Any:
        """Write a draft's words in one language; changed words must be reviewed again."""
        if not is_language(language):
            raise NotFound("A campaign says nothing in this language.", hint="Write en or fr.")
        with runtime().db.transaction() as session:
            return service.save_text(
                session,
                campaign_id=_campaign(session, campaign_id).id,
                language=language,
                draft=TextDraft(**body),
            )


@blueprint.route("/<campaign_id>/reviews")
class Reviews(MethodView):
    """Who has read the words."""

    @needs("compose")
    @blueprint.arguments(CampaignReviewSchema)
    @blueprint.response(204)
    def post(self, body: dict[str, Any], campaign_id: str) -> None:
        """Note that somebody has read the words of one language, exactly those."""
        with runtime().db.transaction() as session:
            service.mark_reviewed(
                session,
                campaign_id=_campaign(session, campaign_id).id,
                language=body["language"],
                account_id=caller().account_id,
                actor=caller().actor,
                now=runtime().clock.now(),
                seen=body["sha256"],
            )


@blueprint.route("/<campaign_id>/publish")
class Publishing(MethodView):
    """A campaign's page, opened."""

    @needs("compose")
    @blueprint.response(200, CampaignSchema)
    def post(self, campaign_id: str) -> Any:
        """Open a campaign's page to everybody."""
        return _acted(campaign_id, service.publish)


@blueprint.route("/<campaign_id>/close")
class Closing(MethodView):
    """A campaign's page, closed."""

    @needs("compose")
    @blueprint.response(200, CampaignSchema)
    def post(self, campaign_id: str) -> Any:
        """End a campaign: its page thanks, and takes no more reports."""
        return _acted(campaign_id, service.close)


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


def _acted(campaign_id: str, act: Callable[..., Campaign]) -> Campaign:
    with runtime().db.transaction() as session:
        return act(
            session,
            campaign_id=_campaign(session, campaign_id).id,
            actor=caller().actor,
            now=runtime().clock.now(),
        )


def _settings(session: Session, body: dict[str, Any]) -> dict[str, Any]:
    """What the use cases take; the demand as its adopted words."""
    return body | {"demand_version_id": require_adopted(session, body.pop("demand")).id}


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
