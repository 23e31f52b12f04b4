"""An alert as one person would get it, and whether it would go to them; nothing is sent."""

from dataclasses import dataclass
from typing import Final

from flask import abort, make_response, render_template, request
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from mobilize.accounts.guards import needs
from mobilize.alerts.audience import meant_by
from mobilize.alerts.content import CampaignCard, StepDraft, campaign_card
from mobilize.alerts.guards import drafts_of
from mobilize.alerts.models import Alert
from mobilize.alerts.queries import alert_by_public_id
from mobilize.console.pages import blueprint
from mobilize.console.present import now, today
from mobilize.console.views.alert_preview import MAIL_POLICY
from mobilize.console.views.alerts import about
from mobilize.contacts import queries
from mobilize.contacts.erasing import whole_person
from mobilize.contacts.models import Contact
from mobilize.core.errors import MobilizeError
from mobilize.messaging.policy import Channel
from mobilize.messaging.previewing_people import Verdict, preview_for, verdict_on
from mobilize.messaging.rendering import Rendered
from mobilize.runtime import runtime

_FIRST: Final = 5
"""How many of the audience are offered to look at."""


@dataclass(frozen=True)
class ForOne:
    """One channel as a person would get it, and what the gate says of them."""

    channel: Channel
    verdict: Verdict
    rendered: Rendered | None
    trouble: str = ""


@blueprint.get("/alerts/<ref>/preview/person")
@needs("people")
def alert_for_one(ref: str) -> str:
    """The message with a person's own values; without a person, a few of the audience to choose.

    No address is shown, so that it is looked at like the person's page: without a note.
    """
    wanted = request.args.get("person", "").strip().rstrip("/").rpartition("/")[2]
    trouble, person, shown, is_meant = "", None, [], False
    with runtime().db.read() as session:
        alert = alert_by_public_id(session, ref)
        context = about(session, alert)
        meant = meant_by(session, alert.rules, now=now())
        if wanted:
            try:
                person = _standing(session, wanted)
            except MobilizeError as error:
                trouble = gettext(error.message)
        if person is not None:
            chosen = select(Contact.id).where(Contact.id == person.id, meant)
            is_meant = session.scalar(chosen) is not None
            card = campaign_card(session, alert.campaign_id)
            steps = drafts_of(session, alert.id)
            shown = [_for_one(session, step, card, person) for step in steps]
        few = session.scalars(select(Contact).where(meant).order_by(Contact.id).limit(_FIRST)).all()
    return render_template(
        "console/alerts/for_one.html",
        **context,
        wanted=wanted,
        not_found=trouble,
        person=person,
        is_meant=is_meant,
        shown=shown,
        few=few,
    )


@blueprint.get("/alerts/<ref>/preview/person/<person>.html")
@needs("people")
def alert_mail_for_one(ref: str, person: str) -> Response:
    """The mail itself, for the frame on that page."""
    with runtime().db.read() as session:
        alert: Alert = alert_by_public_id(session, ref)
        steps = [step for step in drafts_of(session, alert.id) if step.channel == "email"]
        if not steps:
            abort(404)
        card = campaign_card(session, alert.campaign_id)
        rendered = _rendered(session, steps[0], card, _standing(session, person))
    if rendered is None:
        abort(404)
    answer = make_response(rendered.html)
    answer.headers["Content-Security-Policy"] = MAIL_POLICY
    answer.headers["X-Frame-Options"] = "SAMEORIGIN"
    return answer


def _standing(session: Session, ref: str) -> Contact:
    found = queries.by_public_id(session, ref)
    return queries.by_id(session, whole_person(session, found)[-1])


def _for_one(session: Session, step: StepDraft, card: CampaignCard, person: Contact) -> ForOne:
    verdict = verdict_on(
        session,
        person,
        channel=step.channel,
        topic=card.demand.slug,
        settings=runtime().settings,
        now=now(),
    )
    try:
        return ForOne(step.channel, verdict, _rendered(session, step, card, person))
    except MobilizeError as error:
        return ForOne(step.channel, verdict, None, gettext(error.message))


def _rendered(
    session: Session, step: StepDraft, card: CampaignCard, person: Contact
) -> Rendered | None:
    return preview_for(
        session,
        person,
        settings=runtime().settings,
        template_id=step.template_id,
        channel=step.channel,
        facts=card.facts(),
        on=today(),
    )
