"""Writing an alert, the first step: its name, its campaign, and whom it is for."""

from dataclasses import dataclass, field, replace
from typing import Any, Self

from flask import render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from mobilize.accounts.guards import caller, needs
from mobilize.actions.queries import campaign_by_ref
from mobilize.alerts import service
from mobilize.alerts.content import campaign_card
from mobilize.alerts.guards import drafts_of
from mobilize.alerts.models import Alert
from mobilize.alerts.queries import alert_by_public_id, audience_refs
from mobilize.alerts.saved import taken_from
from mobilize.console.audience_choices import begun_from, meant, offered
from mobilize.console.audience_form import AudienceForm
from mobilize.console.forms import Trouble, asks_only_to_look, see, trouble_of
from mobilize.console.pages import blueprint
from mobilize.console.present import now
from mobilize.core.errors import InvalidInput, MobilizeError
from mobilize.runtime import runtime


@dataclass(frozen=True, kw_only=True)
class AlertForm:
    """The first step's fields."""

    name: str = ""
    campaign: str = ""
    audience: AudienceForm = field(default_factory=AudienceForm)

    @classmethod
    def of_form(cls, form: MultiDict[str, str]) -> Self:
        """The fields as a sent form holds them."""
        return cls(
            name=form.get("name", "").strip(),
            campaign=form.get("campaign", ""),
            audience=AudienceForm.of_form(form),
        )

    def checked(self, session: Session) -> dict[str, Any]:
        """What the alerts' use cases take of it.

        Raises:
            InvalidInput: The name is missing, there is no such campaign, or the audience's rules
                cannot be read.
        """
        if not self.name:
            raise InvalidInput(
                "The alert has no name.",
                hint="Give it one that you will recognise in the list.",
                fields={"name": "missing"},
            )
        campaign = campaign_by_ref(session, self.campaign)
        if campaign is None:
            raise InvalidInput(
                "No campaign is chosen.",
                hint="Choose what the alert is about.",
                fields={"campaign": "missing"},
            )
        rules, audience_id = taken_from(
            session, rules=self.audience.rules(), ref=self.audience.saved
        )
        return {
            "name": self.name[:200],
            "campaign_id": campaign.id,
            "rules": rules,
            "audience_id": audience_id,
        }


@blueprint.route("/alerts/new", methods=["GET", "POST"])
@needs("compose")
def new_alert() -> str | Response | tuple[str, int]:
    """Begin an alert: its name, its campaign, its audience."""
    form = AlertForm.of_form(request.form)
    if request.method == "GET":
        form = AlertForm(campaign=request.args.get("campaign", ""))
    elif not asks_only_to_look():
        at = now()
        try:
            with runtime().db.transaction() as session:
                alert = service.create_alert(
                    session, **form.checked(session), steps=(), created_by=_me(), now=at
                )
        except MobilizeError as error:
            return _audience_page(form, alert=None, trouble=trouble_of(error))
        return see(url_for("console.alert_messages", ref=alert.public_id))
    return _audience_page(form, alert=None)


@blueprint.route("/alerts/<ref>/audience", methods=["GET", "POST"])
@needs("compose")
def alert_audience(ref: str) -> str | Response | tuple[str, int]:
    """Change an alert's name, campaign or audience; it is then a draft again."""
    with runtime().db.read() as session:
        alert = alert_by_public_id(session, ref)
        campaign = campaign_card(session, alert.campaign_id).campaign
        saved = audience_refs(session, [alert.audience_id or 0]).get(alert.audience_id or 0, "")
    if request.method == "GET":
        form = AlertForm(
            name=alert.name,
            campaign=campaign.public_id,
            audience=AudienceForm.of_rules(alert.rules, saved=saved),
        )
        return _audience_page(form, alert=alert)
    form = AlertForm.of_form(request.form)
    if asks_only_to_look():
        return _audience_page(form, alert=alert)
    at = now()
    try:
        with runtime().db.transaction() as session:
            service.edit_alert(
                session,
                alert_id=alert.id,
                **form.checked(session),
                steps=drafts_of(session, alert.id),
                edited_by=_me(),
                now=at,
            )
    except MobilizeError as error:
        return _audience_page(form, alert=alert, trouble=trouble_of(error))
    return see(url_for("console.alert_messages", ref=ref))


def _me() -> int:
    return caller().account_id


def _audience_page(
    form: AlertForm, *, alert: Alert | None, trouble: Trouble | None = None
) -> tuple[str, int]:
    with runtime().db.read() as session:
        if "saved-use" in request.form:
            form = replace(form, audience=begun_from(session, form.audience))
        context = {**offered(session), **meant(session, form.audience)}
        page = render_template(
            "console/alerts/audience.html",
            form=form,
            chosen=form.audience,
            alert=alert,
            trouble=trouble,
            **context,
        )
    return page, trouble.status if trouble else 200
