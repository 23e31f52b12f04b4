"""Sessions of the console: the cookie, who it belongs to, and whether the sign-in is fresh.

Sign-ins run on the machine's clock, also where the campaign's clock is virtual: the person at the
keyboard and their authenticator know no other time.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Final, ParamSpec, TypeVar

from flask import g, make_response, redirect, request, url_for
from werkzeug.wrappers import Response

from mobilize.accounts import grants, queries
from mobilize.accounts.guards import set_caller
from mobilize.accounts.roles import Caller
from mobilize.core.clock import SystemClock
from mobilize.runtime import runtime

COOKIE: Final = "mobilize_session"
PATH: Final = "/console"
_OPEN: Final = frozenset({"console.sign_in", "console.static"})
sign_in_clock: Final = SystemClock()

Args = ParamSpec("Args")
Answer = TypeVar("Answer")


def need_session() -> Response | None:
    """Let only a signed-in person further than the sign-in page; stated where it is mounted."""
    if request.endpoint in _OPEN:
        return None
    token = request.cookies.get(COOKIE, "")
    with runtime().db.read() as session:
        found = queries.open_session(session, token, now=sign_in_clock.now()) if token else None
        named = found is not None and grants.holds(
            session, account_id=found[0].id, name=grants.CARE
        )
    if found is None:
        return lead_to(url_for("console.sign_in", next=_place()))
    account, standing = found
    g.session_token = token
    g.fresh_at = standing.fresh_at
    g.account_email = account.email
    g.named_for_care = named
    set_caller(
        Caller(
            account_id=account.id,
            account_public_id=account.public_id,
            actor=f"account:{account.public_id}",
            name=account.name,
            role=account.role,
            language=account.language,
        )
    )
    return None


def is_fresh() -> bool:
    """Whether password and code were shown a short while ago."""
    fresh_at: datetime = g.fresh_at
    span = timedelta(minutes=runtime().settings.security.fresh_minutes)
    return sign_in_clock.now() - fresh_at <= span


def needs_fresh(view: Callable[Args, Answer]) -> Callable[Args, Answer | Response]:
    """A view that asks for password and code once more where the sign-in is not fresh.

    Put it on the page that shows what is about to happen as well as on the change itself: what was
    typed into a form does not survive the detour.
    """

    @wraps(view)
    def guarded(*args: Args.args, **kwargs: Args.kwargs) -> Answer | Response:
        if not is_fresh():
            return lead_to(url_for("console.confirm", next=_place()))
        return view(*args, **kwargs)

    return guarded


def lead_to(address: str) -> Response:
    """Send the browser to a page, also where htmx asked for a part of one."""
    if request.headers.get("HX-Request") != "true":
        return redirect(address, 303)
    answer = make_response("", 204)
    answer.headers["HX-Redirect"] = address
    return answer


def place_after() -> str:
    """Where to go after signing in: a page of the console, whatever the address asked for."""
    wanted = request.values.get("next", "")
    inside = wanted.startswith(f"{PATH}/") and not set(wanted) & {"\\", "\r", "\n"}
    return wanted if inside else url_for("console.dashboard")


def keep_session(response: Response, token: str) -> None:
    """Give the browser its session cookie."""
    security = runtime().settings.security
    response.set_cookie(
        COOKIE,
        token,
        max_age=timedelta(hours=security.session_hours),
        path=PATH,
        secure=security.secure_cookies,
        httponly=True,
        samesite="Lax",
    )


def _place() -> str:
    return request.path if request.method == "GET" else url_for("console.dashboard")
