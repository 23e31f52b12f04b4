"""Partners and what they signed."""

from flask import render_template

from mobilize.accounts.guards import needs
from mobilize.console.forms import page_after
from mobilize.console.pages import blueprint
from mobilize.console.queries import sign_ons_by_partner
from mobilize.partners import queries
from mobilize.runtime import runtime


@blueprint.get("/partners")
@needs("see")
def partners() -> str:
    """Partners with their sign-ons."""
    with runtime().db.read() as session:
        page = queries.partners(session, after=page_after() or 0)
        signed = sign_ons_by_partner(session, [partner.id for partner in page.items])
    return render_template("console/partners.html", page=page, signed=signed)
