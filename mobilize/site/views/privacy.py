"""What is kept about people, in plain words."""

from flask import render_template

from mobilize.runtime import runtime
from mobilize.site.pages import blueprint


@blueprint.get("/privacy")
def privacy() -> str:
    """Say what we keep, who else touches it, and what one can ask for."""
    settings = runtime().settings
    return render_template(
        "site/privacy.html",
        contact_email=settings.site.contact_email,
        notes_days=settings.retention.notes_days,
        represent=settings.lookup.represent,
        confirm_days=settings.sign_ups.confirm_days,
    )
