"""The web app put together: the only place that mounts blueprints, each with who may come in."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from ipaddress import ip_address, ip_network
from typing import Any, Final, NoReturn

from flask import Blueprint, Flask, jsonify, request
from flask.typing import ResponseReturnValue
from flask_babel import Babel
from flask_limiter import Limiter
from flask_smorest import Api
from flask_wtf import CSRFProtect
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

import mobilize.accounts.api
import mobilize.actions.api
import mobilize.actions.doubts_api
import mobilize.alerts.api
import mobilize.alerts.exports_api
import mobilize.console.views
import mobilize.contacts.api
import mobilize.followups.api
import mobilize.holdings
import mobilize.messaging.api
import mobilize.messaging.care.api
import mobilize.messaging.figures_page
import mobilize.messaging.history_api
import mobilize.messaging.inbox.api
import mobilize.messaging.proof_api
import mobilize.messaging.webhooks
import mobilize.mps.api
import mobilize.partners.api
import mobilize.site.views
import mobilize.strategy.api
from mobilize import __version__
from mobilize.accounts.guards import need_api_key
from mobilize.console.auth import PATH as CONSOLE_PATH
from mobilize.console.auth import need_session
from mobilize.core import http
from mobilize.core.errors import InvalidInput, MobilizeError, NotReady
from mobilize.core.logs import configure_logs
from mobilize.core.schemas import ErrorSchema
from mobilize.migrate import pending
from mobilize.runtime import Runtime, runtime
from mobilize.site.api_page import api_pages
from mobilize.site.pages import error_page

Guard = Callable[[], Any]
API_PREFIX: Final = "/api/v1"
API_BLUEPRINTS: Final = (
    mobilize.accounts.api.blueprint,
    mobilize.strategy.api.blueprint,
    mobilize.mps.api.blueprint,
    mobilize.contacts.api.blueprint,
    mobilize.messaging.api.blueprint,
    mobilize.messaging.inbox.api.blueprint,
    mobilize.messaging.care.api.blueprint,
    mobilize.partners.api.blueprint,
    mobilize.actions.api.blueprint,
    mobilize.actions.doubts_api.blueprint,
    mobilize.alerts.api.blueprint,
    mobilize.alerts.exports_api.blueprint,
    mobilize.followups.api.blueprint,
)
"""The JSON API of each feature; every one asks for an API key."""
HOOK_BLUEPRINTS: Final[Sequence[Blueprint]] = (
    mobilize.messaging.webhooks.blueprint,
    mobilize.messaging.figures_page.blueprint,
)
"""What machines call; each view checks the provider's own signature, or the figures' token."""

SIGN_INS: Final = "10 per minute"
API_CALLS: Final = "600 per minute"
IPV6: Final = 6
SIGN_UP: Final = "site.ask_to_join"


class FormTokens(CSRFProtect):  # type: ignore[misc]
    """The tokens of the console's forms; Flask-WTF carries no types, hence the remark above."""

    def _error_response(self, _reason: str) -> NoReturn:
        raise InvalidInput("The form waited too long. Please send it again.")


class JsonApi(Api):  # type: ignore[misc]
    """The JSON API, described with our own form of error and answering in it."""

    ERROR_SCHEMA = ErrorSchema

    def _register_error_handlers(self) -> None:
        """Leave errors to `core.http`, which keeps `Allow` and knows pages too."""


def create_app(parts: Runtime) -> Flask:
    """An app that serves one installation.

    Args:
        parts: The installation's settings, database, clock and keys.
    """
    settings = parts.settings
    configure_logs(level=settings.logging.level, form=settings.logging.format)
    app = http.WebApp("mobilize")
    app.testing = settings.environment == "testing"
    app.config.update(_configuration(parts))
    app.jinja_env.undefined = StrictUndefined
    parts.attach(app)
    Babel(app, locale_selector=http.page_language)
    limiter = _limiter(app, parts)
    csrf = FormTokens(app)

    _mount(app, mobilize.site.views.root, guard=None, csrf=csrf)
    site = mobilize.site.views.blueprint
    forms = f"{settings.security.forms_per_minute} per minute"
    limiter.limit(forms, methods=["POST"])(site)
    # Codes cost money and reach other people's phones: counted apart, by the hour.
    codes = f"{settings.self_service.codes_per_network} per hour"
    limiter.limit(codes, methods=["POST"], exempt_when=_asks_no_code)(site)
    _mount(app, site, guard=http.refuse_cross_site, csrf=csrf)
    # One form sends a message to whatever address it names, so it alone counts by the hour too.
    sign_ups: Any = limiter.limit(f"{settings.sign_ups.per_network} per hour", methods=["POST"])
    app.view_functions[SIGN_UP] = sign_ups(app.view_functions[SIGN_UP])

    # The console alone knows a person by a cookie, so it alone carries form tokens.
    console = mobilize.console.views.blueprint
    limiter.limit(SIGN_INS, methods=["POST"], exempt_when=_is_no_sign_in)(console)
    _mount(app, console, guard=need_session, csrf=None)

    for hooks in HOOK_BLUEPRINTS:
        _mount(app, hooks, guard=None, csrf=csrf)

    api = JsonApi(app)
    api.spec.components.security_scheme("key", {"type": "http", "scheme": "bearer"})
    for blueprint in API_BLUEPRINTS:
        limiter.limit(API_CALLS)(blueprint)
        _guard(app, blueprint.name, need_api_key)
        csrf.exempt(blueprint)
        api.register_blueprint(blueprint, url_prefix=f"{API_PREFIX}{blueprint.url_prefix}")
    _mount(app, api_pages(api.spec.to_dict, prefix=API_PREFIX), guard=None, csrf=csrf)

    _add_health(app)
    http.install(app, secure=settings.security.secure_cookies, render_page=_error_page)
    if settings.security.trusted_proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app,
            x_for=settings.security.trusted_proxies,
            x_proto=settings.security.trusted_proxies,
        )
    return app


