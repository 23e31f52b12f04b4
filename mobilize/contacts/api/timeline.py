"""A person's timeline over JSON."""

from typing import Any

from mobilize.accounts.guards import needs
from mobilize.contacts import queries
from mobilize.contacts.api.mounting import blueprint
from mobilize.contacts.histories import records_of
from mobilize.contacts.timeline_schemas import TimelinePageSchema, TimelineQuerySchema
from mobilize.core.timeline import timeline
from mobilize.runtime import runtime


@blueprint.get("/<public_id>/timeline")
@blueprint.arguments(TimelineQuerySchema, location="query")
@blueprint.response(200, TimelinePageSchema)
@needs("people")
def get_timeline(query: dict[str, Any], public_id: str) -> Any:
    """What happened to a person and what they did, the newest first, page by page."""
    with runtime().db.read() as session:
        records = records_of(session, queries.by_public_id(session, public_id).id)
        return timeline(session, records, **query)
