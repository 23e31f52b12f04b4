"""The one blueprint of all that contacts offer over JSON."""

from flask_smorest import Blueprint

blueprint = Blueprint(
    "contacts",
    "mobilize.contacts.api",
    url_prefix="/contacts",
    description="Supporters and partners' people.",
)
