"""Writing an alert, the second step: what it says, English and French side by side."""

from datetime import datetime

from flask import render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from mobilize.accounts.guards import caller, needs
from mobilize.alerts import service
from mobilize.alerts.content import campaign_card
from mobilize.alerts.models import Alert
from mobilize.alerts.queries import alert_by_public_id, steps_of
from mobilize.console.forms import Trouble, asks_only_to_look, see, trouble_of, typed
from mobilize.console.message_form import (
    MessageForm,
    form_of_steps,
    form_of_template,
    keep_words,
)
from mobilize.console.pages import blueprint
from mobilize.console.present import now, today
from mobilize.console.queries import offered_templates
from mobilize.core.errors import InvalidInput, MobilizeError
from mobilize.core.i18n import LANGUAGES, is_language
from mobilize.messaging.previewing import TextCount, sample_person, sms_count
from mobilize.runtime import runtime


@blueprint.route("/alerts/<ref>/messages", methods=["GET", "POST"])
@needs("compose")
def alert_messages(ref: str) -> str | Response | tuple[str, int]:
    """What an alert says, English and French side by side."""
    with runtime().db.read() as session:
        alert = alert_by_public_id(session, ref)
        form = _message_form(session, alert)
    if request.method == "POST" and not asks_only_to_look() and not typed("cheap"):
        at = now()
        try:
            with runtime().db.transaction() as session:
                _keep(session, alert_by_public_id(session, ref), form, at)
        except MobilizeError as error:
            return _messages_page(alert, form, trouble=trouble_of(error))
        return see(url_for("console.alert_preview", ref=ref))
    return _messages_page(alert, form)


@blueprint.post("/alerts/<ref>/cost/<language>")
@needs("compose")
def alert_cost(ref: str, language: str) -> str:
    """In how many segments a text message would go, while it is being typed."""
    with runtime().db.read() as session:
        alert = alert_by_public_id(session, ref)
        form = MessageForm.of_form(request.form)
        costs = _costs(session, alert, form)
    code = language if is_language(language) else "en"
    return render_template("console/alerts/_costs.html", costs=costs, form=form, code=code)


def _message_form(session: Session, alert: Alert) -> MessageForm:
    if request.method == "POST":
        return MessageForm.of_form(request.form).with_cheap(typed("cheap"))
    if "template" in request.args:
        ref = request.args["template"]
        return form_of_template(session, ref) if ref else MessageForm.of_form({"by_email": "yes"})
    return form_of_steps(session, steps_of(session, alert.id))


def _keep(session: Session, alert: Alert, form: MessageForm, at: datetime) -> None:
    steps = keep_words(session, alert=alert, form=form, now=at)
    service.edit_alert(
        session,
        alert_id=alert.id,
        name=alert.name,
        campaign_id=alert.campaign_id,
        rules=alert.rules,
        steps=steps,
        edited_by=caller().account_id,
        now=at,
    )


def _messages_page(
    alert: Alert, form: MessageForm, *, trouble: Trouble | None = None
) -> tuple[str, int]:
    with runtime().db.read() as session:
        templates = offered_templates(session)
        costs = _costs(session, alert, form)
    page = render_template(
        "console/alerts/messages.html",
        alert=alert,
        form=form,
        templates=templates,
        costs=costs,
        trouble=trouble,
    )
    return page, trouble.status if trouble else 200


def _costs(session: Session, alert: Alert, form: MessageForm) -> dict[str, TextCount | Trouble]:
    """What each text message costs, by field, or why it cannot be counted."""
    facts = campaign_card(session, alert.campaign_id).facts()
    found: dict[str, TextCount | Trouble] = {}
    for language in LANGUAGES:
        person = sample_person(session, settings=runtime().settings, language=language, on=today())
        for field in (f"sms_{language}", f"discreet_sms_{language}"):
            try:
                found[field] = sms_count(form.words[field], person=person, facts=facts[language])
            except InvalidInput as error:
                found[field] = trouble_of(error)
    return found
