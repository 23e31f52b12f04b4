"""Partners: the list with what they signed, and the page of one with its people and ridings."""

from flask import render_template, request
from werkzeug.wrappers import Response

from mobilize.accounts.guards import caller, needs
from mobilize.accounts.roles import may
from mobilize.console.forms import page_after
from mobilize.console.pages import blueprint
from mobilize.console.present import today
from mobilize.console.queries import sign_ons_by_partner
from mobilize.core.http import page_language
from mobilize.mps.provinces import PROVINCES
from mobilize.mps.queries import CURRENT_ORDER, all_ridings, named_ridings, riding_by_code
from mobilize.partners import queries
from mobilize.partners.kinds import KINDS, MEMBERSHIPS, ROLES
from mobilize.partners.queries import PartnerFilter
from mobilize.runtime import runtime

_ASKED = ("search", "kind", "province", "membership", "riding", "state")


@blueprint.get("/partners")
@needs("see")
def partners() -> str:
    """Partners with their sign-ons, by kind, province, membership, riding and name."""
    language = page_language()
    asked = {name: request.args.get(name, "") for name in _ASKED}
    with runtime().db.read() as session:
        code = asked["riding"]
        riding = riding_by_code(session, CURRENT_ORDER, code) if code else None
        wanted = PartnerFilter(
            kind=asked["kind"],
            province=asked["province"],
            membership=asked["membership"],
            riding_id=riding.id if riding else None,
            search=asked["search"],
            state="archived" if asked["state"] == "archived" else "active",
        )
        page = queries.partners(session, wanted, after=page_after() or 0)
        context = {
            "total": queries.count(session, wanted),
            "signed": sign_ons_by_partner(session, [partner.id for partner in page.items]),
            "ridings": all_ridings(session, lang=language, on=today()),
        }
    return render_template(
        "console/partners/list.html",
        page=page,
        asked=asked,
        kinds=KINDS,
        memberships=MEMBERSHIPS,
        kind_choices=[(key, label.text(language)) for key, label in KINDS.items()],
        membership_choices=[(key, label.text(language)) for key, label in MEMBERSHIPS.items()],
        provinces=[(code, one.name(language)) for code, one in PROVINCES.items()],
        **context,
    )


@blueprint.get("/partners/<ref>")
@needs("see")
def partner(ref: str) -> str | Response:
    """One partner: what it is, whom it serves, what it signed, and who speaks for it."""
    language = page_language()
    with runtime().db.read() as session:
        shown = queries.by_public_id(session, ref)
        served = queries.ridings_of(session, [shown.id])[shown.id]
        names = named_ridings(session, {one.riding_id for one in served}, lang=language, on=today())
        sees_people = may(caller(), "people")
        context = {
            "served": [(names[one.riding_id], one.has_office) for one in served],
            "signed": queries.sign_ons_of(session, shown.id),
            "people": queries.people_of(session, shown.id) if sees_people else [],
            "sees_people": sees_people,
        }
    return render_template(
        "console/partners/partner.html",
        partner=shown,
        kinds=KINDS,
        memberships=MEMBERSHIPS,
        roles=ROLES,
        **context,
    )
