"""A demand as it was adopted: what it asks, how its change comes about, who stands with it."""

from flask import render_template

from mobilize.core.errors import NotFound
from mobilize.core.http import page_language
from mobilize.partners import queries as partners
from mobilize.runtime import runtime
from mobilize.site.pages import blueprint
from mobilize.strategy import queries as strategy


@blueprint.get("/d/<slug>")
def demand(slug: str) -> str:
    """One demand with its elements, and the organizations that signed these words."""
    with runtime().db.read() as session:
        version = strategy.adopted_version(session, slug)
        if version is None:
            # A draft is nobody's word yet: to the outside it is not there.
            raise NotFound("There is nothing at this address.")
        elements = strategy.elements_of(session, version.id)
        signed = partners.public_sign_ons(session, version.id)
        unnamed = partners.counts_by_version(session).get(version.id, 0) - len(signed)
    names = [one.name_fr if page_language() == "fr" else one.name_en for one in signed]
    return render_template(
        "site/demand.html",
        slug=slug,
        version=version,
        elements=elements,
        names=names,
        unnamed=unnamed,
    )
