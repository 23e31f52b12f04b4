"""Writing to the consent ledger: rows are only added, and the projection follows at once."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, cast

from sqlalchemy import ColumnElement, Table, delete, select, tuple_
from sqlalchemy.orm import Session

from mobilize.contacts.bases import expiry
from mobilize.contacts.consent import ACTIONS, CHANNELS, GRANTS, Fact, Key, Standing, project
from mobilize.contacts.consent_models import (
    EVERY_TOPIC,
    OUR_ORGANIZATION,
    Consent,
    ConsentEvent,
    ConsentWording,
)
from mobilize.core.bulk import allot_ids, insert_rows
from mobilize.core.db import upsert
from mobilize.core.errors import InvalidInput

_EVENTS: Final = cast("Table", ConsentEvent.__table__)
_CONSENTS: Final = cast("Table", Consent.__table__)
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
_CONSENT_KEY: Final = ("contact_id", "channel", "organization", "topic")
_CONSENT_COLUMNS: Final = (*_CONSENT_KEY, "granted", "expires_at", "event_id")
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

    Args:
        session: The session of the transaction.
        events: What happened, for as many people as there are.
        now: The instant of writing.
        fresh: The people were created in this transaction and have no events yet.

    Raises:
        InvalidInput: An event cannot be: an unknown action, channel or basis, a grant without
            evidence, something that is yet to happen, a retraction of what is no earlier grant.
    """
    ids = allot_ids(session, _EVENTS, len(events))
    written = [_checked(event, event_id, now) for event, event_id in zip(events, ids, strict=True)]
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
        insert_rows(session, _CONSENTS, _CONSENT_COLUMNS, _projected(written))
    else:
        refresh_projection(session, {event.contact_id for event in events})


def refresh_projection(session: Session, contact_ids: Collection[int]) -> None:
    """Fold the ledger of these people anew into `consents`."""
    ordered = sorted(contact_ids)
    for start in range(0, len(ordered), _CHUNK):
        ids = ordered[start : start + _CHUNK]
        rows = _projected(_facts(session, ConsentEvent.contact_id.in_(ids)))
        _remove_others(session, ids, rows)
        upsert(
            session,
            _CONSENTS,
            [dict(zip(_CONSENT_COLUMNS, row, strict=True)) for row in rows],
            key=_CONSENT_KEY,
            update=("granted", "expires_at", "event_id"),
        )


def rebuild_projection(session: Session) -> int:
    """Throw the projection away and fold the whole ledger anew.

    Returns:
        How many people the ledger knows.
    """
    session.execute(delete(Consent))
    people = 0
    after = 0
    while True:
        ids = session.scalars(
            select(ConsentEvent.contact_id)
            .where(ConsentEvent.contact_id > after)
            .distinct()
            .order_by(ConsentEvent.contact_id)
            .limit(_CHUNK)
        ).all()
        if not ids:
            return people
        rows = _projected(_facts(session, ConsentEvent.contact_id.in_(ids)))
        insert_rows(session, _CONSENTS, _CONSENT_COLUMNS, rows)
        people, after = people + len(ids), ids[-1]


def wording_id(session: Session, *, name: str, language: str, text: str, now: datetime) -> int:
    """The id of the exact words that a person agreed to, kept once."""
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    row = {"name": name, "language": language, "text": text, "sha256": sha256, "created_at": now}
    key = ("name", "language", "sha256")
    upsert(session, cast("Table", ConsentWording.__table__), [row], key=key)
    return session.scalars(
        select(ConsentWording.id).where(
            ConsentWording.name == name,
            ConsentWording.language == language,
            ConsentWording.sha256 == sha256,
        )
    ).one()


def _checked(event: NewConsent, event_id: int, now: datetime) -> _Written:
    if event.action not in ACTIONS:
        raise InvalidInput(f"The consent ledger knows no action {event.action!r}.")
    if event.channel not in CHANNELS:
        raise InvalidInput(f"There is no channel {event.channel!r}.")
    if event.occurred_at > now:
        raise InvalidInput("A consent cannot be recorded before it happens.")
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
            for fact in _facts(session, ConsentEvent.id.in_(wanted))
            if fact.action in GRANTS
        }
        for one in chunk:
            grant = grants.get(one.retracts_id)
            if grant is None or _list(grant) != _list(one) or grant.occurred_at > one.occurred_at:
                raise InvalidInput(
                    "A retraction takes back an earlier grant of the same person, channel, "
                    "organization and topic."
                )


def _list(fact: Any) -> tuple[int, str, str, str]:
    return fact.contact_id, fact.channel, fact.organization, fact.topic


def _facts(session: Session, where: ColumnElement[bool]) -> Iterable[Any]:
    return session.execute(
        select(
            ConsentEvent.id,
            ConsentEvent.contact_id,
            ConsentEvent.channel,
            ConsentEvent.organization,
            ConsentEvent.topic,
            ConsentEvent.action,
            ConsentEvent.expires_at,
            ConsentEvent.occurred_at,
            ConsentEvent.retracts_id,
        ).where(where)
    )


def _projected(facts: Iterable[Any]) -> list[tuple[Any, ...]]:
    by_person: defaultdict[int, list[Fact]] = defaultdict(list)
    for fact in facts:
        by_person[fact.contact_id].append(fact)
    return [
        (contact_id, *key, *standing)
        for contact_id, known in by_person.items()
        for key, standing in _project_one(known).items()
    ]


def _project_one(known: Sequence[Fact]) -> dict[Key, Standing]:
    # Nearly everybody has one event a channel, all grants to everything: nothing to fold.
    if len({fact.channel for fact in known}) == len(known):
        return {
            (fact.channel, fact.organization, fact.topic): Standing(
                fact.action in GRANTS, fact.expires_at, fact.id
            )
            for fact in known
            if fact.action not in {"retracted", "expired", "bounced"}
        }
    return project(known)


def _remove_others(session: Session, ids: Sequence[int], rows: Sequence[tuple[Any, ...]]) -> None:
    """Remove what no event speaks for any more: topics inside a full withdrawal, retractions."""
    standing = session.execute(
        select(Consent.contact_id, Consent.channel, Consent.organization, Consent.topic).where(
            Consent.contact_id.in_(ids)
        )
    )
    gone = {tuple(row) for row in standing} - {row[:4] for row in rows}
    if gone:
        key = tuple_(Consent.contact_id, Consent.channel, Consent.organization, Consent.topic)
        session.execute(delete(Consent).where(key.in_(sorted(gone))))
