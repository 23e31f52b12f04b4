"""What all console pages share: their blueprint, and what the layout shows."""

from typing import Any

from flask import Blueprint, g

from mobilize.accounts.roles import Permission, may
from mobilize.console.navigation import places_for

blueprint = Blueprint(
    "console",
    __name__,
    url_prefix="/console",
    template_folder="templates",
    static_folder="static",
)


@blueprint.app_context_processor
def layout_context() -> dict[str, Any]:
    """What the layout shows: who is signed in, where they may go."""
    asking = g.get("caller")

    def allowed(permission: Permission) -> bool:
        return asking is not None and may(asking, permission)

    return {
        "caller": asking,
        "places": places_for(asking, named_for_care=g.get("named_for_care", False))
        if asking is not None
        else [],
        "allowed": allowed,
    }
