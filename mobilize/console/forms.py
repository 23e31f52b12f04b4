"""What the console's forms have in common: a change, then a page that says what became of it."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import flash, redirect, request
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from mobilize.alerts.refusals import UnreadableRules
from mobilize.console.audience_form import builder_pressed
from mobilize.contacts.reject_words import worded
from mobilize.core.errors import InvalidInput, MobilizeError
from mobilize.core.http import page_language
from mobilize.runtime import runtime


@dataclass(frozen=True)
class Trouble:
    """Why a form was not taken, as its page says it beside what was typed."""

    message: str
    hint: str
    fields: dict[str, str]
    status: int


def trouble_of(error: MobilizeError) -> Trouble:
    """A refusal in the page's words; sentences without a translation stay as they are."""
    if isinstance(error, UnreadableRules):
        language = page_language()
        return Trouble(
            message=error.said(language),
            hint=error.advice(language),
            fields={place: why[language] for place, why in error.fields.items()},
            status=error.status,
        )
    if error.french and page_language() == "fr":
        return Trouble(error.french, error.french_hint, {}, error.status)
    return Trouble(
        message=worded(gettext(error.message)),
        hint=worded(gettext(error.hint)) if error.hint else "",
        # The empty text is the catalogue's own header to gettext.
        fields={n: gettext(str(why)) if why else "" for n, why in error.fields.items()},
        status=error.status,
    )


def carry_out(change: Callable[[Session], object], *, done: str, to: str) -> Response:
    """Make one change in a transaction of its own, and lead to a page that says so, or why not.

    Args:
        change: What is done.
        done: The sentence where it worked.
        to: The page that follows either way; its address.
    """
    try:
        with runtime().db.transaction() as session:
            change(session)
    except MobilizeError as error:
        trouble = trouble_of(error)
        flash(" ".join(filter(None, (trouble.message, trouble.hint))), "error")
    else:
        flash(done, "success")
    return see(to)


def see(address: str) -> Response:
    """Lead to a page after a form: reloading it sends nothing again."""
    return redirect(address, 303)


def typed(name: str) -> str:
    """A field of the form as it was typed, without blanks around it."""
    return request.form.get(name, "").strip()


def asks_only_to_look() -> bool:
    """Whether the form was sent to see its counts and words afresh, without JavaScript."""
    return request.form.get("do") in {"refresh", "reach"} or builder_pressed(request.form)


def page_after() -> int | None:
    """The row after which a list's page begins.

    Raises:
        InvalidInput: The address does not hold a number there.
    """
    text = request.args.get("after", "")
    if not text:
        return None
    if not text.isdecimal():
        raise InvalidInput("This is no page of the list.", hint="Begin at the first page.")
    return int(text)
