"""A copy of one's data, erasure, a new address: by a fresh code to an address that is confirmed.

The link alone opens none of them. Whether a code went out, and where to, does not show: the page is
the same for everybody who holds the link.
"""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from flask import make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from mobilize.contacts import codes, erasing
from mobilize.contacts.copying import copy_of, readable
from mobilize.contacts.preferences import SUPPORTER
from mobilize.contacts.privacy_models import AddressCode
from mobilize.contacts.textable import check_textable
from mobilize.core.errors import Conflict, InvalidInput, NotFound
from mobilize.core.http import page_language
from mobilize.messaging.moving import move
from mobilize.messaging.own_links import Holder
from mobilize.messaging.proving import NewDetail, ask_code, detail_of, read_detail
from mobilize.runtime import runtime
from mobilize.site.pages import blueprint, organization
from mobilize.site.views.joining import phone_words
from mobilize.site.views.preferences import named_by

What = Literal["copy", "erase", "change"]
_ENTRY: Final = "code-entry"
_COPY: Final = "copy-pass"
_PARTS: Final = ("email", "phone", "postal_code")
_LONGEST: Final = 254


@blueprint.get("/preferences/<token>/data/<any(copy, erase, change):what>")
def own_data(token: str, what: What) -> str:
    """Say what follows, and ask where the code goes; nothing is sent yet."""
    with runtime().db.read() as session:
        named_by(session, token)
    return _ask_page(token, what, {})


@blueprint.post("/preferences/<token>/data/<any(copy, erase, change):what>")
def send_code(token: str, what: What) -> Response | tuple[str, int]:
    """Send a code where that is safe; the answer is the same where it is not."""
    parts = runtime()
    now = parts.clock.now()
    with parts.db.read() as session:
        named_by(session, token)
    new, errors = _new_detail() if what == "change" else (None, {})
    channel = request.form.get("channel")
    if channel not in {"email", "sms"}:
        errors["channel"] = _("Choose where the code goes.")
    if errors:
        return _ask_page(token, what, errors), InvalidInput.status
    with parts.db.transaction() as session:
        row = ask_code(
            session,
            contact=named_by(session, token).contact,
            purpose=what,
            channel="sms" if channel == "sms" else "email",
            language=page_language(),
            links=parts.links,
            settings=parts.settings,
            now=now,
            new=new,
        )
        entry = parts.links.seal(_ENTRY, row.id, expires_at=row.expires_at)
    return redirect(url_for("site.enter_code", token=token, entry=entry), 303)


@blueprint.get("/preferences/<token>/code/<entry>")
def enter_code(token: str, entry: str) -> str:
    """Ask for the code; opening the page uses nothing up."""
    with runtime().db.read() as session:
        row = _row_of(session, named_by(session, token), entry)
        return _entry_page(token, row, {})


@blueprint.post("/preferences/<token>/code/<entry>")
def check_code(token: str, entry: str) -> str | tuple[str, int]:
    """Do what the code opens; a wrong answer is counted, a right one is good once."""
    parts = runtime()
    now = parts.clock.now()
    wrong: dict[str, str] = {}
    try:
        with parts.db.transaction() as session:
            holder = named_by(session, token)
            row = _row_of(session, holder, entry)
            purpose, page = row.purpose, ""
            detail = detail_of(row)
            wrong = _wrong_codes(session, row, detail)
            if not wrong and codes.use(session, row=row, now=now):
                page = _do(session, token, holder, row, detail)
            elif not wrong:
                wrong = {"code": _over()}
            if wrong:
                page = _entry_page(token, row, wrong)
    except Conflict:
        return _conflict_page(token), Conflict.status
    if wrong:
        return page, InvalidInput.status
    if purpose == "erase":
        parts.db.bury()
    return page


@blueprint.post("/preferences/<token>/copy")
def download_copy(token: str) -> Response:
    """Give the copy that a code opened; only for as long as a code is good.

    Raises:
        NotFound: No code opened it, or too long ago.
    """
    parts = runtime()
    now = parts.clock.now()
    with parts.db.transaction() as session:
        holder = named_by(session, token)
        row_id = parts.links.open(_COPY, request.form.get("pass", ""), now=now)
        row = None if row_id is None else session.get(AddressCode, row_id)
        good_for = timedelta(minutes=parts.settings.self_service.code_minutes)
        if (
            row is None
            or row.contact_id != holder.contact.id
            or row.used_at is None
            or now > row.used_at + good_for
        ):
            raise NotFound("There is nothing at this address.")
        held = copy_of(session, contact=holder.contact, actor=SUPPORTER, now=now)
    to_read = request.form.get("form") == "html"
    answer = make_response(_to_read(held) if to_read else json.dumps(held, ensure_ascii=False))
    answer.mimetype = "text/html" if to_read else "application/json"
    # Nothing about us in the name of a file that stays on the device.
    name = "copy.html" if to_read else "copy.json"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _to_read(held: Mapping[str, Any]) -> str:
    parts = runtime()
    return readable(
        held,
        language=page_language(),
        organization=organization(),
        contact_email=parts.settings.site.contact_email,
        zone=ZoneInfo(parts.settings.time.zone),
        now=parts.clock.now(),
    )


