"""The console's first page."""

from flask import render_template

from mobilize.accounts.guards import needs
from mobilize.console.pages import blueprint


@blueprint.get("/")
@needs("see")
def dashboard() -> str:
    """What there is to do."""
    return render_template("console/dashboard.html")
