"""Alerts: the list, and the page of one with its preflight, its way and its results."""

from dataclasses import dataclass
from typing import Any

from flask import render_template
from sqlalchemy.orm import Session

from mobilize.accounts.guards import caller, needs
from mobilize.accounts.roles import may
from mobilize.alerts import audience
from mobilize.alerts.guards import drafts_of
from mobilize.alerts.lifecycle import TRANSITIONS, Action
from mobilize.alerts.models import Alert
from mobilize.alerts.naming import names_in
from mobilize.alerts.preflight import Preflight, preflight
from mobilize.alerts.progress import progress_of
from mobilize.alerts.queries import alert_by_public_id, list_alerts, results, steps_of
from mobilize.alerts.spending import terms_from
from mobilize.console.forms import page_after
from mobilize.console.pages import blueprint
from mobilize.console.present import now, today
from mobilize.console.queries import account_names, named_campaigns, tallies
from mobilize.console.summaries import Outlook, count_table, outlook
from mobilize.core.clock import SystemClock
from mobilize.core.http import page_language
from mobilize.mps.queries import riding_names
from mobilize.runtime import runtime

NOT_GONE = frozenset({"draft", "in_review", "approved"})


@dataclass(frozen=True)
class Checked:
    """A preflight with its forecasts as the page shows them."""

    found: Preflight
    outlooks: dict[str, Outlook]


@blueprint.get("/alerts")
@needs("see")
def alerts() -> str:
    """All alerts, the newest first."""
    with runtime().db.read() as session:
        page = list_alerts(session, after=page_after())
        titles = {one.id: one.title for one in named_campaigns(session, page_language())}
        counts = tallies(session, [alert.id for alert in page.items])
    return render_template("console/alerts/list.html", page=page, titles=titles, counts=counts)


@blueprint.get("/alerts/<ref>")
@needs("see")
def alert(ref: str) -> str:
    """One alert: before it goes what would happen, afterwards what did."""
    with runtime().db.read() as session:
        shown = alert_by_public_id(session, ref)
        context = about(session, shown)
        if shown.state in NOT_GONE:
            context["checked"] = check(session, shown)
        else:
            context |= became_of(session, shown)
    return render_template("console/alerts/alert.html", **context)


@blueprint.get("/alerts/<ref>/progress")
@needs("see")
def alert_progress(ref: str) -> str:
    """The part of an alert's page that changes while it goes out."""
    with runtime().db.read() as session:
        shown = alert_by_public_id(session, ref)
        context = {"alert": shown, **became_of(session, shown)}
    return render_template("console/alerts/_progress.html", **context)


def about(session: Session, shown: Alert) -> dict[str, Any]:
    """What every page of one alert says: its campaign, its audience, who did what."""
    language = page_language()
    names = names_in(session, shown.rules, language, on=today())
    campaigns = {one.id: one for one in named_campaigns(session, language)}
    people = {shown.created_by, shown.approved_by, shown.launched_by}
    return {
        "alert": shown,
        "campaign": campaigns[shown.campaign_id],
        "sentence": audience.sentence(shown.rules, language, names),
        "steps": steps_of(session, shown.id),
        "names": account_names(session, people),
        "own": shown.created_by == caller().account_id,
        "can": {action: shown.state in TRANSITIONS[action] for action in _SHOWN},
    }


_SHOWN: tuple[Action, ...] = ("edit", "submit", "approve", "launch", "pause", "resume", "cancel")


def check(session: Session, shown: Alert) -> Checked:
    """An alert's preflight, as it stands at this moment."""
    settings = runtime().settings
    found = preflight(
        session,
        campaign_id=shown.campaign_id,
        rules=shown.rules,
        steps=drafts_of(session, shown.id),
        now=now(),
        today=today(),
        terms=terms_from(settings),
        two_person_over=settings.security.two_person_over,
        own_cap_cents=shown.text_cap_cents,
    )
    return Checked(found, {step.channel: outlook(step.groups) for step in found.steps})


def became_of(session: Session, shown: Alert) -> dict[str, Any]:
    """How an alert goes, where its messages stand, and what people did."""
    hide_small = not may(caller(), "people")
    became = results(session, shown.id, hide_small=hide_small)
    how = progress_of(session, shown, now=now(), real_now=SystemClock().now())
    ridings = {count.riding_id for count in became.mp_contacts}
    return {
        "how": how,
        "became": became,
        "cap": terms_from(runtime().settings).cap_of(shown.text_cap_cents),
        "table": count_table(how.messages),
        "ridings": riding_names(session, ridings, page_language(), today()),
    }
