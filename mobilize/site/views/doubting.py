"""A person says that an MP is not theirs, and is led on to where their own is found."""

import secrets
from typing import Final

from flask import render_template, request
from flask_babel import gettext as _

from mobilize.actions.doubt_models import Kind
from mobilize.actions.doubts import doubt_mp
from mobilize.core.http import page_language
from mobilize.runtime import runtime
from mobilize.site.offices import seat
from mobilize.site.pages import blueprint
from mobilize.site.visits import Door, riding_at, visit

_LONGEST_KEY: Final = 40


@blueprint.get("/<any(a, c):door>/<key>/at/<place>/not-mine")
def ask_what_is_wrong(door: Door, key: str, place: str) -> str:
    """Ask whether the riding is another or the MP is; nothing more is asked."""
    return _page(door, key, riding_at(place), {})


@blueprint.post("/<any(a, c):door>/<key>/at/<place>/not-mine")
def say_not_mine(door: Door, key: str, place: str) -> str | tuple[str, int]:
    """Queue it for an organizer, and lead on."""
    riding_id = riding_at(place)
    kind = _kind(request.form.get("kind", ""))
    if kind is None:
        return _page(door, key, riding_id, {"kind": _("Choose one of the answers.")}), 422
    with runtime().db.transaction() as session:
        visiting = visit(session, door, key)
        doubt_mp(
            session,
            riding_id=riding_id,
            kind=kind,
            contact_id=visiting.contact_id,
            form_key=request.form.get("form_key", "")[:_LONGEST_KEY],
            now=runtime().clock.now(),
        )
    return _page(door, key, riding_id, {}, told=kind)


def _page(
    door: Door, key: str, riding_id: int, errors: dict[str, str], *, told: Kind | None = None
) -> str:
    language, today = page_language(), runtime().clock.now().date()
    with runtime().db.read() as session:
        visiting = visit(session, door, key)
        place = seat(session, riding_id, language=language, on=today)
    return render_template(
        "site/not_mine.html",
        visit=visiting,
        seat=place,
        kinds=[
            ("riding", _("I live in another riding.")),
            ("person", _("I live in this riding, but its MP is somebody else.")),
        ],
        form_key=secrets.token_urlsafe(16),
        errors=errors,
        told=told,
    )


def _kind(text: str) -> Kind | None:
    return "riding" if text == "riding" else "person" if text == "person" else None
