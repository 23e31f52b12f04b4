"""What sending waits for somebody to decide: messages without an answer, paused providers."""

from datetime import datetime

from flask import render_template, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from mobilize.accounts import audit
from mobilize.accounts.guards import caller, needs
from mobilize.console.auth import needs_fresh
from mobilize.console.forms import carry_out
from mobilize.console.pages import blueprint
from mobilize.console.present import now
from mobilize.core.clock import SystemClock
from mobilize.core.errors import NotFound
from mobilize.messaging import deciding
from mobilize.runtime import runtime


@blueprint.get("/unknown")
@needs("see")
def unknown() -> str:
    """The mailings with messages that were perhaps sent and perhaps not."""
    with runtime().db.read() as session:
        groups = deciding.unknown_by_mailing(session)
        pauses = deciding.pauses(session, real_now=SystemClock().now())
    hours = runtime().settings.sending.unknown_hours
    return render_template("console/unknown/list.html", groups=groups, pauses=pauses, hours=hours)


@blueprint.post("/unknown/<ref>/give-up")
@needs("launch")
def give_up_unknown(ref: str) -> Response:
    """Settle that a mailing's unanswered messages are not sent again."""
    at = now()

    def change(session: Session) -> None:
        mailing = deciding.mailing_by_public_id(session, ref)
        count = deciding.give_up_unknown(session, mailing_id=mailing.id, now=at)
        _note(session, "mailing.give_up_unknown", ref, count, at)

    done = gettext("These messages are not sent again.")
    return carry_out(change, done=done, to=url_for("console.unknown"))


@blueprint.get("/unknown/<ref>/again")
@needs("launch")
@needs_fresh
def unknown_again(ref: str) -> str:
    """What sending again means, before it is done."""
    with runtime().db.read() as session:
        groups = [
            one for one in deciding.unknown_by_mailing(session) if one.mailing_public_id == ref
        ]
    if not groups:
        raise NotFound(
            "No message of this mailing waits for a decision.", hint="Go back to the list."
        )
    return render_template("console/unknown/again.html", group=groups[0])


@blueprint.post("/unknown/<ref>/again")
@needs("launch")
@needs_fresh
def send_unknown_again(ref: str) -> Response:
    """Send a mailing's unanswered messages once more."""
    at = now()

    def change(session: Session) -> None:
        mailing = deciding.mailing_by_public_id(session, ref)
        count = deciding.send_unknown_again(session, mailing_id=mailing.id, now=at)
        _note(session, "mailing.send_unknown_again", ref, count, at)

    done = gettext("These messages go out again.")
    return carry_out(change, done=done, to=url_for("console.unknown"))


@blueprint.post("/pauses/<provider>/lift")
@needs("launch")
def lift_pause(provider: str) -> Response:
    """Let a provider be called again."""
    at, actor = now(), caller().actor

    def change(session: Session) -> None:
        deciding.lift_pause(session, provider=provider)
        audit.record(
            session,
            now=at,
            actor=actor,
            action="provider.lift_pause",
            subject_kind="provider",
            subject_id=provider,
        )

    done = gettext("The provider is called again.")
    return carry_out(change, done=done, to=url_for("console.dashboard"))


def _note(session: Session, action: str, ref: str, count: int, at: datetime) -> None:
    audit.record(
        session,
        now=at,
        actor=caller().actor,
        action=action,
        subject_kind="mailing",
        subject_id=ref,
        facts={"messages": count},
    )
