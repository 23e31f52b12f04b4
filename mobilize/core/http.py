"""What every answer over HTTP has in common: a request id, safe headers, one form of error."""

import secrets
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from types import TracebackType
from typing import Any, Final

import structlog
from flask import Flask, Response, g, jsonify, make_response, request
from sqlalchemy.exc import DataError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolIsEmpty
from structlog.contextvars import bind_contextvars, clear_contextvars
from typing_extensions import override
from werkzeug.exceptions import HTTPException

from mobilize.core.errors import (
    Forbidden,
    InvalidInput,
    MobilizeError,
    NotReady,
    NotSaved,
    TooMany,
)
from mobilize.core.i18n import LANGUAGES, Language, is_language
from mobilize.core.outages import is_outage

log = structlog.stdlib.get_logger(__name__)

_CONTENT_POLICY: Final = (
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "object-src 'none'"
)
_HEADERS: Final = {
    "Content-Security-Policy": _CONTENT_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_TWO_YEARS: Final = 63_072_000
_FIRST_ERROR: Final = 400
_INTERNAL: Final = 500


@dataclass(frozen=True)
class ErrorView:
    """An error as it is shown; the same parts in JSON and on a page."""

    status: int
    code: str
    message: str
    hint: str
    fields: dict[str, Any]
    request_id: str
    is_worded: bool = False
    """Whether it is in the language of the request already; nothing that is answered."""


class WebApp(Flask):
    """A Flask whose log of a failure names the route, never the address with its tokens."""

    @override
    def log_exception(
        self,
        exc_info: tuple[type, BaseException, TracebackType] | tuple[None, None, None],
    ) -> None:
        log.error("request_failed", route=_route(), method=request.method, exc_info=exc_info)


def install(app: Flask, *, secure: bool, render_page: Callable[[ErrorView], str]) -> None:
    """Give an app its request ids, headers, request log and error answers.

    Args:
        app: The app; other parts that register error handlers must be installed before.
        secure: Whether it is reached over https only, which browsers are then told to insist on.
        render_page: Makes the page of an error for a person.
    """

    def begin() -> None:
        clear_contextvars()
        g.request_id = secrets.token_hex(8)
        g.began = time.perf_counter()
        bind_contextvars(request_id=g.request_id)
        _refuse_nul()

    def finish(response: Response) -> Response:
        _add_headers(response, secure=secure)
        log.info(
            "request",
            method=request.method,
            route=_route(),
            status=response.status_code,
            milliseconds=round((time.perf_counter() - g.began) * 1000, 1),
        )
        return response

    def refuse(error: MobilizeError) -> Response:
        return _answer(_view_of(error), render_page)

    def refuse_value(_: DataError | OverflowError) -> Response:
        # The database's own words could repeat the value, and what was sent may be personal.
        log.warning("value_refused", route=_route(), method=request.method)
        return refuse(
            InvalidInput(
                "A value that was sent does not fit where it belongs.",
                hint="Look for a number that is too large or a character that no text holds.",
            )
        )

    def refuse_for_now(error: DBAPIError | PoolIsEmpty) -> Response:
        if not is_outage(error):
            raise error
        log.error("database_unavailable", route=_route(), method=request.method, exc_info=error)
        if not _changes_something():
            return refuse(
                NotReady(
                    "Our database does not answer at the moment.",
                    hint="Please try again in a few minutes.",
                )
            )
        return refuse(
            NotSaved(
                "This was not saved: our database takes nothing at the moment.",
                hint="Please try again in a few minutes.",
            )
        )

    def refuse_http(error: HTTPException) -> Response:
        if error.code is None or error.response is not None:
            return make_response(error.get_response())
        answer = _answer(_view_of_http(error), render_page)
        for name in ("Allow", "Retry-After", "Location"):
            for value in dict(error.get_headers()).get(name, "").splitlines():
                answer.headers[name] = value
        return answer

    # Before what the extensions registered: their refusals carry a request id too.
    app.before_request_funcs.setdefault(None, []).insert(0, begin)
    app.after_request(finish)
    app.register_error_handler(MobilizeError, refuse)
    app.register_error_handler(DataError, refuse_value)
    # SQLite's driver refuses a number of more than 64 bits before the database sees it.
    app.register_error_handler(OverflowError, refuse_value)
    app.register_error_handler(DBAPIError, refuse_for_now)
    app.register_error_handler(PoolIsEmpty, refuse_for_now)
    app.register_error_handler(HTTPException, refuse_http)


def page_language() -> Language:
    """The language of the present request: a page's own, else its address's, else the browser's."""
    chosen = g.get("language")
    if is_language(chosen):
        return chosen
    first = request.path.split("/", 2)[1]
    if is_language(first):
        return first
    best = request.accept_languages.best_match(LANGUAGES)
    return best if is_language(best) else "en"


def refuse_cross_site() -> None:
    """Refuse a change that another site's page sends.

    Public pages hold no cookie and no sign-in that a foreign page could misuse, so they need no
    form token; browsers say themselves where a request comes from (Fetch Metadata).

    Raises:
        Forbidden: The browser says that the form stands on another site.
    """
    if _changes_something() and request.headers.get("Sec-Fetch-Site") == "cross-site":
        raise Forbidden(
            "The form was sent from another site.", hint="Open the page here and send it again."
        )


def wants_json() -> bool:
    """Whether the present request is a program's."""
    if request.path.startswith(("/api/", "/hooks/")):
        return True
    accepted = request.accept_mimetypes
    return accepted["application/json"] > accepted["text/html"]


def _changes_something() -> bool:
    return request.method not in {"GET", "HEAD", "OPTIONS"}


def _refuse_nul() -> None:
    # PostgreSQL holds no NUL in a text, so that nothing we keep could ever match one.
    sent = (request.path, *(part for pair in request.args.items(multi=True) for part in pair))
    if any("\0" in part for part in sent):
        raise InvalidInput("The address holds a character that no text has (NUL).")


def _answer(view: ErrorView, render_page: Callable[[ErrorView], str]) -> Response:
    body = jsonify(_as_json(view)) if wants_json() else render_page(view)
    answer = make_response(body)
    answer.status_code = view.status
    if view.status in {TooMany.status, NotReady.status}:
        answer.headers.setdefault("Retry-After", "60")
    return answer


def _as_json(view: ErrorView) -> dict[str, Any]:
    return {name: value for name, value in asdict(view).items() if name != "is_worded"}


def _view_of(error: MobilizeError) -> ErrorView:
    if error.status >= _INTERNAL:
        log.error("request_refused", code=error.code, message=error.message)
    in_french = bool(error.french) and page_language() == "fr"
    return ErrorView(
        status=error.status,
        code=error.code,
        message=error.french if in_french else error.message,
        hint=error.french_hint if in_french else error.hint,
        fields=error.fields,
        request_id=g.get("request_id", ""),
        is_worded=in_french,
    )


def _view_of_http(error: HTTPException) -> ErrorView:
    # webargs hangs the reasons of a refused body on the exception that it raises.
    data = getattr(error, "data", None) or {}
    fields = data.get("errors", data.get("messages", {}))
    status = error.code or _INTERNAL
    return ErrorView(
        status=status,
        code=error.name.lower().replace(" ", "_"),
        message=_plain_sentence(status) or error.description or error.name,
        hint="",
        fields=fields if isinstance(fields, dict) else {"": fields},
        request_id=g.get("request_id", ""),
    )


def _plain_sentence(status: int) -> str:
    return {
        404: "There is nothing at this address.",
        405: "This address does not take this kind of request.",
        413: "What was sent is larger than it may be.",
        422: "Some of what was sent cannot be used.",
        429: "Too many requests came from this connection.",
        500: "Something went wrong on our side.",
    }.get(status, "")


def _route() -> str:
    # The rule, not the path: a path carries tokens, a query string may carry anything.
    return request.url_rule.rule if request.url_rule is not None else "(none)"


def _add_headers(response: Response, *, secure: bool) -> None:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["X-Request-Id"] = g.request_id
    if secure:
        response.headers["Strict-Transport-Security"] = f"max-age={_TWO_YEARS}"
    if not (_is_static() and response.status_code < _FIRST_ERROR):
        # A page that was on the screen must not come back out of a cache on a shared computer.
        response.headers["Cache-Control"] = "no-store"


def _is_static() -> bool:
    return (request.endpoint or "").rpartition(".")[2] == "static"
