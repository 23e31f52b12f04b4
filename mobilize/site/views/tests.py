"""Where every link of a test leads: a page that says so and can do nothing."""

from flask import render_template

from mobilize.site.pages import blueprint


@blueprint.get("/test")
def test_link() -> str:
    """Say that the link stood in a test."""
    return render_template("site/test.html")
