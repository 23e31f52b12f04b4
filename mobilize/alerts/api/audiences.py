"""Audiences as JSON: their rules counted and put in words, and those that are saved."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from mobilize.accounts.guards import caller, needs
from mobilize.alerts import audience, audience_schemas, queries, saved
from mobilize.alerts.api.mounting import blueprint, today
from mobilize.alerts.counting import Reach, reach
from mobilize.alerts.models import Audience
from mobilize.alerts.naming import sentences
from mobilize.alerts.uses import uses
from mobilize.messaging.policy import policy_from
from mobilize.runtime import runtime


@blueprint.get("/audiences")
@needs("see")
@blueprint.arguments(audience_schemas.ListQuerySchema, location="query")
@blueprint.response(200, audience_schemas.AudienceSchema(many=True))
def list_audiences(query: dict[str, bool]) -> Any:
    """List the saved audiences by name, with what was taken from them; each is counted apart."""
    with runtime().db.read() as session:
        return _shown(session, queries.list_audiences(session, archived=query["archived"]))


@blueprint.post("/audiences")
@needs("compose")
@blueprint.arguments(audience_schemas.NewAudienceSchema)
@blueprint.response(201, audience_schemas.AudienceSchema)
def create_audience(body: dict[str, Any]) -> Any:
    """Keep rules under a name."""
    now, me = runtime().clock.now(), caller().account_id
    with runtime().db.transaction() as session:
        made = saved.create_audience(session, **body, created_by=me, now=now)
        return _shown(session, [made])[0]


@blueprint.get("/audiences/schema")
@needs("see")
@blueprint.response(200)
def show_audience_schema() -> Any:
    """Show the JSON Schema of rules."""
    return audience.audience_schema()


@blueprint.post("/audiences/count")
@needs("compose")
@blueprint.arguments(audience_schemas.RulesSchema)
@blueprint.response(200, audience_schemas.CountSchema)
def count_audience(body: dict[str, Any]) -> Any:
    """Count the people whom rules mean now."""
    now = runtime().clock.now()
    with runtime().db.read() as session:
        return {"people": audience.count(session, body["rules"], now=now)}


@blueprint.post("/audiences/reach")
@needs("compose")
@blueprint.arguments(audience_schemas.RulesSchema)
@blueprint.response(200, audience_schemas.ReachSchema)
def show_reach(body: dict[str, Any]) -> Any:
    """Count them by language and province, and say how many each channel reaches now."""
    with runtime().db.read() as session:
        return _reach(session, body["rules"])


@blueprint.post("/audiences/sentence")
@needs("see")
@blueprint.arguments(audience_schemas.RulesSchema)
@blueprint.response(200, audience_schemas.SentenceSchema)
def say_audience(body: dict[str, Any]) -> Any:
    """Put rules in words, in both languages."""
    with runtime().db.read() as session:
        return sentences(session, body["rules"], today())


@blueprint.get("/audiences/<audience_id>")
@needs("see")
@blueprint.response(200, audience_schemas.AudienceSchema)
def show_audience(audience_id: str) -> Any:
    """Show a saved audience: its rules, in words, and what was taken from it."""
    with runtime().db.read() as session:
        return _shown(session, [queries.audience_by_public_id(session, audience_id)])[0]


@blueprint.put("/audiences/<audience_id>")
@needs("compose")
@blueprint.arguments(audience_schemas.NewAudienceSchema)
@blueprint.response(200, audience_schemas.AudienceSchema)
def change_audience(body: dict[str, Any], audience_id: str) -> Any:
    """Change a saved audience's name or rules; alerts and plans keep what they took from it."""
    now, me = runtime().clock.now(), caller().account_id
    with runtime().db.transaction() as session:
        one = queries.audience_by_public_id(session, audience_id)
        saved.change_audience(session, saved=one, **body, changed_by=me, now=now)
        return _shown(session, [one])[0]


@blueprint.post("/audiences/<audience_id>/archive")
@needs("compose")
@blueprint.response(200, audience_schemas.AudienceSchema)
def archive_audience(audience_id: str) -> Any:
    """Offer a saved audience no more."""
    now, me = runtime().clock.now(), caller().account_id
    with runtime().db.transaction() as session:
        one = queries.audience_by_public_id(session, audience_id)
        return _shown(
            session, [saved.archive_audience(session, saved=one, archived_by=me, now=now)]
        )[0]


@blueprint.post("/audiences/<audience_id>/restore")
@needs("compose")
@blueprint.response(200, audience_schemas.AudienceSchema)
def restore_audience(audience_id: str) -> Any:
    """Offer an archived audience again."""
    now, me = runtime().clock.now(), caller().account_id
    with runtime().db.transaction() as session:
        one = queries.audience_by_public_id(session, audience_id)
        return _shown(
            session, [saved.restore_audience(session, saved=one, restored_by=me, now=now)]
        )[0]


@blueprint.get("/audiences/<audience_id>/reach")
@needs("compose")
@blueprint.response(200, audience_schemas.ReachSchema)
def show_saved_reach(audience_id: str) -> Any:
    """Count a saved audience by language and province, and say how many each channel reaches."""
    with runtime().db.read() as session:
        return _reach(session, queries.audience_by_public_id(session, audience_id).rules)


def _reach(session: Session, rules: audience.Rules) -> Reach:
    parts = runtime()
    return reach(session, rules, now=parts.clock.now(), policy=policy_from(parts.settings))


def _shown(session: Session, audiences: Sequence[Audience]) -> list[dict[str, Any]]:
    found = uses(session, [one.id for one in audiences])
    return [
        {"audience": one, "archived": one.archived_at is not None, "uses": found.get(one.id, [])}
        for one in audiences
    ]
