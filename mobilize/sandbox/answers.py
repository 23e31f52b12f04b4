"""Errors in each provider's own shape."""

import json
from typing import Any

from flask import Response

from mobilize.sandbox.mail_rules import Problem

_GENERAL = {
    400: "The request cannot be read",
    401: "The API key or token is not valid",
    403: "The API key or account may not do this",
    404: "There is no such resource",
    413: "The request is too large",
    429: "Too many requests",
    500: "Something went wrong on the server",
    502: "Bad gateway",
    503: "The service is not available",
    504: "Gateway time-out",
}
# Twilio numbers its errors; these are the general ones.
_TWILIO_CODES = {
    401: 20003,
    403: 20006,
    404: 20404,
    429: 20429,
    500: 20500,
    502: 20500,
    503: 20503,
    504: 20504,
}


def json_answer(value: Any, status: int = 200) -> Response:
    """A JSON answer."""
    body = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return Response(body, status, mimetype="application/json")


def error_page(status: int) -> Response:
    """An error from what stands before the API: a web page, and no word of the API's own."""
    title = f"{status} {_GENERAL[status]}"
    page = f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
    return Response(page, status, mimetype="text/html")


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
