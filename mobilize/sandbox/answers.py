"""Errors in each provider's own shape."""

import json
from typing import Any

from flask import Response

from mobilize.sandbox.mail_rules import Problem

_GENERAL = {
    401: "The API key or token is not valid",
    404: "There is no such resource",
    413: "The request is too large",
    429: "Too many requests",
    500: "Something went wrong on the server",
}
# Twilio numbers its errors; these are the general ones.
_TWILIO_CODES = {401: 20003, 404: 20404, 429: 20429, 500: 20500}


def json_answer(value: Any, status: int = 200) -> Response:
    """A JSON answer."""
    body = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return Response(body, status, mimetype="application/json")


def sendgrid_problems(problems: list[Problem], status: int = 400) -> Response:
    """SendGrid's errors: a list of message, field and help."""
    listed = [{"message": one.message, "field": one.field, "help": None} for one in problems]
    return json_answer({"errors": listed}, status)


def twilio_error(status: int, code: int, sentence: str) -> Response:
    """Twilio's error: its code, a sentence, a page about it, and the status again."""
    return json_answer(
        {
            "code": code,
            "message": sentence,
            "more_info": f"https://www.twilio.com/docs/errors/{code}",
            "status": status,
        },
        status,
    )


def general_error(provider: str, status: int) -> Response:
    """An error that is about no value of the request, in the provider's shape."""
    sentence = _GENERAL[status]
    if provider == "twilio":
        return twilio_error(status, _TWILIO_CODES[status], sentence)
    return sendgrid_problems([Problem(sentence, None)], status)
