"""The log of contacts with MPs' offices: who was reached where, how, and what they said."""

from dataclasses import dataclass

from flask import render_template, request
from sqlalchemy.orm import Session

from mobilize.accounts.guards import needs
from mobilize.actions import queries
from mobilize.actions.models import MpContact
from mobilize.console.forms import page_after
from mobilize.console.pages import blueprint
from mobilize.console.present import today
from mobilize.console.queries import mp_names, named_campaigns
from mobilize.core.http import page_language
from mobilize.core.paging import Page
from mobilize.mps.queries import CURRENT_ORDER, all_ridings, riding_by_code, riding_names
from mobilize.runtime import runtime


@dataclass(frozen=True)
class LogFilter:
    """Which contacts the page asks for; empty asks for all."""

    campaign: str = ""
    riding: str = ""

    def page(self, session: Session) -> Page[MpContact]:
        """The page of the log that is asked for."""
        campaign = queries.campaign_by_ref(session, self.campaign) if self.campaign else None
        riding = riding_by_code(session, CURRENT_ORDER, self.riding) if self.riding else None
        return queries.mp_contacts(
            session,
            campaign_id=campaign.id if campaign else None,
            riding_id=riding.id if riding else None,
            after=page_after(),
        )


@blueprint.get("/mp-contacts")
@needs("people")
def mp_contacts() -> str:
    """The log, the newest first; it names no supporter."""
    chosen = LogFilter(request.args.get("campaign", ""), request.args.get("riding", ""))
    language = page_language()
    with runtime().db.read() as session:
        page = chosen.page(session)
        listed = named_campaigns(session, language)
        context = {
            "campaigns": listed,
            "titles": {one.id: one.title for one in listed},
            "all_ridings": all_ridings(session, lang=language, on=today()),
            "ridings": riding_names(
                session, {row.riding_id for row in page.items}, language, today()
            ),
            "mps": mp_names(session, {row.mandate_id for row in page.items}, language),
        }
    return render_template("console/mp_contacts.html", page=page, chosen=chosen, **context)
