"""SendGrid's API, as far as the project uses it: Mail Send."""

import hmac

import orjson
from flask import Blueprint, Response, request

from mobilize.sandbox.answers import general_error, sendgrid_problems
from mobilize.sandbox.mail_rules import Problem, problems
from mobilize.sandbox.striking import strike_requests
from mobilize.sandbox.world import World

LARGEST_REQUEST = 30_000_000


def sendgrid_blueprint(world: World) -> Blueprint:
    """The routes under ``/v3``."""
    blueprint = Blueprint("sendgrid", __name__)
    strike_requests(blueprint, "sendgrid", world.faults, world.clock, world.judge)
    expected = f"Bearer {world.options.api_key}".encode()

    @blueprint.post("/v3/mail/send")
    def send() -> Response:
        if not hmac.compare_digest(request.headers.get("Authorization", "").encode(), expected):
            return general_error("sendgrid", 401)
        raw = request.get_data()
        if len(raw) > LARGEST_REQUEST:
            return general_error("sendgrid", 413)
        try:
            body = orjson.loads(raw)
        except ValueError:
            return sendgrid_problems([Problem("The request body is not valid JSON.", None)])
        if found := problems(body):
            return sendgrid_problems(found)
        sandbox_mode = (body.get("mail_settings") or {}).get("sandbox_mode") or {}
        if sandbox_mode.get("enable"):
            return Response(status=200)
        message_id = world.mailroom.accept(body, raw)
        return Response(status=202, headers={"X-Message-Id": message_id})

    return blueprint
