"""Supporters: found by name, riding, language or a whole address, in a list that shows none."""

from flask import render_template, request
from sqlalchemy.orm import Session

from mobilize.accounts.guards import needs
from mobilize.console.forms import page_after, trouble_of
from mobilize.console.pages import blueprint
from mobilize.console.present import today
from mobilize.contacts import queries
from mobilize.contacts.models import Contact
from mobilize.contacts.queries import Filter
from mobilize.core.errors import InvalidInput
from mobilize.core.http import page_language
from mobilize.core.i18n import is_language
from mobilize.core.paging import Page
from mobilize.mps.queries import (
    CURRENT_ORDER,
    all_ridings,
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
