"""One message's history over JSON, beside the other routes of a person."""

from typing import Any

from mobilize.accounts.guards import needs
from mobilize.contacts.api.mounting import blueprint
from mobilize.contacts.queries import by_public_id
from mobilize.core.clock import SystemClock
from mobilize.messaging.history import history_of
from mobilize.messaging.schemas import HistorySchema
from mobilize.runtime import runtime


@blueprint.get("/<public_id>/messages/<message_ref>")
@blueprint.response(200, HistorySchema)
@needs("people")
def get_history(public_id: str, message_ref: str) -> Any:
    """What happened to one message to a person; their timeline names it (`facts.message`)."""
    parts = runtime()
    now, real_now = parts.clock.now(), SystemClock().now()
    with parts.db.read() as session:
        contact = by_public_id(session, public_id)
        return history_of(session, contact=contact, ref=message_ref, now=now, real_now=real_now)
