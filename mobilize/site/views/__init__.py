"""The public pages, one file for each place; importing this package puts them on the blueprint."""

from mobilize.site.pages import blueprint, root
from mobilize.site.views import home

__all__ = ["blueprint", "home", "root"]
