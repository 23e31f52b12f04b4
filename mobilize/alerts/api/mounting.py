"""The blueprint that the routes of alerts and audiences are put on, and the day they speak of."""

from datetime import date
from zoneinfo import ZoneInfo

from flask_smorest import Blueprint

from mobilize.runtime import runtime

blueprint = Blueprint(
    "alerts", __name__, url_prefix="/alerts", description="Calls to action, and whom they mean."
)


def today() -> date:
    """The campaign's day, where the organization is."""
    parts = runtime()
    return parts.clock.now().astimezone(ZoneInfo(parts.settings.time.zone)).date()
