"""Campaigns: the list, and one with the words of both languages side by side."""

from flask import abort, render_template, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from mobilize.accounts.guards import caller, needs
from mobilize.accounts.roles import may
from mobilize.actions import queries, service
from mobilize.actions.models import Campaign
from mobilize.console.forms import carry_out, typed
from mobilize.console.pages import blueprint
from mobilize.console.present import now, today
from mobilize.console.queries import account_names, completed_by_campaign, named_campaigns
from mobilize.core.errors import NotFound
from mobilize.core.http import page_language
from mobilize.core.i18n import LANGUAGES, is_language
from mobilize.mps.queries import riding_names
from mobilize.runtime import runtime
from mobilize.strategy.models import Demand, DemandVersion


@blueprint.get("/campaigns")
@needs("see")
def campaigns() -> str:
    """All campaigns, with how far each is."""
    with runtime().db.read() as session:
        shown = named_campaigns(session, page_language())
        done = completed_by_campaign(session)
    return render_template("console/campaigns/list.html", campaigns=shown, done=done)


@blueprint.get("/campaigns/<ref>")
@needs("see")
def campaign(ref: str) -> str:
    """One campaign: what it says, who read it, what came of it."""
    with runtime().db.read() as session:
        shown = _campaign(session, ref)
        texts = queries.texts(session, shown.id)
        counts = queries.counts_by_riding(session, shown.id)
        demand, version = _demand(session, shown)
        page = {
            "campaign": shown,
            "texts": [(language, texts.get(language)) for language in LANGUAGES],
            "demand": demand,
            "version": version,
            "names": account_names(session, {text.reviewed_by for text in texts.values()}),
            "done": completed_by_campaign(session).get(shown.id, 0),
            "contacts": sum(count.contacts for count in counts),
            "counts": counts if may(caller(), "people") else [],
            "ridings": riding_names(
                session, {count.riding_id for count in counts}, page_language(), today()
            ),
        }
    return render_template("console/campaigns/campaign.html", **page)


@blueprint.post("/campaigns/<ref>/reviewed/<language>")
@needs("compose")
def campaign_reviewed(ref: str, language: str) -> Response:
    """Note that the words of one language were read, exactly those that the page showed."""
    if not is_language(language):
        abort(404)
    me, at, seen = caller(), now(), typed("seen")

    def change(session: Session) -> None:
        shown = _campaign(session, ref)
        service.mark_reviewed(
            session,
            campaign_id=shown.id,
            language=language,
            account_id=me.account_id,
            actor=me.actor,
            now=at,
            seen=seen,
        )

    done = {
        "en": gettext("The English words are marked as reviewed."),
        "fr": gettext("The French words are marked as reviewed."),
    }
    return carry_out(change, done=done[language], to=url_for("console.campaign", ref=ref))


@blueprint.post("/campaigns/<ref>/publish")
@needs("compose")
def publish_campaign(ref: str) -> Response:
    """Open a campaign's page to everybody."""
    actor, at = caller().actor, now()

    def change(session: Session) -> None:
        service.publish(session, campaign_id=_campaign(session, ref).id, actor=actor, now=at)

    done = gettext("The campaign is published.")
    return carry_out(change, done=done, to=url_for("console.campaign", ref=ref))


@blueprint.post("/campaigns/<ref>/close")
@needs("compose")
def close_campaign(ref: str) -> Response:
    """End a campaign: its page thanks, and takes no more reports."""
    actor, at = caller().actor, now()

    def change(session: Session) -> None:
        service.close(session, campaign_id=_campaign(session, ref).id, actor=actor, now=at)

    done = gettext("The campaign is closed.")
    return carry_out(change, done=done, to=url_for("console.campaign", ref=ref))


def _campaign(session: Session, ref: str) -> Campaign:
    shown = queries.campaign_by_ref(session, ref)
    if shown is None:
        raise NotFound("There is no such campaign.", hint="Choose one from the list of campaigns.")
    return shown


def _demand(session: Session, shown: Campaign) -> tuple[Demand, DemandVersion]:
    version = session.get_one(DemandVersion, shown.demand_version_id)
    return session.get_one(Demand, version.demand_id), version
