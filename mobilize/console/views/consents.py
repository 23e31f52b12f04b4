"""Consents that end soon: whom to ask, while the law lets us ask."""

from flask import render_template

from mobilize.accounts.guards import needs
from mobilize.console.forms import page_after
from mobilize.console.pages import blueprint
from mobilize.console.present import now
from mobilize.contacts.expiring import SOON, count_ending, ending
from mobilize.runtime import runtime


@blueprint.get("/consents/ending")
@needs("people")
def ending_consents() -> str:
    """People whose implied consent ends within thirty days, and how to ask them to stay."""
    with runtime().db.read() as session:
        page = ending(session, now=now(), after=page_after() or 0)
        people = count_ending(session, now=now())
    return render_template("console/people/ending.html", page=page, people=people, days=SOON.days)
