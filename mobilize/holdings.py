"""What features hold of persons, tell of them and let go of, registered where this is imported.

In this order, since a person is erased in the reverse one: a later feature looks things up by what
an earlier one holds.
"""

from collections.abc import Mapping
from typing import Final

# isort: off
import mobilize.contacts.personal
import mobilize.messaging.personal
import mobilize.messaging.conversations
import mobilize.partners.personal
import mobilize.actions.personal

# isort: on
import mobilize.accounts.retention
import mobilize.actions.retention
import mobilize.actions.timeline
import mobilize.contacts.retention
import mobilize.contacts.timeline
import mobilize.messaging.care.retention
import mobilize.messaging.inbox.retention
import mobilize.messaging.retention
import mobilize.messaging.timeline
import mobilize.partners.retention
import mobilize.partners.timeline

HOLDERS = (
    mobilize.contacts.personal,
    mobilize.messaging.personal,
    mobilize.messaging.conversations,
    mobilize.partners.personal,
    mobilize.actions.personal,
)
LETTING_GO = (
    mobilize.accounts.retention,
    mobilize.contacts.retention,
    mobilize.messaging.retention,
    mobilize.messaging.inbox.retention,
    mobilize.messaging.care.retention,
    mobilize.partners.retention,
    mobilize.actions.retention,
)
TELLING = (
    mobilize.contacts.timeline,
    mobilize.messaging.timeline,
    mobilize.partners.timeline,
    mobilize.actions.timeline,
)
"""Importing them is what registers them."""

NOT_OF_PERSONS: Final[Mapping[str, str]] = {
    "accounts": "who works with the installation; accounts are suspended, not erased",
    "import_chunks": "files that wait to be brought in: sealed, of nobody on file, gone in a day",
    "import_uploads": "what such a file's dry run said: sealed, gone in a day, and at an erasure",
    "undo_previews": "what an undo would do: counts and our own ids, gone in a day",
    "stances": "what MPs say in their office, as an organizer noted it",
    "submissions": "the proof of what was sent: our own ids, and hashes that outlive erasure",
}
"""The tables that look as if they held something of persons on the list and do not, with why."""