def _new_detail() -> tuple[NewDetail | None, dict[str, str]]:
    part, typed = request.form.get("part", ""), request.form.get("value", "").strip()
    if part not in _PARTS:
        return None, {"part": _("Choose what changes.")}
    try:
        detail = read_detail(part, typed[:_LONGEST])
        if detail.channel == "sms":
            # A code goes there as a text.
            check_textable(detail.value, runtime().settings.sign_ups.sms_countries)
    except InvalidInput:
        words = {
            "email": _("Write an email address, such as name@example.org."),
            "phone": phone_words(),
            "postal_code": _("Write a Canadian postal code, such as K1A 0A6."),
        }
        return None, {"value": words[part]}
    return detail, {}


def _wrong_codes(session: Session, row: AddressCode, detail: NewDetail | None) -> dict[str, str]:
    """What is wrong with the codes that were typed; each attempt counts."""
    parts = runtime()
    limits, now = parts.settings.self_service, parts.clock.now()
    verdicts = {"code": codes.check(session, row=row, typed=_typed("code"), limits=limits, now=now)}
    if detail is not None and detail.channel is not None:
        other = codes.companion(session, row)
        verdicts["new_code"] = (
            codes.check(session, row=other, typed=_typed("new_code"), limits=limits, now=now)
            if other is not None
            else "over"
        )
    words = {"wrong": _("This is not the code. Look at it again."), "over": _over()}
    return {name: words[one] for name, one in verdicts.items() if one != "right"}


def _typed(name: str) -> str:
    return request.form.get(name, "")[:40]


def _over() -> str:
    text: str = _("This code is over: used, too old, or tried too often. Ask for a new one.")
    return text


def _do(
    session: Session, token: str, holder: Holder, row: AddressCode, detail: NewDetail | None
) -> str:
    """Do what a proven code opens; the page that says so."""
    parts = runtime()
    now = parts.clock.now()
    if row.purpose == "erase":
        erasing.erase(session, contact=holder.contact, actor=SUPPORTER, now=now)
        return render_template("site/erased.html", contact_email=parts.settings.site.contact_email)
    if row.purpose == "copy":
        until = now + timedelta(minutes=parts.settings.self_service.code_minutes)
        sealed = parts.links.seal(_COPY, row.id, expires_at=until)
        minutes = parts.settings.self_service.code_minutes
        return render_template("site/copy_ready.html", token=token, sealed=sealed, minutes=minutes)
    if detail is None:
        raise NotFound("There is nothing at this address.")
    move(
        session,
        row=row,
        contact=holder.contact,
        detail=detail,
        quietly="quietly" in request.form,
        language=page_language(),
        now=now,
    )
    return render_template("site/detail_changed.html", part=detail.part)


def _row_of(session: Session, holder: Holder, entry: str) -> AddressCode:
    """The code that an entry page is about; one of somebody else opens nothing."""
    row_id = runtime().links.open(_ENTRY, entry, now=runtime().clock.now())
    row = None if row_id is None else session.get(AddressCode, row_id)
    if row is None or row.contact_id != holder.contact.id or row.purpose == "confirm":
        raise NotFound("There is nothing at this address.")
    return row


def _ask_page(token: str, what: str, errors: dict[str, str]) -> str:
    return render_template(
        "site/own_data.html",
        token=token,
        what=what,
        values=request.form,
        errors=errors,
        contact_email=runtime().settings.site.contact_email,
    )


def _entry_page(token: str, row: AddressCode, errors: dict[str, str]) -> str:
    settings = runtime().settings
    detail = detail_of(row)
    return render_template(
        "site/code.html",
        token=token,
        what=row.purpose,
        has_new=detail is not None and detail.channel is not None,
        may_tell=detail is not None and detail.channel is not None,
        errors=errors,
        minutes=settings.self_service.code_minutes,
        contact_email=settings.site.contact_email,
    )


def _conflict_page(token: str) -> str:
    return render_template(
        "site/detail_taken.html",
        token=token,
        contact_email=runtime().settings.site.contact_email,
    )
