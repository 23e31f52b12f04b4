"""A person's proof of consent as a page to print, in either language."""

from flask import render_template, url_for
from werkzeug.wrappers import Response

from mobilize.accounts.guards import caller, needs
from mobilize.console.forms import typed
from mobilize.console.pages import blueprint
from mobilize.console.present import now, zone
from mobilize.contacts.queries import by_public_id
from mobilize.core.http import page_language
from mobilize.core.i18n import is_language
from mobilize.messaging.proof import take_proof
from mobilize.messaging.proof_page import proof_page
from mobilize.partners.queries import names_of
from mobilize.runtime import runtime


@blueprint.get("/people/<ref>/proof")
@needs("export")
def proof(ref: str) -> str:
    """Ask for the language; nothing is opened yet."""
    with runtime().db.read() as session:
        person = by_public_id(session, ref)
    return render_template("console/people/proof.html", person=person)


@blueprint.post("/people/<ref>/proof")
@needs("export")
def take_out_proof(ref: str) -> Response:
    """The page itself, addresses open; the audit log says who took it."""
    wanted = typed("language")
    with runtime().db.transaction() as session:
        held = take_proof(
            session,
            contact=by_public_id(session, ref),
            settings=runtime().settings,
            actor=caller().actor,
            now=now(),
        )
        language = wanted if is_language(wanted) else page_language()
        names = names_of(session, {one["organization"] for one in held["events"]}, language)
    page = proof_page(
        held,
        language=language,
        names=names,
        zone=zone(),
        stylesheet=url_for("console.static", filename="proof.css"),
    )
    return Response(page, mimetype="text/html")
