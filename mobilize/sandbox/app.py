"""The sandbox's web application."""

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from mobilize.sandbox.answers import json_answer
from mobilize.sandbox.control import control_blueprint
from mobilize.sandbox.ledger import ledger_blueprint
from mobilize.sandbox.pages import pages_blueprint
from mobilize.sandbox.sendgrid import sendgrid_blueprint
from mobilize.sandbox.targets import is_loopback
from mobilize.sandbox.twilio import twilio_blueprint
from mobilize.sandbox.world import World

_PAGE_POLICY = "default-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"


def create_app(world: World) -> Flask:
    """Put every route of the sandbox before one world."""
    app = Flask(__name__)
    app.register_blueprint(sendgrid_blueprint(world))
    app.register_blueprint(twilio_blueprint(world))
    app.register_blueprint(ledger_blueprint(world))
    app.register_blueprint(control_blueprint(world))
    app.register_blueprint(pages_blueprint(world))
    app.before_request(_refuse_other_hosts)
    app.after_request(_protect)
    app.register_error_handler(HTTPException, _problem)
    return app


def _refuse_other_hosts() -> Response | None:
    """Answer to loopback names only, so that no web page can reach in by its own name."""
    if is_loopback(request.host.rsplit(":", 1)[0]):
        return None
    return json_answer({"error": "the sandbox answers to loopback names only"}, 403)


def _protect(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", _PAGE_POLICY)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response


def _problem(error: HTTPException) -> Response:
    return json_answer({"error": error.description}, error.code or 500)
