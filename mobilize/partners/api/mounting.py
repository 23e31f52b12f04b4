"""Where the routes of partners are put."""

from flask_smorest import Blueprint

blueprint = Blueprint(
    "partners",
    "mobilize.partners.api",
    url_prefix="/partners",
    description="Organizations and their sign-ons.",
)
