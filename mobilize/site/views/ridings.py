"""Finding a riding: by postal code, among the ridings it may lie in, or from the list."""

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Final

from flask import redirect, render_template, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from mobilize.core.http import page_language
from mobilize.core.i18n import Language
from mobilize.mps.finding import find
from mobilize.mps.lookup import ORDER
from mobilize.mps.provinces import PROVINCES
from mobilize.mps.queries import NamedRiding, all_ridings, riding_ids
from mobilize.runtime import runtime
from mobilize.site.pages import blueprint
from mobilize.site.visits import Door, Visit, visit

_ELECTIONS_CANADA: Final[Mapping[Language, str]] = {
    "en": "https://www.elections.ca/Scripts/vis/FindED?L=e&QID=-1&PAGEID=20",
    "fr": "https://www.elections.ca/Scripts/vis/FindED?L=f&QID=-1&PAGEID=20",
}
"""Its own page, which asks for the whole address; we hand nothing over."""


@blueprint.get("/<any(a, c):door>/<key>/where")
def find_riding(door: Door, key: str) -> str:
    """Ask for a postal code, or let the riding be picked."""
    with runtime().db.read() as session:
        return _page(session, visit(session, door, key))


@blueprint.post("/<any(a, c):door>/<key>/where")
def place_riding(door: Door, key: str) -> Response | str | tuple[str, int]:
    """Lead on to the riding's MP; ask again where the code does not settle it.

    Nothing is kept of whose code it is.
    """
    with runtime().db.read() as session:
        visiting = visit(session, door, key)
        ids = riding_ids(session, ORDER)
    picked = request.form.get("riding", "")
    # It may ask another server, so no transaction is open meanwhile.
    answer = None if picked else find(runtime(), request.form.get("postal_code", "")[:20])
    with runtime().db.read() as session:
        if answer is None:
            if picked in ids:
                return redirect(visiting.at(ids[picked]), 303)
            return _page(
                session, visiting, error=("riding-list", _("Pick a riding from the list."))
            ), 422
        codes = [candidate.code for candidate in answer.candidates if candidate.code in ids]
        if not codes:
            problem = _(
                "We could not place this postal code. Pick your riding from the list below."
            )
            return _page(session, visiting, error=("postal_code", problem)), 422
        if answer.certainty in {"confirmed", "likely"}:
            return redirect(visiting.at(ids[codes[0]]), 303)
        return _page(session, visiting, candidates=codes)


def _page(
    session: Session,
    visiting: Visit,
    *,
    candidates: Iterable[str] = (),
    error: tuple[str, str] | None = None,
) -> str:
    language = page_language()
    ridings = all_ridings(session, lang=language, on=runtime().clock.now().date())
    by_code = {riding.code: riding for riding in ridings}
    return render_template(
        "site/where.html",
        visit=visiting,
        candidates=[(code, by_code[code].name) for code in candidates],
        provinces=_by_province(ridings),
        values={"postal_code": request.form.get("postal_code", "")},
        errors=dict([error]) if error else {},
        elections_canada=_ELECTIONS_CANADA[language],
        represent=runtime().settings.lookup.represent,
    )


def _by_province(ridings: Iterable[NamedRiding]) -> list[tuple[str, list[NamedRiding]]]:
    language = page_language()
    return [
        (PROVINCES[province].name(language), list(group))
        for province, group in groupby(ridings, key=lambda riding: riding.province)
    ]
