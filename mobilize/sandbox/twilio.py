"""Twilio's API, as far as the project uses it: Messages."""

import hmac
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from mobilize.sandbox.answers import general_error, json_answer, twilio_error
from mobilize.sandbox.clock import rfc2822
from mobilize.sandbox.records import Text
from mobilize.sandbox.sender_queues import QueueFullError
from mobilize.sandbox.striking import strike_requests
from mobilize.sandbox.text_rules import Refusal, refusal
from mobilize.sandbox.world import World

_ROOT = "/2010-04-01/Accounts"
_PAGE, _LARGEST_PAGE = 50, 1000
_AFTER = "PA"
_ERROR_MESSAGES = {
    30001: "Queue overflow",
    30002: "Account suspended",
    30003: "Unreachable destination handset",
    30004: "Message blocked",
    30005: "Unknown destination handset",
    30006: "Landline or unreachable carrier",
    30007: "Carrier violation",
    30008: "Unknown error",
    30036: "Validity period expired",
}


def twilio_blueprint(world: World) -> Blueprint:
    """The routes under ``/2010-04-01``."""
    blueprint = Blueprint("twilio", __name__, url_prefix=f"{_ROOT}/<account>")
    strike_requests(blueprint, "twilio", world.faults, world.clock, world.judge)
    expected = (world.options.account, world.options.token)

    @blueprint.before_request
    def authenticate() -> Response | None:
        given = request.authorization
        pair = (given.username or "", given.password or "") if given else ("", "")
        if not all(
            hmac.compare_digest(one.encode(), other.encode())
            for one, other in zip(pair, expected, strict=True)
        ):
            return general_error("twilio", 401)
        wrong_account = (request.view_args or {}).get("account") != expected[0]
        return general_error("twilio", 404) if wrong_account else None

    @blueprint.post("/Messages.json")
    def create(account: str) -> Response:
        form = request.form.to_dict()
        opted_out = form.get("To", "") in world.store.opted_out
        if found := refusal(form, opted_out=opted_out):
            return twilio_error(400, found.code, found.sentence)
        try:
            text = world.switchboard.accept(form, media=len(request.form.getlist("MediaUrl")))
        except QueueFullError:
            full = Refusal(21611)
            return twilio_error(400, full.code, full.sentence)
        return json_answer(_resource(text, account, created=True), 201)

    @blueprint.get("/Messages/<sid>.json")
    def fetch(account: str, sid: str) -> Response:
        text = world.store.texts_by_sid.get(sid)
        return json_answer(_resource(text, account)) if text else general_error("twilio", 404)

    @blueprint.get("/Messages.json")
    def listing(account: str) -> Response:
        try:
            return json_answer(_page(world, account))
        except ValueError as error:
            return twilio_error(400, 20001, f"A parameter is not valid: {error}")

    return blueprint


def _resource(text: Text, account: str, *, created: bool = False) -> dict[str, Any]:
    """Twilio's Message resource; ``created`` gives it as it is before anything happened."""
    uri = f"{_ROOT}/{account}/Messages/{text.sid}"
    at = rfc2822(text.accepted_at)
    code = None if created else text.error_code
    assigned = not (created and text.service)
    return {
        "account_sid": account,
        "api_version": "2010-04-01",
        "body": text.body,
        "date_created": at,
        "date_sent": None if created or text.sent_at is None else rfc2822(text.sent_at),
        "date_updated": at,
        "direction": text.direction,
        "error_code": code,
        "error_message": _ERROR_MESSAGES.get(code or 0),
        "from": text.sender if assigned else None,
        "messaging_service_sid": text.service,
        "num_media": str(text.media),
        "num_segments": str(text.segments if assigned else 0),
        "price": None,
        "price_unit": None,
        "sid": text.sid,
        "status": text.first_status if created else text.status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": text.to,
        "uri": f"{uri}.json",
    }


def _page(world: World, account: str) -> dict[str, Any]:
    """One page of the list that the query asks for, newest first.

    As at Twilio, the address of the next page holds a token that names where this one ended, so
    that texts which come meanwhile neither move what is on it nor leave anything out.
    """
    size = max(1, min(int(request.args.get("PageSize", _PAGE)), _LARGEST_PAGE))
    number = int(request.args.get("Page", 0))
    found = _found(world)
    start = number * size
    last = world.store.texts_by_sid.get(request.args.get("PageToken", "").removeprefix(_AFTER))
    if last:
        found = [text for text in found if text.seq < last.seq]
        shown, more = found[:size], len(found) > size
    else:
        shown, more = found[start : start + size], len(found) > start + size
    return {
        "end": start + max(len(shown) - 1, 0),
        "first_page_uri": _page_uri(account, 0, size),
        "next_page_uri": (
            _page_uri(account, number + 1, size, PageToken=_AFTER + shown[-1].sid) if more else None
        ),
        "page": number,
        "page_size": size,
        "previous_page_uri": _page_uri(account, number - 1, size) if number else None,
        "start": start,
        "uri": _page_uri(account, number, size),
        "messages": [_resource(text, account) for text in shown],
    }


def _page_uri(account: str, number: int, size: int, **token: str) -> str:
    asked = {name: value for name, value in request.args.items() if name != "PageToken"}
    query = urlencode({**asked, "PageSize": size, "Page": number, **token})
    return f"{_ROOT}/{account}/Messages.json?{query}"


def _found(world: World) -> list[Text]:
    person, sender = request.args.get("To"), request.args.get("From")
    tests = [
        _date_test(name, request.args[name])
        for name in ("DateSent", "DateSent<", "DateSent>")
        if name in request.args
    ]
    with world.store.lock:
        texts = world.store.texts_by_person.get(person, []) if person else world.store.texts
        return [
            text
            for text in reversed(texts)
            if (not person or text.to == person)
            and (not sender or text.sender == sender)
            and all(test(text.accepted_at) for test in tests)
        ]


def _date_test(name: str, value: str) -> Callable[[datetime], bool]:
    """The test of a date filter; a bare date means that whole day in UTC, ends included."""
    asked = datetime.fromisoformat(value)
    asked = asked.astimezone(UTC) if asked.tzinfo else asked.replace(tzinfo=UTC)
    whole_day = len(value) == len("2008-01-02")
    day: date = asked.date()
    if name == "DateSent":
        return lambda at: at.date() == day
    if name == "DateSent<":
        return lambda at: at.date() <= day if whole_day else at <= asked
    return lambda at: at.date() >= day if whole_day else at >= asked
