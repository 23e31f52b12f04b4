"""The console's pages, one file for each place; importing this package puts them on the blueprint.

A new page: a module here with its views on `mobilize.console.pages.blueprint`, a line in the import
below, and a line in `mobilize.console.navigation` where it belongs into the navigation.
"""

from mobilize.console import import_words, words
from mobilize.console.pages import blueprint
from mobilize.console.views import (
    alert_audience,
    alert_launch,
    alert_messages,
    alert_preview,
    alerts,
    audiences,
    campaign_writing,
    campaigns,
    consents,
    dashboard,
    demands,
    duplicates,
    exports,
    imports,
    mp_contacts,
    partner_writing,
    partners,
    people,
    plan_writing,
    plans,
    proofs,
    retention,
    sign_in,
    unknown,
)

__all__ = [
    "alert_audience",
    "alert_launch",
    "alert_messages",
    "alert_preview",
    "alerts",
    "audiences",
    "blueprint",
    "campaign_writing",
    "campaigns",
    "consents",
    "dashboard",
    "demands",
    "duplicates",
    "exports",
    "import_words",
    "imports",
    "mp_contacts",
    "partner_writing",
    "partners",
    "people",
    "plan_writing",
    "plans",
    "proofs",
    "retention",
    "sign_in",
    "unknown",
    "words",
]
