"""The console's pages, one file for each place; importing this package puts them on the blueprint.

A new page: a module here with its views on `mobilize.console.pages.blueprint`, a line in the import
below, and a line in `mobilize.console.navigation` where it belongs into the navigation.
"""

from mobilize.console.pages import blueprint
from mobilize.console.views import dashboard, sign_in

__all__ = ["blueprint", "dashboard", "sign_in"]
