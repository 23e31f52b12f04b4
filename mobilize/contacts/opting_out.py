"""The no that a file brings from another tool: it closes the address, and it is written down.

A no needs no proof, a yes does. So a file may close what stands open here, and never open what is
closed. Only where the file says when somebody left, and they came back to us after that, it is
passed over.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from typing import Final, NamedTuple

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from mobilize.contacts.consent import GRANTS
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
from mobilize.core.bulk import any_hash, any_id

_ACTIONS: Final = {"unsubscribed": "withdrawn", "complaint": "complaint"}
"""What the ledger says of it; a bounce says nothing of anybody's will."""


Address = tuple[str, bytes]
"""A channel, and the keyed hash of an address."""


class Bearer(NamedTuple):
    """Somebody on file, by the addresses that they have."""

    id: int
    email_hash: bytes | None
    phone_hash: bytes | None

    def addresses(self) -> Iterator[Address]:
        """Each of them with its channels."""
        if self.email_hash is not None:
            yield "email", self.email_hash
        if self.phone_hash is not None:
            yield "sms", self.phone_hash
            yield "voice", self.phone_hash


class Ledger(NamedTuple):
    """What the ledger says of people and whole channels.

    Attributes:
        left: Who left which.
        agreed: When they last said yes, as far as that was not taken back as mistaken.
    """

    left: set[tuple[int, str]]
    agreed: Mapping[tuple[int, str], datetime]


@dataclass(frozen=True)
class Leaving:
    """What follows from rows that say that somebody left.

    Attributes:
        closings: The addresses to close.
        people: Whose no is to be written down, with the row that says it.
    """

    closings: list[Closing] = field(default_factory=list)
    people: list[tuple[int, SupporterRow, OptOut]] = field(default_factory=list)


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
    addresses = addresses_left(rows)
    if not addresses:
        return
    people = bearers(session, {address for _, address in addresses})
    leaving = who_leaves(rows, people, ledger_of(session, [one.id for one in people]), {})
    suppress_all(session, closings=leaving.closings, now=now)
    events = [
        _no(person, row, opt_out, run_ref, actor, now) for person, row, opt_out in leaving.people
    ]
    record(session, events=events, now=now)


def addresses_left(rows: Iterable[SupporterRow]) -> set[Address]:
    """The addresses that rows say were left."""
    return {address for row in rows for _, address in _noes(row)}


def who_leaves(
    rows: Iterable[SupporterRow],
    people: Iterable[Bearer],
    ledger: Ledger,
    agreed: Mapping[Address, datetime],
) -> Leaving:
    """Say what follows from rows that say that somebody left, each in its turn.

    Args:
        rows: The rows, in the order of the file.
        people: Who bears the addresses.
        ledger: What it says of them.
        agreed: When somebody who is not among them said yes at an address.
    """
    bearing: defaultdict[Address, list[int]] = defaultdict(list)
    for one in people:
        for address in one.addresses():
            bearing[address].append(one.id)
    left = set(ledger.left)
    leaving = Leaving()
    for row in rows:
        for opt_out, address in _noes(row):
            came_back = _is_later(agreed.get(address), opt_out)
            for person in bearing[address]:
                key = (person, opt_out.channel)
                if key in left:
                    continue
                if _is_later(ledger.agreed.get(key), opt_out):
                    came_back = True
                elif opt_out.reason in _ACTIONS:
                    left.add(key)
                    leaving.people.append((person, row, opt_out))
            if not came_back:
                leaving.closings.append(Closing(*address, opt_out.reason))
    return leaving


def _noes(row: SupporterRow) -> Iterator[tuple[OptOut, Address]]:
    for opt_out in row.opt_outs:
        address = row.address_hash(opt_out.channel)
        if address is not None:
            yield opt_out, (opt_out.channel, address)


def _is_later(yes: datetime | None, no: OptOut) -> bool:
    return yes is not None and no.day is not None and yes.date() > no.day


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


def bearers(session: Session, addresses: set[bytes]) -> list[Bearer]:
    """Who on file has one of these addresses."""
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
    return [Bearer(*row) for row in rows]


def ledger_of(session: Session, people: Iterable[int]) -> Ledger:
    """What the ledger says of people and whole channels."""
    ids = sorted(people)
    left = session.execute(
        select(Consent.contact_id, Consent.channel).where(
            any_id(session, Consent.contact_id, ids),
            Consent.organization == OUR_ORGANIZATION,
            Consent.topic == EVERY_TOPIC,
            Consent.granted.is_(False),
        )
    )
    taken_back = aliased(ConsentEvent)
    agreed = session.execute(
        select(ConsentEvent.contact_id, ConsentEvent.channel, func.max(ConsentEvent.occurred_at))
        .outerjoin(
            taken_back,
            (taken_back.contact_id == ConsentEvent.contact_id)
            & (taken_back.retracts_id == ConsentEvent.id),
        )
        .where(
            any_id(session, ConsentEvent.contact_id, ids),
            ConsentEvent.organization == OUR_ORGANIZATION,
            ConsentEvent.topic == EVERY_TOPIC,
            ConsentEvent.action.in_(sorted(GRANTS)),
            taken_back.id.is_(None),
        )
        .group_by(ConsentEvent.contact_id, ConsentEvent.channel)
    )
    return Ledger(
        {(person, channel) for person, channel in left},
        {(person, channel): at for person, channel, at in agreed},
    )
