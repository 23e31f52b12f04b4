"""The console's first page: what runs, what comes next, what waits for somebody."""

from typing import Final

from flask import g, render_template, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from mobilize.accounts import grants
from mobilize.accounts.guards import caller, needs
from mobilize.accounts.roles import may
from mobilize.console.pages import blueprint
from mobilize.console.present import now, today
from mobilize.console.queries import (
    alerts_to_approve,
    count_pending_sign_ons,
    count_unknown,
    running_alerts,
    tallies,
)
from mobilize.contacts.expiring import count_ending
from mobilize.core.clock import SystemClock
from mobilize.followups.queries import next_due
from mobilize.messaging.care.opening import count_unseen
from mobilize.messaging.deciding import pauses
from mobilize.messaging.inbox.reading import count_unread
from mobilize.runtime import runtime
from mobilize.strategy.queries import upcoming

_SHOWN: Final = 8


@blueprint.get("/")
@needs("see")
def dashboard() -> str:
    """What there is to do."""
    with runtime().db.read() as session:
        running = running_alerts(session)
        page = {
            "running": running,
            "counts": tallies(session, [alert.id for alert in running]),
            "to_approve": alerts_to_approve(session),
            "milestones": upcoming(session, on=today(), limit=_SHOWN),
            "followups": next_due(session, limit=_SHOWN),
            "pauses": pauses(session, real_now=SystemClock().now()),
            "waiting": _waiting(
                count_pending_sign_ons(session),
                count_unknown(session),
                count_ending(session, now=now()),
            )
            + _texts(session),
        }
    return render_template("console/dashboard.html", **page)


@blueprint.get("/running")
@needs("see")
def running() -> str:
    """The part of the first page that changes while alerts go out."""
    with runtime().db.read() as session:
        shown = running_alerts(session)
        counts = tallies(session, [alert.id for alert in shown])
    return render_template("console/_running.html", running=shown, counts=counts)


def _texts(session: Session) -> list[tuple[str, int, str, str]]:
    """The texts that wait for whoever may read them; of those that need care no more than that."""
    found = []
    if may(caller(), "texts"):
        about = gettext("Conversations by text that nobody has read.")
        found.append(
            (
                gettext("Texts"),
                count_unread(session),
                about,
                url_for("console.inbox", state="unread"),
            )
        )
    if may(caller(), "accounts") and not grants.is_anybody_named(session, name=grants.CARE):
        # Said whether or not there is such a text.
        about = gettext("Nobody is named to read texts that need care: name two people.")
        found.append((gettext("Care"), 0, about, url_for("console.care")))
    if g.get("named_for_care") and (unseen := count_unseen(session)):
        about = gettext("A message needs care")
        found.append((gettext("Care"), unseen, about, url_for("console.care")))
    return found


def _waiting(sign_ons: int, unknown: int, ending: int) -> list[tuple[str, int, str, str]]:
    """What waits, how many of it, what that means, and where it is decided, if it is."""
    return [
        (
            gettext("Sign-ons to be confirmed"),
            sign_ons,
            gettext("The representative has a week to answer the mail."),
            "",
        ),
        (
            gettext("Messages without an answer"),
            unknown,
            gettext("The provider may or may not have taken them; none is sent twice blindly."),
            url_for("console.unknown"),
        ),
        (
            gettext("People whose consent ends within 30 days"),
            ending,
            gettext("They may be asked to stay while it holds; afterwards not even that."),
            url_for("console.ending_consents") if may(caller(), "people") else "",
        ),
    ]
