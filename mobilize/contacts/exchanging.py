"""Where somebody answers from: their address from now on, if nothing else reaches them.

A person whose records were merged has one address on file, and is still known by the others. Who
confirms from one of those is reached there from then on, where the one on file is closed, was never
confirmed, or did not agree to all of it by itself: a yes opens no address but the one that it came
from. Else what is on file stays as it was chosen.
"""

import json
from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from mobilize.contacts.consent import Standing, holds
from mobilize.contacts.consent_models import Consent
from mobilize.contacts.histories import records_of
from mobilize.contacts.identity_models import Merge
from mobilize.contacts.merge_choices import GROUPS, Choice
from mobilize.contacts.models import Contact
from mobilize.contacts.projection import refresh_projection
from mobilize.contacts.suppression import is_closed
from mobilize.core.snapshots import to_json


class _Step(NamedTuple):
    """A merge between an address and the record that stands for the person.

    Attributes:
        merge: Which.
        merged: The record that was merged: it keeps the address that did not stand.
        branch: Of which of the two the address is: of the kept record, with all that was merged
            into it before, or of the merged one with all that was merged into that.
        stood: Whether the address stood that was this branch's until now.
    """

    merge: Merge
    merged: Contact
    branch: Choice
    stood: bool


def answered_from(
    session: Session,
    *,
    contact: Contact,
    channel: str,
    address_hash: bytes,
    agreed: Collection[tuple[str, str]],
    now: datetime,
) -> None:
    """Note that a person answered from an address of theirs.

    Args:
        session: The session of the transaction, in which the address was opened.
        contact: The record that stands for the person.
        channel: `email` or `sms`.
        address_hash: Where the answer came from: the person's own address, or that of a record
            that was merged into theirs, or into one that was.
        agreed: What they agree to by it, as organizations and topics: not in the ledger yet.
        now: When.
    """
    holder = contact
    if _address(contact, channel) != address_hash:
        found = _holder(session, contact, channel, address_hash)
        if found is None:
            return
        merge, holder = found
        if not _reaches(session, contact, channel, agreed, now):
            _exchange(session, contact, merge, "phone" if channel == "sms" else "email", now)
            holder = contact
    if channel == "sms":
        holder.sms_confirmed_at = now


def _address(contact: Contact, channel: str) -> bytes | None:
    return contact.email_hash if channel == "email" else contact.phone_hash


def _reaches(
    session: Session,
    contact: Contact,
    channel: str,
    agreed: Collection[tuple[str, str]],
    now: datetime,
) -> bool:
    """Whether the address on file takes what is agreed to, on what was said for it alone."""
    own = _address(contact, channel)
    if own is None or (channel == "sms" and contact.sms_confirmed_at is None):
        return False
    if is_closed(session, channel=channel, address_hash=own):
        return False
    # What ends by itself is left out: another address does not make it last.
    rows = session.execute(
        select(
            Consent.organization,
            Consent.topic,
            Consent.granted,
            Consent.expires_at,
            Consent.event_id,
        ).where(
            Consent.contact_id == contact.id,
            Consent.channel == channel,
            or_(~Consent.granted, Consent.expires_at.is_(None)),
        )
    )
    said = {
        (channel, organization, topic): Standing(granted, expires_at, event_id)
        for organization, topic, granted, expires_at, event_id in rows
    }
    return all(
        holds(said, channel=channel, organization=organization, topic=topic, at=now)
        for organization, topic in agreed
    )


def _holder(
    session: Session, contact: Contact, channel: str, address_hash: bytes
) -> tuple[Merge, Contact] | None:
    """The record with the address that was merged into a person's, and the merge.

    Of several with the same number the one that was merged last.
    """
    column = Contact.email_hash if channel == "email" else Contact.phone_hash
    row = session.execute(
        select(Merge, Contact)
        .join(Contact, Contact.id == Merge.merged_id)
        .where(
            Contact.merged_into_id == contact.id, Merge.undone_at.is_(None), column == address_hash
        )
        .order_by(Merge.id.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else (row[0], row[1])


def _exchange(session: Session, contact: Contact, first: Merge, group: str, now: datetime) -> None:
    """Let the address that did not stand since a merge stand for the person.

    At each merge on the way up the address that stood instead stays with the record that was
    merged. The ledger is read by whose address stands (`histories`), and parting the records gives
    each its own address back: both are told.
    """
    columns, name_of_side = GROUPS[group], f"{group}_side"
    steps = _way_up(session, contact, first, name_of_side)
    records = [*(one.merged for one in steps if not one.stood), contact]
    values = [{name: getattr(one, name) for name in columns} for one in records]
    stands = values[0]
    # No two records have the same address at any moment.
    for turn in ([dict.fromkeys(columns)] * len(records), [*values[1:], stands]):
        for record, said in zip(records, turn, strict=True):
            for name, value in said.items():
                setattr(record, name, value)
            record.updated_at = now
        session.flush()
    for one in steps:
        setattr(one.merge, name_of_side, one.branch)
        if one.merge.before is not None:
            memo = json.loads(one.merge.before)
            memo["record"][one.branch] |= to_json(stands)
            memo["became"]["kept"] |= to_json(stands)
            if not one.stood:
                memo["became"]["merged"] |= to_json(
                    {name: getattr(one.merged, name) for name in columns}
                )
            one.merge.before = json.dumps(memo, ensure_ascii=False)
    session.flush()
    refresh_projection(session, {contact.id, *(one.merge.kept_id for one in steps)})


def _way_up(session: Session, contact: Contact, first: Merge, name_of_side: str) -> list[_Step]:
    """The merges that an address goes through to stand for the person, the earliest first."""
    rows = session.execute(
        select(Merge, Contact)
        .join(Contact, Contact.id == Merge.merged_id)
        .where(
            Merge.kept_id.in_(records_of(session, contact.id)),
            Merge.undone_at.is_(None),
            Merge.id >= first.id,
        )
        .order_by(Merge.id)
    )
    steps: list[_Step] = []
    standing = first.kept_id
    for merge, merged in rows:
        side = getattr(merge, name_of_side)
        if merge.id == first.id:
            branch: Choice = "kept" if side == "merged" else "merged"
            steps.append(_Step(merge, merged, branch, stood=False))
        elif merge.kept_id == standing:
            # The same number of both is with the record that is kept.
            steps.append(_Step(merge, merged, "kept", stood=side in {"kept", "both"}))
        elif merge.merged_id == standing:
            steps.append(_Step(merge, merged, "merged", stood=side == "merged"))
            standing = merge.kept_id
    return steps
