"""Demands, principles and milestones as JSON."""

from typing import Any
from zoneinfo import ZoneInfo

from flask_smorest import Blueprint

from mobilize.accounts.guards import caller, needs
from mobilize.runtime import runtime
from mobilize.strategy import queries, schemas, service

blueprint = Blueprint(
    "strategy", __name__, url_prefix="/strategy", description="What we demand, and when it matters."
)


@blueprint.get("/demands")
@needs("see")
@blueprint.response(200, schemas.DemandSchema(many=True))
def list_demands() -> Any:
    """List the demands in their order, each with its adopted words."""
    with runtime().db.read() as session:
        demands = queries.demands(session)
        adopted = {version.demand_id: version for _, version in queries.adopted_versions(session)}
    return [
        {
            "public_id": demand.public_id,
            "slug": demand.slug,
            "position": demand.position,
            "adopted": adopted.get(demand.id),
        }
        for demand in demands
    ]


@blueprint.get("/demands/<slug>/versions")
@needs("see")
@blueprint.response(200, schemas.VersionSchema(many=True))
def list_versions(slug: str) -> Any:
    """List all versions of a demand, the newest first."""
    with runtime().db.read() as session:
        return queries.versions_of(session, queries.demand_by_slug(session, slug).id)


@blueprint.get("/versions/<version_id>")
@needs("see")
@blueprint.response(200, schemas.VersionDetailSchema)
def show_version(version_id: str) -> Any:
    """Show a version of a demand with its elements."""
    with runtime().db.read() as session:
        version = queries.version_by_public_id(session, version_id)
        return {"version": version, "elements": queries.elements_of(session, version.id)}


@blueprint.post("/versions/<version_id>/reviews")
@needs("compose")
@blueprint.arguments(schemas.ReviewBodySchema)
@blueprint.response(200, schemas.VersionSchema)
def review_version(body: dict[str, Any], version_id: str) -> Any:
    """Note that a draft was read in one language."""
    now = runtime().clock.now()
    with runtime().db.transaction() as session:
        version = queries.version_by_public_id(session, version_id)
        service.mark_reviewed(
            session,
            version=version,
            language=body["language"],
            account_id=caller().account_id,
            now=now,
        )
        return version


@blueprint.post("/versions/<version_id>/adopt")
@needs("adopt")
@blueprint.response(200, schemas.VersionSchema)
def adopt_version(version_id: str) -> Any:
    """Adopt a draft that was reviewed in both languages."""
    now = runtime().clock.now()
    with runtime().db.transaction() as session:
        version = queries.version_by_public_id(session, version_id)
        service.adopt(session, version=version, account_id=caller().account_id, now=now)
        return version


@blueprint.get("/principles")
@needs("see")
@blueprint.response(200, schemas.PrincipleSchema(many=True))
def list_principles() -> Any:
    """List the principles in their newest words."""
    with runtime().db.read() as session:
        return queries.principles(session)


@blueprint.get("/milestones")
@needs("see")
@blueprint.response(200, schemas.ComingMilestoneSchema(many=True))
def list_milestones() -> Any:
    """List the milestones, each with its next date."""
    zone = ZoneInfo(runtime().settings.time.zone)
    today = runtime().clock.now().astimezone(zone).date()
    with runtime().db.read() as session:
        milestones = queries.milestones(session)
        coming = queries.next_occurrences(session, on=today)
    return [{"milestone": each, "next": coming.get(each.id)} for each in milestones]


@blueprint.get("/milestones/<slug>/occurrences")
@needs("see")
@blueprint.response(200, schemas.OccurrenceSchema(many=True))
def list_occurrences(slug: str) -> Any:
    """List a milestone's dates, the earliest first."""
    with runtime().db.read() as session:
        return queries.occurrences(session, queries.milestone_by_slug(session, slug).id)


@blueprint.post("/milestones/<slug>/occurrences")
@needs("launch")
@blueprint.arguments(schemas.OccurrenceBodySchema)
@blueprint.response(201, schemas.OccurrenceSchema)
def add_occurrence(body: dict[str, Any], slug: str) -> Any:
    """Add one more sure date to a milestone that can happen again."""
    now = runtime().clock.now()
    with runtime().db.transaction() as session:
        return service.add_occurrence(
            session,
            milestone_id=queries.milestone_by_slug(session, slug).id,
            on_date=body["on_date"],
            account_id=caller().account_id,
            now=now,
        )


@blueprint.post("/occurrences/<occurrence_id>/confirm")
@needs("launch")
@blueprint.arguments(schemas.OccurrenceBodySchema)
@blueprint.response(200, schemas.OccurrenceSchema)
def confirm_occurrence(body: dict[str, Any], occurrence_id: str) -> Any:
    """Set the true date, so that what is planned around it may go out."""
    now = runtime().clock.now()
    with runtime().db.transaction() as session:
        return service.confirm_occurrence(
            session,
            occurrence_id=queries.occurrence_by_public_id(session, occurrence_id).id,
            on_date=body["on_date"],
            account_id=caller().account_id,
            now=now,
        )
