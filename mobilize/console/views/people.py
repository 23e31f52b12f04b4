"""Supporters: a list that shows no whole address, and a person's page with their consents."""

from flask import render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from mobilize.accounts.guards import caller, needs
from mobilize.console.forms import carry_out, page_after, trouble_of, typed
from mobilize.console.pages import blueprint
from mobilize.console.present import now, today
from mobilize.contacts import merging, queries, reviewing
from mobilize.contacts.do_not_contact import set_do_not_contact
from mobilize.contacts.models import Contact
from mobilize.contacts.queries import Filter
from mobilize.core.errors import InvalidInput
from mobilize.core.http import page_language
from mobilize.core.i18n import is_language
from mobilize.core.paging import Page
from mobilize.mps.queries import (
    CURRENT_ORDER,
    all_ridings,
    mp_for_riding,
    riding_by_code,
    riding_names,
)
from mobilize.runtime import runtime


@blueprint.route("/people", methods=["GET", "POST"])
@needs("people")
def people() -> str | tuple[str, int]:
    """People on file by name, riding and language.

    The search is sent as a form, so that no name and no address stands in an address.
    """
    language = page_language()
    page: Page[Contact] = Page((), None)
    total, trouble = 0, None
    with runtime().db.read() as session:
        try:
            wanted = _wanted(session)
            page, total = (
                queries.contacts(session, wanted, after=_after()),
                queries.count(session, wanted),
            )
        except InvalidInput as error:
            trouble = trouble_of(error)
        ridings = {one.riding_id for one in page.items if one.riding_id}
        context = {
            "all_ridings": all_ridings(session, lang=language, on=today()),
            "ridings": riding_names(session, ridings, language, today()),
            "tags": queries.tags_of(session, [one.id for one in page.items]),
        }
    shown = render_template(
        "console/people/list.html",
        page=page,
        total=total,
        asked=request.values,
        trouble=trouble,
        **context,
    )
    return shown, trouble.status if trouble else 200


@blueprint.get("/people/<ref>")
@needs("people")
def person(ref: str) -> str:
    """One person: how they may be reached, and every step of their consents."""
    language = page_language()
    with runtime().db.read() as session:
        shown = queries.by_public_id(session, ref)
        riding = shown.riding_id
        mp = mp_for_riding(session, riding, today()) if riding else None
        context = {
            "person": shown,
            "tags": queries.tags_of(session, [shown.id]).get(shown.id, []),
            "consents": queries.standing_consents(session, shown.id),
            "ledger": list(reversed(queries.ledger_of(session, shown.id))),
            "suppressions": queries.suppressions_of(session, shown),
            "riding": riding_names(session, [riding], language, today())[riding] if riding else "",
            "mp": mp.name(language) if mp else "",
            "joined": merging.standing_merges(session, shown.id),
            "stands_for": (
                queries.by_id(session, shown.merged_into_id) if shown.merged_into_id else None
            ),
            "sharing": reviewing.sharing_number(session, shown),
        }
    return render_template("console/people/person.html", **context)


@blueprint.post("/people/<ref>/do-not-contact")
@needs("people")
def do_not_contact(ref: str) -> Response:
    """Let nothing go to a person any more, or lift it."""
    wanted = typed("wanted") == "yes"

    def change(session: Session) -> None:
        contact = queries.by_public_id(session, ref)
        set_do_not_contact(session, contact=contact, wanted=wanted, actor=caller().actor, now=now())

    done = (
        gettext("Nothing goes to this person any more.")
        if wanted
        else gettext("This person may be contacted again, as far as they agreed.")
    )
    return carry_out(change, done=done, to=url_for("console.person", ref=ref))


def _after() -> int:
    typed = request.form.get("after", "")
    return int(typed) if typed.isdecimal() else page_after() or 0


def _wanted(session: Session) -> Filter:
    language = request.values.get("language", "")
    code = request.values.get("riding", "")
    riding = riding_by_code(session, CURRENT_ORDER, code) if code else None
    return Filter(
        language=language if is_language(language) else None,
        riding_id=riding.id if riding else None,
        search=request.form.get("search", ""),
    )
