"""What all public pages share: their two blueprints, their language, and what the layout shows."""

from datetime import date
from typing import Any

from flask import Blueprint, g, render_template, request, url_for
from flask_babel import format_date, gettext

from mobilize.core.errors import NotSaved
from mobilize.core.http import ErrorView, page_language
from mobilize.core.i18n import other_language
from mobilize.runtime import runtime

blueprint = Blueprint(
    "site", __name__, url_prefix="/<any(en, fr):language>", template_folder="templates"
)
"""The pages, each under /en and /fr; views take no `language` argument, `page_language()` says."""

root = Blueprint("site_root", __name__, static_folder="static", static_url_path="/assets")
"""What has no language: the address without one, and the layout's own files."""


@blueprint.url_value_preprocessor
def _take_language(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    if values is not None:
        g.language = values.pop("language", None)


@blueprint.url_defaults
def _keep_language(_endpoint: str, values: dict[str, Any]) -> None:
    values.setdefault("language", page_language())


@root.app_context_processor
def layout_context() -> dict[str, Any]:
    """What the layout of every page shows."""
    site = runtime().settings.site
    language = page_language()
    return {
        "language": language,
        "other_language": other_language(language),
        "other_language_url": other_language_url,
        "hotline": site.hotline_number,
        "organization": organization(),
        "postal_address": site.postal_address,
        "worded": worded,
        "long_date": long_date,
    }


def organization() -> str:
    """What the organization is called, in the page's language."""
    site = runtime().settings.site
    return site.organization_fr if page_language() == "fr" else site.organization_en


def worded(row: object, part: str) -> str:
    """What a row says in the page's language: its column `part_en` or `part_fr`."""
    text: str = getattr(row, f"{part}_{page_language()}")
    return text


def long_date(day: date) -> str:
    """A day as it is written out: November 22, 2026; 22 novembre 2026."""
    text: str = format_date(day, format="long")
    return text


def other_language_url() -> str:
    """The same place in the other language; the first page where the place has no page to open."""
    other = other_language(page_language())
    rule = request.url_rule
    if request.blueprint == blueprint.name and rule is not None and "GET" in (rule.methods or ()):
        return url_for(rule.endpoint, **(request.view_args or {}) | {"language": other})
    return url_for("site.home", language=other)


def error_page(view: ErrorView, *, template: str = "site/error.html") -> str:
    """The page of an error, in the page's language.

    A sentence that has no translation stays away from a French page: its heading says enough.
    """
    message, hint = view.message, view.hint
    if not view.is_worded:
        message, hint = _in_language(message), _in_language(hint)
    heading = gettext("This page is not here") if view.status == 404 else ""  # noqa: PLR2004
    return render_template(
        template,
        heading=heading or gettext("This did not work"),
        message=message,
        hint=hint,
        request_id=view.request_id,
        typed=_typed() if view.code == NotSaved.code else None,
    )


def _typed() -> list[tuple[str, str]] | None:
    """What stood in a form that could not be kept, so that one press sends it again.

    None where that cannot be done: files are gone, and a password is in no page.
    """
    given = list(request.form.items(multi=True))
    if request.files or any("password" in name for name, _ in given):
        return None
    return given


def _in_language(text: str) -> str:
    if not text:
        return ""
    translated: str = gettext(text)
    return translated if page_language() == "en" or translated != text else ""
