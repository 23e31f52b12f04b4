"""Retention: what the installation lets go of, after how long, and how much that is now."""

from flask import render_template

from mobilize.accounts.guards import needs
from mobilize.accounts.jobs import overdue, past_retention
from mobilize.console.pages import blueprint
from mobilize.core.http import page_language
from mobilize.runtime import runtime


@blueprint.get("/retention")
@needs("see")
def retention() -> str:
    """What goes, what stays of it, and how much would go with the worker's next round."""
    language = page_language()
    found = [
        (one.rule.what.text(language), one.rule.stays.text(language), one)
        for one in past_retention(runtime())
    ]
    return render_template("console/retention.html", found=found, overdue=overdue(runtime()))
