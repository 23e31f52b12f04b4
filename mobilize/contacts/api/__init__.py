"""Contacts over JSON, one file for each thing; importing this package puts them on the blueprint.

New routes: a module here on `mobilize.contacts.api.mounting.blueprint`, and a name below.
"""

from mobilize.contacts.api import (
    consents,
    duplicates,
    fields,
    imports,
    notes,
    people,
    rights,
    timeline,
)
from mobilize.contacts.api.mounting import blueprint

__all__ = [
    "blueprint",
    "consents",
    "duplicates",
    "fields",
    "imports",
    "notes",
    "people",
    "rights",
    "timeline",
]
