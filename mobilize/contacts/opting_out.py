"""The no that a file brings from another tool: it closes the address, and it is written down.

A no needs no proof, a yes does. So a file may close what stands open here, and never open what is
closed. Only where the file says when somebody left, and they came back to us after that, it is
passed over.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from mobilize.contacts.consent_models import (
    EVERY_TOPIC,
    OUR_ORGANIZATION,
    Consent,
    ConsentEvent,
)
from mobilize.contacts.ledger import NewConsent, record
from mobilize.contacts.models import Contact
from mobilize.contacts.rows import OptOut, SupporterRow
from mobilize.contacts.suppression import Closing, suppress_all
from mobilize.core.bulk import any_hash

_ACTIONS: Final = {"unsubscribed": "withdrawn", "complaint": "complaint"}
"""What the ledger says of it; a bounce says nothing of anybody's will."""


def close_left(
    session: Session, *, rows: Sequence[SupporterRow], run_ref: str, actor: str, now: datetime
) -> None:
    """Close the addresses that rows say were left: suppressed, and withdrawn on the ledger.

    Args:
        session: The session of the transaction.
        rows: The rows of a batch; who of them is on file is on file already.
        run_ref: The import's public id, for the ledger's source.
        actor: Who brings the file in.
        now: The instant of writing.
    """
    wanted = {
        (opt_out.channel, address): (row, opt_out)
        for row in rows
        for opt_out in row.opt_outs
        if (address := row.address_hash(opt_out.channel)) is not None
    }
    if not wanted:
        return
    people = _people(session, {address for _, address in wanted})
    standing = _standing(session, [person for person, _, _ in people])
    came_back = set()
    events = []
    for person, email, phone in people:
        for channel, address in (("email", email), ("sms", phone), ("voice", phone)):
            if address is None or (channel, address) not in wanted:
                continue
            row, opt_out = wanted[channel, address]
            has_left, since = standing.get((person, channel), (False, None))
            if since and opt_out.day and not has_left and since.date() > opt_out.day:
                came_back.add((channel, address))
            elif not has_left and opt_out.reason in _ACTIONS:
                events.append(_no(person, row, opt_out, run_ref, actor, now))
    closings = [
        Closing(channel, address, opt_out.reason)
        for (channel, address), (_, opt_out) in wanted.items()
        if (channel, address) not in came_back
    ]
    suppress_all(session, closings=closings, now=now)
    record(session, events=events, now=now)


def _no(
    person: int, row: SupporterRow, opt_out: OptOut, run_ref: str, actor: str, now: datetime
) -> NewConsent:
    at = datetime.combine(opt_out.day, time(), tzinfo=UTC) if opt_out.day else now
    return NewConsent(
        contact_id=person,
        channel=opt_out.channel,
        action=_ACTIONS[opt_out.reason],
        source=f"import {run_ref} line {row.line}",
        actor=actor,
        address_hash=row.address_hash(opt_out.channel),
        occurred_at=min(at, now),
    )


def _people(
    session: Session, addresses: set[bytes]
) -> Sequence[tuple[int, bytes | None, bytes | None]]:
    rows = session.execute(
        select(Contact.id, Contact.email_hash, Contact.phone_hash)
        .where(
            or_(
                any_hash(session, Contact.email_hash, addresses),
                any_hash(session, Contact.phone_hash, addresses),
            ),
            Contact.state == "active",
        )
        .order_by(Contact.id)
    )
    return [(person, email, phone) for person, email, phone in rows]


def _standing(
    session: Session, people: Iterable[int]
) -> dict[tuple[int, str], tuple[bool, datetime]]:
    """Whether people left whole channels, and since when; nothing where the ledger is silent."""
    rows = session.execute(
        select(Consent.contact_id, Consent.channel, Consent.granted, ConsentEvent.occurred_at)
        .join(ConsentEvent, ConsentEvent.id == Consent.event_id)
        .where(
            Consent.contact_id.in_(sorted(people)),
            Consent.organization == OUR_ORGANIZATION,
            Consent.topic == EVERY_TOPIC,
        )
    )
    return {(person, channel): (not granted, since) for person, channel, granted, since in rows}