def _error_page(view: http.ErrorView) -> str:
    in_console = request.path.startswith(f"{CONSOLE_PATH}/")
    return error_page(view, template="console/error.html" if in_console else "site/error.html")


def _configuration(parts: Runtime) -> dict[str, Any]:
    security = parts.settings.security
    return {
        "SECRET_KEY": parts.settings.secrets.session_key,
        "SESSION_COOKIE_NAME": "mobilize_form",
        # Public pages never see the cookie of the console's forms.
        "SESSION_COOKIE_PATH": CONSOLE_PATH,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": security.secure_cookies,
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=security.session_hours),
        "MAX_CONTENT_LENGTH": 16 * 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 1024 * 1024,
        "SEND_FILE_MAX_AGE_DEFAULT": 3600,
        "WTF_CSRF_TIME_LIMIT": security.session_hours * 3600,
        # Our pages send no referrer, which the strict check over https would insist on.
        "WTF_CSRF_SSL_STRICT": False,
        "BABEL_DEFAULT_LOCALE": "en",
        "BABEL_DEFAULT_TIMEZONE": parts.settings.time.zone,
        "API_TITLE": "Mobilize",
        "API_VERSION": __version__,
        "OPENAPI_VERSION": "3.1.0",
        "OPENAPI_URL_PREFIX": API_PREFIX,
        "OPENAPI_JSON_PATH": "openapi.json",
        "API_SPEC_OPTIONS": {"security": [{"key": []}]},
    }


def _limiter(app: Flask, parts: Runtime) -> Limiter:
    def client() -> str:
        # Counted under a keyed hash: an address of a visitor is stored nowhere.
        return parts.keyring.index("client", network_of(request.remote_addr or "")).hex()[:32]

    return Limiter(
        client,
        app=app,
        storage_uri=parts.settings.security.limits_storage,
        strategy="fixed-window",
        in_memory_fallback_enabled=True,
    )


def network_of(address: str) -> str:
    """What limits count by: an address, or for IPv6 the half of it that one customer is given."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((found, 64), strict=False)) if found.version == IPV6 else address


def _mount(
    app: Flask, blueprint: Blueprint, *, guard: Guard | None, csrf: CSRFProtect | None
) -> None:
    """Mount a blueprint behind its guard; with `csrf` given, its forms carry no token."""
    if guard is not None:
        _guard(app, blueprint.name, guard)
    if csrf is not None:
        csrf.exempt(blueprint)
    app.register_blueprint(blueprint)


def _guard(app: Flask, name: str, guard: Guard) -> None:
    # Hung on this app, not on the blueprint, which several apps of one process share.
    app.before_request_funcs.setdefault(name, []).append(guard)


def _asks_no_code() -> bool:
    return request.endpoint != "site.send_code"


def _is_no_sign_in() -> bool:
    return request.endpoint not in {"console.sign_in", "console.confirm"}


def _add_health(app: Flask) -> None:
    @app.get("/healthz")
    def alive() -> ResponseReturnValue:
        """Whether the process answers."""
        return jsonify(status="alive")

    @app.get("/readyz")
    def ready() -> ResponseReturnValue:
        """Whether the database answers and has the tables of this version."""
        try:
            missing = pending(runtime().db)
        except MobilizeError as error:
            raise NotReady(error.message, hint=error.hint) from None
        if missing:
            raise NotReady("The database lacks migrations.", hint="Run `mobilize init`.")
        return jsonify(status="ready")
