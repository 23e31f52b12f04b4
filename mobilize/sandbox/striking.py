"""Lets the orders of ``faults`` strike the requests of a provider's blueprint."""

import json
import time
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

from flask import Blueprint, Response, g, request

from mobilize.sandbox.answers import error_page, general_error, sendgrid_problems, twilio_error
from mobilize.sandbox.clock import Clock
from mobilize.sandbox.faults import AFTER, Fault, Faults, Parties, Strike
from mobilize.sandbox.judge import NO_ANSWER, Judge
from mobilize.sandbox.mail_rules import Problem
from mobilize.sandbox.patterns import listed
from mobilize.sandbox.server import HANG_UP, PACE

_TOLD_AS_PAGE = frozenset({502, 503, 504})
_INVALID_NUMBER = 21211
_UNKNOWN_PARAMETERS = 20001


def strike_requests(
    blueprint: Blueprint, provider: str, faults: Faults, clock: Clock, judge: Judge
) -> None:
    """Try every sending request of ``blueprint`` against the faults in force."""

    @blueprint.before_request
    def before() -> Response | None:
        if request.method != "POST":
            return None
        judge.enters(provider)
        strike = g.strike = faults.enter(provider, _parties(provider, faults))
        if strike.delay:
            time.sleep(strike.delay)
        request.environ[PACE] = (strike.head, strike.whole)
        if strike.fault is None or strike.fault.kind in AFTER:
            return None
        return _instead(strike.fault, provider, clock)

    @blueprint.after_request
    def after(response: Response) -> Response:
        strike: Strike | None = g.get("strike")
        if strike is None:
            return response
        answer = strike_after(response, strike)
        status = NO_ANSWER if g.get("hung_up") else answer.status_code
        judge.answered(provider, status, _pause_told(strike, answer))
        return answer

    def strike_after(response: Response, strike: Strike) -> Response:
        if provider == "twilio":
            response.headers["Twilio-Concurrent-Requests"] = str(strike.busy)
        fault = strike.fault
        if fault is None or fault.kind not in AFTER:
            return response
        what = fault.kind.removeprefix("accept_then_")
        if what.isdigit():
            return _error(fault, provider, int(what), clock)
        if what == "timeout":
            time.sleep(fault.seconds)
        _hang_up()
        return response

    @blueprint.teardown_request
    def leave(_error: BaseException | None) -> None:
        if "strike" in g:
            faults.leave(provider)


def _parties(provider: str, faults: Faults) -> Parties:
    """Whom the request is about, read only where an order asks."""
    if not faults.ask_for_parties:
        return Parties()
    if provider == "twilio":
        form = request.form
        return Parties(
            (form.get("To", ""),), form.get("From") or form.get("MessagingServiceSid", "")
        )
    body = _mail()
    sender = body.get("from")
    named = sender.get("email") if isinstance(sender, dict) else ""
    return Parties(tuple(address for _, address in _places(body)), str(named or ""))


def _mail() -> dict[str, Any]:
    try:
        body = json.loads(request.get_data())
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _places(body: dict[str, Any]) -> list[tuple[str, str]]:
    """Every recipient with its place in the request."""
    found: list[tuple[str, str]] = []
    letters = body.get("personalizations")
    for number, letter in enumerate(letters if isinstance(letters, list) else ()):
        for kind in ("to", "cc", "bcc"):
            people = letter.get(kind) if isinstance(letter, dict) else None
            for at, person in enumerate(people if isinstance(people, list) else ()):
                if isinstance(person, dict) and isinstance(person.get("email"), str):
                    place = f"personalizations.{number}.{kind}.{at}.email"
                    found.append((place, person["email"]))
    return found


def _instead(fault: Fault, provider: str, clock: Clock) -> Response:
    """The answer in place of the real one."""
    if fault.kind == "reset_before":
        _hang_up()
        return Response()
    if fault.kind == "bad_recipient":
        return _bad_recipient(fault, provider)
    status = int(fault.kind) if fault.kind.isdigit() else 429
    return _error(fault, provider, status, clock)


def _hang_up() -> None:
    g.hung_up = True
    request.environ[HANG_UP]()


def _bad_recipient(fault: Fault, provider: str) -> Response:
    """400 that names the recipients whom the fault concerns, or the first where it says none."""
    if provider == "twilio":
        return twilio_error(400, fault.code or _INVALID_NUMBER, "The 'To' number is not valid")
    places = _places(_mail())
    named = [place for place, address in places if fault.concerns(address)]
    if not listed(fault.to):
        named = named[:1]
    return sendgrid_problems([Problem("Does not contain a valid address.", one) for one in named])


def _error(fault: Fault, provider: str, status: int, clock: Clock) -> Response:
    as_page = fault.html if fault.html is not None else status in _TOLD_AS_PAGE
    # Twilio's own 503 says "try again": of what it took only somebody in between can say so.
    as_page = as_page or fault.kind == "accept_then_503"
    if as_page:
        answer = error_page(status)
    elif status == 400 and provider == "twilio":  # noqa: PLR2004 - the status itself
        answer = twilio_error(400, fault.code or _UNKNOWN_PARAMETERS, "Bad request")
    elif status == 413 and provider == "twilio":  # noqa: PLR2004 - Twilio has no code for it
        answer = error_page(status)
    else:
        answer = general_error(provider, status)
    if fault.retry_after is not None:
        answer.headers["Retry-After"] = _retry_after(fault, clock)
    if fault.reset is not None:
        at = clock.now() + timedelta(seconds=fault.reset)
        answer.headers["X-RateLimit-Limit"] = str(fault.limit)
        answer.headers["X-RateLimit-Remaining"] = "0"
        answer.headers["X-RateLimit-Reset"] = str(int(at.timestamp()))
    return answer


def _pause_told(strike: Strike, answer: Response) -> float | None:
    fault = strike.fault
    return fault.retry_after if fault and "Retry-After" in answer.headers else None


def _retry_after(fault: Fault, clock: Clock) -> str:
    seconds = fault.retry_after or 0.0
    if fault.retry_after_date:
        return format_datetime(clock.now() + timedelta(seconds=seconds), usegmt=True)
    return f"{seconds:g}"
