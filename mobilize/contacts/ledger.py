"""Writing to the consent ledger: rows are only added, and the projection follows at once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final, cast

from sqlalchemy import Table, func, select
from sqlalchemy.orm import Session

from mobilize.contacts.bases import expiry
from mobilize.contacts.channels import CHANNELS
from mobilize.contacts.consent import ACTIONS, GRANTS, WITHDRAWALS
from mobilize.contacts.consent_models import EVERY_TOPIC, OUR_ORGANIZATION, ConsentEvent
from mobilize.contacts.groups import with_groups
from mobilize.contacts.histories import facts_by_record
from mobilize.contacts.models import Contact
from mobilize.contacts.projection import project_fresh, refresh_projection
from mobilize.core.bulk import allot_ids, any_id, insert_rows
from mobilize.core.errors import InvalidInput
from mobilize.core.journal import note

_EVENTS: Final = cast("Table", ConsentEvent.__table__)
_EVENT_COLUMNS: Final = (
    "id",
    "contact_id",
    "channel",
    "organization",
    "topic",
    "action",
    "basis",
    "basis_date",
    "expires_at",
    "wording_id",
    "retracts_id",
    "source",
    "evidence",
    "actor",
    "address_hash",
    "occurred_at",
    "recorded_at",
)
_CHUNK: Final = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class NewConsent:
    """Something that happened to a person's consent and is about to be written down.

    Attributes:
        action: One of `consent.ACTIONS`.
        basis: For a grant, one of `bases.BASES`.
        basis_date: The day from which an implied basis counts.
        source: Where it came from: a form's path, a keyword, an import and its line.
        evidence: What proves a grant; the burden of proof is the sender's (CASL s. 13).
        actor: Who wrote it down: `supporter`, `command`, `account:<public id>`, ….
        address_hash: The keyed hash of the address that it was given for.
        retracts_id: For `retracted`, the row of the grant that was written down by mistake: one of
            the same person, channel, organization and topic.
    """

    contact_id: int
    channel: str
    action: str
    source: str
    actor: str
    occurred_at: datetime
    topic: str = EVERY_TOPIC
    organization: str = OUR_ORGANIZATION
    basis: str | None = None
    basis_date: date | None = None
    evidence: str = ""
    wording_id: int | None = None
    address_hash: bytes | None = None
    retracts_id: int | None = None


@dataclass(frozen=True, slots=True)
class _Written:
    """A new event as the rules look at it."""

    id: int
    contact_id: int
    channel: str
    organization: str
    topic: str
    action: str
    expires_at: datetime | None
    occurred_at: datetime
    retracts_id: int | None


def record(
    session: Session, *, events: Sequence[NewConsent], now: datetime, fresh: bool = False
) -> None:
    """Add events to the ledger and bring the projection of the people concerned up to date.

    A no is written for every record of a person whose records were merged: should they be parted
    again, it stands for each. A no that is said now stands after all that is known, also after a
    yes of which a clock that was ahead says that it is yet to come.

    Args:
        session: The session of the transaction.
        events: What happened, for as many people as there are.
        now: The instant of writing.
        fresh: The people were created in this transaction and have no events yet.

    Raises:
        InvalidInput: An event cannot be: an unknown action, channel or basis, a grant without
            evidence, something that is yet to happen, a retraction of what is no earlier grant.
    """
    _check_times(events, now)
    if not fresh:
        events = [*events, *_for_all_records(session, events)]
        events = _after_all_known(session, events, now)
        _note_noes(session, [event for event in events if event.action in WITHDRAWALS])
    ids = allot_ids(session, _EVENTS, len(events))
    written = [_checked(event, event_id) for event, event_id in zip(events, ids, strict=True)]
    _check_retractions(session, [new for new in written if new.action == "retracted"])
    insert_rows(
        session,
        _EVENTS,
        _EVENT_COLUMNS,
        [
            (
                new.id, new.contact_id, new.channel, new.organization, new.topic, new.action,
                event.basis, event.basis_date, new.expires_at, event.wording_id,
                new.retracts_id, event.source, event.evidence, event.actor, event.address_hash,
                new.occurred_at, now,
            )
            for new, event in zip(written, events, strict=True)
        ],
    )  # fmt: skip
    if fresh:
        project_fresh(session, written)
    else:
        refresh_projection(session, {event.contact_id for event in events})


def _check_times(events: Sequence[NewConsent], now: datetime) -> None:
    if any(event.occurred_at > now for event in events):
        raise InvalidInput("A consent cannot be recorded before it happens.")


def _after_all_known(
    session: Session, events: Sequence[NewConsent], now: datetime
) -> list[NewConsent]:
    """Put each no of this moment after what is known already, should the clock have been put back.

    By its hour alone it would come before a yes that was said earlier, and that yes would stand.
    """
    said = {one.contact_id for one in events if _is_no_of(one, now)}
    if not said:
        return list(events)
    ahead = dict(
        session.execute(
            select(ConsentEvent.contact_id, func.max(ConsentEvent.occurred_at))
            .where(any_id(session, ConsentEvent.contact_id, said), ConsentEvent.occurred_at > now)
            .group_by(ConsentEvent.contact_id)
        ).all()
    )
    return [
        replace(one, occurred_at=ahead.get(one.contact_id, now)) if _is_no_of(one, now) else one
        for one in events
    ]


def _is_no_of(event: NewConsent, now: datetime) -> bool:
    return event.action in WITHDRAWALS and event.occurred_at == now


def _note_noes(session: Session, said: Sequence[NewConsent]) -> None:
    """Keep them beside the database too; of somebody new it would know nothing to withdraw."""
    if not said:
        return
    ids = {event.contact_id for event in said}
    rows = session.execute(
        select(Contact.id, Contact.public_id).where(any_id(session, Contact.id, sorted(ids)))
    )
    people = {row.id: row.public_id for row in rows}
    note(
        session,
        [
            {
                "no": "left",
                "contact": people[event.contact_id],
                "channel": event.channel,
                "organization": event.organization,
                "topic": event.topic,
                "action": event.action,
                "at": event.occurred_at.isoformat(),
            }
            for event in said
            if event.contact_id in people
        ],
    )


def _for_all_records(session: Session, events: Sequence[NewConsent]) -> list[NewConsent]:
    """The same no for the other records of whoever said it."""
    said = [event for event in events if event.action in WITHDRAWALS]
    records = with_groups(session, {event.contact_id for event in said})
    known = {(event.contact_id, event.channel, event.organization, event.topic) for event in said}
    more = []
    for event in said:
        for other in records[event.contact_id]:
            key = (other, event.channel, event.organization, event.topic)
            if key not in known:
                known.add(key)
                more.append(replace(event, contact_id=other))
    return more


def _checked(event: NewConsent, event_id: int) -> _Written:
    if event.action not in ACTIONS:
        raise InvalidInput(f"The consent ledger knows no action {event.action!r}.")
    if event.channel not in CHANNELS:
        raise InvalidInput(f"There is no channel {event.channel!r}.")
    if (event.action == "retracted") != (event.retracts_id is not None):
        raise InvalidInput("A retraction, and nothing else, names the grant that it takes back.")
    is_grant = event.action in GRANTS
    if is_grant and not (event.basis and event.evidence):
        raise InvalidInput(
            "A consent needs its basis and what proves it.",
            hint="Give basis and evidence; without them the person is kept without consent.",
        )
    return _Written(
        id=event_id,
        contact_id=event.contact_id,
        channel=event.channel,
        organization=event.organization,
        # A complaint is about us, whatever the message was about.
        topic=EVERY_TOPIC if event.action == "complaint" else event.topic,
        action=event.action,
        expires_at=expiry(event.basis, event.basis_date) if is_grant and event.basis else None,
        occurred_at=event.occurred_at,
        retracts_id=event.retracts_id,
    )


def _check_retractions(session: Session, retractions: Sequence[_Written]) -> None:
    for start in range(0, len(retractions), _CHUNK):
        chunk = retractions[start : start + _CHUNK]
        wanted = [one.retracts_id for one in chunk]
        grants = {
            fact.id: fact
            for facts in facts_by_record(session, ConsentEvent.id.in_(wanted)).values()
            for fact in facts
            if fact.action in GRANTS
        }
        for one in chunk:
            grant = grants.get(one.retracts_id or 0)
            if grant is None or _list(grant) != _list(one) or grant.occurred_at > one.occurred_at:
                raise InvalidInput(
                    "A retraction takes back an earlier grant of the same person, channel, "
                    "organization and topic."
                )


def _list(fact: Any) -> tuple[int, str, str, str]:
    return fact.contact_id, fact.channel, fact.organization, fact.topic
