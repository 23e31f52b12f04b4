"""How a person can safely be reached, as an organizer notes it down for them."""

from dataclasses import dataclass
from datetime import datetime, time
from typing import Final

from sqlalchemy.orm import Session

from mobilize.accounts import audit
from mobilize.contacts.models import Contact
from mobilize.core.errors import Conflict, InvalidInput

CHANNELS: Final = ("email", "sms")


@dataclass(frozen=True, kw_only=True)
class SafeReach:
    """What a person asked for.

    Attributes:
        discreet: No word of a topic in sender, subject or preview.
        no_voicemail: Somebody else may listen to their messages.
        safe_channel: The only channel that is safe; None where all are.
        safe_from: With `safe_until` the hours that are safe, which may span midnight.
    """

    discreet: bool = False
    no_voicemail: bool = False
    safe_channel: str | None = None
    safe_from: time | None = None
    safe_until: time | None = None


def set_safe_reach(
    session: Session, *, contact: Contact, wanted: SafeReach, actor: str, now: datetime
) -> None:
    """Note it down; the gate obeys from then on, and the audit log says which of it changed.

    Raises:
        InvalidInput: A channel that is none, hours without an end, or hours that never open.
        Conflict: The record stands for nobody any more.
    """
    if contact.state != "active":
        raise Conflict("This record stands for nobody any more.", hint="Go back to the list.")
    if wanted.safe_channel is not None and wanted.safe_channel not in CHANNELS:
        raise InvalidInput("There is no such channel.", fields={"safe_channel": "unknown"})
    if (wanted.safe_from is None) != (wanted.safe_until is None):
        raise InvalidInput(
            "Safe hours have a beginning and an end.",
            hint="Fill in both, or neither.",
            fields={"safe_from": "missing"},
        )
    if wanted.safe_from is not None and wanted.safe_from == wanted.safe_until:
        raise InvalidInput(
            "These hours never open.", hint="Let them end later.", fields={"safe_from": "empty"}
        )
    names = ("discreet", "no_voicemail", "safe_channel", "safe_from", "safe_until")
    changed = [name for name in names if getattr(contact, name) != getattr(wanted, name)]
    if not changed:
        return
    for name in changed:
        setattr(contact, name, getattr(wanted, name))
    contact.updated_at = now
    audit.record(
        session,
        now=now,
        actor=actor,
        action="contact.prefer",
        subject_kind="contact",
        subject_id=contact.public_id,
        facts={"fields": changed},
    )
