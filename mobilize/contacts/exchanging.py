"""Where somebody answers from: their address from now on, if nothing else reaches them.

A person whose records were merged has one address on file, and is still known by the other. Who
confirms from that other one is reached there from then on, where the one on file is closed or was
never confirmed; else what is on file stays as it was chosen.
"""

import json
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from mobilize.contacts.identity_models import Merge
from mobilize.contacts.merge_choices import GROUPS
from mobilize.contacts.models import Contact
from mobilize.contacts.suppression import is_closed
from mobilize.core.snapshots import to_json


def answered_from(
    session: Session, *, contact: Contact, channel: str, address_hash: bytes, now: datetime
) -> None:
    """Note that a person answered from an address of theirs.

    Args:
        session: The session of the transaction, in which the address was opened.
        contact: The record that stands for the person.
        channel: `email` or `sms`.
        address_hash: Where the answer came from: the person's own address, or that of a record
            that was merged into theirs.
        now: When.
    """
    holder = contact
    if _address(contact, channel) != address_hash:
        found = _holder(session, contact, channel, address_hash)
        if found is None:
            return
        merge, holder = found
        if not _reaches(session, contact, channel):
            _exchange(session, merge, contact, holder, "phone" if channel == "sms" else "email")
            holder.updated_at = now
            holder = contact
    if channel == "sms":
        holder.sms_confirmed_at = now


def _address(contact: Contact, channel: str) -> bytes | None:
    return contact.email_hash if channel == "email" else contact.phone_hash


def _reaches(session: Session, contact: Contact, channel: str) -> bool:
    own = _address(contact, channel)
    if own is None or (channel == "sms" and contact.sms_confirmed_at is None):
        return False
    return not is_closed(session, channel=channel, address_hash=own)


def _holder(
    session: Session, contact: Contact, channel: str, address_hash: bytes
) -> tuple[Merge, Contact] | None:
    """The record with the address that was merged into a person's, and the merge."""
    column = Contact.email_hash if channel == "email" else Contact.phone_hash
    row = session.execute(
        select(Merge, Contact)
        .join(Contact, Contact.id == Merge.merged_id)
        .where(Merge.kept_id == contact.id, Merge.undone_at.is_(None), column == address_hash)
        .order_by(Merge.id.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else (row[0], row[1])


def _exchange(session: Session, merge: Merge, kept: Contact, merged: Contact, group: str) -> None:
    """Let the other record's address stand, and that record keep this one.

    The ledger is read by whose address stands (`histories`), and parting the records gives each its
    own address back: both are told.
    """
    columns = GROUPS[group]
    mine = {name: getattr(kept, name) for name in columns}
    theirs = {name: getattr(merged, name) for name in columns}
    # No two records have the same address at any moment.
    for contact, values in ((merged, dict.fromkeys(columns)), (kept, theirs), (merged, mine)):
        for name, value in values.items():
            setattr(contact, name, value)
        session.flush()
    if group == "email":
        merge.email_side = "merged" if merge.email_side == "kept" else "kept"
    else:
        merge.phone_side = "merged" if merge.phone_side == "kept" else "kept"
    if merge.before is not None:
        memo = json.loads(merge.before)
        memo["became"]["kept"] |= to_json(theirs)
        memo["became"]["merged"] |= to_json(mine)
        merge.before = json.dumps(memo, ensure_ascii=False)
    session.flush()
