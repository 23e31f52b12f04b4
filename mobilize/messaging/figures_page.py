"""`/metrics`: the figures for Prometheus, for whoever has the token and nobody else."""

import hmac
from collections.abc import Iterable

from flask import Blueprint, Response, request

from mobilize.core.clock import SystemClock
from mobilize.core.errors import Forbidden, NotFound
from mobilize.core.metrics import CONTENT_TYPE, Gauge, exposition
from mobilize.messaging.figures import gauges
from mobilize.runtime import runtime

blueprint = Blueprint("metrics", __name__)


@blueprint.get("/metrics")
def metrics() -> Response:
    """What the web processes counted, and where sending stands."""
    _check_token()
    return Response(exposition(_read), content_type=CONTENT_TYPE)


def _check_token() -> None:
    # Not by address: behind a proxy on the same machine, everybody comes from there.
    token = runtime().settings.secrets.metrics_token
    if not token:
        raise NotFound("There is no such page.")
    given = request.headers.get("Authorization", "")
    if not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        raise Forbidden("The token does not fit.", hint="Send it as `Authorization: Bearer …`.")


def _read() -> Iterable[Gauge]:
    parts = runtime()
    now, real_now = parts.clock.now(), SystemClock().now()
    with parts.db.read() as session:
        return list(gauges(session, now=now, real_now=real_now))
