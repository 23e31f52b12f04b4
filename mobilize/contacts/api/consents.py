"""Consents over JSON: those that end soon, and how many people are signing up."""

from datetime import timedelta
from typing import Any

from mobilize.accounts.guards import needs
from mobilize.contacts import expiring, opt_ins, queries
from mobilize.contacts.api.mounting import blueprint
from mobilize.contacts.schemas import EndingPageSchema, EndingQuerySchema, SignUpCountSchema
from mobilize.runtime import runtime


@blueprint.get("/consents/ending")
@blueprint.arguments(EndingQuerySchema, location="query")
@blueprint.response(200, EndingPageSchema)
@needs("people")
def list_ending(query: dict[str, Any]) -> dict[str, Any]:
    """People whose implied consent ends soon: they may still be asked for express consent."""
    now, last = runtime().clock.now(), query.get("after")
    with runtime().db.read() as session:
        page = expiring.ending(
            session,
            now=now,
            within=timedelta(days=query["days"]),
            after=queries.by_public_id(session, last).id if last else 0,
            limit=query["limit"],
        )
        items = [
            {
                "contact": one.contact.public_id,
                "channel": one.channel,
                "topic": one.topic,
                "basis": one.basis,
                "ends_at": one.ends_at,
            }
            for one in page.items
        ]
    return {"items": items, "after": items[-1]["contact"] if page.after else None}


@blueprint.get("/sign-ups")
@blueprint.response(200, SignUpCountSchema(many=True))
@needs("see")
def count_sign_ups() -> list[dict[str, Any]]:
    """How many sign-ups wait for their confirmation, were confirmed, or lapsed lately."""
    with runtime().db.read() as session:
        return [
            {"channel": channel, "state": state, "sign_ups": number}
            for channel, state, number in opt_ins.counts(session)
        ]
