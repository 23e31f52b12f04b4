"""The public pages, one file for each place; importing this package puts them on the blueprint."""

from mobilize.site.pages import blueprint, root
from mobilize.site.views import campaigns, demands, home, leaving, privacy, ridings, sign_ons

__all__ = [
    "blueprint",
    "campaigns",
    "demands",
    "home",
    "leaving",
    "privacy",
    "ridings",
    "root",
    "sign_ons",
]
