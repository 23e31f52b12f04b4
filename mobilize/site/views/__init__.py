"""The public pages, one file for each place; importing this package puts them on the blueprint."""

from mobilize.site.pages import blueprint, root
from mobilize.site.views import (
    campaigns,
    demands,
    doubting,
    home,
    joining,
    leaving,
    own_data,
    preferences,
    privacy,
    ridings,
    sign_ons,
    staying,
    tests,
)

__all__ = [
    "blueprint",
    "campaigns",
    "demands",
    "doubting",
    "home",
    "joining",
    "leaving",
    "own_data",
    "preferences",
    "privacy",
    "ridings",
    "root",
    "sign_ons",
    "staying",
    "tests",
]
