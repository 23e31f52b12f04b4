"""The demands with their elements, in both languages, and the calendar of milestones."""

from datetime import date
from typing import Final

from flask import abort, render_template, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from mobilize.accounts.guards import caller, needs
from mobilize.console.forms import carry_out, typed
from mobilize.console.pages import blueprint
from mobilize.console.present import now, today
from mobilize.console.queries import account_names, newest_versions, occurrence_by_ref
from mobilize.core.errors import Conflict, InvalidInput
from mobilize.core.i18n import is_language
from mobilize.partners.queries import counts_by_version
from mobilize.runtime import runtime
from mobilize.strategy import queries, service
from mobilize.strategy.models import DemandVersion

_CALENDAR: Final = 100


@blueprint.get("/demands")
@needs("see")
def demands() -> str:
    """The demands, each in its newest words, and what comes in the calendar."""
    with runtime().db.read() as session:
        page = {
            "demands": queries.demands(session),
            "newest": newest_versions(session),
            "adopted": {
                demand.id: version for demand, version in queries.adopted_versions(session)
            },
            "signed": counts_by_version(session),
            "dates": queries.upcoming(session, on=today(), limit=_CALENDAR),
            "undated": _undated(session),
            "milestones": queries.milestones(session),
        }
    return render_template("console/demands/list.html", **page)


@blueprint.get("/demands/<slug>")
@needs("see")
def demand(slug: str) -> str:
    """One demand: its newest words in both languages, and who read them."""
    with runtime().db.read() as session:
        shown = queries.demand_by_slug(session, slug)
        versions = queries.versions_of(session, shown.id)
        version = versions[0]
        people = {version.reviewed_en_by, version.reviewed_fr_by, version.adopted_by}
        page = {
            "demand": shown,
            "version": version,
            "versions": versions,
            "elements": queries.elements_of(session, version.id),
            "names": account_names(session, people),
            "signed": counts_by_version(session),
        }
    return render_template("console/demands/demand.html", **page)


@blueprint.post("/demands/<slug>/reviewed/<language>")
@needs("compose")
def demand_reviewed(slug: str, language: str) -> Response:
    """Note that the words of one language were read, of the version that the page showed."""
    if not is_language(language):
        abort(404)
    me, at, seen = caller().account_id, now(), typed("version")

    def change(session: Session) -> None:
        version = _seen_version(session, slug, seen)
        service.mark_reviewed(session, version=version, language=language, account_id=me, now=at)

    done = {
        "en": gettext("The English words are marked as reviewed."),
        "fr": gettext("The French words are marked as reviewed."),
    }
    return carry_out(change, done=done[language], to=url_for("console.demand", slug=slug))


@blueprint.post("/demands/<slug>/adopt")
@needs("adopt")
def adopt_demand(slug: str) -> Response:
    """Make the version that the page showed the one that is published and signed."""
    me, at, seen = caller().account_id, now(), typed("version")

    def change(session: Session) -> None:
        version = _seen_version(session, slug, seen)
        service.adopt(session, version=version, account_id=me, now=at)

    done = gettext("This version is adopted.")
    return carry_out(change, done=done, to=url_for("console.demand", slug=slug))


@blueprint.post("/milestones/<ref>/confirm")
@needs("compose")
def confirm_date(ref: str) -> Response:
    """Set the true date of a milestone, so that plans around it may send."""
    me, at = caller().account_id, now()

    def change(session: Session) -> None:
        service.confirm_occurrence(
            session,
            occurrence_id=occurrence_by_ref(session, ref).id,
            on_date=_date(typed("on_date")),
            account_id=me,
            now=at,
        )

    done = gettext("The date is confirmed; plans around it follow.")
    return carry_out(change, done=done, to=url_for("console.demands") + "#calendar")


@blueprint.post("/milestones/add")
@needs("compose")
def add_date() -> Response:
    """Add one more sure date to a milestone that happens again, so that plans around it send."""
    me, at = caller().account_id, now()

    def change(session: Session) -> None:
        service.add_occurrence(
            session,
            milestone_id=queries.milestone_by_slug(session, typed("milestone")).id,
            on_date=_date(typed("on_date")),
            account_id=me,
            now=at,
        )

    done = gettext("The date is added; plans around it follow.")
    return carry_out(change, done=done, to=url_for("console.demands") + "#calendar")


def _undated(session: Session) -> list[queries.DatedMilestone]:
    """The milestones that are only awaited."""
    following = queries.next_occurrences(session, on=today())
    return [
        queries.DatedMilestone(milestone, following[milestone.id])
        for milestone in queries.milestones(session)
        if milestone.id in following and following[milestone.id].on_date is None
    ]


def _seen_version(session: Session, slug: str, seen: str) -> DemandVersion:
    """The newest version, where it is the one that the page showed.

    Raises:
        Conflict: A newer one was loaded since.
    """
    version = queries.newest_version(session, slug)
    if version is None or version.public_id != seen:
        raise Conflict("There is a newer version of this demand.", hint="Read that one first.")
    return version


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput("This is no date.", hint="Write it as 2027-02-22.") from None
