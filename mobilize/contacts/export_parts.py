"""What a person's row of an export says beside their record: consents, suppressions, answers."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import and_, case, literal, or_, select, union_all
from sqlalchemy.orm import Session

from mobilize.contacts.consent_models import (
    EVERY_TOPIC,
    OUR_ORGANIZATION,
    Consent,
    ConsentEvent,
    Suppression,
)
from mobilize.contacts.models import Contact
from mobilize.contacts.queries import among
from mobilize.contacts.record_models import CustomField, CustomValue
from mobilize.contacts.suppression import CARRIER

Whole = tuple[str, str, str, str]
"""Consent to us about everything on a channel: basis, date, evidence; when it was withdrawn."""
_ADDRESSES: Final = (
    ("email", "email", Contact.email_hash),
    ("sms", "sms", Contact.phone_hash),
    (CARRIER, "sms", Contact.phone_hash),
    ("voice", "voice", Contact.phone_hash),
)
"""The channel of a suppression, and the one that a file says: a STOP is one of texts."""
NOTHING: Final[Whole] = ("", "", "", "")


@dataclass(frozen=True, slots=True)
class Agreed:
    """What people agreed to and withdrew, as far as it holds now; by person.

    Attributes:
        email: To us, about everything, by email.
        sms: By text.
        left: Topics left by the channel and when: `email:slug:2026-11-22T15:00:00+00:00`.
        other: What stands in neither, as JSON: other channels or organizations, single topics.
    """

    email: Mapping[int, Whole]
    sms: Mapping[int, Whole]
    left: Mapping[int, str]
    other: Mapping[int, str]


def agreed(session: Session, ids: Sequence[int], *, now: datetime) -> Agreed:
    """What people agreed to and withdrew; a consent that is over is left out."""
    standing = session.connection().execute(
        select(
            Consent.contact_id, Consent.channel, Consent.organization, Consent.topic,
            Consent.granted, Consent.event_id,
        )
        .where(
            among(Consent.contact_id, ids),
            or_(~Consent.granted, Consent.expires_at.is_(None), Consent.expires_at > now),
        )
        .order_by(Consent.contact_id, Consent.channel, Consent.organization, Consent.topic)
    ).all()  # fmt: skip
    events = _grants(session, [row[-1] for row in standing if row[-2]])
    events |= _withdrawals(session, [row[-1] for row in standing if not row[-2]])
    whole: dict[str, dict[int, Whole]] = {"email": {}, "sms": {}}
    left: defaultdict[int, list[str]] = defaultdict(list)
    rest: list[tuple[int, str, str, str, int]] = []
    for contact_id, channel, organization, topic, granted, event_id in standing:
        told = events[event_id]
        if organization == OUR_ORGANIZATION and topic == EVERY_TOPIC and channel in whole:
            whole[channel][contact_id] = told
        elif organization == OUR_ORGANIZATION and topic != EVERY_TOPIC and not granted:
            left[contact_id].append(f"{channel}:{topic}:{told[3]}")
        else:
            rest.append((contact_id, channel, organization, topic, event_id))
    other = _others(session, rest, events)
    return Agreed(
        whole["email"],
        whole["sms"],
        {one: ";".join(topics) for one, topics in left.items()},
        {one: json.dumps(parts, ensure_ascii=False) for one, parts in other.items()},
    )


def _grants(session: Session, event_ids: Sequence[int]) -> dict[int, Whole]:
    # An instant costs more to read than all the rest, and nearly every grant has its date.
    undated = case((ConsentEvent.basis_date.is_(None), ConsentEvent.occurred_at))
    rows = session.connection().execute(
        select(
            ConsentEvent.id, ConsentEvent.basis, ConsentEvent.basis_date, ConsentEvent.evidence,
            undated,
        ).where(among(ConsentEvent.id, event_ids))
    )  # fmt: skip
    return {
        event_id: (basis or "", _iso(day or undated_at.date()), evidence, "")
        for event_id, basis, day, evidence, undated_at in rows
    }


def _withdrawals(session: Session, event_ids: Sequence[int]) -> dict[int, Whole]:
    return {one: ("", "", "", at) for one, at in _instants(session, event_ids).items()}


def _instants(session: Session, event_ids: Sequence[int]) -> dict[int, str]:
    if not event_ids:
        return {}
    rows = session.connection().execute(
        select(ConsentEvent.id, ConsentEvent.occurred_at).where(among(ConsentEvent.id, event_ids))
    )
    return {event_id: at.isoformat() for event_id, at in rows}


@lru_cache(maxsize=4096)
def _iso(day: date) -> str:
    return day.isoformat()


def _others(
    session: Session,
    rest: Sequence[tuple[int, str, str, str, int]],
    events: Mapping[int, Whole],
) -> dict[int, list[dict[str, str]]]:
    # What a topic's yes comes to depends on the instant, where the day is that of a no to all.
    at = _instants(session, [event_id for *_, event_id in rest])
    found: defaultdict[int, list[dict[str, str]]] = defaultdict(list)
    for contact_id, channel, organization, topic, event_id in rest:
        basis, day, evidence, _ = events[event_id]
        said = {
            "channel": channel, "organization": organization, "topic": topic,
            "at": at[event_id], "basis": basis, "date": day, "evidence": evidence,
        }  # fmt: skip
        found[contact_id].append({name: text for name, text in said.items() if text})
    return found


def suppressed(session: Session, ids: Sequence[int]) -> dict[int, str]:
    """What must not reach people's addresses, and since when: `email:bounced:2026-…` each.

    A STOP that the carrier keeps is said beside what else closed the number.
    """
    by_channel = (
        select(Contact.id, literal(said), Suppression.reason, Suppression.since)
        .join(
            Suppression,
            and_(Suppression.channel == channel, Suppression.address_hash == address_hash),
        )
        .where(among(Contact.id, ids), Suppression.lifted_at.is_(None))
        for channel, said, address_hash in _ADDRESSES
    )
    closed: defaultdict[int, set[str]] = defaultdict(set)
    rows: Iterable[Any] = session.connection().execute(union_all(*by_channel))
    for contact_id, channel, reason, since in rows:
        closed[contact_id].add(f"{channel}:{reason}:{since.isoformat()}")
    return {one: ";".join(sorted(reasons)) for one, reasons in closed.items()}


def answers_of(session: Session, ids: Sequence[int]) -> dict[tuple[int, str], str]:
    """The answers to custom fields, by person and the field's key."""
    rows = session.connection().execute(
        select(CustomValue.contact_id, CustomField.key, CustomValue.value)
        .join(CustomField, CustomField.id == CustomValue.field_id)
        .where(among(CustomValue.contact_id, ids))
    )
    return {(contact_id, key): value for contact_id, key, value in rows}
