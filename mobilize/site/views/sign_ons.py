"""An organization signs on to a demand: the form, the link in the mail, the way to withdraw."""

from collections.abc import Mapping
from datetime import date
from typing import Literal

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from mobilize.contacts.identity import normalise_email
from mobilize.core.errors import Conflict, InvalidInput, NotFound
from mobilize.core.http import page_language
from mobilize.core.paging import LARGEST_PAGE
from mobilize.mps.names import normalise
from mobilize.partners import queries as partners
from mobilize.partners.models import Partner
from mobilize.partners.service import (
    CONFIRM,
    MANAGE,
    SignOnRequest,
    confirm_sign_on,
    request_sign_on,
    withdraw_sign_on,
)
from mobilize.runtime import runtime
from mobilize.site.pages import blueprint
from mobilize.strategy.models import DemandVersion
from mobilize.strategy.queries import adopted_version

_LONGEST_NAME = 200
_LONGEST_CONDITIONS = 2000


@blueprint.get("/sign-on/<slug>")
def sign_on(slug: str) -> str:
    """Show a demand and the form with which an organization signs it."""
    return _form_page(slug, {"visibility": "public"}, {})


@blueprint.post("/sign-on/<slug>")
def ask_to_sign(slug: str) -> str | tuple[str, int]:
    """Take a request; the answer is the same whoever asks, so that it tells nothing."""
    form = request.form
    errors = _errors(form)
    if errors:
        return _form_page(slug, form, errors), 422
    now = runtime().clock.now()
    with runtime().db.transaction() as session:
        version = _adopted(session, slug)
        request_sign_on(session, request=_asked(version, form), now=now)
    return render_template("site/sign_on_sent.html")


@blueprint.get("/sign-on/confirm/<token>")
def look_before_confirming(token: str) -> str:
    """Show once more what would be signed; nothing happens until the button is pressed."""
    return _state_page(CONFIRM, token)


@blueprint.post("/sign-on/confirm/<token>")
def confirm(token: str) -> Response | tuple[str, int]:
    """Sign, and lead to the page from which the sign-on can be withdrawn."""
    sign_on_id = _sign_on_id(CONFIRM, token)
    now = runtime().clock.now()
    try:
        with runtime().db.transaction() as session:
            confirm_sign_on(session, sign_on_id=sign_on_id, now=now)
    except Conflict:
        return _state_page(CONFIRM, token, too_late=True), Conflict.status
    return redirect(
        url_for("site.manage_sign_on", token=runtime().links.seal(MANAGE, sign_on_id)), 303
    )


@blueprint.get("/sign-on/manage/<token>")
def manage_sign_on(token: str) -> str:
    """Show a sign-on to whoever holds its link."""
    return _state_page(MANAGE, token)


@blueprint.post("/sign-on/manage/<token>")
def withdraw(token: str) -> Response:
    """Withdraw a sign-on; again changes nothing."""
    sign_on_id = _sign_on_id(MANAGE, token)
    now = runtime().clock.now()
    with runtime().db.transaction() as session:
        withdraw_sign_on(session, sign_on_id=sign_on_id, now=now)
    return redirect(url_for("site.manage_sign_on", token=token), 303)


def _form_page(slug: str, values: Mapping[str, str], errors: Mapping[str, str]) -> str:
    language = page_language()
    with runtime().db.read() as session:
        version = _adopted(session, slug)
        organizations = partners.partners(session, limit=LARGEST_PAGE).items
    choices = [(one.public_id, _name(one)) for one in organizations]
    return render_template(
        "site/sign_on.html",
        slug=slug,
        title=_title(version),
        ask=version.ask_fr if language == "fr" else version.ask_en,
        summary=version.summary_fr if language == "fr" else version.summary_en,
        partners=sorted(choices, key=lambda choice: normalise(choice[1])),
        values=values,
        errors=errors,
    )


def _state_page(
    purpose: Literal["sign-on", "sign-on-manage"], token: str, *, too_late: bool = False
) -> str:
    sign_on_id = _sign_on_id(purpose, token)
    with runtime().db.read() as session:
        signed = partners.sign_on(session, sign_on_id)
        partner = session.get_one(Partner, signed.partner_id)
        version = session.get_one(DemandVersion, signed.demand_version_id)
    return render_template(
        "site/sign_on_state.html",
        sign_on=signed,
        partner=_name(partner),
        title=_title(version),
        version=version.number,
        may_confirm=purpose == CONFIRM and not too_late,
        too_late=too_late,
        may_withdraw=purpose == MANAGE,
    )


def _sign_on_id(purpose: Literal["sign-on", "sign-on-manage"], token: str) -> int:
    sign_on_id = runtime().links.open(purpose, token, now=runtime().clock.now())
    if sign_on_id is None:
        raise NotFound("There is nothing at this address.")
    return sign_on_id


def _adopted(session: Session, slug: str) -> DemandVersion:
    version = adopted_version(session, slug)
    if version is None:
        raise NotFound("There is nothing at this address.")
    return version


def _title(version: DemandVersion) -> str:
    return version.title_fr if page_language() == "fr" else version.title_en


def _name(partner: Partner) -> str:
    return partner.name_fr if page_language() == "fr" else partner.name_en


def _errors(form: Mapping[str, str]) -> dict[str, str]:
    errors = {}
    if not form.get("partner"):
        errors["partner"] = _("Choose your organization.")
    if not form.get("name", "").strip() or len(form["name"]) > _LONGEST_NAME:
        errors["name"] = _("Write your name.")
    if len(form.get("title", "")) > _LONGEST_NAME:
        errors["title"] = _("This is too long.")
    if not _is_email(form.get("email", "")):
        errors["email"] = _("Write an email address, such as name@example.org.")
    if form.get("board_date") and _day(form["board_date"]) is None:
        errors["board_date"] = _("Write a day, such as 2026-11-22.")
    if len(form.get("conditions", "")) > _LONGEST_CONDITIONS:
        errors["conditions"] = _("This is too long.")
    if form.get("visibility") not in {"public", "private"}:
        errors["visibility"] = _("Choose who may see it.")
    if "may_sign" not in form:
        errors["may_sign"] = _("Only somebody who may sign for the organization can go on.")
    return errors


def _asked(version: DemandVersion, form: Mapping[str, str]) -> SignOnRequest:
    return SignOnRequest(
        demand_version_id=version.id,
        organization=form["partner"],
        email=form["email"],
        signatory_name=form["name"],
        signatory_title=form.get("title", ""),
        language=page_language(),
        board_date=_day(form.get("board_date", "")),
        conditions=form.get("conditions", ""),
        visibility="private" if form["visibility"] == "private" else "public",
    )


def _is_email(text: str) -> bool:
    try:
        normalise_email(text)
    except InvalidInput:
        return False
    return True


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
