"""What a person asks for, at an organizer's hand: a correction, to come back, a copy, erasure."""

import json
from datetime import date

from flask import flash, make_response, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from mobilize.accounts.guards import caller, needs
from mobilize.console.auth import needs_fresh
from mobilize.console.forms import Trouble, carry_out, see, trouble_of, typed
from mobilize.console.pages import blueprint
from mobilize.console.present import now, today, zone
from mobilize.console.telling import HOW_ASKED, WHY
from mobilize.contacts import erasing, queries, reopening
from mobilize.contacts.copying import copy_of, readable
from mobilize.contacts.models import Contact
from mobilize.contacts.rectifying import FIELDS, Correction, rectify
from mobilize.contacts.reopening import WrittenRequest
from mobilize.core.errors import InvalidInput, MobilizeError
from mobilize.core.http import page_language
from mobilize.core.i18n import is_language
from mobilize.mps.queries import all_ridings
from mobilize.runtime import runtime


@blueprint.get("/people/<ref>/correct")
@needs("people")
def correct(ref: str) -> str:
    """What may be corrected; an address is typed anew, never shown."""
    with runtime().db.read() as session:
        shown = queries.by_public_id(session, ref)
        return _correct_page(session, shown, trouble=None)


@blueprint.post("/people/<ref>/correct")
@needs("people")
def keep_correction(ref: str) -> Response | tuple[str, int]:
    """Correct what was filled in; what is wrong is named beside what was typed."""
    remove = set(request.form.getlist("remove"))
    wanted = {
        name: text
        for name in FIELDS
        if (text := "" if name in remove else request.form.get(name)) is not None
        # An empty field of an address leaves it; taking it away is asked for by itself.
        and (text.strip() or name in remove or name in {"given_name", "family_name"})
    }
    try:
        with runtime().db.transaction() as session:
            changed = rectify(
                session,
                contact=queries.by_public_id(session, ref),
                correction=Correction(**wanted),
                reason=typed("reason"),
                actor=caller().actor,
                now=now(),
            )
    except MobilizeError as error:
        with runtime().db.read() as session:
            shown = queries.by_public_id(session, ref)
            return _correct_page(session, shown, trouble=trouble_of(error)), error.status
    done = gettext("Corrected.") if changed else gettext("Nothing was different.")
    flash(done, "success")
    return see(url_for("console.person", ref=ref))


@blueprint.get("/people/<ref>/reopen")
@needs("people")
@needs_fresh
def reopen(ref: str) -> str:
    """Ask for the request by which a person who left wants to hear from us again."""
    with runtime().db.read() as session:
        return _reopen_page(session, queries.by_public_id(session, ref), trouble=None)


@blueprint.post("/people/<ref>/reopen")
@needs("people")
@needs_fresh
def keep_request(ref: str) -> Response | tuple[str, int]:
    """Open a channel again; what is wrong is named beside what was typed."""
    try:
        request_of = WrittenRequest(
            channel=typed("channel"),
            asked_on=_day(typed("asked_on")),
            how=typed("how"),
            note=typed("note"),
        )
        with runtime().db.transaction() as session:
            reopening.reopen(
                session,
                contact=queries.by_public_id(session, ref),
                request=request_of,
                actor=caller().actor,
                zone=zone(),
                now=now(),
            )
    except MobilizeError as error:
        with runtime().db.read() as session:
            shown = queries.by_public_id(session, ref)
            return _reopen_page(session, shown, trouble=trouble_of(error)), error.status
    flash(gettext("Open again, and noted in the ledger with the request."), "success")
    return see(url_for("console.person", ref=ref))


@blueprint.get("/people/<ref>/copy")
@needs("export")
@needs_fresh
def copy(ref: str) -> str:
    """Ask for the form of the copy; nothing is opened yet."""
    with runtime().db.read() as session:
        shown = queries.by_public_id(session, ref)
    return render_template("console/people/copy.html", person=shown)


@blueprint.post("/people/<ref>/copy")
@needs("export")
@needs_fresh
def take_copy(ref: str) -> Response:
    """The copy as a file to hand over, addresses open; the audit log says who took it."""
    parts = runtime()
    form = typed("form")
    language = form if is_language(form) else page_language()
    with parts.db.transaction() as session:
        contact = queries.by_public_id(session, ref)
        held = copy_of(session, contact=contact, actor=caller().actor, now=now())
    if form == "json":
        answer = make_response(json.dumps(held, ensure_ascii=False, indent=2))
        answer.mimetype, name = "application/json", "copy.json"
    else:
        site = parts.settings.site
        organization = site.organization_fr if language == "fr" else site.organization_en
        page = readable(
            held,
            language=language,
            organization=organization,
            contact_email=site.contact_email,
            zone=zone(),
            now=now(),
        )
        answer = make_response(page)
        answer.mimetype, name = "text/html", "copy.html" if language == "en" else "copie.html"
    # A file, not a page: its own style would be refused here, and no history keeps it.
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@blueprint.get("/people/<ref>/erase")
@needs("people")
@needs_fresh
def erase(ref: str) -> str:
    """Say what goes and what stays, and ask once more."""
    with runtime().db.read() as session:
        shown = queries.by_public_id(session, ref)
    return render_template("console/people/erase.html", person=shown)


@blueprint.post("/people/<ref>/erase")
@needs("people")
@needs_fresh
def erase_for_good(ref: str) -> Response:
    """Erase a person; nothing brings them back."""

    def change(session: Session) -> None:
        if not typed("sure"):
            raise InvalidInput("Nothing was erased.", hint="Tick the box to say that you are sure.")
        contact = queries.by_public_id(session, ref)
        erasing.erase(session, contact=contact, actor=caller().actor, now=now())

    answer = carry_out(
        change, done=gettext("This person is erased."), to=url_for("console.person", ref=ref)
    )
    runtime().db.bury()
    return answer


def _reopen_page(session: Session, shown: Contact, *, trouble: Trouble | None) -> str:
    return render_template(
        "console/people/reopen.html",
        person=shown,
        trouble=trouble,
        form=request.form,
        channels=reopening.left_channels(session, shown),
        ways=HOW_ASKED,
        longest=reopening.LONGEST_NOTE,
        today=today().isoformat(),
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(
            "The day is missing.", hint="Fill it in.", fields={"asked_on": "Fill it in."}
        ) from None


def _correct_page(session: Session, shown: Contact, *, trouble: Trouble | None) -> str:
    return render_template(
        "console/people/correct.html",
        person=shown,
        trouble=trouble,
        form=request.form,
        reasons=WHY,
        all_ridings=all_ridings(session, lang=page_language(), on=today()),
        riding=queries.riding_codes(session, [shown.riding_id]).get(shown.riding_id, "")
        if shown.riding_id
        else "",
    )
