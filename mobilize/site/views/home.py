"""The first page, the way to it without a language, and the way out."""

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from mobilize.actions import queries as actions
from mobilize.core.http import page_language
from mobilize.runtime import runtime
from mobilize.site.pages import blueprint, root
from mobilize.strategy import queries as strategy


@root.get("/")
def choose_language() -> Response:
    """Lead to the first page in the browser's language."""
    answer = redirect(url_for("site.home", language=page_language()))
    answer.headers["Vary"] = "Accept-Language"
    return answer


@blueprint.get("/")
def home() -> str:
    """What people can do today, and what the network demands, in short."""
    today = runtime().clock.now().date()
    with runtime().db.read() as session:
        adopted = strategy.adopted_versions(session)
        campaigns = actions.open_campaigns(session, on=today)
        texts = actions.texts_in(session, [one.id for one in campaigns], page_language())
    return render_template("site/home.html", adopted=adopted, campaigns=campaigns, texts=texts)


@blueprint.get("/exit")
def leave_now() -> Response:
    """Lead at once to a neutral page, and have the browser forget what it holds of this site.

    The cache is left out of `Clear-Site-Data`: browsers take seconds to clear it, and no page of
    ours is in it. History cannot be cleared by a site; the layout says so.
    """
    site = runtime().settings.site
    answer = redirect(site.quick_exit_fr if page_language() == "fr" else site.quick_exit_en)
    answer.headers["Clear-Site-Data"] = '"cookies", "storage"'
    return answer
