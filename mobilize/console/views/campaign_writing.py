"""Writing a campaign: its demand and days, its words in both languages side by side."""

from flask import render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from mobilize.accounts.guards import caller, needs
from mobilize.actions import queries, service
from mobilize.actions.models import Campaign
from mobilize.console.campaign_form import CampaignForm
from mobilize.console.forms import Trouble, see, trouble_of
from mobilize.console.pages import blueprint
from mobilize.console.present import now
from mobilize.core.errors import MobilizeError, NotFound
from mobilize.runtime import runtime
from mobilize.strategy.queries import adopted_versions


@blueprint.route("/campaigns/new", methods=["GET", "POST"])
@needs("compose")
def new_campaign() -> str | Response | tuple[str, int]:
    """Begin a campaign, as a draft."""
    form = CampaignForm.of_form(request.form)
    if request.method == "GET":
        return _page(form, campaign=None)
    me, at = caller(), now()
    try:
        with runtime().db.transaction() as session:
            made = service.create_campaign(
                session,
                slug=form.slug,
                **form.settings(session),
                created_by=me.account_id,
                actor=me.actor,
                now=at,
            )
            _keep_words(session, made, form)
    except MobilizeError as error:
        return _page(form, campaign=None, trouble=trouble_of(error))
    return see(url_for("console.campaign", ref=made.public_id))


@blueprint.route("/campaigns/<ref>/edit", methods=["GET", "POST"])
@needs("compose")
def edit_campaign(ref: str) -> str | Response | tuple[str, int]:
    """Change a draft; changed words are to be read again."""
    with runtime().db.read() as session:
        shown = _campaign(session, ref)
        standing = CampaignForm.of_campaign(session, shown)
    if request.method == "GET":
        return _page(standing, campaign=shown)
    form = CampaignForm.of_form({**request.form, "slug": shown.slug})
    try:
        with runtime().db.transaction() as session:
            changed = _campaign(session, ref)
            service.change_campaign(
                session,
                campaign_id=changed.id,
                **form.settings(session),
                actor=caller().actor,
                now=now(),
            )
            _keep_words(session, changed, form)
    except MobilizeError as error:
        return _page(form, campaign=shown, trouble=trouble_of(error))
    return see(url_for("console.campaign", ref=ref))


def _keep_words(session: Session, campaign: Campaign, form: CampaignForm) -> None:
    for language, draft in form.drafts().items():
        service.save_text(session, campaign_id=campaign.id, language=language, draft=draft)


def _campaign(session: Session, ref: str) -> Campaign:
    shown = queries.campaign_by_ref(session, ref)
    if shown is None:
        raise NotFound("There is no such campaign.", hint="Choose one from the list of campaigns.")
    return shown


def _page(
    form: CampaignForm, *, campaign: Campaign | None, trouble: Trouble | None = None
) -> tuple[str, int]:
    with runtime().db.read() as session:
        demands = [version for _, version in adopted_versions(session)]
    page = render_template(
        "console/campaigns/write.html",
        form=form,
        campaign=campaign,
        demands=demands,
        trouble=trouble,
    )
    return page, trouble.status if trouble else 200
