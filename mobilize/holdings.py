"""All that features hold of persons and let go of, registered for whatever process imports this.

In this order, since a person is erased in the reverse one: a later feature looks things up by what
an earlier one holds.
"""

from collections.abc import Mapping
from typing import Final

# isort: off
import mobilize.contacts.personal
import mobilize.messaging.personal
import mobilize.partners.personal
import mobilize.actions.personal

# isort: on
import mobilize.accounts.retention
import mobilize.actions.retention
import mobilize.contacts.retention
import mobilize.messaging.retention
import mobilize.partners.retention

HOLDERS = (
    mobilize.contacts.personal,
    mobilize.messaging.personal,
    mobilize.partners.personal,
    mobilize.actions.personal,
)
LETTING_GO = (
    mobilize.accounts.retention,
    mobilize.contacts.retention,
    mobilize.messaging.retention,
    mobilize.partners.retention,
    mobilize.actions.retention,
)
"""Importing them is what registers them."""

NOT_OF_PERSONS: Final[Mapping[str, str]] = {
    "accounts": "who works with the installation; accounts are suspended, not erased",
    "import_rejects": "rows that were put aside: sealed, of nobody on file, gone after their days",
    "stances": "what MPs say in their office, as an organizer noted it",
    "submissions": "the proof of what was sent: our own ids, and hashes that outlive erasure",
}
"""The tables that look as if they held something of persons on the list and do not, with why."""
