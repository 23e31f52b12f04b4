"""Lets the orders of ``faults`` strike the requests of a provider's blueprint."""

import time

from flask import Blueprint, Response, g, request

from mobilize.sandbox.answers import general_error
from mobilize.sandbox.faults import AFTER, Fault, Faults
from mobilize.sandbox.server import HANG_UP

_BUSY_PAGE = "<html><body><h1>503 Service Temporarily Unavailable</h1></body></html>"


def strike_requests(blueprint: Blueprint, provider: str, faults: Faults) -> None:
    """Try every sending request of ``blueprint`` against the faults in force."""

    @blueprint.before_request
    def before() -> Response | None:
        g.fault = faults.strike(provider) if request.method == "POST" else None
        if g.fault is None or g.fault.kind in AFTER:
            return None
        return _instead(g.fault, provider)

    @blueprint.after_request
    def after(response: Response) -> Response:
        fault: Fault | None = g.get("fault")
        if fault is None or fault.kind not in AFTER:
            return response
        if fault.kind == "accept_then_500":
            return general_error(provider, 500)
        if fault.kind == "accept_then_timeout":
            time.sleep(fault.seconds)
        request.environ[HANG_UP]()
        return response


def _instead(fault: Fault, provider: str) -> Response | None:
    """The answer in place of the real one; nothing where the request goes on."""
    if fault.kind == "slow":
        time.sleep(fault.seconds)
        return None
    if fault.kind == "reset_before":
        request.environ[HANG_UP]()
        return Response()
    if fault.kind == "503":
        return Response(_BUSY_PAGE, 503, mimetype="text/html")
    answer = general_error(provider, int(fault.kind))
    if fault.kind == "429" and fault.retry_after is not None:
        answer.headers["Retry-After"] = str(fault.retry_after)
    return answer
