"""What every public page owes to whoever opens it, checked on each answer of a test."""

import re

from flask import Flask, Response, has_request_context, request
from werkzeug.wrappers import Response as AnyResponse

# Words that must not stand in a tab, a history or a notification.
TELLING = re.compile(
    r"traffick|traite|exploit|victim|surviv|hotline|urgence|immigra|refug|réfugi|statut|status",
    re.IGNORECASE,
)
FOREIGN = re.compile(
    r"""<(?:script|link|img|iframe|source|form)\b[^>]*(?:src|href|action)=["']?(?:https?:)?//"""
)
INLINE = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", re.IGNORECASE)


def watched(app: Flask) -> Flask:
    """The app, each of whose public pages is looked at before it leaves."""
    # First in the list is last to look, when all headers are there.
    app.after_request_funcs.setdefault(None, []).insert(0, _look)
    return app


def _look(response: Response) -> Response:
    is_console = request.path.startswith("/console")
    # A file that is saved is no page that somebody could need to leave.
    is_file = "attachment" in response.headers.get("Content-Disposition", "")
    is_page = response.mimetype == "text/html" and not (is_console or is_file)
    if is_page and response.status_code < 300:
        check_public_page(response)
    return response


def check_public_page(response: AnyResponse) -> None:
    """Assert all that DESIGN and the law of safe pages ask of one."""
    page = response.get_data(as_text=True)
    where = request.path if has_request_context() else "the page"
    assert page.count("data-quick-exit") == 1, f"{where} has no quick exit"
    assert re.search(r'href="/(en|fr)/exit"', page), f"{where} has no way out without JavaScript"
    assert page.count("data-hotline") == 1, f"{where} has no hotline"
    assert "data-trail" in page, f"{where} does not say what leaving quickly cannot do"
    assert page.index("data-quick-exit") < page.index("data-hotline") < page.index("<main")
    assert page.index("data-leave") < page.index('href="#content"'), f"{where}: exit is not first"
    title = re.search(r"<title>(.*?)</title>", page, re.DOTALL)
    assert title, f"{where} has no title"
    assert not TELLING.search(title[1]), f"{where} tells in its title what it is about"
    assert not FOREIGN.search(page), f"{where} asks another host"
    assert not INLINE.search(page), f"{where} carries script or style inline"
    assert response.headers["Cache-Control"] == "no-store", f"{where} may be kept by a cache"
    assert "Set-Cookie" not in response.headers, f"{where} sets a cookie"
