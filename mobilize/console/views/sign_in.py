"""Signing in with password and one-time code, showing both once more, signing out."""

from datetime import timedelta

from flask import g, redirect, render_template, request, session, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from mobilize.accounts import service
from mobilize.accounts.guards import caller
from mobilize.console.auth import COOKIE, PATH, keep_session, place_after, sign_in_clock
from mobilize.console.pages import blueprint
from mobilize.core.i18n import is_language
from mobilize.runtime import runtime


@blueprint.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> str | Response:
    """The sign-in form, and what becomes of it."""
    chosen = request.args.get("language")
    if is_language(chosen):
        g.language = chosen
    if request.method == "GET":
        return render_template("console/sign_in.html", refused="", next=place_after())
    parts, now = runtime(), sign_in_clock.now()
    lifetime = timedelta(hours=parts.settings.security.session_hours)
    with parts.db.read() as looking:
        proof = service.prove(looking, email=_typed("email"), password=_typed("password"))
    with parts.db.transaction() as changing:
        token = service.sign_in(changing, proof, code=_typed("code"), now=now, lifetime=lifetime)
    if token is None:
        return render_template("console/sign_in.html", refused=_refusal(), next=place_after())
    # Nothing of the time before the sign-in stays in the browser, not even the form's token.
    session.clear()
    answer = redirect(place_after(), 303)
    keep_session(answer, token)
    return answer


@blueprint.route("/confirm", methods=["GET", "POST"])
def confirm() -> str | Response:
    """Password and code once more, before something that cannot be taken back."""
    caller()
    refused = ""
    if request.method == "POST":
        parts, now = runtime(), sign_in_clock.now()
        with parts.db.read() as looking:
            proof = service.prove(looking, email=_own_email(), password=_typed("password"))
        with parts.db.transaction() as changing:
            fresh = service.refresh(
                changing, proof, token=g.session_token, code=_typed("code"), now=now
            )
        if fresh:
            return redirect(place_after(), 303)
        refused = _refusal()
    return render_template("console/confirm.html", refused=refused, next=place_after())


@blueprint.post("/sign-out")
def sign_out() -> Response:
    """End the session here and on the server."""
    with runtime().db.transaction() as changing:
        service.sign_out(changing, token=g.session_token, now=sign_in_clock.now())
    session.clear()
    answer = redirect(url_for("console.sign_in"), 303)
    answer.delete_cookie(COOKIE, path=PATH)
    answer.headers["Clear-Site-Data"] = '"cookies", "storage"'
    return answer


def _typed(name: str) -> str:
    return request.form.get(name, "")


def _own_email() -> str:
    email: str = g.account_email
    return email


def _refusal() -> str:
    text: str = gettext("The address, the password or the code is not right.")
    return text
