"""What partners signed, as JSON."""

from typing import Any

from mobilize.accounts.guards import needs
from mobilize.partners import queries
from mobilize.partners.api.mounting import blueprint
from mobilize.partners.schemas import SignOnSchema
from mobilize.runtime import runtime


@blueprint.get("/<public_id>/sign-ons")
@blueprint.response(200, SignOnSchema(many=True))
@needs("see")
def list_sign_ons(public_id: str) -> list[dict[str, Any]]:
    """All that a partner signed, the newest first."""
    with runtime().db.read() as session:
        partner = queries.by_public_id(session, public_id)
        return [
            {
                "id": one.sign_on.public_id,
                "demand": one.demand_slug,
                "version": one.version,
                "state": one.sign_on.state,
                "visibility": one.sign_on.visibility,
                "board_date": one.sign_on.board_date,
                "conditions": one.sign_on.conditions,
                "created_at": one.sign_on.created_at,
                "confirmed_at": one.sign_on.confirmed_at,
                "withdrawn_at": one.sign_on.withdrawn_at,
            }
            for one in queries.sign_ons_of(session, partner.id)
        ]
