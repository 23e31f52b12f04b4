"""START: what a STOP from a number had closed is open again, for everybody whom it had stopped.

A STOP stops a person, whichever of their records has the number; so START reaches the same people
again. It brings back what stood before the STOP, and makes no consent that was not there.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from mobilize.contacts.consent import WITHDRAWALS, Standing, project
from mobilize.contacts.consent_models import EVERY_TOPIC, ConsentEvent, Suppression
from mobilize.contacts.groups import STANDING, with_groups
from mobilize.contacts.histories import histories
from mobilize.contacts.ledger import NewConsent, record
from mobilize.contacts.models import Contact
from mobilize.contacts.suppression import CARRIER, STOP

BY_TEXT: Final = "text message"
"""The ledger's source of a STOP that came by text."""
_STOPS: Final = (STOP, BY_TEXT, "provider")
"""Where the ledger's rows of a STOP come from; what came from elsewhere since is another no."""
_CHANNEL: Final = "sms"


def lift_stop(session: Session, *, address_hash: bytes, now: datetime) -> int | None:
    """Open again what a STOP closed: the consents that stood before it, and nothing else.

    Returns:
        How many consents stand again; None where there was no STOP to lift.
    """
    lifted = session.execute(
        update(Suppression)
        .where(
            Suppression.channel.in_((_CHANNEL, CARRIER)),
            Suppression.address_hash == address_hash,
            Suppression.reason == STOP,
            Suppression.lifted_at.is_(None),
        )
        .values(lifted_at=now)
        .returning(Suppression.channel, Suppression.since)
    ).all()
    # Where the number was left in another way besides, START lifts what the carrier keeps alone.
    since = dict(lifted).get(_CHANNEL)
    if since is None:
        return None
    records = _records(session, address_hash)
    before = histories(session, records, before=since)
    present = histories(session, records)
    renewed = _renewals(
        session,
        {one: project(before.get(one, ())) for one in records},
        {one: project(present.get(one, ())) for one in records},
        since,
        now,
    )
    record(session, events=renewed, now=now)
    return len(renewed)


def _records(session: Session, address_hash: bytes) -> list[int]:
    """All records of the people who have a number, be it with a record that was merged."""
    people = session.scalars(
        select(STANDING).where(Contact.phone_hash == address_hash, Contact.state != "tombstoned")
    ).all()
    return sorted({one for group in with_groups(session, people).values() for one in group})


_Standings = Mapping[int, Mapping[tuple[str, str, str], Standing]]


def _renewals(
    session: Session, before: _Standings, present: _Standings, since: datetime, now: datetime
) -> list[NewConsent]:
    """What stood for each record before the STOP, stands no more, and was not left otherwise."""
    left = _left_since(session, before, since)
    gone = {
        (one, organization, topic): standing.event_id
        for one, standings in before.items()
        for (channel, organization, topic), standing in standings.items()
        if channel == _CHANNEL
        and standing.granted
        and not _is_granted(present[one].get((channel, organization, topic)))
        and left.isdisjoint({(one, organization, EVERY_TOPIC), (one, organization, topic)})
    }
    events = {
        event.id: event
        for event in session.scalars(
            select(ConsentEvent).where(ConsentEvent.id.in_(sorted(set(gone.values()))))
        )
    }
    return [
        _renewal(contact_id, events[event_id], now)
        for (contact_id, _, _), event_id in sorted(gone.items())
    ]


def _is_granted(standing: Standing | None) -> bool:
    return standing is not None and standing.granted


def _left_since(
    session: Session, records: Collection[int], since: datetime
) -> set[tuple[int, str, str]]:
    """What people left in another way than by STOP since it came."""
    rows = session.execute(
        select(ConsentEvent.contact_id, ConsentEvent.organization, ConsentEvent.topic).where(
            ConsentEvent.contact_id.in_(sorted(records)),
            ConsentEvent.channel == _CHANNEL,
            ConsentEvent.action.in_(WITHDRAWALS),
            ConsentEvent.occurred_at >= since,
            ConsentEvent.source.not_in(_STOPS),
        )
    )
    return {(contact_id, organization, topic) for contact_id, organization, topic in rows}


def _renewal(contact_id: int, event: ConsentEvent, now: datetime) -> NewConsent:
    return NewConsent(
        contact_id=contact_id,
        channel=event.channel,
        organization=event.organization,
        topic=event.topic,
        action="renewed",
        basis=event.basis,
        basis_date=event.basis_date,
        wording_id=event.wording_id,
        evidence=f"START by text; before: {event.evidence}"[:300],
        source="start",
        actor="supporter",
        address_hash=event.address_hash,
        occurred_at=now,
    )
