"""An alert's way out: submitted, approved by a second person, launched, paused, taken back."""

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from flask import render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from mobilize.accounts.guards import caller, needs
from mobilize.alerts import service
from mobilize.alerts.guards import locked
from mobilize.alerts.models import Alert
from mobilize.alerts.queries import alert_by_public_id
from mobilize.alerts.spending import terms_from
from mobilize.console.auth import needs_fresh
from mobilize.console.forms import carry_out, typed
from mobilize.console.pages import blueprint
from mobilize.console.present import now, today
from mobilize.console.views.alert_preview import everything
from mobilize.console.views.alerts import about, check
from mobilize.core.errors import Conflict, InvalidInput
from mobilize.runtime import runtime

_LONGEST_REASON: Final = 200
Move = Callable[[Session, Alert], Any]


@blueprint.post("/alerts/<ref>/submit")
@needs("compose")
def submit_alert(ref: str) -> Response:
    """Hand an alert to a second person."""
    me, at, day = caller().account_id, now(), today()

    def move(session: Session, alert: Alert) -> None:
        service.submit(session, alert_id=alert.id, submitted_by=me, now=at, today=day)

    return _moved(
        ref, move, done=gettext("The alert is in review: a second person can approve it.")
    )


@blueprint.route("/alerts/<ref>/approve", methods=["GET", "POST"])
@needs("approve")
@needs_fresh
def approve_alert(ref: str) -> str | Response:
    """Show a second person what would go, and take their approval of exactly that."""
    if request.method == "GET":
        return _before(ref, "console/alerts/approve.html")
    me, at, seen = caller().account_id, now(), typed("content")

    def move(session: Session, alert: Alert) -> None:
        _need_what_was_seen(session, alert, seen)
        service.approve(session, alert_id=alert.id, approved_by=me, now=at)

    return _moved(ref, move, done=gettext("The alert is approved and can be launched."))


@blueprint.route("/alerts/<ref>/launch", methods=["GET", "POST"])
@needs("launch")
@needs_fresh
def launch_alert(ref: str) -> str | Response:
    """Show once more to how many people an alert goes, and send it on its way."""
    if request.method == "GET":
        return _before(ref, "console/alerts/launch.html")
    me, at, day, seen = caller().account_id, now(), today(), typed("content")
    limit = runtime().settings.security.two_person_over

    def move(session: Session, alert: Alert) -> None:
        _need_what_was_seen(session, alert, seen)
        service.launch(
            session,
            alert_id=alert.id,
            launched_by=me,
            now=at,
            today=day,
            two_person_over=limit,
            terms=terms_from(runtime().settings),
        )

    return _moved(ref, move, done=gettext("The alert is on its way."))


@blueprint.post("/alerts/<ref>/pause")
@needs("launch")
def pause_alert(ref: str) -> Response:
    """Stop an alert on its way, and say why."""
    me, at, reason = caller().account_id, now(), typed("reason")[:_LONGEST_REASON]

    def move(session: Session, alert: Alert) -> None:
        if not reason:
            raise InvalidInput(
                "The pause has no reason.", hint="Say why, so that others know when to go on."
            )
        service.pause(session, alert_id=alert.id, paused_by=me, reason=reason, now=at)

    return _moved(ref, move, done=gettext("The alert is paused."))


@blueprint.post("/alerts/<ref>/resume")
@needs("launch")
@needs_fresh
def resume_alert(ref: str) -> Response:
    """Let a paused alert go on."""
    me, at = caller().account_id, now()

    def move(session: Session, alert: Alert) -> None:
        terms = terms_from(runtime().settings)
        service.resume(session, alert_id=alert.id, resumed_by=me, terms=terms, now=at)

    return _moved(ref, move, done=gettext("The alert goes on."))


@blueprint.post("/alerts/<ref>/text-cap")
@needs("launch")
def cap_alert(ref: str) -> Response:
    """Say what an alert's text messages may cost at most; empty leaves it to the installation."""
    me, at, written = caller().account_id, now(), typed("dollars")

    def move(session: Session, alert: Alert) -> None:
        service.set_text_cap(
            session,
            alert_id=alert.id,
            cap=_dollars(written),
            set_by=me,
            terms=terms_from(runtime().settings),
            now=at,
        )

    return _moved(ref, move, done=gettext("The cap on text messages is kept."))


@blueprint.post("/alerts/<ref>/cancel")
@needs("launch")
def cancel_alert(ref: str) -> Response:
    """Give an alert up; what has not gone is taken back."""
    me, at = caller().account_id, now()

    def move(session: Session, alert: Alert) -> None:
        service.cancel(session, alert_id=alert.id, cancelled_by=me, now=at)

    return _moved(ref, move, done=gettext("The alert is cancelled; nothing more goes out."))


def _dollars(written: str) -> Decimal | None:
    """A sum as people write it: `125.50`, `125,50`, `$125`."""
    if not written:
        return None
    try:
        return Decimal(re.sub(r"[$\s\u00a0\u202f]", "", written).replace(",", "."))
    except InvalidOperation:
        raise InvalidInput(
            "The cap is no sum of Canadian dollars.",
            hint="Write it like 125.50, or leave it empty.",
        ) from None


def _moved(ref: str, move: Move, *, done: str) -> Response:
    def change(session: Session) -> None:
        move(session, alert_by_public_id(session, ref))

    return carry_out(change, done=done, to=url_for("console.alert", ref=ref))


def _before(ref: str, template: str) -> str:
    with runtime().db.read() as session:
        alert = alert_by_public_id(session, ref)
        context = about(session, alert)
        context["checked"] = check(session, alert)
        context["shown"] = everything(session, alert)
    return render_template(template, **context)


def _need_what_was_seen(session: Session, alert: Alert, seen: str) -> None:
    """Refuse where the alert was edited and submitted again after the page was opened.

    Raises:
        Conflict: It was.
    """
    if locked(session, alert.id).content_hash != (seen or None):
        raise Conflict(
            "The alert changed since you opened the page.", hint="Look at it again first."
        )
